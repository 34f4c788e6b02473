/** Bundles bluegreen into one file, and its parts. Unbundled, loading the Kubernetes client alone costs 0.45 s a step. */
import { chmod } from "node:fs/promises";
import { dirname } from "node:path";
import { build } from "esbuild";
import { copyBeside, loadedFromBeside } from "./beside.ts";
import type { Written } from "./packages.ts";
import { buildParts, loadedAsParts } from "./parts.ts";
import { withoutTheUnused } from "./stubs.ts";

export interface Bundle extends Written {
  readonly warnings: number;
}

/** Writes the program to `outfile`, and beside it the files that it loads from there. */
export async function bundle(outfile: string): Promise<Bundle> {
  const stubbed = new Set<string>();
  const { metafile, warnings } = await build({
    entryPoints: ["src/main.ts"],
    outfile,
    bundle: true,
    metafile: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    minifyWhitespace: true,
    minifySyntax: true,
    // Names stay: the stack of a bug can be read, and a start takes no longer for it.
    minifyIdentifiers: false,
    sourcemap: false,
    // The licences are collected whole, into a file of their own.
    legalComments: "none",
    plugins: [withoutTheUnused(stubbed), loadedFromBeside, loadedAsParts],
    banner: {
      js: [
        "#!/usr/bin/env node",
        'import { createRequire as bluegreenCreateRequire } from "node:module";',
        "const require = bluegreenCreateRequire(import.meta.url);",
      ].join("\n"),
    },
  });
  await chmod(outfile, 0o755);
  await copyBeside(dirname(outfile));
  const all = [metafile, ...(await buildParts(outfile))];
  const together = {
    inputs: Object.assign({}, ...all.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, ...all.map(({ outputs }) => outputs)),
  };
  return { metafile: together, stubbed, warnings: warnings.length };
}
