/** The names that a run holds the cluster to: from the cluster, from an earlier run's commit, and from Git's history. */
import { approvedBlue, isDoubtful, versionAtZero } from "../../core/blue.ts";
import type { Trailers } from "../../core/commit/trailers.ts";
import { type Expectation, liveRevision, pin, pinSettled } from "../../core/expectation.ts";
import type { ConfigLocation, Intent } from "../../core/intent.ts";
import type { ConfigValues } from "../../core/preflight.ts";
import { pinsFromTrailers } from "../../core/resume.ts";
import { runsVersion } from "../../core/serving.ts";
import type { ServiceReading, ServiceRef, World } from "../../core/world.ts";
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
  if (!isStillBefore(values, world))
    return intent.action === "promote" ? settled : approved(scene, settled, service);
  // Percent 100 lets the version in that Git holds; the newest revision there is by now is an earlier one.
  if (intent.action === "promote") return { ...settled, active: undefined, version: values.version };
  return intent.action === "stage"
    ? pin(intent, world)
    : { ...settled, active: liveRevision(service), standby: undefined };
}

/**
 * Somebody else committed the version, and the cluster has not made its revision yet: what is live now is to stay live,
 * also where that is a promoted model, for which percent 0 alone would mean its predecessor.
 */
function isStillBefore({ version }: ConfigValues, { service, revisions }: World): boolean {
  const newest = revisions.find(({ name }) => name === service?.latestCreated);
  return version !== undefined && newest !== undefined && runsVersion(newest, version) === false;
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
