/** The objects of one repository, in memory. */
import { Failure } from "../../errors/failure.ts";
import { createContentCache } from "./content-cache.ts";
import { objectId, type PackedObject, readPack } from "./pack.ts";
import type { ObjectType } from "./pack-entry.ts";
import { writePack } from "./pack-writer.ts";

export interface ObjectStore {
  has(id: string): boolean;
  /** The content of an object without Git's header; undefined where it is not here. */
  read(id: string, type: ObjectType): Uint8Array | undefined;
  /**
   * Takes a pack's objects in. Throws GIT_PROTOCOL where it is damaged. `passing` ones are dropped again when many more
   * have come: a walk back through a long history looks at each once.
   */
  add(pack: Buffer, passing?: boolean): void;
  /** Stores an object and gives its id. */
  write(type: ObjectType, content: Uint8Array): string;
  /** A pack of exactly these objects, each whole. */
  pack(ids: readonly string[]): Buffer;
}

const cacheBytes = 8 * 1024 * 1024;
const maxPassing = 15_000;

export function createStore(): ObjectStore {
  const objects = new Map<string, PackedObject>();
  const cache = createContentCache(cacheBytes);
  const passing: ReadonlyMap<string, PackedObject>[] = [];

  function dropOldest(): void {
    let count = passing.reduce((sum, { size }) => sum + size, 0);
    while (passing.length > 1 && count > maxPassing) {
      const oldest = passing.shift() ?? new Map();
      count -= oldest.size;
      for (const [id, object] of oldest) if (objects.get(id) === object) objects.delete(id);
    }
  }
  return {
    has: (id) => objects.has(id),
    read: (id, type) => {
      const found = objects.get(id);
      if (found === undefined) return undefined;
      if (found.type !== type) throw new Failure("GIT_PROTOCOL", `${id} is a ${found.type}, not a ${type}`);
      return found.read();
    },
    add: (pack, passes = false) => {
      const added = readPack(pack, (base) => objects.get(base), cache);
      for (const [id, object] of added) {
        if (!objects.has(id)) objects.set(id, object);
      }
      if (!passes) return;
      passing.push(added);
      dropOldest();
    },
    write: (type, content) => {
      const id = objectId(type, content);
      const kept = Buffer.from(content);
      objects.set(id, { type, read: () => kept });
      return id;
    },
    pack: (ids) =>
      writePack(
        ids.map((id) => {
          const object = objects.get(id);
          if (object === undefined) throw new Error(`object ${id} was not written here`);
          return { type: object.type, content: object.read() };
        }),
      ),
  };
}
