/**
 * What must hold before a run may commit. Each check is a small pure function that returns a finding or null; all are
 * run and all findings are reported together. A run that finds its value in Git already makes no commit and skips them.
 */
import type { ReasonId } from "../errors/catalogue.ts";
import { differenceOf, earlierImage } from "./custom.ts";
import type { Intent } from "./intent.ts";
import { describeTraffic, previousEntry, rollbackTarget, runsVersion, soleRevision } from "./serving.ts";
import type { RevisionReading, ServiceReading, World } from "./world.ts";

/** The values in Git as they are before the commit; undefined where the file does not hold them. */
export interface ConfigValues {
  readonly percent?: number | string | undefined;
  readonly version?: string | undefined;
  /** Those of the intent's further edits, in their order; absent where there are none. */
  readonly sets?: readonly (string | undefined)[];
}

export interface Situation {
  readonly intent: Intent;
  readonly config: ConfigValues;
  readonly world: World;
  /** Versions that the file held before; absent: not known. Asked where a revision does not tell its source. */
  readonly earlier?: ReadonlySet<string> | undefined;
  /** The revision that served before the promote that a rollback is to undo; absent: any way back will do. */
  readonly undone?: string | undefined;
}

export interface Finding {
  readonly reason: ReasonId;
  /** What was seen, in one line. */
  readonly detail: string;
}

/** All findings, in the order of the checks; empty means that the run may commit. */
export function preflight(situation: Situation): readonly Finding[] {
  const { service } = situation.world;
  if (service === undefined) {
    const finding = serviceExists(situation);
    return finding === null ? [] : [finding];
  }
  return checksOf[situation.intent.action].flatMap((check) => check({ ...situation, service }) ?? []);
}

interface Scene extends Situation {
  readonly service: ServiceReading;
}

type Check = (scene: Scene) => Finding | null;

const checksOf = {
  stage: [runsOnKnative, stageIsNoRollback, splitIsSettled],
  promote: [runsOnKnative, greenIsReady, somethingIsStaged, stagedVersionIsGits],
  rollback: [runsOnKnative, previousRevisionExists, stepBackUndoes, stagedVersionIsGits],
} as const satisfies Record<Intent["action"], readonly Check[]>;

function serviceExists({ intent }: Situation): Finding | null {
  if (intent.action === "stage") return null;
  return finding("SERVICE_MISSING", `${intent.action} needs an InferenceService that is deployed`);
}

function runsOnKnative({ service }: Scene): Finding | null {
  if (service.mode !== "Standard" && service.mode !== "ModelMesh") return null;
  return finding("RAW_MODE", `its deployment mode is ${service.mode}`);
}

/** The deployed version with percent 0 is KServe's rollback: S5 + 0 = S6. Where 0 stands already (`--set`) it is none. */
function stageIsNoRollback({ intent, config }: Scene): Finding | null {
  if (intent.version !== config.version || String(config.percent) === "0") return null;
  return finding(
    "STAGE_IS_ROLLBACK",
    `the file holds version ${config.version} at percent ${config.percent ?? "unset"}`,
  );
}

/**
 * The revision that is live can be named only while the traffic stands where the spec puts it; in between (T1, T2, T4)
 * KServe is about to move it.
 */
function splitIsSettled({ service }: Scene): Finding | null {
  if (service.latestRolledout === undefined) return null;
  const percent = service.specPercent ?? 100;
  const previous = previousEntry(service);
  const stands = percent === 100 ? previous === undefined : previous?.percent === 100 - percent;
  const live = soleRevision(service.traffic);
  if (stands && (live === undefined || live === service.latestRolledout)) return null;
  return finding(
    "SPLIT_NOT_SETTLED",
    `percent is ${percent}, traffic ${describeTraffic(service.traffic)}, last rolled out ${service.latestRolledout}`,
  );
}

/** Guards against T3: percent 100 while green is not ready keeps blue live and hands over unattended later. */
function greenIsReady({ service }: Scene): Finding | null {
  const { latestCreated, latestReady } = service;
  if (latestCreated !== undefined && latestCreated === latestReady) return null;
  return finding(
    "GREEN_NOT_READY",
    `newest revision ${latestCreated ?? "none"}, newest ready ${latestReady ?? "none"}`,
  );
}

function somethingIsStaged({ service }: Scene): Finding | null {
  if ((service.specPercent ?? 100) === 100) {
    return finding(
      "NOTHING_STAGED",
      `${describeTraffic(service.traffic)}, percent ${service.specPercent ?? "unset"}`,
    );
  }
  const blue = previousEntry(service)?.revision;
  if (blue !== undefined && blue !== service.latestReady) return null;
  return finding("NOTHING_STAGED", `no other revision than ${service.latestReady} is live or staged`);
}

/** A version in Git that the newest revision does not run is on its way: our commit would let it in unproven (T3b). */
function stagedVersionIsGits(scene: Scene): Finding | null {
  const { config, service, world } = scene;
  const newest = world.revisions.find((revision) => revision.name === service.latestCreated);
  if (newest === undefined) return null;
  if (newest.sourceUri === undefined) return customIsGits(scene, newest);
  if (config.version === undefined || runsVersion(newest, config.version) === true) return null;
  return finding(
    "STAGED_VERSION_DIFFERS",
    `the file holds version ${config.version}, ${newest.name} runs ${newest.sourceUri}`,
  );
}

function customIsGits(
  { config: { version }, earlier, service: { custom }, world: { revisions } }: Scene,
  newest: RevisionReading,
): Finding | null {
  const difference = custom && differenceOf(custom, newest);
  if (difference !== undefined) {
    return finding(
      "STAGED_VERSION_DIFFERS",
      `the InferenceService has ${difference}, which ${newest.name} was not made with`,
    );
  }
  if (version === undefined || earlier === undefined) return null;
  const image = earlierImage(newest, revisions, { now: version, earlier });
  if (image === undefined) return null;
  return finding("STAGED_VERSION_DIFFERS", `the file holds version ${version}, ${newest.name} runs ${image}`);
}

function previousRevisionExists({ service, world }: Scene): Finding | null {
  const target = rollbackTarget(service);
  if (target === undefined) {
    return finding(
      "NO_PREVIOUS_REVISION",
      `${service.latestRolledout ?? "no revision"} is the only one rolled out`,
    );
  }
  if (world.revisions.some((revision) => revision.name === target)) return null;
  const listed = world.revisions.map((revision) => revision.name).join(", ") || "none";
  return finding("PREVIOUS_REVISION_GONE", `${target} is not among the revisions (${listed})`);
}

/**
 * A revision that was made since the promote (by another value, or by the chart) makes the promoted one the step back:
 * percent 0 would bring back the very model that is to be undone.
 */
function stepBackUndoes({ service, undone }: Scene): Finding | null {
  const target = rollbackTarget(service);
  if (undone === undefined || target === undefined || target === undone) return null;
  return finding(
    "NO_PREVIOUS_REVISION",
    `percent 0 goes back to ${target}; before the promote that is to be undone ${undone} served: ${service.latestCreated} was made since`,
  );
}

function finding(reason: ReasonId, detail: string): Finding {
  return { reason, detail };
}
