// Coverage on plain esbuild output: c8 on tsx's output lies (a fully covered file reads 92 %).
// Usage: node scripts/coverage.mjs [spec …]   (default: the tests of src/core; fails below 100 % of its branches)
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";

const root = process.cwd();
const specs = process.argv.slice(2);
const folders = specs.length > 0 ? specs : ["test/core"];
// Within the project: c8 counts only what the source maps lead to below its working directory.
mkdirSync("coverage", { recursive: true });
const outdir = mkdtempSync(resolve("coverage", "build-"));

try {
  await build({
    entryPoints: [...filesIn("src"), ...filesIn("test")],
    outdir,
    outbase: root,
    platform: "node",
    target: "node20.19",
    format: "esm",
    sourcemap: "linked",
    plugins: [rewriteTsImports()],
    write: true,
  });
  cpSync("package.json", join(outdir, "package.json"));
  cpSync("test/fixtures", join(outdir, "test/fixtures"), { recursive: true });
  const args = [
    resolve("node_modules/c8/bin/c8.js"),
    ...[
      "--include",
      "src/core/**",
      "--exclude-after-remap",
      "--reporter",
      "text",
      "--temp-directory",
      join(outdir, "v8"),
    ],
    ...["--check-coverage", "--branches", "100", "--lines", "0", "--functions", "0", "--statements", "0"],
    ...[process.execPath, resolve("node_modules/mocha/bin/mocha.js"), "--no-config", "--timeout", "60000"],
    ...["--reporter", "dot", "--recursive", "--extension", ".test.js"],
    ...folders.map((folder) => join(relative(root, outdir), folder).replace(/\.ts$/, ".js")),
  ];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Without bundling, esbuild leaves specifiers as they are; `.ts` must become `.js`. */
function rewriteTsImports() {
  return {
    name: "rewrite-ts-imports",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const { readFile } = await import("node:fs/promises");
        const source = await readFile(path, "utf8");
        return {
          contents: source.replace(/((?:from|import)\s*\(?\s*")(\.[^"]+)\.ts(")/g, "$1$2.js$3"),
          loader: "ts",
        };
      });
    },
  };
}
