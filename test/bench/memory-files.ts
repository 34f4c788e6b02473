/** A file system in memory, as much of one as isomorphic-git's object functions ask for. */

type Files = Map<string, Uint8Array>;

/** For isomorphic-git's `fs`: files by their absolute path, folders by what lies in them. */
export function memoryFiles(files: Files = new Map()) {
  const missing = (path: string) => Object.assign(new Error(`ENOENT ${path}`), { code: "ENOENT" });
  const inside = (folder: string) =>
    [...files.keys()].filter((path) => path.startsWith(`${folder.replace(/\/$/, "")}/`));
  const stat = async (path: string) => {
    const file = files.get(path);
    if (file === undefined && inside(path).length === 0) throw missing(path);
    return {
      isFile: () => file !== undefined,
      isDirectory: () => file === undefined,
      isSymbolicLink: () => false,
      size: file?.length ?? 0,
      mode: 0o100644,
      mtimeMs: 0,
      ctimeMs: 0,
    };
  };
  const refuse = async (path: string) => {
    throw missing(path);
  };
  return {
    promises: {
      readFile: async (path: string, options?: unknown) => {
        const file = files.get(path);
        if (file === undefined) throw missing(path);
        const text = options === "utf8" || (options as { encoding?: string })?.encoding === "utf8";
        return text ? Buffer.from(file).toString("utf8") : file;
      },
      writeFile: async (path: string, data: Uint8Array | string) => {
        files.set(path, Buffer.from(data as Uint8Array));
      },
      readdir: async (path: string) => [
        ...new Set(inside(path).map((each) => each.slice(path.replace(/\/$/, "").length + 1).split("/")[0])),
      ],
      unlink: async (path: string) => void files.delete(path),
      mkdir: async () => undefined,
      rmdir: async () => undefined,
      stat,
      lstat: stat,
      readlink: refuse,
      symlink: refuse,
    },
  };
}
