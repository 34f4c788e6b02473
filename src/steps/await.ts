/**
 * Step 2: wait until the cluster has taken exactly our edit and the pinned revision has the traffic. Everything is
 * watched at once (InferenceService, revisions, pods; Argo CD; the branch); every event leads to one pure decision.
 */

import {
  type ApplicationReading,
  complainsOfSync,
  isSyncing,
  revisionsFrom,
  withoutSyncError,
} from "../core/application.ts";
import { coloursOf, holdingsOf } from "../core/holdings.ts";
import { isvcRow } from "../core/isvc.ts";
import { decideProgress, type Patience, type Progress, type Sightings } from "../core/progress.ts";
import type { RolloutReport, RunState, Trouble } from "../core/run-state.ts";
import { paced } from "../core/stuck/pace.ts";
import { timed } from "../core/stuck/starts.ts";
import type { World } from "../core/world.ts";
import { reasons } from "../errors/catalogue.ts";
import { Failure } from "../errors/failure.ts";
import type { Clock, Cluster, GitOps, GitRemote, Happenings, Log, Observation } from "../ports.ts";
import { createHint, explained } from "./await/explain.ts";
import { merge } from "./await/merge.ts";
import { checkBranch, watchBranch } from "./branch.ts";
import { unlessCancelled } from "./cancel.ts";
import { createReporter, type Reporter } from "./reporter.ts";

