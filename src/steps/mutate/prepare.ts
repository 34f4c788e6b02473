/** The first half of `mutate`, and all of `plan`: look at Git and at the cluster, decide, touch nothing. */

import { parseTrailers, serviceTrailer, type Trailers } from "../../core/commit/trailers.ts";
import { editConfig, readConfig } from "../../core/config.ts";
import type { Expectation } from "../../core/expectation.ts";
import { editsOf, type Intent } from "../../core/intent.ts";
import { isLive } from "../../core/past.ts";
import { type ConfigValues, type Finding, preflight } from "../../core/preflight.ts";
import { decideRestore, restoredVersion } from "../../core/restore.ts";
import { isOwnCommit, mayUndo, wasRolledBack } from "../../core/resume.ts";
import { printable } from "../../core/text.ts";
import type { World } from "../../core/world.ts";
import { Failure } from "../../errors/failure.ts";
import type { FileVersion, GitSnapshot, LookBack } from "../../ports.ts";
import { describeAuthor, earlierVersions, lastChange, pastOfFile } from "./last-change.ts";
import { isOriginal } from "./original.ts";
import { refuseOverruled, refuseReplaced } from "./overruled.ts";
import { pinsForCommit, settledPins } from "./pins.ts";
import type { Request } from "./request.ts";

export type Plan = {
  /** What is done: the request's, except that a restore may have to stage first. */
  readonly intent: Intent;
} & (
  | {
      readonly kind: "commit";
      readonly before: Uint8Array;
      readonly after: Uint8Array;
      readonly values: ConfigValues;
      /** Empty: the commit may be made. */
      readonly findings: readonly Finding[];
      readonly expectation: Expectation;
    }
  | {
      /** Git holds every wanted value already. */
      readonly kind: "unchanged";
      readonly values: ConfigValues;
      readonly expectation: Expectation;
      readonly lastChange: FileVersion | undefined;
      /** The last change is this run's own commit. */
      readonly own: boolean;
    }
);

export type CommitPlan = Extract<Plan, { kind: "commit" }>;

/** What a commit says of itself; where a server merged it in its own words, somebody has to know better. */
export type Provenance = (change: FileVersion) => Promise<Trailers>;

function byMessage({ service }: Request): Provenance {
  return async ({ message }) => parseTrailers(message, serviceTrailer(service));
}

export interface Looks {
  readonly provenance?: Provenance | undefined;
  /** How far back an earlier attempt of this run may have committed; absent: none has. */
  readonly reach?: LookBack | undefined;
}

/**
 * Throws Failure EDIT_FILE_MISSING, EDIT_REFUSED, SERVICE_MISSING; OTHER_VERSION_STAGED, NOT_THE_RUNS_CHANGE,
 * RUN_ROLLED_BACK where a guard does not hold; SUPERSEDED where somebody overruled an earlier attempt of this run.
 */
export async function prepare(
  request: Request,
  snapshot: GitSnapshot,
  world: World,
  { provenance = byMessage(request), reach }: Looks = {},
): Promise<Plan> {
  const { location } = request;
  const before = await snapshot.readFile(location.path);
  if (before === undefined) {
    throw new Failure(
      "EDIT_FILE_MISSING",
      `${location.path} at commit ${snapshot.commit.slice(0, 10)}${stranger(request, world)}`,
    );
  }
  const values = readConfig(before, location, request.intent.sets);
  const undone = await obeyGuard(request, snapshot, values, provenance);
  const scene = { request, snapshot, world, values, provenance, undone };
  const { intent, finding } = await intentFor(scene);
  const after = finding === undefined ? editConfig(before, location, editsOf(intent, location)) : before;
  if (after === before && finding === undefined) {
    if (reach !== undefined) await refuseReplaced(request, snapshot, { intent, values, reach });
    return unchanged(scene, intent);
  }
  if (reach !== undefined) await refuseOverruled(request, snapshot, { intent, values, reach });
  const findings = finding === undefined ? await findingsOf(scene, intent) : [finding];
  const expectation = await pinsForCommit({ location, intent, snapshot, world, values });
  return {
    kind: "commit",
    intent,
    before,
    after,
    values,
    findings,
    expectation: { ...expectation, ...uidOf(world) },
  };
}

function uidOf({ service }: World): Pick<Expectation, "uid"> {
  return service?.uid === undefined ? {} : { uid: service.uid };
}

/** A name that neither Git nor the cluster knows is mistyped, as a rule. */
function stranger({ service: { namespace, name } }: Request, { service }: World): string {
  return service === undefined ? `; nor is there an InferenceService ${name} in namespace ${namespace}` : "";
}

interface Scene {
  readonly request: Request;
  readonly snapshot: GitSnapshot;
  readonly world: World;
  readonly values: ConfigValues;
  readonly provenance: Provenance;
  /** The revision that served before the promote that is to be undone; absent where none is, or where it does not say. */
  readonly undone: string | undefined;
}

