/** The layout of a Tekton catalogue, versioned by folders, which Artifact Hub reads: `task/bluegreen/0.1.0/bluegreen.yaml`. */
import { dirname, join } from "node:path";

/** From each file of ours to its place in the catalogue. */
export function catalogFiles(files: readonly string[], version: string): ReadonlyMap<string, string> {
  return new Map(
    files.flatMap((file) => {
      const place = placeOf(file, version);
      return place === undefined ? [] : [[file, place] as const];
    }),
  );
}

function placeOf(file: string, version: string): string | undefined {
  const task = /^tekton\/task\/([^/]+)\/(.+)$/.exec(file);
  if (task !== null) return join("task", task[1] ?? "", version, task[2] ?? "");
  const pipeline = /^tekton\/pipeline\/([^/]+)\.yaml$/.exec(file);
  return pipeline === null ? undefined : join("pipeline", pipeline[1] ?? "", version, `${pipeline[1]}.yaml`);
}

/**
 * A page for the catalogue: links to files that are not in its folder lead to the repository (`url`, of the commit's
 * tree), or are plain text where none is known.
 *
 * @param file the page's path in this repository
 */
export function forCatalog(page: string, file: string, url: string | undefined): string {
  return page.replace(/\[([^\]]+)\]\((\.\.\/[^)]+)\)/g, (link, text: string, target: string) => {
    const path = join(dirname(file), target);
    if (path.startsWith(`${dirname(file)}/`)) return link;
    return url === undefined ? text : `[${text}](${url}/${path})`;
  });
}
