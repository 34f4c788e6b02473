/** Who serves: percent by revision name. Positions in the traffic list mean nothing; names do. */
import type { RevisionReading, ServiceReading, TrafficEntry, World } from "./world.ts";

/**
 * Percent (0–100) by revision name. Entries are summed by name: with a rollout duration several entries can follow the
 * newest ready revision at once, and the first is never the whole.
 */
export function percentByRevision(traffic: readonly TrafficEntry[]): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  for (const { revision, percent } of traffic) {
    shares.set(revision, (shares.get(revision) ?? 0) + percent);
  }
  return shares;
}

/** The revision that has all the traffic, or undefined while it is split or nothing is routed. */
export function soleRevision(traffic: readonly TrafficEntry[]): string | undefined {
  for (const [revision, percent] of percentByRevision(traffic)) {
    if (percent === 100) return revision;
  }
  return undefined;
}

/** The entry that KServe adds below 100 percent for the revision rolled out before. */
export function previousEntry(service: ServiceReading): TrafficEntry | undefined {
  return service.traffic.find((entry) => entry.tag === "prev");
}

/**
 * The revision that percent 0 makes live. KServe routes to latestRolledout; but where that is the newest revision
 * itself (the model was promoted), it first takes one step back to previousRolledout. Undefined: nothing to go back to.
 */
export function rollbackTarget(service: ServiceReading): string | undefined {
  const { latestCreated, latestReady, latestRolledout, previousRolledout } = service;
  const promoted = latestRolledout === latestReady && latestReady === latestCreated;
  const target = promoted ? previousRolledout : latestRolledout;
  return promoted && target === latestRolledout ? undefined : target;
}

/**
 * The version that a source URI or image reference names: its tag, else the last part of the path in a bucket or volume
 * (`s3://models/jukebox/v2/`). Neither a port (`host:5000/name`) nor a digest (`@sha256:…`) is one.
 */
export function versionOf(reference: string): string | undefined {
  const digestAt = reference.lastIndexOf("@sha256:");
  const tag = /:([^:/@]+)$/.exec(digestAt < 0 ? reference : reference.slice(0, digestAt));
  return tag?.[1] ?? folderOf(reference);
}

/** An image, be it by `oci://`, has its name there; its version is a tag only. */
function folderOf(uri: string): string | undefined {
  if (uri.startsWith("oci://")) return undefined;
  const [, path = ""] = uri.split("://", 2);
  // The first part is a bucket, a volume or a host.
  return path
    .split("/")
    .filter((part) => part !== "")
    .slice(1)
    .at(-1);
}

/**
 * Whether a revision was made from this model version: by its source URI, else (a revision without one) by the tag of
 * one of its images. Undefined: the revision does not tell.
 */
export function runsVersion(revision: RevisionReading, version: string): boolean | undefined {
  if (revision.sourceUri !== undefined) return versionOf(revision.sourceUri) === version;
  return revision.images.some((image) => versionOf(image) === version) ? true : undefined;
}

/** For people: `jukebox-predictor-00023 80 %, jukebox-predictor-00024 20 %`. */
export function describeTraffic(traffic: readonly TrafficEntry[]): string {
  if (traffic.length === 0) return "no traffic entry";
  return [...percentByRevision(traffic)].map(([name, percent]) => `${name} ${percent} %`).join(", ");
}

/** Whether the newest revision is known to run the version. */
export function newestRuns({ revisions }: World, { latestCreated }: ServiceReading, version = ""): boolean {
  const newest = revisions.find(({ name }) => name === latestCreated);
  return newest !== undefined && runsVersion(newest, version) === true;
}
