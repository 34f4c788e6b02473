import { type Answer, pageNotFound } from "./answers.ts";
import type { Resource } from "./resources.ts";

/** As recorded, but for the build. */
const version = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: "v1.36.2",
  gitCommit: "sandbox",
  gitTreeState: "clean",
  buildDate: "2026-08-21T00:00:00Z",
  goVersion: "go1.26.10",
  compiler: "gc",
  platform: "linux/amd64",
};

/**
 * Answers the paths that tell what is served; undefined for any other path. Clients that prefer aggregated
 * discovery look at the answer's type and go on with these lists.
 */
export function discover(path: readonly string[], served: readonly Resource[]): Answer | undefined {
  const [root, first = "", second = ""] = path;
  const route = `${root}/${path.length}`;
  switch (route) {
    case "version/1":
      return { code: 200, body: version };
    case "api/1":
      return { code: 200, body: { kind: "APIVersions", apiVersion: "v1", versions: ["v1"] } };
    case "api/2":
      return resourceList("", first, served);
    case "apis/1":
      return groupList(served);
    case "apis/2":
      return oneGroup(first, served);
    case "apis/3":
      return resourceList(first, second, served);
    default:
      return undefined;
  }
}

function groupList(served: readonly Resource[]): Answer {
  const names = [...new Set(served.map((each) => each.group))].filter((name) => name !== "");
  const groups = names.map((name) => groupOf(name, served));
  return { code: 200, body: { kind: "APIGroupList", apiVersion: "v1", groups } };
}

function oneGroup(name: string, served: readonly Resource[]): Answer {
  if (!served.some((each) => each.group === name)) return pageNotFound;
  return { code: 200, body: { kind: "APIGroup", apiVersion: "v1", ...groupOf(name, served) } };
}

function groupOf(name: string, served: readonly Resource[]) {
  const versions = [...new Set(served.filter((each) => each.group === name).map((each) => each.version))].map(
    (each) => ({ groupVersion: `${name}/${each}`, version: each }),
  );
  return { name, versions, preferredVersion: versions[0] };
}

function resourceList(group: string, wanted: string, served: readonly Resource[]): Answer {
  const found = served.filter((each) => each.group === group && each.version === wanted);
  if (found.length === 0) return pageNotFound;
  const resources = found.flatMap((each) => {
    const { plural: name, singular: singularName, namespaced, kind, verbs, shortNames } = each;
    const main = { name, singularName, namespaced, kind, verbs, shortNames };
    if (!each.status) return [main];
    const sub = {
      name: `${name}/status`,
      singularName: "",
      namespaced,
      kind,
      verbs: ["get", "patch", "update"],
    };
    return [main, sub];
  });
  const groupVersion = group === "" ? wanted : `${group}/${wanted}`;
  return { code: 200, body: { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources } };
}
