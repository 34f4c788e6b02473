/** While `await` waits: from what was sighted so far to wait on, done, or failed. Pure; the clock is an argument. */
import type { ReasonId } from "../errors/catalogue.ts";
import type { Failure } from "../errors/failure.ts";
import { type ApplicationReading, syncBlocker } from "./application.ts";
import type { Expectation } from "./expectation.ts";
import { decideRollout, type RolloutDecision } from "./rollout.ts";
import { isAtWork, type Pace } from "./stuck/pace.ts";
import type { Starts } from "./stuck/starts.ts";
import type { World } from "./world.ts";

/** Limits in milliseconds; times in milliseconds since the epoch. */
export interface Patience {
  readonly startedAt: number;
  /** For the whole rollout. */
  readonly timeoutMs: number;
  /** For the edit to show up in the live object. */
  readonly syncTimeoutMs: number;
  /** For the edit to show up once Argo CD says that it has applied our commit. */
  readonly syncGraceMs: number;
  /** For a rollout in which nothing new happens and nothing is at work; absent: only `timeoutMs` ends it. */
  readonly progressTimeoutMs?: number | undefined;
}

export interface Sightings {
  readonly world?: World | undefined;
  /** Set while the API does not answer: what was seen before may be stale. */
  readonly clusterTrouble?: Failure | undefined;
  readonly application?: ApplicationReading | undefined;
  /** Its `reconciledAt` when it was read first. */
  readonly reconciledBefore?: string | undefined;
  /** Set while an Application that was named, and may still be read, has not been. */
  readonly applicationDue?: boolean | undefined;
  /** Argo CD is in the middle of a sync of commits that do not contain ours; `perhaps`: nobody can tell which. */
  readonly syncsAnother?: boolean | "perhaps" | undefined;
  /** The edit was seen to be missing: what is there now came after our commit. */
  readonly cameAfter?: boolean | undefined;
  /** Argo CD, which syncs by itself, has not looked at our commit yet: it may be about to sync one before it. */
  readonly uncompared?: boolean | undefined;
  /** Since when Argo CD has reported our commit, or a descendant, as synced. */
  readonly takenSince?: number | undefined;
  /** Of what was seen of `world` so far. */
  readonly pace?: Pace | undefined;
  /** When its containers began. */
  readonly starts?: Starts | undefined;
  /** When the clock was looked at last. */
  readonly tickedAt?: number | undefined;
}

export type Progress = RolloutDecision;

export function decideProgress(
  expected: Expectation,
  seen: Sightings,
  patience: Patience,
  nowMs: number,
): Progress {
  const waited = nowMs - patience.startedAt;
  if (seen.clusterTrouble !== undefined || seen.world === undefined) {
    return withoutWorld(seen.clusterTrouble, waited >= patience.timeoutMs);
  }
  const decision = decideRollout(expected, seen.world);
  if (decision.kind === "done") return heldBack(seen, patience, waited) ?? decision;
  if (decision.kind === "failed") return decision;
  const atEdit = decision.link === "edit" || decision.link === "service";
  if (atEdit) return decideEdit(decision.detail, seen, patience, nowMs);
  if (waited >= patience.timeoutMs) return failed(decision.ifLate, lateText(decision.detail, waited));
  const stillMs = stuckFor(expected, seen.world, seen.pace, patience, nowMs);
  if (stillMs === undefined) return decision;
  return failed(decision.ifLate, `nothing has got on for ${seconds(stillMs)}: ${decision.detail}`);
}

/**
 * What a rollback wants is there, too, before the promote that it undoes: a sync of that one, under way still or about to
 * begin, would apply it afterwards. An Argo CD that tells nothing, or does not look, is gone on without, in the end.
 */
function heldBack(
  { syncsAnother, applicationDue, cameAfter, uncompared }: Sightings,
  patience: Patience,
  waited: number,
): Progress | undefined {
  const late = waited >= Math.min(patience.syncTimeoutMs, patience.timeoutMs);
  if (syncsAnother === true) {
    const detail = "Argo CD is still syncing a commit without ours, and may apply that one yet";
    return late ? failed("EDIT_NOT_REACHED", lateText(detail, waited)) : unsettled(detail);
  }
  if (late) return undefined;
  if (applicationDue) return unsettled("Argo CD has not told yet what it syncs");
  if (cameAfter !== true && syncsAnother === "perhaps")
    return unsettled("Argo CD is syncing, and whether that holds our commit cannot be told");
  if (cameAfter !== true && uncompared)
    return unsettled("Argo CD has not looked at our commit yet, and may apply one before it");
  return undefined;
}

function unsettled(detail: string): Progress {
  return { kind: "waiting", link: "sync", detail, ifLate: "EDIT_NOT_REACHED" };
}

/**
 * For how long a rollout has been stuck, if for long enough. Never a rollback: a blocked one was seen to go through by
 * itself (T4), and until then there is nothing that ending early could save.
 */
function stuckFor(
  expected: Expectation,
  world: World,
  pace: Pace | undefined,
  { progressTimeoutMs }: Patience,
  nowMs: number,
): number | undefined {
  if (progressTimeoutMs === undefined || pace === undefined || expected.action === "rollback")
    return undefined;
  const stillMs = nowMs - pace.stillSince;
  return stillMs >= progressTimeoutMs && !isAtWork(expected, world, nowMs) ? stillMs : undefined;
}

/** An API that does not answer proves nothing, least of all that the rollout failed. */
function withoutWorld(trouble: Failure | undefined, late: boolean): Progress {
  const detail = trouble?.evidence ?? "the Kubernetes API has not answered yet";
  if (late) return failed(trouble?.reason ?? "CLUSTER_UNREACHABLE", detail);
  return { kind: "waiting", link: "service", detail, ifLate: "CLUSTER_UNREACHABLE" };
}

/** The edit has a deadline of its own: a chart that ignores the key is found without waiting for the rollout's. */
function decideEdit(detail: string, seen: Sightings, patience: Patience, nowMs: number): Progress {
  const waited = nowMs - patience.startedAt;
  const blocker = seen.application && syncBlocker(seen.application);
  if (blocker !== undefined && !mayBeOld(seen, patience, waited)) return failed("ARGOCD_STOPPED", blocker);
  const { takenSince } = seen;
  if (takenSince !== undefined && nowMs - takenSince >= patience.syncGraceMs) {
    const ago = seconds(nowMs - takenSince);
    return failed("EDIT_NOT_REACHED", `Argo CD has synced our commit for ${ago}, and ${detail}`);
  }
  if (waited >= Math.min(patience.syncTimeoutMs, patience.timeoutMs)) {
    return failed("EDIT_NOT_REACHED", lateText(detail, waited));
  }
  return { kind: "waiting", link: "edit", detail, ifLate: "EDIT_NOT_REACHED" };
}

/**
 * What it complains of may be of a commit before ours, or over: until it compares again, which it was asked to, nobody
 * knows. Not for longer than the grace, for it may be that it cannot be asked.
 */
function mayBeOld(
  { application, reconciledBefore }: Sightings,
  { syncGraceMs }: Patience,
  waited: number,
): boolean {
  if (application?.reconciledAt === undefined || waited >= syncGraceMs) return false;
  return application.reconciledAt === reconciledBefore;
}

function lateText(detail: string, waitedMs: number): string {
  return `after ${seconds(waitedMs)} ${detail}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

function failed(reason: ReasonId, detail: string): Progress {
  return { kind: "failed", reason, detail };
}
