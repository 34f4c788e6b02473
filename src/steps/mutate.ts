/**
 * Step 1: read, check, pin, edit, commit, push. Git is the only lock: the push is a compare-and-swap, and whoever is
 * overtaken fetches again, checks that our values are untouched, edits again and pushes again, until the deadline.
 */

import { racePause } from "../core/back-off.ts";
import { commitMessage, type EditedModel } from "../core/commit/message.ts";
import { commitUrl } from "../core/commit/url.ts";
import { describeValues, sameValues } from "../core/config.ts";
import { type Diff, diffOf } from "../core/diff.ts";
import { wantedPercent } from "../core/intent.ts";
import { type IsvcRow, isvcRow } from "../core/isvc.ts";
import type { ConfigValues } from "../core/preflight.ts";
import type { ModelRun, Mutation, RunState } from "../core/run-state.ts";
import { printable } from "../core/text.ts";
import type { ServiceRef, World } from "../core/world.ts";
import { Failure } from "../errors/failure.ts";
import type { Clock, Cluster, GitRemote, GitSnapshot, Log } from "../ports.ts";
import { unlessCancelled } from "./cancel.ts";
import { describeAuthor, lastChange } from "./mutate/last-change.ts";
import { orOverruled, overruledAmong } from "./mutate/others.ts";
import { reachOf } from "./mutate/overruled.ts";
import { type CommitPlan, type Looks, type Plan, prepare } from "./mutate/prepare.ts";
import { type Proposals, propose, provenanceBy } from "./mutate/propose.ts";
import type { MutateRequest, Request } from "./mutate/request.ts";

export interface MutatePorts {
  readonly cluster: Cluster;
  readonly git: GitRemote;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ x < 1; spreads the retries of writers that race each other. */
  readonly random: () => number;
  /** Given: the change goes through a pull request, and the run waits until somebody merges it. */
  readonly proposals?: Proposals | undefined;
  /** Told what is known of each model, also where the run is refused then; told again when more is known. */
  readonly found?: ((models: readonly Found[]) => void) | undefined;
}

/** What the run looks at before it commits. */
export interface Found {
  readonly service: ServiceRef;
  /** Absent before the first deployment. */
  readonly before?: IsvcRow | undefined;
  /** What the commit would change; absent where none is to be made, and before that is known. */
  readonly diff?: Diff | undefined;
}

/** One model of the run, and the cluster as it was found. */
interface Scene {
  readonly request: Request;
  readonly world: World;
}

/** What is to be done about it. */
interface Planned<P extends Plan = Plan> extends Scene {
  readonly plan: P;
}

/** Leaves the state for the steps that follow. Throws Failure; after a throw nothing was pushed, for no model. */
export async function mutate(
  ports: MutatePorts,
  request: MutateRequest,
  signal: AbortSignal,
): Promise<RunState> {
  const { cluster, git, clock, log } = ports;
  const startedAt = clock.now();
  const models = modelsIn(request);
  const paths = models.map(({ location }) => location.path);
  const [scenes, first] = await looking(
    signal,
    Promise.all([
      Promise.all(
        models.map(async (model) => ({ request: model, world: await cluster.read(model.service) })),
      ),
      git.fetch(paths),
    ]),
  );
  ports.found?.(scenes.map((scene) => findingOf(scene)));
  let snapshot = first;
  let seen: readonly Planned[] = [];
  const provenance = ports.proposals && provenanceBy(ports, ports.proposals, request, signal);
  const lostMs: number[] = [];
  // Branch and cluster are not looked at in one moment: the cluster may be ahead, with what somebody else pushed since.
  let refused = false;
  for (let since = startedAt; ; ) {
    const planning = planAll(scenes, snapshot, (model) => ({
      provenance,
      // After a lost race as well: an earlier attempt's push may have arrived late, and been overruled meanwhile.
      reach: reachOf(model, startedAt),
    }));
    const plans = await looking(signal, planning);
    ports.found?.(plans.map((planned) => findingOf(planned, planned.plan)));
    await looking(signal, refuseConflicts(seen, plans, snapshot));
    seen = plans;
    const commits = plans.filter(isCommit);
    if (commits.length === 0) return stateOf(ports, startedAt, snapshot, plans);
    const refusal = refusalOf(commits);
    if (refusal !== undefined) {
      if (refused || (await looking(signal, git.head())) === snapshot.commit) throw refusal;
      refused = true;
      log.info(
        `The branch has moved on since it was read; looking again, for it may settle this: ${refusal.evidence}`,
      );
      snapshot = await looking(signal, git.fetch(paths));
      continue;
    }
    refuseCancelled(signal);
    const made = await makeChange(ports, request, { snapshot, commits }, signal);
    if (made !== undefined) return stateOf(ports, startedAt, snapshot, plans, made);
    lostMs.push(clock.now() - since);
    log.info(`Somebody else pushed first (attempt ${lostMs.length}); fetching and editing again`);
    await backOff(ports, lostMs, startedAt + request.pushTimeoutMs, signal);
    since = clock.now();
    snapshot = await looking(signal, git.fetch(paths));
  }
}

