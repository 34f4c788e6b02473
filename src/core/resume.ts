/**
 * Taking pinned names from the commit of an earlier run. The trailers of the last commit on our values say what that
 * run meant; they are trusted only as far as the world still agrees.
 */
import { serviceTrailer, type Trailers } from "./commit/trailers.ts";
import { type Expectation, liveRevision } from "./expectation.ts";
import { type Intent, wantedPercent } from "./intent.ts";
import { restoredPins, standingBlue } from "./restore.ts";
import type { ServiceReading, ServiceRef, World } from "./world.ts";

/** Whether a commit was made by this very run (a retry after a crash or a lost state file). */
export function isOwnCommit(
  trailers: Trailers,
  run: string,
  intent: Pick<Intent, "action">,
  ref: ServiceRef,
): boolean {
  return (
    trailers["Bluegreen-Run"] === run &&
    trailers["Bluegreen-Action"] === intent.action &&
    trailers["Bluegreen-Service"] === serviceTrailer(ref)
  );
}

/** Whether a rollback that undoes run `undone` may touch what this commit made. */
export function mayUndo(trailers: Trailers, undone: string, ref: ServiceRef): boolean {
  return isOwnCommit(trailers, undone, { action: "promote" }, ref);
}

/** Whether this very run promoted and rolled back already: what its retry must not begin anew. */
export function wasRolledBack(trailers: Trailers, run: string, ref: ServiceRef): boolean {
  return isOwnCommit(trailers, run, { action: "rollback" }, ref);
}

/**
 * The names that the last commit on our values pinned, or undefined where it says nothing about this action or where
 * the world has moved on since (a revision made by something else than our values). After a stage the world may have
 * moved to the wrong blue (T5): the name that shows it counts as long as its revision exists.
 */
export function pinsFromTrailers(
  trailers: Trailers,
  intent: Intent,
  ref: ServiceRef,
  { service, revisions }: World & { readonly service: ServiceReading },
): Expectation | undefined {
  if (trailers["Bluegreen-Service"] !== serviceTrailer(ref)) return undefined;
  const base = {
    action: intent.action,
    percent: wantedPercent(intent),
    version: intent.version,
    known: [],
  };
  if (intent.restore === true && intent.action === "rollback") {
    return { ...base, ...restoredPins(trailers, service) };
  }
  const names = namesFor(intent, trailers);
  const before = intent.action === "stage" ? trailers["Bluegreen-After-Revision"] : undefined;
  if (names === undefined) return undefined;
  const passedOver =
    trailers["Bluegreen-Action"] === "stage" &&
    standingBlue(service) !== undefined &&
    revisions.some(({ name }) => name === names.active);
  return passedOver || stillMeant(intent, names.active, service)
    ? { ...base, ...names, known: before === undefined ? [] : [before] }
    : undefined;
}

function namesFor(intent: Intent, trailers: Trailers): Pick<Expectation, "active" | "standby"> | undefined {
  const action = trailers["Bluegreen-Action"];
  const from = trailers["Bluegreen-From-Revision"];
  const to = trailers["Bluegreen-To-Revision"];
  if (action === intent.action && action === "stage") return { active: from };
  if (action === intent.action && to !== undefined) return { active: to, standby: from };
  // A staged model is where a rollback wants to be: what was live when it was staged has the traffic.
  if (action === "stage" && intent.action === "rollback") return { active: from };
  return undefined;
}

function stillMeant(intent: Intent, active: string | undefined, service: ServiceReading): boolean {
  const { latestCreated, latestRolledout, previousRolledout } = service;
  // A first deployment has no other revision beside it that could be live.
  if (active === undefined)
    return intent.action === "stage" && [latestCreated, undefined].includes(liveRevision(service));
  if (intent.action === "promote") return active === latestCreated;
  return active === latestRolledout || active === previousRolledout;
}
