import { mkdir, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "../../../scripts/build/bundle.ts";
import { root } from "../contract/documents.ts";

const sources = ["src", "scripts/build", "package-lock.json"];

let built: Promise<string> | undefined;

/**
 * The program as the image has it. Built (again) where it is missing or older than what it is made of; once a process,
 * so that all tests run the same.
 */
export function builtBundle(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const path = join(root, "dist", "bluegreen.mjs");
  const newest = Math.max(...(await Promise.all(sources.map((source) => newestBelow(join(root, source))))));
  const present = await stat(path).catch(() => undefined);
  if (present !== undefined && present.mtimeMs >= newest) return path;
  // Renamed into place: somebody else may be running the old one.
  await mkdir(join(root, "dist"), { recursive: true });
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