function modelsIn(request: MutateRequest): readonly Request[] {
  return [
    request,
    ...(request.also ?? []).map((model) => ({ run: request.run, isNew: request.isNew, ...model })),
  ];
}

/** Throws Failure, SUPERSEDED where somebody overruled an earlier attempt of this run. */
async function planAll(
  scenes: readonly Scene[],
  snapshot: GitSnapshot,
  looksOf: (request: Request) => Looks,
): Promise<readonly Planned[]> {
  const prepared = await Promise.all(
    scenes.map(async ({ request, world }) => ({
      request,
      world,
      plan: await orOverruled(prepare(request, snapshot, world, looksOf(request))),
    })),
  );
  const failure = overruledAmong(prepared);
  if (failure !== undefined) throw failure;
  return prepared as readonly Planned[];
}

function findingOf({ request: { service }, world }: Scene, plan?: Plan): Found {
  return { service, before: world.service && isvcRow(world.service), diff: plan && diffIn(plan) };
}

function diffIn(plan: Plan): Diff | undefined {
  return plan.kind === "commit" ? diffOf(plan.before, plan.after) : undefined;
}

function isCommit(planned: Planned): planned is Planned<CommitPlan> {
  return planned.plan.kind === "commit";
}

interface Change {
  readonly snapshot: GitSnapshot;
  /** At least one. */
  readonly commits: readonly Planned<CommitPlan>[];
}

/** Undefined: overtaken, nothing was changed. */
async function makeChange(
  ports: MutatePorts,
  request: MutateRequest,
  { snapshot, commits }: Change,
  signal: AbortSignal,
): Promise<Mutation | undefined> {
  const { proposals } = ports;
  const [first] = commits;
  if (proposals !== undefined && first !== undefined)
    return propose({ ...ports, ...proposals }, request, { snapshot, plan: first.plan }, signal);
  return push(ports, request, { snapshot, commits });
}

async function push(
  { git, clock, log }: MutatePorts,
  request: MutateRequest,
  { snapshot, commits }: Change,
): Promise<Mutation | undefined> {
  const files = new Map(commits.map(({ request: { location }, plan }) => [location.path, plan.after]));
  const result = await git.push(snapshot, { files, message: messageOf(request, commits) });
  if (result.kind === "overtaken") return undefined;
  const edits = commits.map(describeEdit);
  log.info(`Pushed commit ${result.commit.slice(0, 10)} to ${git.branch}: ${edits.join("; ")}`);
  return {
    kind: "committed",
    commit: result.commit,
    previousCommit: snapshot.commit,
    commitUrl: commitUrl(git.url, result.commit),
    at: clock.now(),
  };
}

function messageOf(request: MutateRequest, commits: readonly Planned<CommitPlan>[]): string {
  const [first, ...also] = commits.map(({ request: { service }, plan }) => ({
    service,
    intent: plan.intent,
    values: plan.values,
    expectation: plan.expectation,
  })) as [EditedModel, ...EditedModel[]];
  const { service, intent, values, expectation } = first;
  return commitMessage({ ...request, service, intent }, values, expectation, also);
}

