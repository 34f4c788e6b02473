/**
 * Reads a pack (gitformat-pack) within bounds. isomorphic-git's `indexPack` inflates whatever a pack claims, passes over
 * objects that it cannot resolve, and takes a file system; a server, or who pretends to be one, must not be able to
 * exhaust the memory of a step. Objects stay compressed and are inflated again when they are read.
 */
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { Failure } from "../errors/failure.ts";
import { applyDelta, type DeltaHead, readDeltaHead } from "./delta.ts";

export type ObjectType = "blob" | "tree" | "commit" | "tag";

export interface PackedObject {
  readonly type: ObjectType;
  read(): Buffer;
}

export interface PackLimits {
  /** Objects in one pack. */
  readonly objects: number;
  /** Bytes of one object. */
  readonly objectBytes: number;
  /** Bytes inflated and copied to index one pack: bounds the time that a pack of nested deltas takes. */
  readonly workBytes: number;
}

export const packLimits: PackLimits = {
  objects: 2_000_000,
  objectBytes: 64 * 1024 * 1024,
  workBytes: 4 * 1024 * 1024 * 1024,
};

/** Git itself makes no longer chains (`pack.depth` is capped at 4095). */
const maxChain = 4095;

/** Finds an object that is not in the pack: a thin pack builds on what the client said it has. */
export type FindOutside = (id: string) => PackedObject | undefined;

/** The pack's objects by id. Throws GIT_PROTOCOL where it is damaged, claims too much or builds on what is not here. */
export function readPack(
  pack: Buffer,
  outside: FindOutside,
  cache: ContentCache,
  limits: PackLimits = packLimits,
): ReadonlyMap<string, PackedObject> {
  const count = readHeader(pack, limits);
  const reader = createReader(pack, cache, limits);
  const objects = new Map<string, Entry>();
  const byOffset = new Map<number, Entry>();
  const waiting = new Map<string | number, Entry[]>();

  function baseOf(key: string | number): PackedObject | undefined {
    return typeof key === "number" ? byOffset.get(key) : (objects.get(key) ?? outside(key));
  }
  /** Names an entry, and those that waited for it. */
  function resolve(first: Entry): void {
    const ready = [first];
    for (const entry of ready) {
      if (entry.key !== undefined) entry.base = baseOf(entry.key);
      const { type, content } = reader.contentOf(entry);
      entry.type = type;
      const id = objectId(type, content);
      if (!objects.has(id)) objects.set(id, entry);
      byOffset.set(entry.offset, entry);
      for (const key of [id, entry.offset]) {
        // A loop over an array goes on to what is added to it meanwhile.
        ready.push(...(waiting.get(key) ?? []));
        waiting.delete(key);
      }
    }
  }
  let at = headerLength;
  for (let index = 0; index < count; index++) {
    const { entry, next } = reader.scan(at);
    at = next;
    const { key } = entry;
    if (key === undefined || baseOf(key) !== undefined) resolve(entry);
    else waiting.set(key, [...(waiting.get(key) ?? []), entry]);
  }
  if (at !== pack.length - checksumLength) throw damaged("it goes on after its last object");
  if (waiting.size > 0) throw damaged("a delta without its base");
  reader.indexed();
  return objects;
}

const headerLength = 12;
const checksumLength = 20;
const idLength = 20;

/** The number of objects. */
function readHeader(pack: Buffer, limits: PackLimits): number {
  if (pack.length < headerLength + checksumLength || pack.toString("latin1", 0, 4) !== "PACK")
    throw damaged("no pack");
  const body = pack.length - checksumLength;
  const checksum = createHash("sha1").update(pack.subarray(0, body)).digest();
  if (!checksum.equals(pack.subarray(body))) throw damaged("wrong checksum");
  const version = pack.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw damaged(`version ${version}`);
  const count = pack.readUInt32BE(8);
  if (count > limits.objects) throw damaged(`${count} objects`);
  return count;
}

/** An object in a pack. There may be hundreds of thousands: what is kept of each is little. */
class Entry implements PackedObject {
  /** Of a delta: known once its base is. */
  type: ObjectType = "blob";
  base: PackedObject | undefined;
  readonly #reader: Reader;

  constructor(
    reader: Reader,
    /** Where it starts, and where its compressed bytes do. */
    readonly offset: number,
    readonly data: number,
    /** Bytes, inflated: of the object or of the delta. */
    readonly size: number,
    /** Of a delta: the id or the offset of what it builds on. */
    readonly key: string | number | undefined,
  ) {
    this.#reader = reader;
  }

  read(): Buffer {
    return this.#reader.contentOf(this).content;
  }
}

interface Content {
  readonly type: ObjectType;
  readonly content: Buffer;
  /** Deltas between it and a whole object. */
  readonly depth: number;
}

interface Reader {
  /** The entry at an offset, and where the next one starts. */
  scan(at: number): { entry: Entry; next: number };
  /** Of an entry whose base is known. */
  contentOf(entry: Entry): Content;
  /** From now on everything is read at somebody's wish, and work no longer bounded. */
  indexed(): void;
}

