/**
 * Parts of the program that become bundles of their own beside it. The plotting library is as large as half of the rest;
 * inside the one file every start of every step would read and scan it, and few runs draw anything.
 */
import { dirname, join, resolve } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";

/** Name of the file (`.mjs`) → the module it is made of, which the program imports dynamically. */
export const parts: Readonly<Record<string, string>> = { picture: "src/report/picture.ts" };

/** Makes the bundle load these from files beside it. */
export const loadedAsParts: Plugin = {
  name: "loaded-as-parts",
  setup({ onResolve }) {
    const names = new Map(Object.entries(parts).map(([name, entry]) => [resolve(entry), name]));
    onResolve({ filter: /\.ts$/ }, ({ path, resolveDir, kind }) => {
      const name = kind === "dynamic-import" ? names.get(join(resolveDir, path)) : undefined;
      return name === undefined ? undefined : { path: `./${name}.mjs`, external: true };
    });
  },
};

/** Writes them beside `outfile`, and gives back what esbuild read and wrote. */
export async function buildParts(outfile: string): Promise<readonly Metafile[]> {
  return Promise.all(
    Object.entries(parts).map(async ([name, entry]) => {
      const { metafile } = await build({
        entryPoints: [entry],
        outfile: join(dirname(outfile), `${name}.mjs`),
        bundle: true,
        metafile: true,
        platform: "node",
        target: "node20.19",
        format: "esm",
        // Names, too: nearly all of it is a library's, and it loads in two thirds of the time.
        minify: true,
        sourcemap: false,
        legalComments: "none",
      });
      return metafile;
    }),
  );
}
