import { isMap, isScalar, Scalar } from "yaml";
import { lineEndAt } from "./lines.ts";
import type { MapNode, MapPair } from "./locate.ts";
import type { Source, YamlDocument } from "./parse.ts";
import { writeScalar } from "./scalar.ts";
import { lastLeaf, leafEnd, pairStart } from "./span.ts";
import { type NewValue, type Refusal, refused, type Splice } from "./types.ts";

/** Adds the missing keys and the value within the braces of a flow map. */
export function appendInFlow(
  source: Source,
  document: YamlDocument,
  map: MapNode,
  rest: readonly string[],
  value: NewValue,
): Splice[] | Refusal {
  const { text } = source;
  const [start, end] = map.range;
  if (map.srcToken === undefined) {
    return refused(
      "UNSUPPORTED_STYLE",
      `line ${source.lineAt(start)}: a single pair in a list, without braces`,
    );
  }
  const body = flowPair(rest, value, isJson(document));
  const last = map.items.at(-1);
  return last === undefined
    ? fillBraces(text, start + 1, end - 1, body)
    : appendPair(text, last, end - 1, body);
}

function fillBraces(text: string, open: number, close: number, body: string): Splice[] {
  const blank = /^ *$/.test(text.slice(open, close));
  return blank
    ? [{ start: open, end: close, text: ` ${body} ` }]
    : [{ start: open, end: open, text: ` ${body}` }];
}

/** Behind the last pair; on a line of its own where the last pair has one. */
function appendPair(text: string, last: MapPair, close: number, body: string): Splice[] {
  const end = leafEnd(text, lastLeaf(last));
  const start = pairStart(last);
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  const tail = /^[ \t]*(,?)[ \t]*(?:#[^\n]*)?\n/.exec(text.slice(end, close).replaceAll("\r\n", " \n"));
  if (tail === null || !/^[ \t]*$/.test(before)) {
    // `{ a:, b: 1 }` is not what every reader takes it for.
    const gap = text[end - 1] === ":" ? " " : "";
    return [{ start: end, end, text: `${gap}, ${body}` }];
  }
  const comma = tail[1] as string;
  const at = end + tail[0].length;
  const line = { start: at, end: at, text: `${before}${body}${comma}${lineEndAt(text, end)}` };
  return comma === "," ? [line] : [{ start: end, end, text: "," }, line];
}

/** `{ a: { b: value } }` */
export function flowMap(rest: readonly string[], value: NewValue, json: boolean): string {
  return `{ ${flowPair(rest, value, json)} }`;
}

function flowPair(rest: readonly string[], value: NewValue, json: boolean): string {
  const style = { quote: json ? "double" : "plain", flow: true, tagged: false } as const;
  const [inner, ...outer] = rest.map((key) => writeScalar(key, style)).reverse();
  return outer.reduce((body, key) => `${key}: { ${body} }`, `${inner}: ${writeScalar(value, style)}`);
}

/** A file of JSON, which is YAML too, stays JSON. */
export function isJson(document: YamlDocument): boolean {
  const root = document.document.contents;
  if (!isMap(root) || root.flow !== true) return false;
  const [first] = root.items as MapPair[];
  return first !== undefined && isScalar(first.key) && first.key.type === Scalar.QUOTE_DOUBLE;
}
