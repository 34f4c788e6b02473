/**
 * Reads a pack (gitformat-pack) within bounds. isomorphic-git's `indexPack` inflates whatever a pack claims, passes over
 * objects that it cannot resolve, and takes a file system; a server, or who pretends to be one, must not be able to
 * exhaust the memory of a step. Objects stay compressed and are inflated again when they are read.
 */
import { createHash } from "node:crypto";
import type { Content, ContentCache } from "./content-cache.ts";
import { applyDelta, type DeltaHead, readDeltaHead } from "./delta.ts";
import {
  checksumLength,
  damaged,
  headerLength,
  inflateAt,
  type ObjectType,
  readEntry,
} from "./pack-entry.ts";

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

/** An object's name: SHA-1 over a head and its content. */
export function objectId(type: ObjectType, content: Uint8Array): string {
  return createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex");
}
