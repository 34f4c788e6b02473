/** The objects of one repository, in memory. */
import { Failure } from "../errors/failure.ts";
import { createMemoryFs } from "./memory-fs.ts";
import { createContentCache, type ObjectType, type PackedObject, readPack } from "./pack.ts";

export interface ObjectStore {
  has(id: string): boolean;
  /** The content of an object without Git's header; undefined where it is not here. */
  read(id: string, type: ObjectType): Uint8Array | undefined;
  /** Takes a pack's objects in. Throws GIT_PROTOCOL where it is damaged. */
  add(pack: Buffer): void;
  /** Stores an object and gives its id. */
  write(type: ObjectType, content: Uint8Array): Promise<string>;
  /** A pack of exactly these objects, each whole, all of them written here. */
  pack(ids: readonly string[]): Promise<Uint8Array>;
  /**
   * Loads what writing needs, down to the compression, by packing an empty file. It takes as long as three answers of a
   * server, so it is for the time in which one is on its way.
   */
  warmUp(): Promise<void>;
}

const cacheBytes = 16 * 1024 * 1024;

export function createStore(): ObjectStore {
  const objects = new Map<string, PackedObject>();
  const cache = createContentCache(cacheBytes);
  const fs = createMemoryFs();
  const repository = { fs, gitdir: "/git", cache: {} };

  async function write(type: ObjectType, content: Uint8Array): Promise<string> {
    const { writeObject } = await loadGit();
    const object = Buffer.from(content);
    const id = await writeObject({ ...repository, type, object, format: "content" });
    objects.set(id, { type, read: () => object });
    return id;
  }
  async function pack(ids: readonly string[]): Promise<Uint8Array> {
    const { packObjects } = await loadGit();
    const { packfile } = await packObjects({ ...repository, oids: [...ids] });
    if (packfile === undefined) throw new Error("no pack was made");
    return packfile;
  }
  return {
    has: (id) => objects.has(id),
    read: (id, type) => {
      const found = objects.get(id);
      if (found === undefined) return undefined;
      if (found.type !== type) throw new Failure("GIT_PROTOCOL", `${id} is a ${found.type}, not a ${type}`);
      return found.read();
    },
    add: (pack) => {
      for (const [id, object] of readPack(pack, (base) => objects.get(base), cache)) {
        if (!objects.has(id)) objects.set(id, object);
      }
    },
    write,
    pack,
    warmUp: async () => {
      await pack([await write("blob", new Uint8Array())]);
    },
  };
}

/** Loaded when something is written: most steps only read. */
function loadGit(): Promise<typeof import("isomorphic-git")> {
  return import("isomorphic-git");
}
