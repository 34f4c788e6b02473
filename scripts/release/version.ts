/**
 * Run by `npm version`, after it has written package.json and before it commits: brings every other place to the same
 * version and adds the files to that commit.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { versionedFiles } from "./files.ts";
import { withRelease, withVersion } from "./versions.ts";

const root = join(import.meta.dirname, "../..");
const { version }: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

function change(file: string, edit: (text: string) => string): void {
  const before = readFileSync(join(root, file), "utf8");
  const after = edit(before);
  if (after === before) return;
  writeFileSync(join(root, file), after);
  execFileSync("git", ["add", "--", file], { cwd: root });
}

for (const file of versionedFiles(root)) change(file, (text) => withVersion(text, version));
const today = new Date().toISOString().slice(0, 10);
change("CHANGELOG.md", (text) => withRelease(text, version, today));
