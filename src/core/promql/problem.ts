/** What is wrong at one place of a text that a person wrote, and how it is shown. */
import { printable } from "../text.ts";

export interface Problem {
  /** The whole text, as it was given. */
  readonly text: string;
  /** Where, in UTF-16 units from its start; the text's length where something is missing at its end. */
  readonly offset: number;
  /** What is wrong there, in a few words. */
  readonly message: string;
}

export type Parsed<T> =
  | { readonly kind: "parsed"; readonly value: T }
  | { readonly kind: "problem"; readonly problem: Problem };

export function parsed<T>(value: T): Parsed<T> {
  return { kind: "parsed", value };
}

export function problem(text: string, offset: number, message: string): Parsed<never> {
  return { kind: "problem", problem: { text, offset, message } };
}

/** Characters shown on either side of the place. */
const reach = 60;

/** One line, printable: `line 2, column 8: …: near "by pod)"`. Columns count characters from 1. */
export function describeProblem(at: Problem): string {
  const { line, column, after } = locate(at);
  const near = after.trim() === "" ? "at the end" : `near "${printable(after, 30)}"`;
  return `line ${line}, column ${column}: ${printable(at.message, 300)} (${near})`;
}

/** The line and below it a caret under the place: two lines, printable. */
export function pointOut(at: Problem): readonly [line: string, caret: string] {
  const { before, after } = locate(at);
  const left = [...before].slice(-reach);
  const right = [...after].slice(0, reach);
  return [[...left, ...right].map(visible).join("").trimEnd(), `${" ".repeat(left.length)}^`];
}

function locate({ text, offset }: Problem) {
  const upTo = text.slice(0, offset).split("\n");
  const before = upTo.at(-1) as string;
  const after = text.slice(offset).split("\n", 1)[0] as string;
  return { line: upTo.length, column: [...before].length + 1, before, after };
}

/** One for one, so that the caret stays under its place. */
function visible(character: string): string {
  return /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(character) ? " " : character;
}
