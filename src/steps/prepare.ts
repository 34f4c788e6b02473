/** The first half of `mutate`, and all of `plan`: look at Git and at the cluster, decide, touch nothing. */

import { serviceTrailer } from "../core/commit/message.ts";
import { parseTrailers, type Trailers } from "../core/commit/trailers.ts";
import { editConfig, readConfig } from "../core/config.ts";
import { type Expectation, pin, pinSettled } from "../core/expectation.ts";
import { type ConfigLocation, editsOf, type Guard, type Intent } from "../core/intent.ts";
import { type ConfigValues, type Finding, preflight } from "../core/preflight.ts";
import { isOwnCommit, mayUndo, pinsFromTrailers, wasRolledBack } from "../core/resume.ts";
import { runsVersion } from "../core/serving.ts";
import { printable } from "../core/text.ts";
import type { ServiceRef, World } from "../core/world.ts";
import { Failure } from "../errors/failure.ts";
import type { FileVersion, GitSnapshot } from "../ports.ts";
import { describeAuthor, lastChange } from "./last-change.ts";

/** What is to happen to one model. */
export interface ModelRequest {
  readonly service: ServiceRef;
  readonly intent: Intent;
  readonly location: ConfigLocation;
  readonly guard?: Guard;
}

export interface Request extends ModelRequest {
  /** Identifies the run in the commit's trailers; a retry of the same run has the same id. */
  readonly run: string;
}

export type Plan =
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
    };

/** What a commit says of itself; where a server merged it in its own words, somebody has to know better. */
export type Provenance = (change: FileVersion) => Promise<Trailers>;

function byMessage({ service }: Request): Provenance {
  return async ({ message }) => parseTrailers(message, serviceTrailer(service));
}

/**
 * Throws Failure EDIT_FILE_MISSING, EDIT_REFUSED, SERVICE_MISSING; OTHER_VERSION_STAGED, NOT_THE_RUNS_CHANGE,
 * RUN_ROLLED_BACK where a guard does not hold.
 */
export async function prepare(
  request: Request,
  snapshot: GitSnapshot,
  world: World,
  provenance: Provenance = byMessage(request),
): Promise<Plan> {
  const { intent, location } = request;
  const before = await snapshot.readFile(location.path);
  if (before === undefined) {
    throw new Failure("EDIT_FILE_MISSING", `${location.path} at commit ${snapshot.commit.slice(0, 10)}`);
  }
  const values = readConfig(before, location, intent.sets);
  await obeyGuard(request, snapshot, values, provenance);
  const after = editConfig(before, location, editsOf(intent, location));
  if (after === before) return unchanged(request, snapshot, world, values, provenance);
  const findings = preflight({ intent, config: values, world });
  return { kind: "commit", before, after, values, findings, expectation: pin(intent, world) };
}

async function obeyGuard(
  request: Request,
  snapshot: GitSnapshot,
  values: ConfigValues,
  provenance: Provenance,
): Promise<void> {
  const { guard, service: ref, run, intent, location } = request;
  if (guard?.version !== undefined && values.version !== guard.version) {
    throw new Failure(
      "OTHER_VERSION_STAGED",
      printable(
        `${location.path} holds ${values.version ?? "no version"}, to be promoted is ${guard.version}`,
      ),
    );
  }
  if (guard?.undoRun === undefined && !guard?.once) return;
  const change = await lastChange(snapshot, location);
  const trailers = change === undefined ? {} : await provenance(change);
  if (guard.once && intent.action === "promote" && wasRolledBack(trailers, run, ref)) {
    throw new Failure("RUN_ROLLED_BACK", `commit ${change?.commit.slice(0, 10)} is this run's own rollback`);
  }
  if (guard.undoRun === undefined) return;
  // Its own rollback is the end that a retry has to prove.
  if (isOwnCommit(trailers, run, intent, ref) || mayUndo(trailers, guard.undoRun, ref)) return;
  throw new Failure(
    "NOT_THE_RUNS_CHANGE",
    change === undefined
      ? `no commit is known that set percent and version of ${location.path}`
      : `${location.path} was last changed by commit ${change.commit.slice(0, 10)} (${describeAuthor(change)})`,
  );
}

async function unchanged(
  request: Request,
  snapshot: GitSnapshot,
  world: World,
  values: ConfigValues,
  provenance: Provenance,
): Promise<Plan> {
  const { intent, service: ref, run } = request;
  const change = await lastChange(snapshot, request.location);
  const trailers = change === undefined ? {} : await provenance(change);
  const own = isOwnCommit(trailers, run, intent, ref);
  return {
    kind: "unchanged",
    values,
    expectation: settledPins(request, world, trailers),
    lastChange: change,
    own,
  };
}

function settledPins({ intent, service: ref }: Request, world: World, trailers: Trailers): Expectation {
  const { service } = world;
  if (service === undefined) {
    if (intent.action === "stage") return pin(intent, world);
    const name = `${ref.namespace}/${ref.name}`;
    throw new Failure(
      "SERVICE_MISSING",
      `${name}: ${intent.action} needs an InferenceService that is deployed`,
    );
  }
  const pinned = pinsFromTrailers(trailers, intent, ref, service);
  if (pinned !== undefined) return pinned;
  return isStillBefore(intent, world) ? pin(intent, world) : pinSettled(intent, service);
}

/**
 * Somebody else committed the version, and the cluster has not made its revision yet: what is live now is to stay live,
 * also where that is a promoted model, for which percent 0 alone would mean its predecessor.
 */
function isStillBefore({ version }: Intent, { service, revisions }: World): boolean {
  const newest = revisions.find(({ name }) => name === service?.latestCreated);
  return version !== undefined && newest !== undefined && runsVersion(newest, version) === false;
}
