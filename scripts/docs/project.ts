/** Where the documentation is. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Page, readPage } from "./page.ts";

export const root = join(import.meta.dirname, "../..");

export const manifest: { readonly version: string; readonly scripts: Readonly<Record<string, string>> } =
  JSON.parse(read("package.json"));

export function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

export function exists(path: string): boolean {
  return existsSync(join(root, path));
}

/** Paths from the root. */
export function pageFiles(): readonly string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  return ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "tekton/task/bluegreen/README.md", ...docs.sort()];
}

export function readPages(): readonly Page[] {
  return pageFiles().map((file) => readPage(file, read(file)));
}