function alreadyThere(
  { git, clock, log, proposals }: MutatePorts,
  snapshot: GitSnapshot,
  { lastChange: change, own }: Extract<Plan, { kind: "unchanged" }>,
): Mutation {
  // Of a pull request it is the merge that the branch shows first.
  const merge = own && proposals !== undefined ? change?.merges.at(-1) : undefined;
  const { commit, parents } = merge ?? change ?? snapshot;
  const by =
    change === undefined ? "" : ` since commit ${change.commit.slice(0, 10)} (${describeAuthor(change)})`;
  log.info(
    own
      ? `This run's commit is there already${by}`
      : `Git holds the wanted value already${by}; no commit is made`,
  );
  return {
    kind: own ? "resumed" : "unchanged",
    commit,
    ...(own && { previousCommit: parents[0] }),
    commitUrl: commitUrl(git.url, commit),
    at: clock.now(),
  };
}

/** `made`: by this run, for the models that needed a commit. */
function stateOf(
  ports: MutatePorts,
  startedAt: number,
  snapshot: GitSnapshot,
  plans: readonly Planned[],
  made?: Mutation,
): RunState {
  const [first, ...also] = plans.map(({ request, world, plan }): ModelRun => {
    const { run, service, location } = request;
    const { intent } = plan;
    return {
      format: "bluegreen-run",
      version: 1,
      run,
      startedAt,
      service: { ...service },
      intent: { ...intent, sets: [...intent.sets] },
      git: { url: ports.git.url, branch: ports.git.branch, location: { ...location } },
      before: world.service && isvcRow(world.service),
      expectation: { ...plan.expectation, known: [...plan.expectation.known] },
      diff: made && diffIn(plan),
      mutation: {
        ...(plan.kind === "unchanged" ? alreadyThere(ports, snapshot, plan) : (made as Mutation)),
        version: intent.version ?? plan.values.version,
      },
    };
  }) as [ModelRun, ...ModelRun[]];
  return also.length === 0 ? first : { ...first, also };
}

/** After a lost race: our values must be as they were, or as we want them. Anything else is somebody's decision. */
async function refuseConflicts(
  seen: readonly Planned[],
  plans: readonly Planned[],
  snapshot: GitSnapshot,
): Promise<void> {
  for (const [index, before] of seen.entries()) {
    const now = plans[index];
    if (now !== undefined) await refuseConflict(before.plan.values, now, snapshot, plans.length > 1);
  }
}

async function refuseConflict(
  seen: ConfigValues,
  { request: { service, location, intent }, plan }: Planned,
  snapshot: GitSnapshot,
  named: boolean,
): Promise<void> {
  if (plan.kind === "unchanged" || sameValues(seen, plan.values)) return;
  const change = await lastChange(snapshot, location, intent.sets);
  const who =
    change === undefined ? "a commit" : `commit ${change.commit.slice(0, 10)} (${describeAuthor(change)})`;
  const whose = named ? `${service.namespace}/${service.name}: ` : "";
  throw new Failure("PUSH_CONFLICT", `${whose}${who} set ${describeValues(plan.values, intent.sets)}`);
}

/** All or nothing: what stands against one model stands against the commit. */
function refusalOf(commits: readonly Planned<CommitPlan>[]): Failure | undefined {
  const failures = commits.flatMap(({ request: { service }, plan }) =>
    plan.findings.map(
      ({ reason, detail }) => new Failure(reason, `${service.namespace}/${service.name}: ${detail}`),
    ),
  );
  const [first, ...also] = failures;
  return first && new Failure(first.reason, first.evidence, { also });
}

const beforePush = "before the push; nothing was changed";

function refuseCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new Failure("CANCELLED", beforePush);
}

/** For all that comes before a push, and in between two of them. */
function looking<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return unlessCancelled(signal, beforePush, work);
}

/** `lostMs`: how long each lost attempt took. */
async function backOff(
  { clock, random, git }: MutatePorts,
  lostMs: readonly number[],
  deadline: number,
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(racePause(lostMs, deadline - clock.now(), random()), signal);
  refuseCancelled(signal);
  if (clock.now() < deadline) return;
  throw new Failure("GIT_RACE_LOST", `${lostMs.length} pushes to ${git.branch} were overtaken`);
}

function describeEdit({
  request: { location },
  plan: { intent, values: before },
}: Planned<CommitPlan>): string {
  const percent = `${location.percentPath} ${before.percent ?? "unset"} → ${wantedPercent(intent)}`;
  if (intent.version === undefined) return printable(percent);
  return printable(`${location.versionPath} ${before.version ?? "unset"} → ${intent.version}, ${percent}`);
}
