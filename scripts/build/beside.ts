/**
 * Packages that go beside the bundle, each as a file of its own, unchanged: a licence such as the LGPL wants that whoever
 * uses the program can put another version of the library in its place. Loaded when asked for only, so a start does not
 * pay for them.
 */
import { copyFile, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Plugin } from "esbuild";
import licenceTexts from "spdx-license-list/full.js";
import { type BundledPackage, readPackage } from "./packages.ts";

interface Beside {
  /** The package's one file for Node, inside its folder. */
  readonly file: string;
  /** As in the package's own manifest: another one after an update ends the build. */
  readonly licence: string;
  /** SPDX ids of the texts that have to go along and are not in the package. */
  readonly texts: readonly string[];
  /** Where the source of exactly this version is. */
  readonly source: (version: string) => string;
}

export const beside: Readonly<Record<string, Beside>> = {
  openpgp: {
    file: "dist/node/openpgp.min.mjs",
    licence: "LGPL-3.0+",
    // The LGPL adds to the GPL and wants both to go along (4b).
    texts: ["GPL-3.0-or-later"],
    source: (version) => `https://github.com/openpgpjs/openpgpjs/tree/v${version}`,
  },
};

/** Makes the bundle load these from files beside it. */
export const loadedFromBeside: Plugin = {
  name: "loaded-from-beside",
  setup({ onResolve }) {
    for (const name of Object.keys(beside)) {
      onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: `./${name}.mjs`, external: true }));
    }
  },
};

/** Copies the files into the bundle's folder. */
export async function copyBeside(folder: string): Promise<void> {
  for (const [name, { file }] of Object.entries(beside)) {
    await copyFile(join(packageFolder(name), file), join(folder, `${name}.mjs`));
  }
}

export async function packagesBeside(): Promise<readonly BundledPackage[]> {
  return Promise.all(Object.keys(beside).map((name) => readPackage(packageFolder(name))));
}

/**
 * One text: what they are, where their sources are, and every licence.
 *
 * @throws Error where a package has another licence than it had when it was chosen
 */
export async function licencesBeside(packages: readonly BundledPackage[]): Promise<string> {
  const parts = await Promise.all(packages.map(licenceOf));
  const heading =
    "Beside the program, as files of their own that may be replaced, lie these packages, unchanged, each under its own licence:";
  const overview = packages.map(({ name, version, licence }) => `  ${name} ${version}: ${licence}`);
  return [heading, "", ...overview, "", ...parts].join("\n");
}

async function licenceOf({ name, version, licence, folder }: BundledPackage): Promise<string> {
  const entry = beside[name];
  if (entry?.licence !== licence) {
    throw new Error(`${name} ${version}: licence "${licence}", chosen was "${entry?.licence ?? "none"}"`);
  }
  const own = await readFile(join(folder, "LICENSE"), "utf8");
  const further = entry.texts.map((id) => licenceTexts[id]?.licenseText ?? "");
  if (further.some((text) => text === "")) throw new Error(`${name}: a licence text is missing`);
  const line = "=".repeat(80);
  const heading = `${line}\n${name} ${version} (${licence})\nSource: ${entry.source(version)}\n${line}`;
  return [heading, own.trim(), ...further.map((text) => text.trim())].join("\n\n").concat("\n");
}

function packageFolder(name: string): string {
  return resolve("node_modules", name);
}
