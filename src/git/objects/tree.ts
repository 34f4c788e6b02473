/**
 * Trees as bytes. Git's own form is kept to the last bit (odd modes, names that are not UTF-8), because whatever is
 * not edited must come out as it went in.
 */

import { Failure } from "../../errors/failure.ts";

export interface TreeEntry {
  /** Octal, as stored: `100644`, `100755`, `120000` (symbolic link), `160000` (submodule), `40000` (folder). */
  readonly mode: string;
  /** The name's bytes, one character each (latin1). */
  readonly name: string;
  readonly id: string;
}

export const fileMode = "100644";
export const folderMode = "40000";

/** The stored form of a name. */
export function storedName(name: string): string {
  return Buffer.from(name, "utf8").toString("latin1");
}

export function isFolder({ mode }: TreeEntry): boolean {
  return /^0?40000$/.test(mode);
}

export function isFile({ mode }: TreeEntry): boolean {
  return mode.startsWith("100");
}

/** What an entry is, for people. */
export function kindOf(entry: TreeEntry): string {
  if (isFolder(entry)) return "a folder";
  if (isFile(entry)) return "a file";
  return entry.mode === "120000" ? "a symbolic link" : "a submodule";
}

const idLength = 20;

/**
 * The entry of this stored name. Makes nothing of the others: a history of a folder with thousands is read commit by
 * commit. Throws GIT_PROTOCOL where the bytes are no tree.
 */
export function findInTree(bytes: Uint8Array, name: string): TreeEntry | undefined {
  const buffer = bufferOf(bytes);
  const wanted = Buffer.from(name, "latin1");
  for (let at = 0; at < buffer.length; ) {
    const { space, end, next } = measureEntry(buffer, at);
    if (end - space - 1 === wanted.length && buffer.compare(wanted, 0, wanted.length, space + 1, end) === 0)
      return entryAt(buffer, at, space, end);
    at = next;
  }
  return undefined;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Where the mode and the name of the entry at `at` end, and where the next entry starts. */
function measureEntry(buffer: Buffer, at: number): { space: number; end: number; next: number } {
  const space = buffer.indexOf(0x20, at);
  const end = buffer.indexOf(0, space);
  const next = end + 1 + idLength;
  if (space < at || end < space || next > buffer.length)
    throw new Failure("GIT_PROTOCOL", "the repository holds a damaged tree");
  return { space, end, next };
}

function entryAt(buffer: Buffer, at: number, space: number, end: number): TreeEntry {
  return {
    mode: buffer.toString("latin1", at, space),
    name: buffer.toString("latin1", space + 1, end),
    id: buffer.toString("hex", end + 1, end + 1 + idLength),
  };
}

/** `tree` with `entry` in place of the one of its name, or added. Every other byte stays. */
export function withEntry(tree: Uint8Array, entry: TreeEntry): Uint8Array {
  const buffer = bufferOf(tree);
  const name = Buffer.from(entry.name, "latin1");
  const formatted = Buffer.concat([
    Buffer.from(`${entry.mode} `, "latin1"),
    name,
    Buffer.alloc(1),
    Buffer.from(entry.id, "hex"),
  ]);
  const { from, to } = findPlace(buffer, name, isFolder(entry));
  return Buffer.concat([buffer.subarray(0, from), formatted, buffer.subarray(to)]);
}

/** The bytes of the entry of this name; without one, where it belongs. */
function findPlace(buffer: Buffer, name: Buffer, folder: boolean): { from: number; to: number } {
  const sorted = folder ? Buffer.concat([name, slash]) : name;
  let place: number | undefined;
  for (let at = 0; at < buffer.length; ) {
    const { space, end, next } = measureEntry(buffer, at);
    if (end - space - 1 === name.length && buffer.compare(name, 0, name.length, space + 1, end) === 0)
      return { from: at, to: next };
    if (place === undefined && isAfter(buffer, at, space, end, sorted)) place = at;
    at = next;
  }
  const from = place ?? buffer.length;
  return { from, to: from };
}

const slash = Buffer.from("/");

/** Whether an entry's name comes after `sorted` in Git's order: folders sort as if their names ended in a slash. */
function isAfter(buffer: Buffer, at: number, space: number, end: number, sorted: Buffer): boolean {
  const own = buffer.subarray(space + 1, end);
  const folder = /^0?40000$/.test(buffer.toString("latin1", at, space));
  return Buffer.compare(folder ? Buffer.concat([own, slash]) : own, sorted) > 0;
}
