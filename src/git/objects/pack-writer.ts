/**
 * Writes a pack (gitformat-pack). isomorphic-git's `packObjects` reads each object back from a file system, inflates it,
 * deflates it again and hashes it, all in JavaScript: with a folder of 10,000 applications that took longer than the
 * server's whole part of the push (docs/decisions/0001-own-git-objects.md).
 */
import { createHash } from "node:crypto";
import { constants, deflateSync } from "node:zlib";
import type { ObjectType } from "./pack-entry.ts";

export interface WholeObject {
  readonly type: ObjectType;
  readonly content: Uint8Array;
}

/** A pack of exactly these objects, each whole. */
export function writePack(objects: readonly WholeObject[]): Buffer {
  const header = Buffer.alloc(12);
  header.write("PACK", "latin1");
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const body = Buffer.concat([header, ...objects.flatMap(writeObject)]);
  return Buffer.concat([body, createHash("sha1").update(body).digest()]);
}

function writeObject({ type, content }: WholeObject): readonly Buffer[] {
  // Ids, the bulk of a tree, do not compress: more effort costs time and saves nothing.
  return [objectHead(type, content.length), deflateSync(content, { level: constants.Z_BEST_SPEED })];
}

const numbers = { commit: 1, tree: 2, blob: 3, tag: 4 } as const satisfies Record<ObjectType, number>;

/** The type, and the size in groups of bits, the lowest four first; the highest bit of a byte says that more follow. */
function objectHead(type: ObjectType, size: number): Buffer {
  const bytes = [numbers[type] * 16 + (size % 16)];
  for (let left = Math.floor(size / 16); left > 0; left = Math.floor(left / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(left % 128);
  }
  return Buffer.from(bytes);
}
