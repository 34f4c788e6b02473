/** One entry of a pack (gitformat-pack): its head, and its compressed bytes. */
import { inflateSync } from "node:zlib";
import { Failure } from "../../errors/failure.ts";

export type ObjectType = "blob" | "tree" | "commit" | "tag";

/** Bytes before the first entry, after the last, and of an id. */
export const headerLength = 12;
export const checksumLength = 20;
const idLength = 20;

const types: Readonly<Record<number, ObjectType>> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };
const offsetDelta = 6;
const idDelta = 7;

export interface EntryHead {
  /** None of a delta. */
  readonly type: ObjectType | undefined;
  readonly size: number;
  readonly data: number;
  readonly key: string | number | undefined;
}

/** Type and size in groups of bits, then where a delta's base is. */
export function readEntry(pack: Buffer, offset: number): EntryHead {
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

/** The object at `at`, and where its compressed bytes end. Never makes more than `size` bytes of them. */
export function inflateAt(pack: Buffer, at: number, size: number): { content: Buffer; next: number } {
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

export function damaged(how: string): Failure {
  return new Failure("GIT_PROTOCOL", `the server sent a damaged pack: ${how}`);
}
