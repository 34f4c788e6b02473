/** The files that carry the version at the places that `versions.ts` knows. */
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";

/** Paths from `root`. */
export function versionedFiles(root: string): readonly string[] {
  return [
    "README.md",
    "Dockerfile",
    ...below(root, "docs", ".md"),
    ...below(root, "tekton", ".yaml"),
    ...below(root, "tekton", ".md"),
  ];
}

export function below(root: string, folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
