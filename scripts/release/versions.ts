/** The places outside package.json that carry bluegreen's version: labels, image tags, the image's own version. */

const semver = String.raw`\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?`;
const places = new RegExp(
  String.raw`(app\.kubernetes\.io\/version: |\bbluegreen:|^ARG VERSION=)(${semver})(?![\w.]*\w)`,
  "gm",
);

export function withVersion(text: string, version: string): string {
  return text.replace(places, (_, before: string) => `${before}${version}`);
}

/** Every version that a text carries at such a place. */
export function versionsIn(text: string): readonly string[] {
  return [...text.matchAll(places)].map(([, , version = ""]) => version);
}

/** The changelog with what was unreleased under the version's own heading. `day`: YYYY-MM-DD. */
export function withRelease(changelog: string, version: string, day: string): string {
  const heading = `## [${version}]`;
  if (changelog.includes(heading)) return changelog;
  if (!changelog.includes("## [Unreleased]\n")) throw new Error("the changelog has no heading [Unreleased]");
  return changelog.replace("## [Unreleased]\n", `## [Unreleased]\n\n${heading} - ${day}\n`);
}
