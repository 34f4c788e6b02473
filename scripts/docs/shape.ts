/** The output of a run, made fit for a page, and what of it stays the same from run to run. */

/** Addresses of this run's servers and folders, with what stands for them on the pages. */
export type Replacements = readonly (readonly [found: string, shown: string])[];

/** Replaces addresses, and cuts the long lines that say what is waited for: the same is in the outcome's evidence. */
export function fitForPage(text: string, replacements: Replacements): string {
  return replacements
    .reduce((all, [found, shown]) => all.replaceAll(found, shown), text)
    .replace(/^(\s*(?:Still w|W)aiting.{100}).{10,}$/gm, "$1 …")
    .replace(/[ \t]+$/gm, "")
    .trimEnd();
}

/**
 * Two outputs of one shape say the same: numbers, commit ids, pods' names, the lines of waiting and how large a leak the
 * requests exclude differ from run to run.
 */
export function shapeOf(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s*(Still w|W)aiting/.test(line))
    .join("\n")
    .replace(/-deployment-[a-z0-9]+-[a-z0-9]{5}\b/g, "-deployment-…")
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "run")
    .replace(/\b[0-9a-f]{7,40}\b/g, "commit")
    .replace(/; (excludes a leak of [^(]*\([^)]*\)|too few to exclude a leak by numbers)/g, "; strength")
    .replace(/\d+(\.\d+)?/g, "N")
    .replace(/ {2,}/g, "  ");
}
