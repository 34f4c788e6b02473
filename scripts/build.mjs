// Bundles bluegreen into one file. Unbundled, loading the Kubernetes client alone costs 0.45 s a step.
import { chmod, rm, stat } from "node:fs/promises";
import { build } from "esbuild";

const outfile = "dist/bluegreen.mjs";

await rm("dist", { recursive: true, force: true });
const { warnings } = await build({
  entryPoints: ["src/main.ts"],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  minifyWhitespace: true,
  minifySyntax: true,
  // Names stay: the stack of a bug can be read, and a start takes no longer for it.
  minifyIdentifiers: false,
  sourcemap: false,
  legalComments: "external",
  // node's own punycode prints a deprecation warning into the log; the package of that name does the same work.
  alias: { punycode: "punycode/" },
  banner: {
    js: [
      "#!/usr/bin/env node",
      'import { createRequire as bluegreenCreateRequire } from "node:module";',
      "const require = bluegreenCreateRequire(import.meta.url);",
    ].join("\n"),
  },
});
await chmod(outfile, 0o755);
const { size } = await stat(outfile);
console.log(
  `${outfile}: ${(size / 1024).toFixed(0)} KiB${warnings.length > 0 ? `, ${warnings.length} warnings` : ""}`,
);
