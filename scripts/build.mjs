// Bundles bluegreen into one file. Unbundled, loading the Kubernetes client alone costs 0.45 s a step.
import { chmod, rm, stat } from "node:fs/promises";
import { build } from "esbuild";

const outfile = "dist/bluegreen.mjs";

/**
 * What packages load at their start and bluegreen never calls, by file, with what stands in for it. Loading and
 * compiling these took as long as bare Node's whole start.
 */
const stubs = [
  // The models of every Kubernetes kind; only makeApiClient() of the kubeconfig reader asks for them.
  {
    file: /@kubernetes\/client-node\/dist\/gen\/index\.js$/,
    contents: `
      const leftOut = () => { throw new Error("the Kubernetes API client is not part of this bundle"); };
      export const createConfiguration = leftOut;
      export const ServerConfiguration = leftOut;`,
  },
  // node-fetch brings a URL parser with tables for all of Unicode; Node has the same built in.
  {
    file: /node_modules\/node-fetch\/lib\/index\.m?js$/,
    contents: "export const Headers = function (init) { return new globalThis.Headers(init); };",
  },
  // Forms are for uploads; the package brings a table of all MIME types.
  { file: /node_modules\/form-data\/lib\/form_data\.js$/, contents: "module.exports = class FormData {};" },
  // Reads fetch and its classes, which makes Node load its HTTP client; requests go by the http adapter.
  {
    file: /node_modules\/axios\/lib\/adapters\/fetch\.js$/,
    contents: "export const getFetch = () => false; export default false;",
  },
  { file: /node_modules\/axios\/lib\/adapters\/xhr\.js$/, contents: "export default false;" },
];

const withoutTheUnused = {
  name: "without-the-unused",
  setup({ onLoad, onEnd }) {
    const met = new Set();
    for (const { file, contents } of stubs) {
      onLoad({ filter: file }, () => {
        met.add(file);
        return { contents, loader: "js" };
      });
    }
    // After an update of a package its file may be elsewhere.
    onEnd(() => ({
      errors: stubs
        .filter(({ file }) => !met.has(file))
        .map(({ file }) => ({ text: `no file matches ${file}` })),
    }));
  },
};

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
  plugins: [withoutTheUnused],
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
