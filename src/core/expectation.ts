/**
 * The names a run holds the cluster to. They are pinned before the commit: afterwards the status passes through states
 * in which both colours carry the same name (T1), and only a name known beforehand tells them apart.
 */
import { type Action, type Intent, wantedPercent } from "./intent.ts";
import {
  newestRuns,
  percentByRevision,
  previousEntry,
  rollbackTarget,
  soleRevision,
  versionOf,
} from "./serving.ts";
import type { ServiceReading, World } from "./world.ts";

export interface Expectation {
  readonly action: Action;
  /** The value `spec.predictor.canaryTrafficPercent` must take, 0 or 100. */
  readonly percent: number;
  /** The model version that a new revision must run: green's of a `stage`, or the one that is restored. */
  readonly version?: string | undefined;
  /**
   * The revision that must have all the traffic in the end. Absent when that is a new one, whose name nobody knows yet:
   * on a first deployment, or of a version that is restored.
   */
  readonly active?: string | undefined;
  /** The other colour where it is known: blue for `promote`, green for `rollback`; `stage` cannot know green's name. */
  readonly standby?: string | undefined;
  /** Of the InferenceService that the names belong to: one that is made anew counts its revisions from 1 again. */
  readonly uid?: string | undefined;
  /** For a commit with a version: the revisions that existed before it and cannot be the new one. */
  readonly known: readonly string[];
}

/** Pins for a run that is about to commit. Call after the pre-flight checks: a name they demand may be missing else. */
export function pin(intent: Intent, world: World): Expectation {
  const { service } = world;
  const base = {
    action: intent.action,
    percent: wantedPercent(intent),
    version: intent.version,
    known: intent.action === "stage" || intent.restore === true ? knownRevisions(world) : [],
  };
  if (service === undefined) return base;
  switch (intent.action) {
    case "stage":
      return { ...base, active: liveRevision(service), known: knownBeforeStage(intent, world, service) };
    case "promote":
      return { ...base, active: service.latestReady, standby: previousEntry(service)?.revision };
    case "rollback":
      if (intent.restore === true) return { ...base, ...pinRestored(intent, world, service) };
      // The newest, not the newest ready: one on its way may take the traffic for a moment, and that is no stranger.
      return { ...base, active: rollbackTarget(service), standby: service.latestCreated };
  }
}

/**
 * Pins for a run that finds its value in Git already, by the world alone: who would serve if the last change is in
 * force. A trailer of the commit that made the change knows better (see `core/resume.ts`).
 */
export function pinSettled(intent: Intent, service: ServiceReading): Expectation {
  const { latestCreated, latestRolledout } = service;
  const target = rollbackTarget(service);
  const base = {
    action: intent.action,
    percent: wantedPercent(intent),
    version: intent.version,
    known: [],
  };
  if (intent.action === "promote") return { ...base, active: latestCreated };
  // Percent 0 for a promoted model is a rollback (T2: status not there yet), also where it came in as `stage`.
  if (intent.action === "stage") return { ...base, active: target };
  // Where nothing was rolled out yet, the first revision is all there is, whatever the percent says.
  const blue = target ?? latestRolledout ?? latestCreated;
  return { ...base, active: blue, standby: latestCreated === blue ? undefined : latestCreated };
}

/**
 * Pins for the commit that lets the version in. Its revision has no name yet, unless it was staged first: then it is the
 * newest, and nothing else may come in. A chart that ignored the percent has let it in already; no other will be made.
 */
export function pinRestored(
  intent: Intent,
  world: World,
  service: ServiceReading,
): Pick<Expectation, "active" | "standby"> {
  const { latestCreated } = service;
  const live = soleRevision(service.traffic);
  const waits = previousEntry(service) !== undefined;
  const isThere =
    newestRuns(world, service, intent.version) &&
    (waits || (live === latestCreated && !isBroken(world, live)));
  if (!isThere) return { active: undefined, standby: live };
  return { active: latestCreated, standby: live === latestCreated ? undefined : live };
}

function isBroken({ revisions }: World, name: string | undefined): boolean {
  return revisions.some((revision) => revision.name === name && revision.ready?.status === "False");
}

/** Who serves now: the revision with all the traffic, or, of a split, the one that percent 0 would leave live. */
export function liveRevision(service: ServiceReading): string | undefined {
  return soleRevision(service.traffic) ?? service.latestRolledout;
}

/**
 * Where the version is staged already, and only Git has gone another way since, the commit changes nothing in a cluster
 * that has not heard of that: the newest revision is green, and no other will be made.
 */
function knownBeforeStage(
  { version, sets }: Intent,
  world: World,
  service: ServiceReading,
): readonly string[] {
  const { latestCreated, sourceUri } = service;
  const known = knownRevisions(world);
  const isStaged =
    sets.length === 0 &&
    sourceUri !== undefined &&
    versionOf(sourceUri) === version &&
    newestRuns(world, service, version) &&
    latestCreated !== liveRevision(service);
  return isStaged ? known.filter((name) => name !== latestCreated) : known;
}

function knownRevisions({ service, revisions }: World): readonly string[] {
  const names = new Set(revisions.map((revision) => revision.name));
  if (service === undefined) return [...names];
  for (const name of percentByRevision(service.traffic).keys()) names.add(name);
  if (service.latestCreated !== undefined) names.add(service.latestCreated);
  return [...names];
}
