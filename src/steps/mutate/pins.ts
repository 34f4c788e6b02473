/** The names that a run holds the cluster to: from the cluster, from an earlier run's commit, and from Git's history. */
import { approvedBlue, isDoubtful, versionAtZero } from "../../core/blue.ts";
import type { Trailers } from "../../core/commit/trailers.ts";
import { type Expectation, liveRevision, pin, pinSettled } from "../../core/expectation.ts";
import type { ConfigLocation, Intent } from "../../core/intent.ts";
import type { ConfigValues } from "../../core/preflight.ts";
import { pinsFromTrailers } from "../../core/resume.ts";
import { runsVersion } from "../../core/serving.ts";
import type { RevisionReading, ServiceReading, ServiceRef, World } from "../../core/world.ts";
import { Failure } from "../../errors/failure.ts";
import type { GitSnapshot } from "../../ports.ts";
import { pastOfFile } from "./last-change.ts";

export interface PinScene {
  readonly intent: Intent;
  readonly location: ConfigLocation;
  readonly snapshot: GitSnapshot;
  readonly world: World;
  /** What the file holds now. */
  readonly values: ConfigValues;
}

/** Pins for a commit that is about to be made. */
export async function pinsForCommit(scene: PinScene): Promise<Expectation> {
  const { intent, world } = scene;
  const pinned = pin(intent, world);
  const { service } = world;
  // A stage keeps what serves now, whatever that is; what is restored has no blue to go back to.
  if (service === undefined || intent.action !== "rollback" || intent.restore === true) return pinned;
  return approved(scene, pinned, service);
}

/** Pins where Git holds the wanted value already. `trailers`: of the commit that put it there. Throws Failure SERVICE_MISSING. */
export async function settledPins(
  scene: PinScene & { readonly ref: ServiceRef },
  trailers: Trailers,
): Promise<Expectation> {
  const { intent, world, values, ref } = scene;
  const { service } = world;
  if (service === undefined) {
    if (intent.action === "stage") return pin(intent, world);
    const name = `${ref.namespace}/${ref.name}`;
    throw new Failure(
      "SERVICE_MISSING",
      `${name}: ${intent.action} needs an InferenceService that is deployed`,
    );
  }
  const pinned = pinsFromTrailers(trailers, intent, ref, { ...world, service });
  if (pinned !== undefined) return pinned;
  const settled = pinSettled(intent, service);
  const earlier = revisionBefore(values, world);
  if (earlier === undefined) return intent.action === "promote" ? settled : approved(scene, settled, service);
  // Percent 100 lets the version in that Git holds; the newest revision there is by now is an earlier one.
  if (intent.action === "promote") return { ...settled, active: undefined, version: values.version };
  if (intent.action === "stage") return pin(intent, world);
  if (!(await runsAnother(earlier, scene))) return approved(scene, settled, service);
  return { ...settled, active: liveRevision(service), standby: undefined };
}

/**
 * The newest revision where it is not seen to run the version in Git: somebody else committed that, and the cluster has
 * not made its revision yet. What is live now is to stay live, also where that is a promoted model, for which percent 0
 * alone would mean its predecessor. A revision that does not tell its version is no proof that Git's is there.
 */
function revisionBefore(
  { version }: ConfigValues,
  { service, revisions }: World,
): RevisionReading | undefined {
  const newest = revisions.find(({ name }) => name === service?.latestCreated);
  const isGits = version === undefined || newest === undefined || runsVersion(newest, version) === true;
  return isGits ? undefined : newest;
}

/**
 * Whether that revision is seen to run another version: by its source, or as one that the file held before. Images can
 * only confirm; where they tell nothing at all, percent 0 is taken for the rollback that it is as a rule.
 */
async function runsAnother(newest: RevisionReading, { snapshot, location }: PinScene): Promise<boolean> {
  if (newest.sourceUri !== undefined) return true;
  const { live, previous } = await pastOfFile(snapshot, location);
  return [live, previous].some((version) => version !== undefined && runsVersion(newest, version) === true);
}

/** Where KServe means another revision than Git by percent 0, the run is held to Git's, and says that it is not live. */
async function approved(
  { snapshot, location, world, values }: PinScene,
  pinned: Expectation,
  service: ServiceReading,
): Promise<Expectation> {
  if (!isDoubtful(pinned.active, service)) return pinned;
  const version = versionAtZero(values, await pastOfFile(snapshot, location));
  const blue = approvedBlue(version, pinned.active, { ...world, service });
  return blue === undefined ? pinned : { ...pinned, active: blue, standby: undefined };
}
