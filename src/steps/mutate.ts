/**
 * Step 1: read, check, pin, edit, commit, push. Git is the only lock: the push is a compare-and-swap, and whoever is
 * overtaken fetches again, checks that our values are untouched, edits again and pushes again, until the deadline.
 */

import { commitMessage, type MessageStyle } from "../core/commit/message.ts";
import { commitUrl } from "../core/commit/url.ts";
import { sameValues } from "../core/config.ts";
import { wantedPercent } from "../core/intent.ts";
import type { ConfigValues } from "../core/preflight.ts";
import type { Mutation, RunState } from "../core/run-state.ts";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import type { Clock, Cluster, GitRemote, GitSnapshot, Log } from "../ports.ts";
import { describeAuthor, lastChange } from "./last-change.ts";
import { type Plan, prepare, type Request } from "./prepare.ts";
import { type Proposals, propose, provenanceBy } from "./propose.ts";

export interface MutatePorts {
  readonly cluster: Cluster;
  readonly git: GitRemote;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ x < 1; spreads the retries of writers that race each other. */
  readonly random: () => number;
  /** Given: the change goes through a pull request, and the run waits until somebody merges it. */
  readonly proposals?: Proposals | undefined;
}

export interface MutateRequest extends Request, MessageStyle {
  /** Name of the application, for the templates. */
  readonly application?: string | undefined;
  /** Milliseconds in which a push must win its race. */
  readonly pushTimeoutMs: number;
  /** Milliseconds in which somebody has to merge a pull request. */
  readonly mergeTimeoutMs?: number | undefined;
}

export type CommitPlan = Extract<Plan, { kind: "commit" }>;

/** Leaves the state for the steps that follow. Throws Failure; after a throw nothing was pushed. */
export async function mutate(
  ports: MutatePorts,
  request: MutateRequest,
  signal: AbortSignal,
): Promise<RunState> {
  const { cluster, git, clock, log } = ports;
  const startedAt = clock.now();
  const { path } = request.location;
  const [world, first] = await Promise.all([cluster.read(request.service), git.fetch([path])]);
  let snapshot = first;
  let seen: ConfigValues | undefined;
  const provenance = ports.proposals && provenanceBy(ports, ports.proposals, request, signal);
  for (let attempt = 1; ; attempt += 1) {
    const plan = await prepare(request, snapshot, world, provenance);
    if (seen !== undefined) await refuseConflict(seen, plan, snapshot, request);
    seen = plan.values;
    if (plan.kind === "unchanged") {
      return stateOf(ports, request, startedAt, plan, alreadyThere(ports, snapshot, plan));
    }
    refuseFindings(plan, request);
    refuseCancelled(signal);
    if (ports.proposals !== undefined) {
      const merged = await propose({ ...ports, ...ports.proposals }, request, { snapshot, plan }, signal);
      return stateOf(ports, request, startedAt, plan, merged);
    }
    const pushed = await push(ports, request, snapshot, plan);
    if (pushed !== undefined) return stateOf(ports, request, startedAt, plan, pushed);
    log.info(`Somebody else pushed first (attempt ${attempt}); fetching and editing again`);
    await backOff(ports, attempt, startedAt + request.pushTimeoutMs, signal);
    snapshot = await git.fetch([path]);
  }
}

/** Undefined: overtaken, nothing was changed. */
async function push(
  { git, clock, log }: MutatePorts,
  request: MutateRequest,
  base: GitSnapshot,
  plan: CommitPlan,
): Promise<Mutation | undefined> {
  const message = commitMessage(request, plan.values, plan.expectation);
  const files = new Map([[request.location.path, plan.after]]);
  const result = await git.push(base, { files, message });
  if (result.kind === "overtaken") return undefined;
  log.info(
    `Pushed commit ${result.commit.slice(0, 10)} to ${git.branch}: ${describeEdit(request, plan.values)}`,
  );
  return {
    kind: "committed",
    commit: result.commit,
    previousCommit: base.commit,
    commitUrl: commitUrl(git.url, result.commit),
    at: clock.now(),
  };
}

function alreadyThere({ git, clock, log }: MutatePorts, snapshot: GitSnapshot, plan: Plan): Mutation {
  const change = plan.kind === "unchanged" ? plan.lastChange : undefined;
  const own = plan.kind === "unchanged" && plan.own;
  const by =
    change === undefined ? "" : ` since commit ${change.commit.slice(0, 10)} (${describeAuthor(change)})`;
  log.info(
    own
      ? `This run's commit is there already${by}`
      : `Git holds the wanted value already${by}; no commit is made`,
  );
  return {
    kind: own ? "resumed" : "unchanged",
    commit: change?.commit ?? snapshot.commit,
    commitUrl: commitUrl(git.url, change?.commit ?? snapshot.commit),
    at: clock.now(),
  };
}

function stateOf(
  { git }: MutatePorts,
  request: MutateRequest,
  startedAt: number,
  plan: Plan,
  mutation: Mutation,
): RunState {
  const { run, service, intent, location } = request;
  return {
    format: "bluegreen-run",
    version: 1,
    run,
    startedAt,
    service: { ...service },
    intent: { ...intent, sets: [...intent.sets] },
    git: { url: git.url, branch: git.branch, location: { ...location } },
    expectation: { ...plan.expectation, known: [...plan.expectation.known] },
    mutation,
  };
}

/** After a lost race: our values must be as they were, or as we want them. Anything else is somebody's decision. */
async function refuseConflict(
  seen: ConfigValues,
  plan: Plan,
  snapshot: GitSnapshot,
  { location }: MutateRequest,
): Promise<void> {
  if (plan.kind === "unchanged" || sameValues(seen, plan.values)) return;
  const change = await lastChange(snapshot, location);
  const who =
    change === undefined ? "a commit" : `commit ${change.commit.slice(0, 10)} (${describeAuthor(change)})`;
  throw new Failure(
    "PUSH_CONFLICT",
    printable(
      `${who} set percent ${plan.values.percent ?? "unset"}, version ${plan.values.version ?? "unset"}`,
    ),
  );
}

function refuseFindings({ findings }: CommitPlan, { service }: MutateRequest): void {
  const failures = findings.map(
    ({ reason, detail }) => new Failure(reason, `${service.namespace}/${service.name}: ${detail}`),
  );
  const [first, ...also] = failures;
  if (first !== undefined) throw new Failure(first.reason, first.evidence, { also });
}

function refuseCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new Failure("CANCELLED", "before the push; nothing was changed");
}

/** Compare-and-swap lets one writer win a round, so fifty writers need many: the wait grows, and is jittered. */
async function backOff(
  { clock, random, git }: MutatePorts,
  attempt: number,
  deadline: number,
  signal: AbortSignal,
): Promise<void> {
  const longest = Math.min(100 * 2 ** (attempt - 1), 5_000);
  await clock.sleep(longest * random(), signal);
  refuseCancelled(signal);
  if (clock.now() < deadline) return;
  throw new Failure("GIT_RACE_LOST", `${attempt} pushes to ${git.branch} were overtaken`);
}

function describeEdit({ intent, location }: MutateRequest, before: ConfigValues): string {
  const percent = `${location.percentPath} ${before.percent ?? "unset"} → ${wantedPercent(intent.action)}`;
  if (intent.version === undefined) return printable(percent);
  return printable(`${location.versionPath} ${before.version ?? "unset"} → ${intent.version}, ${percent}`);
}
