/** What packages load at their start and bluegreen never calls. Loading and compiling it took as long as bare Node's whole start. */
import type { Plugin } from "esbuild";

interface Stub {
  readonly file: RegExp;
  /** Stands in for the file. */
  readonly contents: string;
}

const stubs: readonly Stub[] = [
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

/**
 * Leaves the unused out of the bundle, and fails the build when a stub's file is nowhere to be met: after an update of
 * a package it may be elsewhere.
 *
 * @param stubbed takes the absolute paths of the files that were replaced
 */
export function withoutTheUnused(stubbed: Set<string>): Plugin {
  return {
    name: "without-the-unused",
    setup({ onLoad, onEnd }) {
      const met = new Set<RegExp>();
      for (const { file, contents } of stubs) {
        onLoad({ filter: file }, ({ path }) => {
          met.add(file);
          stubbed.add(path);
          return { contents, loader: "js" };
        });
      }
      onEnd(() => ({
        errors: stubs
          .filter(({ file }) => !met.has(file))
          .map(({ file }) => ({ text: `no file matches ${file}` })),
      }));
    },
  };
}