function createReader(pack: Buffer, cache: ContentCache, limits: PackLimits): Reader {
  let workLeft = limits.workBytes;

  function spend(bytes: number): void {
    if (bytes > limits.objectBytes) throw damaged(`an object of ${bytes} bytes`);
    workLeft -= bytes;
    if (workLeft < 0) throw damaged("more in it than is taken");
  }
  function inflate(entry: Entry): Buffer {
    spend(entry.size);
    return inflateAt(pack, entry.data, entry.size).content;
  }
  function build(entry: Entry, base: Content): Content {
    const delta = inflate(entry);
    const head: DeltaHead = readDeltaHead(delta);
    spend(head.size);
    if (base.depth >= maxChain) throw damaged("too long a chain of deltas");
    return { type: base.type, content: applyDelta(base.content, delta, head), depth: base.depth + 1 };
  }
  function wholeOf(object: PackedObject): Content {
    const content = object instanceof Entry && object.key === undefined ? inflate(object) : object.read();
    return { type: object.type, content, depth: 0 };
  }
  /** By a loop: a recursion would end where the stack does. */
  function contentOf(entry: Entry): Content {
    const chain: Entry[] = [];
    let object: PackedObject = entry;
    let found = cache.get(object);
    while (found === undefined && object instanceof Entry && object.base !== undefined) {
      chain.push(object);
      object = object.base;
      found = cache.get(object);
    }
    let content = found ?? wholeOf(object);
    for (const above of chain.reverse()) {
      content = build(above, content);
      cache.set(above, content);
    }
    return content;
  }
  const reader: Reader = {
    contentOf,
    scan: (at) => {
      const { type, size, data, key } = readEntry(pack, at);
      const entry = new Entry(reader, at, data, size, key);
      spend(size);
      const { content, next } = inflateAt(pack, data, size);
      if (type !== undefined) {
        entry.type = type;
        cache.set(entry, { type, content, depth: 0 });
      }
      return { entry, next };
    },
    indexed: () => {
      workLeft = Number.POSITIVE_INFINITY;
    },
  };
  return reader;
}

/** Contents that others may be built on. */
export interface ContentCache {
  get(object: object): Content | undefined;
  set(object: object, content: Content): void;
}

/** Keeps at least what was added last, and at most `maxBytes`: the older of two halves is dropped as a whole. */
export function createContentCache(maxBytes: number): ContentCache {
  let young = new Map<object, Content>();
  let old = new Map<object, Content>();
  let bytes = 0;
  return {
    get: (object) => young.get(object) ?? old.get(object),
    set: (object, content) => {
      // An entry has a price of its own.
      bytes += content.content.length + 200;
      young.set(object, content);
      if (bytes < maxBytes / 2) return;
      [old, young, bytes] = [young, new Map(), 0];
    },
  };
}

const types: Readonly<Record<number, ObjectType>> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };
const offsetDelta = 6;
const idDelta = 7;

interface EntryHead {
  /** None of a delta. */
  readonly type: ObjectType | undefined;
  readonly size: number;
  readonly data: number;
  readonly key: string | number | undefined;
}

/** Type and size in groups of bits, then where a delta's base is. */
function readEntry(pack: Buffer, offset: number): EntryHead {
  const end = pack.length - checksumLength;
  let at = offset;
  const next = () => {
    if (at >= end) throw damaged("cut short");
    return pack[at++] ?? 0;
  };
  let byte = next();
  const kind = (byte >> 4) & 7;
  let size = byte & 15;
  for (let factor = 16; byte >= 0x80; factor *= 128) {
    // Beyond this a double does not count exactly; no limit is that high.
    if (factor > 2 ** 45) throw damaged("an object of impossible size");
    byte = next();
    size += (byte & 0x7f) * factor;
  }
  if (kind === offsetDelta) {
    const key = offset - readDistance(next, offset);
    return { type: undefined, size, data: at, key };
  }
  if (kind === idDelta) {
    const data = at + idLength;
    if (data > end) throw damaged("cut short");
    return { type: undefined, size, data, key: pack.toString("hex", at, data) };
  }
  const type = types[kind];
  if (type === undefined) throw damaged(`an object of type ${kind}`);
  return { type, size, data: at, key: undefined };
}

/** How far before its own start an object's base starts. */
function readDistance(next: () => number, offset: number): number {
  let byte = next();
  let distance = byte & 0x7f;
  while (byte >= 0x80) {
    byte = next();
    distance = (distance + 1) * 128 + (byte & 0x7f);
    if (distance > offset) break;
  }
  if (distance === 0 || distance > offset - headerLength) throw damaged("a delta's base outside of it");
  return distance;
}

const maxChunk = 64 * 1024;

function inflateAt(pack: Buffer, at: number, size: number): { content: Buffer; next: number } {
  try {
    // One byte more than the size: else zlib would need another round to see the end.
    const chunkSize = Math.min(Math.max(size + 1, 64), maxChunk);
    const options = { info: true, chunkSize, maxOutputLength: Math.max(size, 1) };
    const { buffer, engine } = inflateSync(
      pack.subarray(at, pack.length - checksumLength),
      options,
    ) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    if (buffer.length === size) return { content: buffer, next: at + engine.bytesWritten };
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
  }
  throw damaged("an object that cannot be inflated to the size it has");
}

/** An object's name: SHA-1 over a head and its content. */
export function objectId(type: ObjectType, content: Uint8Array): string {
  return createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex");
}

function damaged(how: string): Failure {
  return new Failure("GIT_PROTOCOL", `the server sent a damaged pack: ${how}`);
}
