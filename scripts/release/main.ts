/**
 * `npm run release`: everything of a release that needs no container engine and no credentials, into release/: the npm
 * package, the bill of materials, the Tekton catalogue. Prints the commands that build and sign the image.
 * `--url` is the repository's address at this commit, e.g. https://github.com/owner/bluegreen/blob/v0.1.0.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { catalogFiles, forCatalog } from "./catalog.ts";
import { below } from "./files.ts";
import { imageCommands } from "./image.ts";

const { values } = parseArgs({ options: { url: { type: "string" } } });
const root = join(import.meta.dirname, "../..");
const folder = join(root, "release");
const { version }: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  }).trim();
}

const [commit = "", seconds = ""] = run("git", "log", "-1", "--format=%H %ct").split(" ");
if (run("git", "status", "--porcelain") !== "")
  throw new Error("commit first: a release is made of a commit");
process.env["SOURCE_DATE_EPOCH"] = seconds;

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
run("npm", "run", "build");
run("npm", "pack", "--silent", "--pack-destination", folder);
copyFileSync(join(root, "dist/bluegreen.cdx.json"), join(folder, `bluegreen-${version}.cdx.json`));
for (const [from, to] of catalogFiles(below(root, "tekton", ""), version)) {
  const target = join(folder, "catalog", to);
  mkdirSync(dirname(target), { recursive: true });
  const text = readFileSync(join(root, from), "utf8");
  writeFileSync(target, from.endsWith(".md") ? forCatalog(text, from, values.url) : text);
}
console.log(
  below(folder, ".", "")
    .map((file) => `release/${file}`)
    .join("\n"),
);
console.log(
  `\nThe image, with podman (or buildah bud, docker build):\n\n${imageCommands({ version, commit, seconds: Number(seconds), url: values.url }).join("\n")}`,
);
