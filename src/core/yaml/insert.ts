import { isMap, type ParsedNode } from "yaml";
import { appendInFlow, flowMap, isJson } from "./insert-flow.ts";
import { addLines, columnOf, houseIndent, lineEndAt } from "./lines.ts";
import type { MapNode, MapPair, Place } from "./locate.ts";
import type { Source, YamlDocument } from "./parse.ts";
import { listIndex } from "./path.ts";
import { overwrite } from "./replace.ts";
import { writeScalar } from "./scalar.ts";
import { endOfNothing, endsOpen, inFlow, lastLeaf, leafEnd, pairStart } from "./span.ts";
import { type NewValue, type Refusal, refused, type Splice } from "./types.ts";

export type MissingPlace = Extract<Place, { kind: "missing" }>;

const plain = { quote: "plain", flow: false, tagged: false } as const;

/** The splices that add the missing keys and the value to the map, or to the nothing, where the path ends. */
export function insertValue(
  source: Source,
  document: YamlDocument,
  place: MissingPlace,
  value: NewValue,
): Splice[] | Refusal {
  const { container, rest, keys } = place;
  const [name] = (isMap(container) ? rest.slice(1) : rest).filter((key) => listIndex(key) !== undefined);
  if (name !== undefined)
    return refused("AMBIGUOUS", `${name} could be a key or a list item, and neither is there`);
  const indent = houseIndent(source);
  if (isMap(container)) {
    const map = container as MapNode;
    if (map.flow === true) return appendInFlow(source, document, map, rest, value);
    return [appendToMap(source.text, map, blockLines(rest, value, columnOf(map), indent))];
  }
  const trouble = unsuitable(place);
  if (trouble !== undefined) {
    const at = container ?? (place.pair as MapPair).key;
    return refused("UNSUPPORTED_STYLE", `line ${source.lineAt(at.range[0])}: ${trouble}`);
  }
  if (keys.length === 0) {
    return [addLines(source.text, document.document.range[1], blockLines(rest, value, 0, indent))];
  }
  const body = flowMap(rest, value, isJson(document));
  return fillNothing(source, place, body, (column) => blockLines(rest, value, column + indent, indent));
}

function unsuitable(place: MissingPlace): string | undefined {
  const { container, keys } = place;
  if (container === null) {
    return keys.length === 0 || inFlow(place) ? undefined : "the key has no colon";
  }
  if (container.tag !== undefined)
    return `nothing, with the tag ${container.tag}, stands where a map is wanted`;
  return keys.length === 0 && written(container) ? "the document is an explicit null" : undefined;
}

function written(node: ParsedNode): boolean {
  return node.range[1] > node.range[0];
}

/** Puts a map where a key or list item has no value or an explicit null. */
function fillNothing(
  source: Source,
  place: MissingPlace,
  body: string,
  lines: (column: number) => readonly string[],
): Splice[] {
  const { container, pair } = place;
  const { text } = source;
  if (container === null) {
    const at = (pair as MapPair).key.range[1];
    return [{ start: at, end: at, text: `: ${body}` }];
  }
  const before = endOfNothing(text, container);
  const ownLine = text[before - 1] === "\n";
  if (pair === undefined || inFlow(place) || ownLine) return overwrite(source, container, body);
  const parent = place.nodes.findLast((node) => isMap(node)) as MapNode;
  const added = addLines(text, container.range[1], lines(columnOf(parent)));
  return written(container) ? [{ start: before, end: container.range[1], text: "" }, added] : [added];
}

/** Adds lines behind a map's last pair, before whatever comments and blank lines follow it. */
function appendToMap(text: string, map: MapNode, lines: readonly string[]): Splice {
  const last = map.items.at(-1) as MapPair;
  const leaf = lastLeaf(last);
  if (!endsOpen(text, leaf)) return addLines(text, leafEnd(text, leaf), lines);
  // A line end behind the open block scalar would change its value, so the new pair goes before it.
  const at = pairStart(last);
  const own = lines.join(lineEndAt(text, at)).trimStart();
  return { start: at, end: at, text: `${own}${lineEndAt(text, at)}${" ".repeat(columnOf(map))}` };
}

function blockLines(rest: readonly string[], value: NewValue, column: number, indent: number): string[] {
  const last = rest.length - 1;
  return rest.map((key, depth) => {
    const start = `${" ".repeat(column + depth * indent)}${writeScalar(key, plain)}:`;
    return depth === last ? `${start} ${writeScalar(value, plain)}` : start;
  });
}
