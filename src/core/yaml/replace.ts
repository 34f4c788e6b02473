import { isAlias, isScalar, type ParsedNode, Scalar } from "yaml";
import type { MapPair, Place } from "./locate.ts";
import type { Source } from "./parse.ts";
import { isPlainDecimal, isUntyped, type Style, writeScalar } from "./scalar.ts";
import { endOfNothing, inFlow } from "./span.ts";
import { type NewValue, type Refusal, refused, type Splice } from "./types.ts";

export type ValuePlace = Extract<Place, { kind: "value" }>;

/**
 * What the data is to hold once `value` is written over `node`: a quoted value, or one tagged as a string, stays a
 * string, since that is what the chart received before.
 */
export function intendedValue(node: ParsedNode | null, value: NewValue): NewValue {
  const staysString = isScalar(node) && (isQuoted(node) || isStringTag(node.tag));
  return staysString ? String(value) : value;
}

/** Whether the value is there already, to a YAML 1.1 reader too. */
export function holds(node: ParsedNode | null, intended: NewValue): boolean {
  if (!isScalar(node) || node.value !== intended) return false;
  if (node.type !== Scalar.PLAIN || node.tag !== undefined) return true;
  if (typeof intended === "boolean") return true;
  return typeof intended === "string" ? isUntyped(intended) : isPlainDecimal(node.source as string);
}

/** The splices that write `value` over the value at `place`, which is no map and no list. */
export function replaceValue(source: Source, place: ValuePlace, value: NewValue): Splice[] | Refusal {
  const { node } = place;
  const trouble = unsuitable(place, value);
  if (trouble !== undefined) {
    const at = node ?? (place.pair as MapPair).key;
    return refused("UNSUPPORTED_STYLE", `line ${source.lineAt(at.range[0])}: ${trouble}`);
  }
  const text = writeScalar(intendedValue(node, value), styleOf(place));
  return node === null ? bareKey(place, text) : overwrite(source, node, text);
}

/** Writes `text` where a node stands, or after the colon where nothing stands. */
export function overwrite(source: Source, node: ParsedNode, text: string): Splice[] {
  const [start, end] = node.range;
  if (end > start) return [{ start, end, text }];
  const at = endOfNothing(source.text, node);
  return [{ start: at, end: at, text: ` ${text}` }];
}

/** `{ canary }`: the colon comes with the value. */
function bareKey(place: ValuePlace, text: string): Splice[] {
  const at = (place.pair as MapPair).key.range[1];
  return [{ start: at, end: at, text: `: ${text}` }];
}

function unsuitable(place: ValuePlace, value: NewValue): string | undefined {
  const { node } = place;
  if (node === null) return inFlow(place) ? undefined : "the key has no colon";
  if (isAlias(node)) return undefined;
  const { type, tag } = node as Scalar.Parsed;
  if (type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED) return "the value is a block scalar";
  return fitsTag(tag, value) ? undefined : `the tag ${tag} does not go with the new value`;
}

function fitsTag(tag: string | undefined, value: NewValue): boolean {
  if (tag === undefined || isStringTag(tag)) return true;
  if (tag === "tag:yaml.org,2002:bool") return typeof value === "boolean";
  if (tag === "tag:yaml.org,2002:float") return typeof value === "number";
  return tag === "tag:yaml.org,2002:int" && Number.isInteger(value);
}

function isStringTag(tag: string | undefined): boolean {
  return tag === "!" || tag === "tag:yaml.org,2002:str";
}

function isQuoted(node: Scalar): boolean {
  return node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE;
}

function styleOf(place: ValuePlace): Style {
  const { node } = place;
  const type = isScalar(node) ? node.type : Scalar.PLAIN;
  const quote = type === Scalar.QUOTE_DOUBLE ? "double" : type === Scalar.QUOTE_SINGLE ? "single" : "plain";
  return { quote, flow: inFlow(place), tagged: isScalar(node) && isStringTag(node.tag) };
}
