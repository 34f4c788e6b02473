/** A user's query with its placeholders: resolved for every question, without the grammar. */
import { escapeFor, type Place } from "./escape.ts";
import type { Placeholder, PlaceholderName } from "./placeholders.ts";
import { type Parsed, parsed, problem } from "./problem.ts";
import type { ValueType } from "./types.ts";

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
  readonly standby?: string | undefined;
}

/** A placeholder and where it stands. */
export interface Gap extends Placeholder {
  readonly place: Place;
}

export interface QueryTemplate {
  /** As it was written. */
  readonly text: string;
  /** What it yields. */
  readonly type: ValueType;
  readonly gaps: readonly Gap[];
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
