/** A user's query with placeholders: read once before anything is changed, resolved for every question. */
import { escapeFor, type Place, type Quote } from "./escape.ts";
import { findPlaceholders, type Placeholder, type PlaceholderName } from "./placeholders.ts";
import { type Parsed, parsed, problem } from "./problem.ts";
import { ancestorsOf, type SyntaxNode } from "./tree.ts";
import { parseTyped } from "./types.ts";

/** What the placeholders stand for. */
export interface QueryValues {
  readonly namespace: string;
  /** Name of the InferenceService. */
  readonly name: string;
  /** Seconds; fractions are cut off, and it is never less than 1. */
  readonly windowSeconds: number;
  /** Name of the revision that alone is to serve. */
  readonly active: string;
  /** Name of the revision that served before; there is none at a first deployment. */
  readonly standby?: string;
}

interface Gap extends Placeholder {
  readonly place: Place;
}

export interface QueryTemplate {
  /** As it was written. */
  readonly text: string;
  readonly gaps: readonly Gap[];
}

/** Checks the syntax, the types and every placeholder's place. The problem points into the user's own text. */
export function parseTemplate(text: string): Parsed<QueryTemplate> {
  const masked = findPlaceholders(text);
  if (masked.kind === "problem") return masked;
  const tree = parseTyped(masked.value.text);
  if (tree.kind === "problem") return problem(text, tree.problem.offset, tree.problem.message);
  const gaps: Gap[] = [];
  for (const placeholder of masked.value.placeholders) {
    const node = tree.value.resolveInner(placeholder.from, 1);
    if (node.name === "LineComment") continue;
    const place = placeOf(text, placeholder, node);
    if (typeof place === "string") return problem(text, placeholder.from, place);
    gaps.push({ ...placeholder, place });
  }
  return parsed({ text, gaps });
}

export function uses({ gaps }: QueryTemplate, name: PlaceholderName): boolean {
  return gaps.some((gap) => gap.name === name);
}

/** The query to ask. A problem where a placeholder has no value, or cannot be written where it stands. */
export function resolveTemplate({ text, gaps }: QueryTemplate, values: QueryValues): Parsed<string> {
  let resolved = "";
  let done = 0;
  for (const { name, from, to, place } of gaps) {
    const value = valueFor(name, values);
    if (value === undefined) return problem(text, from, `there is no other revision to put in for $${name}`);
    const written = escapeFor(value, place);
    if (written === undefined)
      return problem(text, from, `the value of $${name} cannot stand in a raw string`);
    resolved += text.slice(done, from) + written;
    done = to;
  }
  return parsed(resolved + text.slice(done));
}

function valueFor(name: PlaceholderName, values: QueryValues): string | undefined {
  if (name === "window") return `${Math.max(1, Math.floor(values.windowSeconds))}s`;
  return values[name];
}

/** What is wrong with the place, or the place. */
function placeOf(text: string, { name, from, to }: Placeholder, node: SyntaxNode): Place | string {
  if (node.name === "StringLiteral") {
    if (name === "window") return `$${name} is a duration and stands outside strings: [$window]`;
    return stringPlace(text, from, node);
  }
  if (name !== "window") return `$${name} stands inside a string only: "$${name}"`;
  const inDuration = node.name.startsWith("NumberDurationLiteral");
  return inDuration && node.from === from && node.to === to
    ? { kind: "duration" }
    : `$${name} stands alone where a duration does: [$window]`;
}

function stringPlace(text: string, from: number, node: SyntaxNode): Place | string {
  const quote = text.charAt(node.from) as Quote;
  const before = /\\*$/.exec(text.slice(node.from, from))?.[0] as string;
  if (quote !== "`" && before.length % 2 === 1) return "a backslash stands right before this placeholder";
  const matcher = ancestorsOf(node).find(({ name }) => /LabelMatcher$/.test(name));
  const regex = ["EqlRegex", "NeqRegex"].some((type) => matcher?.getChild("MatchOp")?.getChild(type));
  return { kind: "string", quote, regex };
}
