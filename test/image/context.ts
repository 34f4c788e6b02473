/** What a builder is given to build from: the project's folder as .dockerignore leaves it. */
import { readdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import dockerignore from "@balena/dockerignore";

/** Never worth a walk: thousands of files. That they are left out is asked of the patterns themselves. */
const large = new Set([".git", "node_modules"]);

/** Paths of the files in the context, relative, sorted. */
export async function contextFiles(root: string, patterns: string): Promise<readonly string[]> {
  const ignore = dockerignore.default().add(patterns);
  return (await filesBelow(root, "")).filter((path) => !ignore.ignores(path)).sort();
}

export async function readPatterns(root: string): Promise<string> {
  return readFile(join(root, ".dockerignore"), "utf8");
}

/** True for the file itself and for a folder above it; `.` is above everything. */
export function covers(source: string, file: string): boolean {
  const path = posix.normalize(source).replace(/\/$/, "");
  return path === "." || file === path || file.startsWith(`${path}/`);
}

async function filesBelow(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = posix.join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return large.has(entry.name) ? [posix.join(path, "anything")] : filesBelow(root, path);
  });
  return (await Promise.all(found)).flat();
}
