import { isDeepStrictEqual } from "node:util";
import { parseYaml, type Source, type YamlDocument } from "./parse.ts";
import type { NewValue, Splice } from "./types.ts";

/** Puts the splices, in order and apart from each other, into the text. All other characters stay. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  return [...splices].reverse().reduce((result, { start, end, text: added }) => {
    return result.slice(0, start) + added + result.slice(end);
  }, text);
}

/** One change of data: in this document, the value at these keys is to be `value`. */
export interface Change {
  readonly document: YamlDocument;
  readonly keys: readonly unknown[];
  readonly value: NewValue;
}

/** Whether `text` parses to the data of `source` with exactly this change, over all documents. */
export function isProven(source: Source, text: string, change: Change): boolean {
  const edited = parseYaml(text);
  const wanted = source.documents.map((document) =>
    document === change.document ? withValue(document.data, change.keys, change.value) : document.data,
  );
  return (
    edited.kind === "source" &&
    isDeepStrictEqual(
      edited.documents.map(({ data }) => data),
      wanted,
    )
  );
}

/**
 * The data with another value at `keys`. What is on the way is copied: a map that is shared through an alias changes in
 * this place only, so that an edit which reaches the others too is found out.
 */
function withValue(data: unknown, keys: readonly unknown[], value: NewValue): unknown {
  if (keys.length === 0) return value;
  const [key, ...rest] = keys;
  if (Array.isArray(data)) return data.with(key as number, withValue(data[key as number], rest, value));
  const map = new Map(data instanceof Map ? data : []);
  return map.set(key, withValue(map.get(key), rest, value));
}
