/** What an edit changes, line by line, as `git diff` shows it. Our edits change single values, so lines pair up. */
import * as v from "valibot";
import { printable } from "./text.ts";

/** Lines of one file. `at` counts from 1, for a removed line in the file before, else in the file after. */
export const diffSchema = v.object({
  lines: v.array(
    v.object({
      kind: v.picklist(["same", "removed", "added"]),
      at: v.number(),
      text: v.pipe(v.string(), v.maxLength(600)),
    }),
  ),
  /** Lines that were left out for size. */
  cut: v.optional(v.number()),
});

export type Diff = v.InferOutput<typeof diffSchema>;
export type DiffLine = Diff["lines"][number];

/** Lines shown around a change. */
const context = 2;
const mostLines = 200;

/** Changed lines with those around them, printable, at most 200. */
export function diffOf(before: Uint8Array, after: Uint8Array): Diff {
  const all = lineUp(linesOf(before), linesOf(after));
  const near = all.filter((_, index) =>
    all.slice(Math.max(0, index - context), index + context + 1).some(({ kind }) => kind !== "same"),
  );
  const lines = near.slice(0, mostLines).map((line) => ({ ...line, text: indented(line.text) }));
  return near.length > lines.length ? { lines, cut: near.length - lines.length } : { lines };
}

/** Files of equal length differ line by line; else what lies between the common beginning and end was replaced. */
function lineUp(old: readonly string[], young: readonly string[]): readonly DiffLine[] {
  if (old.length === young.length) {
    return old.flatMap((line, index) => pair(line, young[index] as string, index + 1));
  }
  const start = commonLength(old, young, (lines, index) => lines[index]);
  const rest = [old.slice(start), young.slice(start)] as const;
  const end = commonLength(...rest, (lines, index) => lines[lines.length - 1 - index]);
  return [
    ...numbered("same", young.slice(0, start), 1),
    ...numbered("removed", old.slice(start, old.length - end), start + 1),
    ...numbered("added", young.slice(start, young.length - end), start + 1),
    ...numbered("same", young.slice(young.length - end), young.length - end + 1),
  ];
}

function pair(old: string, young: string, at: number): readonly DiffLine[] {
  if (old === young) return [{ kind: "same", at, text: young }];
  return [
    { kind: "removed", at, text: old },
    { kind: "added", at, text: young },
  ];
}

function numbered(kind: DiffLine["kind"], lines: readonly string[], first: number): readonly DiffLine[] {
  return lines.map((text, index) => ({ kind, at: first + index, text }));
}

function commonLength(
  old: readonly string[],
  young: readonly string[],
  lineAt: (lines: readonly string[], index: number) => string | undefined,
): number {
  const most = Math.min(old.length, young.length);
  let length = 0;
  while (length < most && lineAt(old, length) === lineAt(young, length)) length += 1;
  return length;
}

/** In YAML the indentation tells which value it is. */
function indented(line: string): string {
  const indentation = line.search(/[^ ]|$/);
  return `${" ".repeat(Math.min(indentation, 40))}${printable(line)}`;
}

function linesOf(bytes: Uint8Array): readonly string[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  // What follows the last line break is no line.
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
