import { type CST, isMap, isSeq, visit } from "yaml";
import type { MapNode } from "./locate.ts";
import type { Source } from "./parse.ts";
import type { Splice } from "./types.ts";

/** Columns, indents and line ends, as the file at hand has them. */

const defaultIndent = 2;

/** The column of a block map's keys. */
export function columnOf(map: MapNode): number {
  return (map.srcToken as CST.BlockMap).indent;
}

/**
 * How many columns a map is indented within a map in this file: what most of its maps do, else what its lists do,
 * else 2.
 */
export function houseIndent(source: Source): number {
  const maps = new Map<number, number>();
  const lists = new Map<number, number>();
  for (const { document } of source.documents) {
    visit(document, {
      Pair(_key, { value }, path) {
        const parent = path.at(-1) as MapNode;
        if (!(isMap(value) || isSeq(value)) || value.flow === true) return;
        const counts = isMap(value) ? maps : lists;
        const indent = columnOf(value as MapNode) - columnOf(parent);
        counts.set(indent, (counts.get(indent) ?? 0) + 1);
      },
    });
  }
  lists.delete(0);
  return mostFrequent(maps) ?? mostFrequent(lists) ?? defaultIndent;
}

function mostFrequent(counts: ReadonlyMap<number, number>): number | undefined {
  return [...counts].sort((one, other) => other[1] - one[1])[0]?.[0];
}

/** The line end in use around an offset. */
export function lineEndAt(text: string, offset: number): "\r\n" | "\n" {
  const here = text.indexOf("\n", offset);
  const at = here >= 0 ? here : text.lastIndexOf("\n");
  return text[at - 1] === "\r" ? "\r\n" : "\n";
}

/** Adds whole lines after the line that holds `offset`. A file without final line end stays one. */
export function addLines(text: string, offset: number, lines: readonly string[]): Splice {
  const lineEnd = lineEndAt(text, offset);
  const after = lines.map((line) => `${line}${lineEnd}`).join("");
  if (/(?:^\ufeff?|\n)$/.test(text.slice(0, offset))) return { start: offset, end: offset, text: after };
  const next = text.indexOf("\n", offset) + 1;
  if (next > 0) return { start: next, end: next, text: after };
  const before = lines.map((line) => `${lineEnd}${line}`).join("");
  return { start: text.length, end: text.length, text: before };
}
