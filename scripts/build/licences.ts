/** The licences of the packages in the bundle: may they be passed on under these, and with which texts. */
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { BundledPackage } from "./packages.ts";

/** SPDX ids of licences that let a bundle be passed on under Apache-2.0 with nothing but their texts. */
const allowed: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
  "Unlicense",
  "Zlib",
]);

/** Where packages without a licence file keep the text. Read at build time, so that an update that moves it is noticed. */
export const textElsewhere: Readonly<Record<string, (folder: string) => Promise<string>>> = {
  "agent-base": readmeSection,
  "https-proxy-agent": readmeSection,
};

/**
 * One text with every package's licence.
 *
 * @param program name and version, for the heading
 * @throws Error that lists each package whose licence is not allowed or whose text is missing
 */
export async function thirdPartyLicences(
  program: string,
  packages: readonly BundledPackage[],
): Promise<string> {
  const found = await Promise.all(
    packages.map(async (each) => ({ ...each, text: await licenceText(each), bad: disallowed(each.licence) })),
  );
  const problems = found.flatMap(({ name, version, licence, text, bad }) => [
    ...bad.map((id) => `${name} ${version}: licence "${licence}": ${id} is not among the allowed ones`),
    ...(text === "" ? [`${name} ${version}: no text of its licence (${licence}) found`] : []),
  ]);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const overview = found.map(({ name, version, licence }) => `  ${name} ${version}: ${licence}`);
  const texts = found.map(({ name, version, licence, text }) => {
    const line = "=".repeat(80);
    return `${line}\n${name} ${version} (${licence})\n${line}\n\n${text}\n`;
  });
  const heading = `${program} contains code of these packages, each under its own licence:`;
  return [heading, "", ...overview, "", ...texts].join("\n");
}

/** Ids of the expression that are not allowed. Of a choice ("OR") every id has to be: which one is taken is not recorded. */
export function disallowed(expression: string): readonly string[] {
  const ids = expression.split(/[\s()]+|\bAND\b|\bOR\b/).filter((id) => id !== "");
  return ids.length === 0 ? ["none"] : ids.filter((id) => !allowed.has(id));
}

/** Empty if there is none. */
async function licenceText({ name, folder }: BundledPackage): Promise<string> {
  const files = (await readdir(folder))
    .filter((file) => /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i.test(file))
    .sort();
  const texts = await Promise.all(files.map((file) => readFile(resolve(folder, file), "utf8")));
  const inFiles = texts.map((text) => text.trim()).join("\n\n");
  if (inFiles !== "") return inFiles;
  return (await textElsewhere[name]?.(folder))?.trim() ?? "";
}

/** What follows the heading License, without the addresses of links that end the file. */
async function readmeSection(folder: string): Promise<string> {
  const readme = await readFile(join(folder, "README.md"), "utf8");
  const section = readme.split(/^License\n-+\n/m)[1] ?? "";
  return section
    .replaceAll(/^\[.*\]: .*$/gm, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
}
