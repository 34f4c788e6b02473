import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  type ParsedNode,
  type YAMLMap,
} from "yaml";

const maxAliases = 5000;
const maxExpanded = 1_000_000;
const maxExpandedDepth = 200;

/** Which node each alias stands for. */
export type Targets = ReadonlyMap<Alias, ParsedNode>;

export type Index =
  | { readonly kind: "index"; readonly targets: Targets }
  | {
      readonly kind: "trouble";
      readonly error: "INVALID_YAML" | "TOO_LARGE";
      readonly offset: number;
      readonly what: string;
    };

type Trouble = Extract<Index, { kind: "trouble" }>;

/** Size and depth of the data that a node stands for, aliases expanded. */
interface Extent {
  readonly size: number;
  readonly depth: number;
}

interface Walk {
  readonly anchors: Map<string, ParsedNode>;
  readonly targets: Map<Alias, ParsedNode>;
  /** Anchored nodes already walked. One that is missing here is still open: the alias lies within it. */
  readonly extents: Map<ParsedNode, Extent>;
  trouble: Trouble | undefined;
}

/**
 * Resolves the aliases of one document in a single pass and finds duplicate keys, unknown and recursive aliases, and
 * alias bombs (a few lines that stand for gigabytes of data).
 */
export function indexDocument(document: Document.Parsed<ParsedNode>): Index {
  const walk: Walk = { anchors: new Map(), targets: new Map(), extents: new Map(), trouble: undefined };
  measure(walk, document.contents);
  return walk.trouble ?? { kind: "index", targets: walk.targets };
}

function measure(walk: Walk, node: ParsedNode | null): Extent {
  if (node === null || walk.trouble !== undefined) return { size: 1, depth: 1 };
  if (isAlias(node)) return measureAlias(walk, node);
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, node);
  const parts = isScalar(node) ? [] : (node.items as unknown[]).flatMap(partsOf);
  const extents = parts.map((part) => measure(walk, part));
  const size = extents.reduce((sum, extent) => sum + extent.size, 1);
  const depth = extents.reduce((max, extent) => Math.max(max, extent.depth), 0) + 1;
  if (isMap(node)) findDuplicate(walk, node);
  if (size > maxExpanded || depth > maxExpandedDepth) {
    report(walk, "TOO_LARGE", node, "the aliases stand for too much data");
  }
  walk.extents.set(node, { size, depth });
  return { size, depth };
}

function measureAlias(walk: Walk, alias: Alias.Parsed): Extent {
  const target = walk.anchors.get(alias.source);
  const extent = target && walk.extents.get(target);
  if (target === undefined) report(walk, "INVALID_YAML", alias, `no anchor for the alias *${alias.source}`);
  else if (extent === undefined)
    report(walk, "INVALID_YAML", alias, `the alias *${alias.source} lies within its own anchor`);
  else walk.targets.set(alias, target);
  if (walk.targets.size > maxAliases) report(walk, "TOO_LARGE", alias, `more than ${maxAliases} aliases`);
  return extent ?? { size: 1, depth: 1 };
}

/** JSON knows string keys only, so the keys `1` and `"1"` are one key to whoever reads the file through JSON. */
function findDuplicate(walk: Walk, map: YAMLMap.Parsed): void {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    const node = isAlias(key) ? walk.targets.get(key) : key;
    if (!isScalar(node)) continue;
    const name = String(node.value);
    if (seen.has(name)) report(walk, "INVALID_YAML", key, `the key ${name} stands twice in one map`);
    seen.add(name);
  }
}

function partsOf(item: unknown): (ParsedNode | null)[] {
  return (isPair(item) ? [item.key, item.value] : [item]) as (ParsedNode | null)[];
}

function report(walk: Walk, error: Trouble["error"], node: ParsedNode, what: string): void {
  walk.trouble ??= { kind: "trouble", error, offset: node.range[0], what };
}
