/** What `status` finds out: one look at the cluster, and at Git and Prometheus where they were named. Reads only. */
import { parseTrailers, serviceTrailer, type Trailers } from "../core/commit/trailers.ts";
import { readConfig } from "../core/config.ts";
import { type Holding, holdingsOf } from "../core/holdings.ts";
import type { Action, ConfigLocation } from "../core/intent.ts";
import type { ConfigValues } from "../core/preflight.ts";
import type { RolloutDecision } from "../core/rollout.ts";
import { standingOf, wrongBlue } from "../core/status/last-commit.ts";
import { type PodRate, ratesOf } from "../core/status/rates.ts";
import { misleadingReadings, type Reading } from "../core/status/readings.ts";
import { type RevisionStatus, revisionsIn } from "../core/status/revisions.ts";
import { samplesQuery } from "../core/verdict/query.ts";
import type { RuntimeChoice } from "../core/verdict/runtimes.ts";
import type { ServiceRef, World } from "../core/world.ts";
import { Failure } from "../errors/failure.ts";
import type { Clock, FileVersion, GitSnapshot, Metrics, QueryAnswer } from "../ports.ts";
import { lastChange } from "./mutate/last-change.ts";
import { type Plan, prepare } from "./mutate/prepare.ts";
import type { Request } from "./mutate/request.ts";

/** What an outside system told, or why it is not known. */
export type Told<T> =
  | { readonly kind: "told"; readonly value: T }
  /** Nobody named the system. */
  | { readonly kind: "unasked" }
  | { readonly kind: "failed"; readonly failure: Failure };

export interface ModelStatus {
  readonly service: ServiceRef;
  readonly world: World;
  readonly revisions: readonly RevisionStatus[];
  readonly readings: readonly Reading[];
  /** What the serving and the standby revision hold of the cluster. */
  readonly holdings: readonly Holding[];
  readonly git: Told<GitStatus>;
  readonly rates: Told<readonly PodRate[]>;
}

export interface GitStatus {
  /** The branch's head. */
  readonly head: string;
  readonly values: ConfigValues;
  readonly lastCommit: CommitStatus | undefined;
  readonly next: readonly NextAction[];
}

/** The last commit of bluegreen on this model. */
export interface CommitStatus {
  readonly change: FileVersion;
  readonly trailers: Trailers;
  /** Absent where somebody has changed the values since, or where its trailers do not say what it meant. */
  readonly standing?: RolloutDecision | undefined;
  /** The commit that changed the values since. */
  readonly overruledBy?: FileVersion | undefined;
}

/** What the next run would find: its plan, or what ends it before there is one. */
export interface NextAction {
  readonly request: Request;
  readonly outcome:
    | { readonly kind: "plan"; readonly plan: Plan }
    | { readonly kind: "failed"; readonly failure: Failure };
}

export interface StatusRequest {
  readonly service: ServiceRef;
  /** Absent where no repository was named. */
  readonly location?: ConfigLocation | undefined;
  readonly runtime?: RuntimeChoice | undefined;
}

export interface Sources {
  readonly world: World;
  readonly snapshot: Told<GitSnapshot>;
  readonly samples: Told<QueryAnswer>;
}

export async function statusOf(request: StatusRequest, sources: Sources): Promise<ModelStatus> {
  const { service, runtime } = request;
  const { world, snapshot, samples } = sources;
  const git = await andThen(snapshot, (value) => gitStatus(request, value, world));
  const directory = { service: service.name, pods: world.pods };
  const wrong = git.kind === "told" ? wrongBlue(git.value.lastCommit?.standing) : undefined;
  const revisions = revisionsIn(world);
  return {
    service,
    world,
    revisions,
    holdings: revisions.flatMap(({ name, role }) => holdingOf(world, role, name)),
    readings: [...misleadingReadings(world), ...(wrong === undefined ? [] : [wrong])],
    git,
    rates: await andThen(samples, async (answer) => ratesOf(answer, directory, runtime)),
  };
}

/** Of a question that may fail; only what is not of the catalogue is thrown. */
export async function ask<T>(question: () => Promise<T>): Promise<Told<T>> {
  try {
    return { kind: "told", value: await question() };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { kind: "failed", failure: error };
  }
}

/** The raw samples of the last two minutes, which hold a few scrapes of any cluster. */
export function askSamples(
  { metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock },
  { service, runtime }: StatusRequest,
  world: World,
): Promise<Told<QueryAnswer>> {
  const nowMs = clock.now();
  const podNames = world.pods.map(({ name }) => name);
  return ask(() => metrics.query(samplesQuery({ service, podNames, cutOverAt: nowMs, nowMs, runtime })));
}

function holdingOf(world: World, role: RevisionStatus["role"], name: string): readonly Holding[] {
  if (role === "old") return [];
  return holdingsOf(world, role === "serving" ? { active: name } : { standby: name });
}

async function andThen<T, U>(told: Told<T>, next: (value: T) => Promise<U>): Promise<Told<U>> {
  return told.kind === "told" ? ask(() => next(told.value)) : told;
}

async function gitStatus(
  { service, location }: StatusRequest,
  snapshot: GitSnapshot,
  world: World,
): Promise<GitStatus> {
  if (location === undefined) throw new TypeError("a repository without a file to look at");
  const bytes = await snapshot.readFile(location.path);
  if (bytes === undefined)
    throw new Failure("EDIT_FILE_MISSING", `${location.path} at commit ${snapshot.commit.slice(0, 10)}`);
  const values = readConfig(bytes, location);
  const requests = (["promote", "rollback"] as const).map((action) => requestOf(action, service, location));
  return {
    head: snapshot.commit,
    values,
    lastCommit: await lastCommit(service, location, snapshot, values, world),
    next: await Promise.all(requests.map((request) => nextAction(request, snapshot, world))),
  };
}

function requestOf(action: Action, service: ServiceRef, location: ConfigLocation): Request {
  return { run: "status", service, location, intent: { action, sets: [] } };
}

async function nextAction(request: Request, snapshot: GitSnapshot, world: World): Promise<NextAction> {
  const told = await ask(() => prepare(request, snapshot, world));
  if (told.kind === "told") return { request, outcome: { kind: "plan", plan: told.value } };
  if (told.kind === "failed") return { request, outcome: told };
  throw new TypeError("a question that was asked cannot be unasked");
}

/** Versions of the file looked at for a commit of ours. */
const maxVersions = 100;

async function lastCommit(
  service: ServiceRef,
  location: ConfigLocation,
  snapshot: GitSnapshot,
  values: ConfigValues,
  world: World,
): Promise<CommitStatus | undefined> {
  const name = serviceTrailer(service);
  const changed = await lastChange(snapshot, location);
  let overruledBy: FileVersion | undefined;
  let looked = 0;
  for await (const change of snapshot.fileHistory(location.path)) {
    const trailers = parseTrailers(change.message, name);
    if (trailers["Bluegreen-Service"] === name) {
      if (overruledBy !== undefined) return { change, trailers, overruledBy };
      return { change, trailers, standing: standingOf(trailers, values.version, world) };
    }
    if (change.commit === changed?.commit) overruledBy = changed;
    looked += 1;
    if (looked >= maxVersions) return undefined;
  }
  return undefined;
}
