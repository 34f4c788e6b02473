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
  const contents = createContents(pack, outside, cache, limits);
  const objects = new Map<string, PackedObject>();
  const waiting = new Map<string, Entry[]>();

  function resolve(first: Entry): void {
    const ready = [first];
    for (const entry of ready) {
      const { type, content } = contents.of(entry);
      const id = objectId(type, content);
      if (!objects.has(id)) objects.set(id, { type, read: () => contents.of(entry).content });
      contents.name(id, entry);
      for (const key of [id, String(entry.offset)]) {
        // A loop over an array goes on to what is added to it meanwhile.
        ready.push(...(waiting.get(key) ?? []));
        waiting.delete(key);
      }
    }
  }
  let at = headerLength;
  for (let index = 0; index < count; index++) {
    const { entry, next } = contents.scan(at);
    at = next;
    const missing = contents.missingBase(entry);
    if (missing === undefined) resolve(entry);
    else waiting.set(missing, [...(waiting.get(missing) ?? []), entry]);
  }
  if (at !== pack.length - checksumLength) throw damaged("it goes on after its last object");
  if (waiting.size > 0) throw damaged("a delta without its base");
  contents.indexed();
  return objects;
}

const headerLength = 12;
const checksumLength = 20;

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

interface Entry {
  readonly offset: number;
  /** Where its compressed bytes start. */
  readonly data: number;
  /** Bytes, inflated: of the object or of the delta. */
  readonly size: number;
  readonly type: ObjectType | undefined;
  /** Of a delta: the id or the offset of what it builds on. */
  readonly base: string | undefined;
}

interface Content {
  readonly type: ObjectType;
  readonly content: Buffer;
  /** Deltas between it and a whole object. */
  readonly depth: number;
}

interface Contents {
  scan(at: number): { entry: Entry; next: number };
  /** The key of the base that is not known yet. */
  missingBase(entry: Entry): string | undefined;
  of(entry: Entry): Content;
  /** Notes what an entry, whose base is known, turned out to be. */
  name(id: string, entry: Entry): void;
  /** From now on everything is read at somebody's wish, and work no longer bounded. */
  indexed(): void;
}

function createContents(
  pack: Buffer,
  outside: FindOutside,
  cache: ContentCache,
  limits: PackLimits,
): Contents {
  /** Resolved entries by their offset and by their id. */
  const known = new Map<string, Entry>();
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
  /** By a loop: a recursion would end where the stack does. */
  function of(wanted: Entry): Content {
    const chain: Entry[] = [];
    let entry: Entry = wanted;
    let found = cache.get(entry);
    while (found === undefined) {
      if (entry.base === undefined) found = wholeOf(entry);
      else {
        chain.push(entry);
        const base = known.get(entry.base);
        if (base === undefined) found = outsideOf(entry.base);
        else {
          entry = base;
          found = cache.get(base);
        }
      }
    }
    for (const above of chain.reverse()) {
      found = build(above, found);
      cache.set(above, found);
    }
    return found;
  }
  function wholeOf(entry: Entry): Content {
    if (entry.type === undefined) throw damaged("an object without a type");
    const content = { type: entry.type, content: inflate(entry), depth: 0 };
    cache.set(entry, content);
    return content;
  }
  function outsideOf(id: string): Content {
    const object = outside(id);
    if (object === undefined) throw damaged("a delta without its base");
    return { type: object.type, content: object.read(), depth: 0 };
  }
  return {
    of,
    scan: (at) => {
      const entry = readEntry(pack, at);
      spend(entry.size);
      const { content, next } = inflateAt(pack, entry.data, entry.size);
      if (entry.type !== undefined) cache.set(entry, { type: entry.type, content, depth: 0 });
      return { entry, next };
    },
    missingBase: ({ base }) =>
      base === undefined || known.has(base) || outside(base) !== undefined ? undefined : base,
    name: (id, entry) => {
      known.set(id, entry).set(String(entry.offset), entry);
    },
    indexed: () => {
      workLeft = Number.POSITIVE_INFINITY;
    },
  };
}

/** Contents that others may be built on. */
export interface ContentCache {
  get(entry: object): Content | undefined;
  set(entry: object, content: Content): void;
}

/** Keeps the contents added last, up to a sum of bytes. */
export function createContentCache(maxBytes: number): ContentCache {
  const kept = new Map<object, Content>();
  let bytes = 0;
  function forget(entry: object): void {
    bytes -= kept.get(entry)?.content.length ?? 0;
    kept.delete(entry);
  }
  return {
    get: (entry) => kept.get(entry),
    set: (entry, content) => {
      forget(entry);
      kept.set(entry, content);
      bytes += content.content.length;
      for (const [oldest] of kept) {
        if (bytes <= maxBytes) break;
        forget(oldest);
      }
    },
  };
}

const types: Readonly<Record<number, ObjectType>> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };
const offsetDelta = 6;
const idDelta = 7;

/** An entry's head: type and size in groups of bits, then where a delta's base is. */
function readEntry(pack: Buffer, offset: number): Entry {
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
  let base: string | undefined;
  if (kind === offsetDelta) base = String(offset - readDistance(next, offset));
  else if (kind === idDelta) {
    if (at + checksumLength > end) throw damaged("cut short");
    base = pack.toString("hex", at, at + checksumLength);
    at += checksumLength;
  } else if (types[kind] === undefined) throw damaged(`an object of type ${kind}`);
  return { offset, data: at, size, type: types[kind], base };
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
