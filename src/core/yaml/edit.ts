import {
  isCollection,
  isMap,
  isScalar,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { insertValue, type MissingPlace } from "./insert.ts";
import { type Place, resolve } from "./locate.ts";
import { parseYaml, type Source, type YamlDocument } from "./parse.ts";
import { parsePath } from "./path.ts";
import { applySplices, type Change, isProven } from "./prove.ts";
import { holds, intendedValue, replaceValue, type ValuePlace } from "./replace.ts";
import { type Selection, select, type Undecided } from "./select.ts";
import {
  type EditResult,
  type NewValue,
  type Reading,
  type Refusal,
  refused,
  type YamlScalar,
} from "./types.ts";

export type { EditResult, Reading, Refusal, RefusalKind, YamlScalar } from "./types.ts";

/**
 * Sets the value at `path` and leaves every other byte of the file as it is. The text is edited by position, never
 * re-printed; the result is parsed again and given out only if its data is the old data with exactly this value
 * changed. What cannot be done so is refused; nothing is thrown.
 *
 * `value`: a finite number, a boolean, or a string of well-formed Unicode. `path`: see `parsePath`. The text is a file's whole
 * content, a byte order mark included; several values are set by calling this in turn.
 */
export function editYaml(text: string, path: string, value: NewValue): EditResult {
  const wanted = value === 0 ? 0 : value; // not -0
  if (!isWritable(wanted)) return refused("INVALID_VALUE", "neither a finite number nor well-formed text");
  const found = find(text, path);
  if (found.kind === "refused") return found;
  if (found.kind === "undecided") return refused("AMBIGUOUS", found.detail);
  const { source, document, place } = found;
  const before = effectiveNode(document, place);
  if (isCollection(before)) return collectionRefused(source, before);
  const intended = intendedValue(before, wanted);
  if (holds(before, intended)) return { kind: "unchanged", text, before: intended };
  if (place.kind === "conflict") return refused("NOT_A_MAP", place.what);
  if (place.borrowed) return aliased;

  const splices =
    place.kind === "value"
      ? replaceValue(source, place, wanted)
      : insertValue(source, document, place, wanted);
  if ("kind" in splices) return splices;
  const edited = applySplices(text, splices);
  if (isProven(source, edited, changeOf(document, place, wanted))) {
    return { kind: "edited", text: edited, before: before?.value as YamlScalar | undefined };
  }
  if (isShared(document, place)) return aliased;
  return refused("UNPROVEN", "the edited file does not parse to the old data with just this value changed");
}

/**
 * The value at `path` as a reader of the data sees it, aliases and merges included. Absent is what the one document
 * lacks, or all of several; a value in two documents, or a map or list in its place, is refused. Nothing is thrown.
 */
export function readYaml(text: string, path: string): Reading {
  const found = find(text, path);
  if (found.kind === "refused") return found;
  if (found.kind === "undecided") {
    return found.complete ? refused("AMBIGUOUS", found.detail) : { kind: "absent" };
  }
  const { source, document, place } = found;
  if (place.kind === "conflict") return refused("NOT_A_MAP", place.what);
  const node = effectiveNode(document, place);
  if (isCollection(node)) return collectionRefused(source, node);
  if (node === null)
    return place.kind === "value" ? { kind: "found", value: null, source: "" } : { kind: "absent" };
  const value = node.value as YamlScalar;
  return { kind: "found", value, source: typeof value === "string" ? value : (node.source as string) };
}

/** The first key of `path` that the file lacks, and the keys that its map has instead; undefined where none is lacking. */
export function missingKey(
  text: string,
  path: string,
): { readonly key: string; readonly beside: readonly string[] } | undefined {
  const found = find(text, path);
  if (found.kind === "refused" || found.kind === "undecided" || found.place.kind !== "missing")
    return undefined;
  const { container, rest, inherited } = found.place;
  const [key] = rest;
  if (key === undefined || inherited !== undefined || !isMap(container)) return undefined;
  const beside = container.items.flatMap(({ key: own }) => (isScalar(own) ? String(own.value) : []));
  return { key, beside };
}

const aliased = refused(
  "ALIASED",
  "an anchor shares the value, or the map around it, with another place in the file",
);

function find(text: string, path: string): Refusal | Undecided | (Selection & { readonly source: Source }) {
  const parsed = parsePath(path);
  if (parsed.kind === "refused") return parsed;
  const source = parseYaml(text);
  if (source.kind === "refused") return source;
  const selected = select(source, parsed.segments);
  return selected.kind === "undecided" ? selected : { ...selected, source };
}

/** What a reader of the data finds at the path, be it through an alias or a merge. */
function effectiveNode(document: YamlDocument, place: Place): DataNode | null {
  const node = place.kind === "value" ? place.node : place.kind === "missing" ? place.inherited : undefined;
  return resolve(document, node ?? null) as DataNode | null;
}

type DataNode = Scalar.Parsed | YAMLMap.Parsed | YAMLSeq.Parsed;

function changeOf(document: YamlDocument, place: ValuePlace | MissingPlace, wanted: NewValue): Change {
  if (place.kind === "missing") return { document, keys: [...place.keys, ...place.rest], value: wanted };
  // An alias is written over, not what it stands for: so the alias decides here.
  return { document, keys: place.keys, value: intendedValue(place.node, wanted) };
}

/** Whether something on the way to the place is what an alias stands for. */
function isShared(document: YamlDocument, place: Place): boolean {
  const shared = new Set(document.targets.values());
  return place.nodes.some((node) => shared.has(node));
}

function collectionRefused(source: Source, node: ParsedNode): Refusal {
  const what = isMap(node) ? "a map" : "a list";
  return refused(
    "UNSUPPORTED_STYLE",
    `line ${source.lineAt(node.range[0])}: the path leads to ${what}, not to a value`,
  );
}

/** Whole numbers only as far as a double holds each of them. */
function isWritable(value: NewValue): boolean {
  if (typeof value === "boolean") return true;
  if (typeof value === "string") return !/\p{Cs}/u.test(value);
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}
