import { type CST, isCollection, isPair, isScalar, type ParsedNode, Scalar } from "yaml";
import type { MapPair, Place } from "./locate.ts";

/** Where things begin and end in the text. */

/** Whether the place lies within `{ }` or `[ ]`. */
export function inFlow(place: Place): boolean {
  return place.nodes.some((node) => isCollection(node) && node.flow === true);
}

/** An empty node stands behind the blanks after its colon, dash or anchor; this is where those begin. */
export function endOfNothing(text: string, node: ParsedNode): number {
  let end = node.range[0];
  while (text[end - 1] === " " || text[end - 1] === "\t") end--;
  return end;
}

/** The start of a pair: its `?`, anchor or tag, else its key. */
export function pairStart(pair: MapPair): number {
  const { start } = pair.srcToken as CST.CollectionItem;
  const first = start.find((token) => ["explicit-key-ind", "anchor", "tag"].includes(token.type));
  return first?.offset ?? pair.key.range[0];
}

/** The node that a pair's text ends with. */
export function lastLeaf(pair: MapPair): ParsedNode {
  let node = pair.value ?? pair.key;
  while (isCollection(node) && node.flow !== true) {
    const item = node.items.at(-1) as ParsedNode | MapPair;
    node = isPair(item) ? (item.value ?? item.key) : item;
  }
  return node;
}

/**
 * The end of what a leaf says, without comments and blank lines after it (but with the blank lines that belong to a
 * block scalar of style `|+`).
 */
export function leafEnd(text: string, node: ParsedNode): number {
  const [start, end] = node.range;
  return start === end ? endOfNothing(text, node) : end;
}

/**
 * Whether a leaf is a block scalar (other than `|-`) that ends the file without a line end. A line end added there would
 * become part of its value: YAML 1.2.2 §8.1.1.2 and go-yaml count it, the `yaml` package does not tell the two apart.
 */
export function endsOpen(text: string, node: ParsedNode): boolean {
  const chomping = blockChomping(text, node);
  return (chomping === "" || chomping === "+") && !text.endsWith("\n") && node.range[1] === text.length;
}

/** `+`, `-` or nothing from the head of a block scalar; undefined for any other node. */
function blockChomping(text: string, node: ParsedNode): string | undefined {
  const block = isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED);
  return block ? text.slice(node.range[0], node.range[0] + 3).replace(/\s.*|[|>\d]/gs, "") : undefined;
}