async function findingsOf(
  { request: { location }, snapshot, world, values, undone }: Scene,
  intent: Intent,
): Promise<readonly Finding[]> {
  const { service, revisions } = world;
  const newest = revisions.find(({ name }) => name === service?.latestCreated);
  const isUntold = intent.action !== "stage" && newest !== undefined && newest.sourceUri === undefined;
  const earlier = isUntold ? await earlierVersions(snapshot, location) : undefined;
  return preflight({ intent, config: values, world, earlier, undone });
}

interface Meant {
  readonly intent: Intent;
  /** Why it cannot be done at all. */
  readonly finding?: Finding;
}

/**
 * What the request comes to in this world. A restore has to find its version. A rollback that a restore has brought to
 * its end already is that restore: percent 0 would now go back to what it replaced.
 */
async function intentFor(scene: Scene): Promise<Meant> {
  const { request, snapshot, world, values } = scene;
  const { intent, service: ref, location } = request;
  if (intent.action !== "rollback") return { intent };
  if (intent.restore !== true) return { intent: (await finished(scene)) ?? intent };
  const decision = decideRestore({
    config: values,
    past: await pastOfFile(snapshot, location),
    trailers: await lastTrailers(scene),
    ...{ ref, world, asked: intent.version },
  });
  if (decision.kind === "refused") return { intent, finding: decision.finding };
  const { kind, version } = decision;
  return { intent: { ...intent, action: kind === "stage" ? "stage" : "rollback", version } };
}

async function finished(scene: Scene): Promise<Intent | undefined> {
  const { request, values } = scene;
  if (!isLive(values)) return undefined;
  const version = restoredVersion(await lastTrailers(scene), request.service, values);
  return version === undefined ? undefined : { ...request.intent, restore: true, version };
}

async function lastTrailers({ request, snapshot, provenance }: Scene): Promise<Trailers> {
  const change = await lastChange(snapshot, request.location);
  return change === undefined ? {} : provenance(change);
}

function refuseOtherVersion({ guard, location }: Request, { version }: ConfigValues): void {
  if (guard?.version === undefined || version === guard.version) return;
  throw new Failure(
    "OTHER_VERSION_STAGED",
    printable(`${location.path} holds ${version ?? "no version"}, to be promoted is ${guard.version}`),
  );
}

/** Gives what `Scene.undone` is. */
async function obeyGuard(
  request: Request,
  snapshot: GitSnapshot,
  values: ConfigValues,
  provenance: Provenance,
): Promise<string | undefined> {
  const { guard, service: ref, run, intent, location } = request;
  refuseOtherVersion(request, values);
  if (guard?.undoRun === undefined && !guard?.once) return undefined;
  const change = await lastChange(snapshot, location);
  const trailers = change === undefined ? {} : await provenance(change);
  if (guard.once && intent.action === "promote" && wasRolledBack(trailers, run, ref)) {
    throw new Failure("RUN_ROLLED_BACK", `commit ${change?.commit.slice(0, 10)} is this run's own rollback`);
  }
  if (guard.undoRun === undefined) return undefined;
  // Its own rollback is the end that a retry has to prove.
  const isUndone = mayUndo(trailers, guard.undoRun, ref);
  const isTheRuns = isUndone || isOwnCommit(trailers, run, intent, ref);
  if (isTheRuns && (await isOriginal(ref, snapshot, change, trailers)))
    return isUndone ? trailers["Bluegreen-From-Revision"] : undefined;
  throw new Failure(
    "NOT_THE_RUNS_CHANGE",
    change === undefined
      ? `no commit is known that set percent and version of ${location.path}`
      : `${location.path} was last changed by commit ${change.commit.slice(0, 10)} (${describeAuthor(change)})`,
  );
}

async function unchanged(
  { request, snapshot, world, values, provenance }: Scene,
  intent: Intent,
): Promise<Plan> {
  const { service: ref, run } = request;
  const change = await lastChange(snapshot, request.location, intent.sets);
  const trailers = change === undefined ? {} : await provenance(change);
  const own = isOwnCommit(trailers, run, intent, ref) && (await isOriginal(ref, snapshot, change, trailers));
  refuseUnfinished(request, values, trailers, change);
  const scene = { ref, location: request.location, intent, snapshot, world, values };
  return {
    kind: "unchanged",
    intent,
    values,
    expectation: { ...(await settledPins(scene, trailers)), ...uidOf(world) },
    lastChange: change,
    own,
  };
}

/** What a restore left has no percent of an action's own, so it must not pass for that action's end. */
function refuseUnfinished(
  { intent, service: ref }: Request,
  values: ConfigValues,
  trailers: Trailers,
  change: FileVersion | undefined,
): void {
  const version = restoredVersion(trailers, ref, values);
  if (version === undefined || intent.restore === true) return;
  const commit = `commit ${change?.commit.slice(0, 10)}`;
  if (intent.action === "promote" && isLive(values))
    throw new Failure("NOTHING_STAGED", `${commit} restored version ${version}, which is no promote`);
  if (intent.action === "rollback" && !isLive(values))
    throw new Failure(
      "WRONG_BLUE",
      `${commit} staged version ${version} to restore it, which is not live yet`,
    );
}
