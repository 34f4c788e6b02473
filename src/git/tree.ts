/**
 * Trees as bytes. Git's own form is kept to the last bit (odd modes, names that are not UTF-8), because whatever is
 * not edited must come out as it went in.
 */

import { Failure } from "../errors/failure.ts";

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

/** Throws GIT_PROTOCOL where the bytes are no tree. */
export function parseTree(bytes: Uint8Array): readonly TreeEntry[] {
  const buffer = bufferOf(bytes);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < buffer.length; ) {
    const { space, end, next } = measureEntry(buffer, at);
    entries.push(entryAt(buffer, at, space, end));
    at = next;
  }
  return entries;
}

/**
 * The entry of this stored name. Makes nothing of the others: a history of a folder with thousands is read commit by
 * commit.
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

export function formatTree(entries: readonly TreeEntry[]): Uint8Array {
  return Buffer.concat(
    [...entries]
      .sort(byGitsOrder)
      .flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`, "latin1"), Buffer.from(id, "hex")]),
  );
}

/** Folders sort as if their names ended in a slash. */
function byGitsOrder(a: TreeEntry, b: TreeEntry): number {
  const left = isFolder(a) ? `${a.name}/` : a.name;
  const right = isFolder(b) ? `${b.name}/` : b.name;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** `entries` with `entry` in place of the one of that name, or added. */
export function withEntry(entries: readonly TreeEntry[], entry: TreeEntry): readonly TreeEntry[] {
  return [...entries.filter(({ name }) => name !== entry.name), entry];
}
