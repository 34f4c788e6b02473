/** Placeholders in a user's query: `$name` or `${name}`, `$window` … */
import { type Parsed, parsed, problem } from "./problem.ts";

export const placeholderNames = ["namespace", "name", "window", "active", "standby"] as const;
export type PlaceholderName = (typeof placeholderNames)[number];

export interface Placeholder {
  readonly name: PlaceholderName;
  /** UTF-16 units from the text's start; `to` is behind it. */
  readonly from: number;
  readonly to: number;
}

export interface Masked {
  readonly placeholders: readonly Placeholder[];
  /** The text with every placeholder replaced by as many characters that are a duration, and text within a string. */
  readonly text: string;
}

const pattern = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g;

/**
 * Finds the placeholders. A `$` that no letter follows is an ordinary character (`"foo$"`, `"$1"`). `$$` has no meaning
 * of its own, because the kubelet makes one dollar of two in a Task's environment: where a dollar is to stand before a
 * letter, `\x24` (in '…' and "…") or `[$]` (in a pattern) says so on every way into the program.
 */
export function findPlaceholders(text: string): Parsed<Masked> {
  const placeholders: Placeholder[] = [];
  for (const match of text.matchAll(pattern)) {
    const name = match[1] ?? match[2];
    const known = placeholderNames.find((one) => one === name);
    if (known === undefined) return problem(text, match.index, unknownName(match[0]));
    placeholders.push({ name: known, from: match.index, to: match.index + match[0].length });
  }
  return parsed({ placeholders, text: text.replace(pattern, (found) => `${"1".repeat(found.length - 1)}s`) });
}

function unknownName(found: string): string {
  const known = placeholderNames.map((name) => `$${name}`).join(", ");
  return `${found} is no placeholder; there are ${known}. A literal dollar before a letter is written \\x24, or [$] in a pattern`;
}