export interface AwaitPorts {
  readonly cluster: Cluster;
  readonly git: GitRemote;
  /** Absent: no Application was named. */
  readonly gitops?: GitOps | undefined;
  /** Absent: what went wrong is explained without. */
  readonly happenings?: Happenings | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Milliseconds. */
export interface AwaitLimits {
  readonly timeoutMs: number;
  readonly syncTimeoutMs: number;
  readonly syncGraceMs: number;
  /** For a rollout that is stuck, and not only slow; absent: it has all of `timeoutMs`. */
  readonly progressTimeoutMs?: number | undefined;
  /** How often the branch's head is asked for. */
  readonly branchIntervalMs: number;
}

type Event =
  | { readonly kind: "world"; readonly seen: Observation<World> }
  | { readonly kind: "application"; readonly seen: Observation<ApplicationReading> }
  /** Argo CD will not be heard of any more. */
  | { readonly kind: "withoutApplication" }
  | { readonly kind: "tick" };

/**
 * Returns the state with the rollout's report; what went wrong is in there. A verdict that an earlier attempt left is
 * dropped: it speaks of another cut-over. Throws only for bugs.
 */
export async function awaitRollout(
  ports: AwaitPorts,
  state: RunState,
  limits: AwaitLimits,
  signal: AbortSignal,
): Promise<RunState> {
  const startedAt = ports.clock.now();
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  let last: Sightings = {};
  const look = (seen: Sightings) => {
    last = seen;
  };
  const withRollout = (rollout: RolloutReport): RunState => ({
    ...state,
    rollout: { ...rollout, ...asSeen(last, state, rollout) },
    verdict: undefined,
  });
  try {
    const progress = await unlessCancelled(
      signal,
      cancelledText,
      follow(ports, state, { startedAt, ...limits }, ended, look),
    );
    const conclusion = conclude(ports, state, startedAt, progress, (failed) =>
      explained(ports, state, failed, last, ended),
    );
    return withRollout(await unlessCancelled(signal, cancelledText, conclusion));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return withRollout(troubled(ports, startedAt, error));
  } finally {
    stop.abort();
  }
}

async function follow(
  ports: AwaitPorts,
  state: RunState,
  limits: AwaitLimits & Patience,
  signal: AbortSignal,
  look: (seen: Sightings) => void,
): Promise<Progress> {
  const { clock, log } = ports;
  const reporter = createReporter(log, limits.startedAt);
  const { commit } = state.mutation;
  const commits = createCommitCheck(ports.git, state.mutation);
  const hint = createHint(ports, state);
  let seen: Sightings = { applicationDue: ports.gitops !== undefined && commit !== undefined };
  let missing = true;
  const decide = (sightings: Sightings) => decideProgress(state.expectation, sightings, limits, clock.now());
  async function after(event: Event): Promise<Progress> {
    seen = await note(ports, state, commits, seen, event);
    return decide(seen);
  }
  /** A watch may lag, or have fallen silent: nothing is called failed before a look that the API has answered. */
  async function lookedAgain(): Promise<Progress> {
    const observed = await readOnce(ports, state);
    // Not kept: the watch, which tells only of changes, would not end this trouble.
    if (observed.kind === "trouble") return decide({ ...seen, clusterTrouble: observed.failure });
    return after({ kind: "world", seen: observed });
  }
  for await (const event of merge(sources(ports, state, limits, () => missing, signal))) {
    // Not when all sources have ended: one may be in the middle of a slow request.
    if (signal.aborted) break;
    let progress = await after(event);
    if (isFail(progress)) progress = await lookedAgain();
    look(seen);
    missing = isMissing(progress) && seen.takenSince === undefined;
    seen = missed(seen, progress);
    const early = seen.applicationDue === true && clock.now() - limits.startedAt < firstReadingMs;
    reportProgress(reporter, progress, clock.now(), early);
    if (seen.world !== undefined) hint(seen.world, progress);
    if (progress.kind !== "waiting") return progress;
  }
  throw new Failure("CANCELLED", cancelledText);
}

function isFail(progress: Progress): boolean {
  return progress.kind === "failed" && reasons[progress.reason].outcome === "FAIL";
}

async function readOnce({ cluster }: AwaitPorts, { service }: RunState): Promise<Observation<World>> {
  try {
    return { kind: "seen", value: await cluster.read(service) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { kind: "trouble", failure: error };
  }
}

/** Milliseconds for Argo CD's first word, which as a rule is only a moment behind the cluster's: no line is due before. */
const firstReadingMs = 2_000;

/** Whether our edit, or the end of another's sync, is what is waited for. */
function isMissing(progress: Progress): boolean {
  return progress.kind === "waiting" && (progress.link === "edit" || progress.link === "sync");
}

/** Remembers that the edit was not there at first. */
function missed(seen: Sightings, progress: Progress): Sightings {
  return progress.kind === "waiting" && progress.link === "edit" ? { ...seen, cameAfter: true } : seen;
}

const cancelledText = "while waiting for the rollout; the commit stays";

/** `missing`: whether neither the cluster nor Argo CD shows our edit yet. */
function sources(
  ports: AwaitPorts,
  state: RunState,
  limits: AwaitLimits,
  missing: () => boolean,
  signal: AbortSignal,
): readonly AsyncIterable<Event>[] {
  const { cluster, gitops, clock, log } = ports;
  const always = [
    tag("world", cluster.watch(state.service, signal)),
    ticks(clock, signal),
    watchBranch(ports, state, limits.branchIntervalMs, signal),
  ];
  if (gitops === undefined) return always;
  return [...always, refreshes(gitops, ports, missing, signal), applications(gitops, log, signal)];
}

async function* tag(kind: "world", items: AsyncIterable<Observation<World>>): AsyncGenerator<Event> {
  for await (const seen of items) yield { kind, seen };
}

/** Argo CD is evidence, never the verdict: where it cannot be read, the run goes on without it. */
async function* applications(gitops: GitOps, log: Log, signal: AbortSignal): AsyncGenerator<Event> {
  try {
    for await (const seen of gitops.watch(signal)) yield { kind: "application", seen };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log.warn(`Argo CD cannot be watched, going on without it: ${error.evidence}`);
  }
  yield { kind: "withoutApplication" };
}

/** Milliseconds between two requests to compare with Git, and after one that did not get through. */
const refreshIntervalMs = 30_000;
const refreshRetryMs = 5_000;

/**
 * Asks at once, and again while the edit is missing: a server of several replicas may have shown Argo CD the commit
 * before ours, and Argo CD's own next look is minutes away.
 */
async function* refreshes(
  gitops: GitOps,
  { clock, log }: Pick<AwaitPorts, "clock" | "log">,
  missing: () => boolean,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  while (!signal.aborted) {
    let pauseMs = refreshIntervalMs;
    try {
      if (missing() && (await gitops.refresh()) === "refused") return;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      log.debug(`Argo CD could not be asked to refresh: ${error.evidence}`);
      pauseMs = refreshRetryMs;
    }
    await clock.sleep(pauseMs, signal);
    yield { kind: "tick" };
  }
}

/** Deadlines and the heartbeat need a look at the clock even when nothing happens. */
async function* ticks(clock: Clock, signal: AbortSignal): AsyncGenerator<Event> {
  while (!signal.aborted) {
    await clock.sleep(1_000, signal);
    yield { kind: "tick" };
  }
}

async function note(
  ports: AwaitPorts,
  { expectation }: RunState,
  commits: CommitCheck,
  seen: Sightings,
  event: Event,
): Promise<Sightings> {
  if (event.kind === "tick") return ticked(seen, ports.clock.now());
  if (event.kind === "withoutApplication") return { ...seen, applicationDue: false };
  if (event.kind === "world") {
    const { seen: observed } = event;
    if (observed.kind === "trouble") return { ...seen, clusterTrouble: observed.failure };
    const now = ports.clock.now();
    const { world, starts } = timed(seen.starts, observed.value, now);
    const pace = paced(continued(seen), expectation, world, now);
    return { ...seen, world, starts, pace, clusterTrouble: undefined };
  }
  if (event.seen.kind === "trouble") {
    ports.log.debug(`Argo CD: ${event.seen.failure.evidence}`);
    return seen;
  }
  const application = await commits.withoutOthersErrors(event.seen.value);
  const taken = await commits.isTaken(application);
  return {
    ...seen,
    application,
    reconciledBefore: seen.reconciledBefore ?? application.reconciledAt,
    applicationDue: false,
    syncsAnother: await commits.isAnotherUnderWay(application),
    uncompared: seen.cameAfter !== true && (await commits.isUncompared(application)),
    takenSince: taken ? (seen.takenSince ?? ports.clock.now()) : undefined,
  };
}

/** Milliseconds. The clock is looked at every second. */
const longestGapMs = 60_000;

/** A machine that slept has not seen whether anything got on. */
function ticked(seen: Sightings, nowMs: number): Sightings {
  const { tickedAt = nowMs, pace } = seen;
  const slept = nowMs - tickedAt > longestGapMs;
  return { ...seen, tickedAt: nowMs, pace: slept && pace ? { ...pace, stillSince: nowMs } : pace };
}

/** What may have happened while the API was away counts as progress. */
function continued({ world, pace, clusterTrouble }: Sightings): Parameters<typeof paced>[0] {
  if (world === undefined || pace === undefined || clusterTrouble !== undefined) return undefined;
  return { world, pace };
}

interface CommitCheck {
  /** Whether Argo CD has synced our commit or a later one that contains it. */
  isTaken(application: ApplicationReading): Promise<boolean>;
  /** Whether it is in the middle of a sync of other commits; `perhaps` where it names none, or Git cannot be asked. */
  isAnotherUnderWay(application: ApplicationReading): Promise<boolean | "perhaps">;
  /** Whether it syncs by itself, and has not compared yet with the commit that this run, or its earlier attempt, has just made. */
  isUncompared(application: ApplicationReading): Promise<boolean>;
  /** Without what it complains of a sync of commits that do not contain ours: it will try again with ours. */
  withoutOthersErrors(application: ApplicationReading): Promise<ApplicationReading>;
}

/** Without a commit of ours none of it can be told. History does not change: each answer is kept. */
function createCommitCheck(git: GitRemote, { commit, kind }: RunState["mutation"]): CommitCheck {
  const answers = new Map<string, boolean>();

  async function contains(revision: string, ours: string): Promise<boolean | undefined> {
    try {
      const answer = answers.get(revision) ?? (await git.isDescendant(revision, ours));
      answers.set(revision, answer);
      return answer;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return undefined;
    }
  }
  /** Undefined: not that anybody could tell. */
  async function anyContains(application: ApplicationReading, ours: string): Promise<boolean | undefined> {
    const told: (boolean | undefined)[] = [];
    // Other sources (the chart's) have commits that our repository does not know.
    for (const revision of revisionsFrom(application, git.url)) {
      told.push(await contains(revision, ours));
      if (told.at(-1)) return true;
    }
    return told.length === 0 || told.includes(undefined) ? undefined : false;
  }
  return {
    async isTaken(application) {
      const { syncStatus, operationPhase = "Succeeded" } = application;
      if (commit === undefined || syncStatus !== "Synced" || operationPhase !== "Succeeded") return false;
      return (await anyContains(application, commit)) === true;
    },
    async isAnotherUnderWay(application) {
      if (commit === undefined || !isSyncing(application)) return false;
      const { operated = [] } = application;
      const ours = await anyContains({ ...application, revisions: operated }, commit);
      return ours === undefined ? "perhaps" : !ours;
    },
    async isUncompared(application) {
      if (commit === undefined || kind === "unchanged" || application.automated !== true) return false;
      return !(await anyContains(application, commit));
    },
    async withoutOthersErrors(application) {
      if (commit === undefined || !complainsOfSync(application)) return application;
      return (await anyContains(application, commit)) ? application : withoutSyncError(application);
    },
  };
}

/** Before a failure is reported, one more look at the branch: a later commit on our values explains it better. */
async function conclude(
  ports: AwaitPorts,
  state: RunState,
  startedAt: number,
  progress: Progress,
  explain: (failed: Extract<Progress, { kind: "failed" }>) => Promise<Trouble>,
): Promise<RolloutReport> {
  const endedAt = ports.clock.now();
  if (progress.kind === "done") {
    const { active, standby, notes } = progress;
    return { startedAt, endedAt, cutOverAt: endedAt, active, standby, notes: [...notes] };
  }
  if (progress.kind === "waiting") throw new TypeError("a conclusion cannot be to wait");
  await checkBranch(ports, state);
  return { startedAt, endedAt, notes: [], trouble: await explain(progress) };
}

/** The service and what the colours hold; not the latter where it may be over: the API has stopped answering. */
function asSeen(
  { world, clusterTrouble }: Sightings,
  { expectation }: RunState,
  rollout: RolloutReport,
): Pick<RolloutReport, "service" | "holdings"> {
  if (world === undefined) return {};
  const service = world.service && isvcRow(world.service);
  if (clusterTrouble !== undefined) return { service };
  const colours = rollout.cutOverAt === undefined ? coloursOf(expectation, world) : rollout;
  return { service, holdings: [...holdingsOf(world, colours)] };
}

function troubled({ clock }: AwaitPorts, startedAt: number, failure: Failure): RolloutReport {
  const { reason, evidence } = failure;
  return { startedAt, endedAt: clock.now(), notes: [], trouble: { reason, evidence } };
}

function reportProgress(reporter: Reporter, progress: Progress, now: number, early: boolean): void {
  if (progress.kind !== "waiting" || (early && progress.link === "sync")) return;
  reporter.waiting(progress.detail, now);
}
