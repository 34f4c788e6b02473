/** Reads and writes files by way of commits and trees: there is no work tree. */

import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";
import { levelsAtFile, levelsTowards } from "../levels.ts";
import type { ObjectReader } from "../source.ts";
import {
  fileMode,
  findInTree,
  folderMode,
  isFile,
  isFolder,
  kindOf,
  storedName,
  type TreeEntry,
  withEntry,
} from "./tree.ts";

async function readTree(reader: ObjectReader, id: string): Promise<Uint8Array> {
  const bytes = await reader.read(id, "tree");
  if (bytes === undefined) throw new Failure("GIT_PROTOCOL", `the server left out tree ${id}`);
  return bytes;
}

/** The entry at `path`, or undefined. Does not follow links. */
export async function findEntry(
  reader: ObjectReader,
  tree: string,
  path: string,
): Promise<TreeEntry | undefined> {
  return (await findEntries(reader, [tree], path)).get(tree);
}

/** The entry at `path` in each of the trees, with one request a level for all of them; undefined where there is none. */
export async function findEntries(
  reader: ObjectReader,
  trees: readonly string[],
  path: string,
): Promise<ReadonlyMap<string, TreeEntry | undefined>> {
  const parts = path.split("/");
  let found = new Map<string, TreeEntry | undefined>(
    trees.map((id) => [id, { mode: folderMode, name: "", id }]),
  );
  let crowd = 0;
  for (const [depth, part] of parts.entries()) {
    const left = parts.length - depth;
    const folders = foldersAmong(found.values());
    await reader.gather([...folders], "tree", left === 1 ? levelsAtFile(depth, crowd) : levelsTowards(left));
    const inside = new Map<string, TreeEntry | undefined>();
    for (const id of folders) {
      const bytes = await readTree(reader, id);
      crowd = bytes.length;
      inside.set(id, findInTree(bytes, storedName(part)));
    }
    found = new Map([...found].map(([tree, entry]) => [tree, entry && inside.get(entry.id)]));
  }
  return found;
}

/** Ids of folders, each once: most commits change other ones than those on the path. */
function foldersAmong(entries: Iterable<TreeEntry | undefined>): ReadonlySet<string> {
  return new Set([...entries].flatMap((entry) => (entry !== undefined && isFolder(entry) ? [entry.id] : [])));
}

/** The bytes of a blob that a tree names. */
export async function readBlob(reader: ObjectReader, id: string): Promise<Uint8Array> {
  const bytes = await reader.read(id, "blob");
  if (bytes === undefined) throw new Failure("GIT_PROTOCOL", `the server left out blob ${id}`);
  return bytes;
}

export interface ObjectWriter {
  /** Stores an object and gives its id. */
  write(type: "blob" | "tree" | "commit", content: Uint8Array): string;
}

export interface WrittenTree {
  readonly tree: string;
  /** Every object that was written for it. */
  readonly objects: readonly string[];
}

/**
 * `tree` with new contents for some files. Only blobs and the trees above them are written; every other entry stays
 * as it is, and a changed file keeps its mode.
 */
export async function writeFiles(
  store: ObjectReader & ObjectWriter,
  tree: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<WrittenTree> {
  const objects: string[] = [];
  function write(type: "blob" | "tree", content: Uint8Array): string {
    const id = store.write(type, content);
    objects.push(id);
    return id;
  }
  async function update(id: string | undefined, changes: ReadonlyMap<string, Uint8Array>): Promise<string> {
    let bytes = id === undefined ? new Uint8Array() : await readTree(store, id);
    const { here, below } = split(changes);
    for (const [name, content] of here) {
      const mode = entryNamed(bytes, name, isFile)?.mode ?? fileMode;
      bytes = withEntry(bytes, { mode, name: storedName(name), id: write("blob", content) });
    }
    for (const [name, inside] of below) {
      const old = entryNamed(bytes, name, isFolder);
      const mode = old?.mode ?? folderMode;
      bytes = withEntry(bytes, { mode, name: storedName(name), id: await update(old?.id, inside) });
    }
    return write("tree", bytes);
  }
  return { tree: await update(tree, files), objects };
}

function entryNamed(
  tree: Uint8Array,
  name: string,
  fits: (entry: TreeEntry) => boolean,
): TreeEntry | undefined {
  const entry = findInTree(tree, storedName(name));
  if (entry !== undefined && !fits(entry)) throw notAFile(name, entry);
  return entry;
}

/** Somebody reads or edits a file where something else is. */
export function notAFile(path: string, entry: TreeEntry): Failure {
  return new Failure("EDIT_REFUSED", `${printable(path)} is ${kindOf(entry)} in the repository`);
}

interface SplitChanges {
  readonly here: ReadonlyMap<string, Uint8Array>;
  readonly below: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;
}

/** Changes of files in this folder, and those below it by the folder's name. */
function split(changes: ReadonlyMap<string, Uint8Array>): SplitChanges {
  const here = new Map<string, Uint8Array>();
  const below = new Map<string, Map<string, Uint8Array>>();
  for (const [path, content] of changes) {
    const slash = path.indexOf("/");
    if (slash === -1) {
      here.set(path, content);
      continue;
    }
    const name = path.slice(0, slash);
    const inside = below.get(name) ?? new Map<string, Uint8Array>();
    below.set(name, inside.set(path.slice(slash + 1), content));
  }
  return { here, below };
}

/** Whether Git can hold a file of this path: `src/a.yaml`, not `/a`, `a//b`, `../a` or anything inside `.git`. */
export function isRepositoryPath(path: string): boolean {
  return path
    .split("/")
    .every((part) => !["", ".", ".."].includes(part) && !/^\.git$/i.test(part) && !part.includes("\0"));
}
