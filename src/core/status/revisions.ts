/** Who serves, who stands by, and what else still runs: one row a revision, from one look. */
import { percentByRevision, rollbackTarget, versionOf } from "../serving.ts";
import type { ConditionStatus, ServiceReading, World } from "../world.ts";

/** `standby`: the other colour, which the next change would give the traffic. `old`: neither, but pods of it still run. */
export type Role = "serving" | "standby" | "old";

export interface RevisionStatus {
  readonly name: string;
  readonly role: Role;
  /** 0–100. */
  readonly percent: number;
  /** Of the source URI: its tag, or the last part of its path; absent where the revision does not tell. */
  readonly version?: string | undefined;
  readonly sourceUri?: string | undefined;
  readonly ready?: ConditionStatus | undefined;
  readonly pods: readonly { readonly name: string; readonly ready: boolean; readonly terminating: boolean }[];
}

/** Those that serve first, by their share; then the standby, then the old ones, newest first. */
export function revisionsIn(world: World): readonly RevisionStatus[] {
  const { service, pods } = world;
  if (service === undefined) return [];
  const shares = percentByRevision(service.traffic);
  const serving = [...shares].filter(([name, percent]) => name !== "" && percent > 0);
  const standby = standbyOf(service, new Set(serving.map(([name]) => name)));
  const shown = new Set([...serving.map(([name]) => name), ...(standby === undefined ? [] : [standby])]);
  const old = new Set(pods.flatMap(({ revision }) => revision ?? []).filter((name) => !shown.has(name)));
  return [
    ...serving
      .sort(([, one], [, other]) => other - one)
      .map(([name, percent]) => revisionOf(world, name, "serving", percent)),
    ...(standby === undefined ? [] : [revisionOf(world, standby, "standby", 0)]),
    ...[...old]
      .sort()
      .reverse()
      .map((name) => revisionOf(world, name, "old", 0)),
  ];
}

/** Below 100 percent the newest revision waits for its promote; at 100 the one before waits for a rollback. */
function standbyOf(service: ServiceReading, serving: ReadonlySet<string>): string | undefined {
  const candidates = [service.latestCreated, rollbackTarget(service)];
  return serving.size === 0
    ? service.latestCreated
    : candidates.find((name) => name !== undefined && !serving.has(name));
}

function revisionOf(world: World, name: string, role: Role, percent: number): RevisionStatus {
  const found = world.revisions.find((each) => each.name === name);
  return {
    name,
    role,
    percent,
    version: found?.sourceUri === undefined ? undefined : versionOf(found.sourceUri),
    sourceUri: found?.sourceUri,
    ready: found?.ready?.status,
    pods: world.pods
      .filter(({ revision }) => revision === name)
      .map(({ name: pod, ready, terminating }) => ({ name: pod, ready, terminating })),
  };
}
