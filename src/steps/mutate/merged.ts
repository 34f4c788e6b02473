/** Waits until a pull request is merged, and watches meanwhile that nobody decides otherwise. */
import { commitUrl } from "../../core/commit/url.ts";
import { describeValues, readConfig } from "../../core/config.ts";
import type { ConfigValues } from "../../core/preflight.ts";
import {
  decideMerge,
  type MergeDecision,
  named,
  nextLook,
  type Persistence,
  type PullRequestReading,
  persist,
  type TargetValues,
} from "../../core/pull-request.ts";
import type { Mutation } from "../../core/run-state.ts";
import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";
import type { Clock, Forge, GitRemote, GitSnapshot, Log, Patience } from "../../ports.ts";
import { createReporter, type Reporter } from "../reporter.ts";
import { describeAuthor, lastChange } from "./last-change.ts";
import type { MutateRequest } from "./request.ts";
import { holdsWanted, snapshotAtMerge, targetValues } from "./target.ts";

export interface MergePorts {
  readonly forge: Forge;
  readonly git: GitRemote;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

export interface Pending {
  readonly pull: PullRequestReading;
  /** The target branch when the change was planned. */
  readonly snapshot: GitSnapshot;
  readonly plan: { readonly values: ConfigValues };
}

const defaultTimeoutMs = 3_600_000;

/** What is carried from one look to the next. */
interface Watch {
  readonly ports: MergePorts;
  readonly request: MutateRequest;
  readonly pending: Pending;
  readonly patience: Patience;
  readonly reporter: Reporter;
  target: { readonly snapshot: GitSnapshot; readonly values: TargetValues };
  blocked: Persistence | undefined;
  elsewhere: Persistence | undefined;
  /** The last look's, where it failed in a way that may pass. */
  trouble: Failure | undefined;
}

export async function awaitMerge(
  ports: MergePorts,
  request: MutateRequest,
  pending: Pending,
  signal: AbortSignal,
): Promise<Mutation> {
  const { clock, log } = ports;
  const startedAt = clock.now();
  const { mergeTimeoutMs = defaultTimeoutMs } = request;
  const watch: Watch = {
    ports,
    request,
    pending,
    patience: { deadline: startedAt + mergeTimeoutMs, signal },
    reporter: createReporter(log, startedAt),
    target: { snapshot: pending.snapshot, values: "before" },
    blocked: undefined,
    elsewhere: undefined,
    trouble: undefined,
  };
  if (pending.pull.state === "open") {
    log.info(
      `Somebody has to merge it within ${Math.round(mergeTimeoutMs / 60_000)} min: ${pending.pull.url}`,
    );
  }
  return follow(watch);
}

async function follow(watch: Watch): Promise<Mutation> {
  const { ports, pending, patience } = watch;
  for (let looks = 0; ; looks += 1) {
    const end = await lookOnce(watch);
    if (end !== undefined) return end;
    refuseCancelled(watch);
    if (ports.clock.now() >= patience.deadline) throw tooLate(watch);
    const pause = Math.min(nextLook(looks, ports.random()), patience.deadline - ports.clock.now());
    await ports.clock.sleep(pause, patience.signal);
    refuseCancelled(watch);
    if (looks === 0) ports.log.debug(`Looking at ${named(pending.pull)} again and again`);
  }
}

/** Undefined: nothing is decided yet. An outage of the server is no reason to stop waiting. */
async function lookOnce(watch: Watch): Promise<Mutation | undefined> {
  try {
    const end = await act(watch, decideMerge(await look(watch)));
    watch.trouble = undefined;
    return end;
  } catch (error) {
    refuseCancelled(watch);
    if (!(error instanceof Failure) || !passes(error)) throw error;
    watch.trouble = error;
    watch.ports.log.debug(`The pull request could not be looked at: ${error.evidence}`);
    return undefined;
  }
}

/** The target comes first: whoever merges in between is then seen as merged, and not as somebody else. */
async function look(watch: Watch): Promise<Parameters<typeof decideMerge>[0]> {
  const { ports, pending, patience } = watch;
  await lookAtTarget(watch);
  const pull = await ports.forge.read(pending.pull.number, patience);
  const now = ports.clock.now();
  const target = watch.target.values;
  watch.blocked = persist(pull.conflict === "perhaps", watch.blocked, now);
  watch.elsewhere = persist(target === "wanted", watch.elsewhere, now);
  return { pull, target, now, blocked: watch.blocked, elsewhere: watch.elsewhere };
}

async function lookAtTarget(watch: Watch): Promise<void> {
  const { ports, request, pending } = watch;
  if ((await ports.git.head()) === watch.target.snapshot.commit) return;
  const snapshot = await ports.git.fetch([request.location.path]);
  watch.target = { snapshot, values: await targetValues(snapshot, request, pending.plan.values) };
}

async function act(watch: Watch, decision: MergeDecision): Promise<Mutation | undefined> {
  const { ports, reporter } = watch;
  switch (decision.kind) {
    case "waiting":
      reporter.waiting(decision.detail, ports.clock.now());
      return undefined;
    case "merged":
      return confirm(watch, decision.commit);
    case "elsewhere":
      return madeElsewhere(watch);
    case "failed":
      throw await explained(watch, decision);
  }
}

/** The server's word for the merge is not enough: the branch that Argo CD follows has to hold our values at it. */
async function confirm(watch: Watch, commit: string): Promise<Mutation | undefined> {
  const { ports, request, pending, reporter } = watch;
  const { git, clock, log } = ports;
  const { path } = request.location;
  const snapshot = await git.fetch([path]);
  const merged = await snapshotAtMerge(git, snapshot, commit);
  if (merged === undefined) {
    reporter.waiting(`merge commit ${commit.slice(0, 10)} to be on ${git.branch}`, clock.now());
    return undefined;
  }
  const bytes = await merged.readFile(path);
  if (bytes === undefined || !holdsWanted(bytes, request)) throw mergedOtherwise(watch, commit, bytes);
  const now = await snapshot.readFile(path);
  if (now === undefined || !holdsWanted(now, request)) throw await changedSince(watch, commit, snapshot);
  log.info(`Merged as commit ${commit.slice(0, 10)}: ${named(pending.pull)}`);
  return {
    kind: pending.pull.state === "merged" ? "resumed" : "committed",
    commit,
    // The branch as the merge found it: it may have moved on since the change was planned.
    previousCommit: merged.parents[0],
    commitUrl: commitUrl(git.url, commit),
    at: clock.now(),
  };
}

async function madeElsewhere({ ports, request, target, pending }: Watch): Promise<Mutation> {
  const { git, clock, log } = ports;
  const change = await lastChange(target.snapshot, request.location, request.intent.sets);
  const commit = change?.commit ?? target.snapshot.commit;
  log.warn(
    `Commit ${commit.slice(0, 10)} made the same change: ${named(pending.pull)} is not needed any more`,
  );
  return { kind: "unchanged", commit, commitUrl: commitUrl(git.url, commit), at: clock.now() };
}

/** Who changes our value makes a conflict, too: of the two the decision of a person explains more. */
async function explained(
  watch: Watch,
  { reason, detail }: Extract<MergeDecision, { kind: "failed" }>,
): Promise<Failure> {
  if (reason === "PULL_REQUEST_CONFLICT") await lookAtTarget(watch);
  const { target, request } = watch;
  const superseded = reason !== "PULL_REQUEST_CLOSED" && target.values === "other";
  if (!superseded) return new Failure(reason, detail);
  const change = await lastChange(target.snapshot, request.location, request.intent.sets);
  const by = change ?? target.snapshot;
  const who = `commit ${by.commit.slice(0, 10)} (${describeAuthor(by)})`;
  return new Failure("SUPERSEDED", `${who} changed our value; ${detail} is still open`);
}

function mergedOtherwise(
  { request, pending }: Watch,
  commit: string,
  bytes: Uint8Array | undefined,
): Failure {
  return new Failure(
    "SUPERSEDED",
    `${named(pending.pull)} was merged as commit ${commit.slice(0, 10)} with ${describe(bytes, request)}`,
  );
}

/** Before this run saw the merge, or since an earlier attempt of it did: the cluster may not show it yet. */
async function changedSince(
  { request: { location, intent }, pending }: Watch,
  commit: string,
  snapshot: GitSnapshot,
): Promise<Failure> {
  const by = (await lastChange(snapshot, location, intent.sets)) ?? snapshot;
  const who = `commit ${by.commit.slice(0, 10)} (${describeAuthor(by)})`;
  const merged = `${named(pending.pull)} was merged as commit ${commit.slice(0, 10)}`;
  return new Failure("SUPERSEDED", `${who} changed our value after ${merged}`);
}

function describe(bytes: Uint8Array | undefined, { location, intent }: MutateRequest): string {
  if (bytes === undefined) return `no ${printable(location.path)}`;
  return describeValues(readConfig(bytes, location, intent.sets), intent.sets);
}

/** Whether a failed look may be followed by a better one. */
function passes({ reason }: Failure): boolean {
  return reason === "GIT_UNREACHABLE" || reason === "GIT_PROTOCOL";
}

function tooLate({ pending, request, trouble }: Watch): Failure {
  const outage = trouble === undefined ? "" : `; the last look failed: ${trouble.evidence}`;
  return new Failure("MERGE_TIMEOUT", `${named(pending.pull)} of run ${printable(request.run)}${outage}`);
}

function refuseCancelled({ pending, request, patience }: Watch): void {
  if (!patience.signal.aborted) return;
  const { run } = request;
  throw new Failure(
    "CANCELLED",
    `while waiting for ${named(pending.pull)} to be merged; it stays open: merge it and run the same command with --run-id ${printable(run)} again, which goes on from there`,
  );
}
