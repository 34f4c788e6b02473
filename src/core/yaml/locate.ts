import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { YamlDocument } from "./parse.ts";
import { listIndex } from "./path.ts";

export type MapNode = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
export type MapPair = Pair<ParsedNode, ParsedNode | null>;

/** What the way down a path passes; the same for all places. */
interface Way {
  /** Keys and list positions found, as they stand in the data. Their number is how far the path leads. */
  readonly keys: readonly unknown[];
  /** Every node from the root down to the place itself. */
  readonly nodes: readonly ParsedNode[];
  /** The pair whose value is the place; undefined for the root and for list items. */
  readonly pair: MapPair | undefined;
  /** Reached through an alias or a merge: the place belongs to somebody else. */
  readonly borrowed: boolean;
}

export type Place =
  /** The whole path is there. `node` is null for a key without a colon (`{ a }`, `? a`). */
  | (Way & { readonly kind: "value"; readonly node: ParsedNode | null })
  /** The path ends in a map, or in nothing (null), that lacks `rest`. `inherited`: what a merge supplies for it. */
  | (Way & {
      readonly kind: "missing";
      readonly container: ParsedNode | null;
      readonly rest: readonly string[];
      readonly inherited?: ParsedNode | null;
    })
  /** The path leads through something else than a map or a list item. */
  | (Way & { readonly kind: "conflict"; readonly what: string });

/** Follows a path through one document, as a reader of its data would: aliases and merges included. */
export function locate(document: YamlDocument, segments: readonly string[]): Place {
  let node: ParsedNode | null = document.document.contents;
  let way: Way = { keys: [], nodes: [], pair: undefined, borrowed: false };
  for (const [depth, segment] of segments.entries()) {
    const own: ParsedNode | null = resolve(document, node);
    way = { ...way, nodes: trail(way, node, own), borrowed: way.borrowed || isAlias(node) };
    const step = stepInto(document, own, segment);
    if (step.kind === "conflict") return { ...way, ...step };
    const rest = segments.slice(depth);
    if (step.kind === "missing") return { ...way, kind: "missing", container: own, rest };
    if (step.inherited && (rest.length === 1 || isNothing(resolve(document, step.node)))) {
      return { ...way, kind: "missing", container: own, rest, inherited: step.node };
    }
    node = step.node;
    way = {
      ...way,
      keys: [...way.keys, step.key],
      pair: step.pair,
      borrowed: way.borrowed || step.inherited,
    };
  }
  return { ...way, nodes: trail(way, node), kind: "value", node };
}

/** The node an alias stands for; other nodes as they are. */
export function resolve(document: YamlDocument, node: ParsedNode | null): ParsedNode | null {
  return isAlias(node) ? (document.targets.get(node) as ParsedNode) : node;
}

type Step =
  | { readonly kind: "missing" }
  | { readonly kind: "conflict"; readonly what: string }
  | {
      readonly kind: "into";
      readonly key: unknown;
      readonly node: ParsedNode | null;
      readonly pair: MapPair | undefined;
      readonly inherited: boolean;
    };

function stepInto(document: YamlDocument, node: ParsedNode | null, segment: string): Step {
  if (isNothing(node)) return { kind: "missing" };
  if (isSeq(node)) return stepIntoList(node as YAMLSeq.Parsed, segment);
  if (!isMap(node)) return { kind: "conflict", what: `${segment} is looked for in a plain value` };
  const own = ownPair(document, node, segment);
  const pair = own ?? inheritedPair(document, node, segment);
  if (pair === undefined) return { kind: "missing" };
  return {
    kind: "into",
    key: keyOf(document, pair).value,
    node: pair.value,
    pair,
    inherited: own === undefined,
  };
}

function stepIntoList(list: YAMLSeq.Parsed, segment: string): Step {
  const index = listIndex(segment) ?? list.items.length;
  const node = list.items[index];
  if (node === undefined)
    return { kind: "conflict", what: `a list of ${list.items.length} has no item ${segment}` };
  return { kind: "into", key: index, node, pair: undefined, inherited: false };
}

function ownPair(document: YamlDocument, map: MapNode, segment: string): MapPair | undefined {
  return map.items.find((pair) => keyOf(document, pair).name === segment);
}

function inheritedPair(document: YamlDocument, map: MapNode, segment: string): MapPair | undefined {
  for (const pair of map.items.filter((item) => keyOf(document, item).merge)) {
    for (const source of mergeSources(document, pair.value)) {
      const found = ownPair(document, source, segment) ?? inheritedPair(document, source, segment);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The maps that a merge key names: one, or a list of them. The parser has seen to it that nothing else stands there. */
function mergeSources(document: YamlDocument, value: ParsedNode | null): MapNode[] {
  const node = resolve(document, value);
  const items = isSeq(node) ? (node.items as ParsedNode[]) : [node];
  return items.map((item) => resolve(document, item) as MapNode);
}

interface Key {
  /** As a path names it: a string by its value, anything else by its source (`1`, `true`, `~`). */
  readonly name: string | undefined;
  /** As it stands in the data. */
  readonly value: unknown;
  readonly merge: boolean;
}

function keyOf(document: YamlDocument, pair: MapPair): Key {
  const node = resolve(document, pair.key);
  if (!isScalar(node)) return { name: undefined, value: undefined, merge: false };
  const { value, source } = node;
  if (typeof value === "symbol") return { name: undefined, value, merge: true };
  return { name: typeof value === "string" ? value : source, value, merge: false };
}

function isNothing(node: ParsedNode | null): boolean {
  return node === null || (isScalar(node) && node.value === null);
}

function trail(way: Way, ...nodes: (ParsedNode | null)[]): ParsedNode[] {
  return [...way.nodes, ...nodes.filter((node) => node !== null)];
}
