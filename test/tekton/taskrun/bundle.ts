import { readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "../../../scripts/build/bundle.ts";
import { root } from "../contract/documents.ts";

const sources = ["src", "scripts/build", "package-lock.json"];

/** The program as the image has it. Built (again) where it is missing or older than what it is made of. */
export async function builtBundle(): Promise<string> {
  const path = join(root, "dist", "bluegreen.mjs");
  const newest = Math.max(...(await Promise.all(sources.map((source) => newestBelow(join(root, source))))));
  const built = await stat(path).catch(() => undefined);
  if (built !== undefined && built.mtimeMs >= newest) return path;
  // Renamed into place: somebody else may be running the old one.
  const beside = join(root, "dist", `.bluegreen.${process.pid}.mjs`);
  await bundle(beside);
  await rename(beside, path);
  return path;
}

async function newestBelow(path: string): Promise<number> {
  const entry = await stat(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  const inner = await readdir(path);
  return Math.max(entry.mtimeMs, ...(await Promise.all(inner.map((name) => newestBelow(join(path, name))))));
}
