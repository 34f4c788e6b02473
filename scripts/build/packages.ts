/** Which packages have code in the bundle: fewer than the production tree holds, and the only ones that are passed on. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Metafile } from "esbuild";

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As package.json has it, an SPDX expression; empty where it has none. */
  readonly licence: string;
  /** Absolute. */
  readonly folder: string;
}

export interface Written {
  /** What esbuild read, and how much of each file it wrote. */
  readonly metafile: Metafile;
  /** Absolute paths of files whose code a stub stands in for. */
  readonly stubbed: ReadonlySet<string>;
}

/** The packages of which at least one byte is in the bundle, by name and version. */
export async function bundledPackages({ metafile, stubbed }: Written): Promise<readonly BundledPackage[]> {
  const folders = new Set<string>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const file = resolve(path);
      const folder = packageFolder(file);
      if (folder !== undefined && bytesInOutput > 0 && !stubbed.has(file)) folders.add(folder);
    }
  }
  const packages = await Promise.all([...folders].map(readPackage));
  const unique = new Map(packages.map((each) => [`${each.name}@${each.version}`, each]));
  return [...unique].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each);
}

/** Undefined for the project's own files. */
export function packageFolder(file: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
}

export async function readPackage(folder: string): Promise<BundledPackage> {
  const manifest: unknown = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const text = (key: string): string => {
    const value: unknown = Object(manifest)[key];
    return typeof value === "string" ? value : "";
  };
  return { name: text("name"), version: text("version"), licence: text("license"), folder };
}
