/** The objects of one repository, in memory. */
import { packObjects, readObject, writeObject } from "isomorphic-git";
import { createMemoryFs, type MemoryFs } from "./memory-fs.ts";

export type ObjectType = "blob" | "tree" | "commit";

export interface ObjectStore {
  /** The content of an object without Git's header; undefined where it is not here. */
  read(id: string, type: ObjectType): Promise<Uint8Array | undefined>;
  /** Stores an object and gives its id. */
  write(type: ObjectType, content: Uint8Array): Promise<string>;
  /** A pack of exactly these objects, each whole. */
  pack(ids: readonly string[]): Promise<Uint8Array>;
  /** What isomorphic-git's own commands need to work on this store. */
  readonly repository: { readonly fs: MemoryFs; readonly gitdir: string; readonly cache: object };
}

/** The name under which the wire keeps the remote's branches. */
export const remoteName = "origin";

export async function createStore(): Promise<ObjectStore> {
  const fs = createMemoryFs();
  const gitdir = "/git";
  const refspec = `[remote "${remoteName}"]\n\tfetch = +refs/heads/*:refs/remotes/${remoteName}/*\n`;
  await fs.promises.mkdir("/git/objects/pack");
  await fs.promises.writeFile(
    "/git/config",
    `[core]\n\trepositoryformatversion = 0\n\tbare = true\n${refspec}`,
  );
  const repository = { fs, gitdir, cache: {} };
  return {
    repository,
    read: async (id, type) => {
      const found = await readObject({ ...repository, oid: id, format: "content" }).catch(unlessMissing);
      if (found === undefined) return undefined;
      if (found.type !== type) throw new Error(`${id} is a ${found.type}, not a ${type}`);
      return found.object as Uint8Array;
    },
    write: (type, content) =>
      writeObject({ fs, gitdir, type, object: Buffer.from(content), format: "content" }),
    pack: async (ids) => {
      const { packfile } = await packObjects({ ...repository, oids: [...ids] });
      if (packfile === undefined) throw new Error("no pack was made");
      return packfile;
    },
  };
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "NotFoundError") return undefined;
  throw error;
}
