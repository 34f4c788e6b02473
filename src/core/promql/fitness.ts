/** Whether a query can tell at all who has served since a moment. Asked before anything is committed. */
import { printable } from "../text.ts";
import type { QueryFacts } from "./facts.ts";
import { identityLabels } from "./identity.ts";

/** Functions whose result is zero exactly where a counter did not rise. */
const counterFunctions: readonly (string | undefined)[] = ["rate", "irate", "increase"];

/**
 * What makes the query unfit and how to mend it, one line, printable; undefined if nothing does. `active`: what stands in
 * it for the revision that is to serve; absent where it has no placeholder for that.
 */
export function unfitness(facts: QueryFacts, active?: string): string | undefined {
  return (
    wrongType(facts) ??
    wrongTime(facts) ??
    wrongCounter(facts) ??
    wrongLabels(facts) ??
    wrongSelectors(facts, active)
  );
}

function wrongType({ type }: QueryFacts): string | undefined {
  if (type === "scalar" || type === "string") {
    return `the result is a ${type}, which cannot be told apart by revision; keep the series and add \`by (pod)\``;
  }
  return type === "range" ? "the result is a range; wrap it in rate(…) and add `by (pod)`" : undefined;
}

function wrongTime({ shifted, ranged }: QueryFacts): string | undefined {
  const [first] = shifted;
  if (first !== undefined)
    return `${show(first)} reads another time than now; leave out offset, @ and the like`;
  const computed = ranged.find(({ reachSeconds }) => Number.isNaN(reachSeconds));
  return computed && `the range of ${show(computed.text)} is no plain duration such as [5m] or [$window]`;
}

function wrongCounter({ bare, ranged }: QueryFacts): string | undefined {
  const [first] = bare;
  if (first !== undefined) {
    return `${show(first)} stands without a range: a counter's value does not tell when it rose; write rate(…[1m])`;
  }
  if (ranged.length === 0) return "it reads no series";
  const other = ranged.find((selector) => !counterFunctions.includes(selector.function));
  if (other !== undefined) {
    return `${other.function}() does not show whether a counter rose; use rate(), irate() or increase()`;
  }
  // Prometheus reserves colons in metric names for recording rules; vLLM puts one into its own counters all the same.
  const recorded = ranged.find(({ text }) => /^(?!vllm:\w+(?:\{|$))[^{]*:/.test(text));
  return (
    recorded &&
    `${show(recorded.text)} is a recording rule, whose own range is not known; use the raw counter`
  );
}

function wrongLabels({ labels }: QueryFacts): string | undefined {
  if (labels === undefined || labels.some((label) => identityLabels.has(label))) return undefined;
  const which = labels.length === 0 ? "no labels" : `only the labels ${show(labels.join(", "))}`;
  return `the result has ${which}, which cannot be told apart by revision; add \`by (pod)\``;
}

/** While the other pods are there it lacks them, and once they are gone it would prove that they had been idle. */
function wrongSelectors({ ranged }: QueryFacts, active: string | undefined): string | undefined {
  if (active === undefined || !ranged.every(({ text }) => isNarrowed(text, active))) return undefined;
  return 'it looks at $active alone, and that other revisions do not serve must be seen as well; write pod=~"$name-predictor-.*"';
}

/** Whether a matcher lets through nothing but what holds this name. */
function isNarrowed(selector: string, name: string): boolean {
  const matchers = selector.matchAll(/(?<!!)=~?\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`)/g);
  return [...matchers].some((groups) => {
    const value = groups.slice(1).join("");
    return value.includes(name) && !value.includes("|");
  });
}

function show(text: string): string {
  return printable(text, 100);
}
