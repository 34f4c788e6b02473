/**
 * Bringing blue's model back by its version, where the percent cannot: a broken green blocks the rollback (T4), or KServe
 * fell back to the wrong blue (T5). The version that is committed again makes a new revision, and that one goes live.
 */
import { serviceTrailer, type Trailers } from "./commit/trailers.ts";
import type { Expectation } from "./expectation.ts";
import { isLive, type Past } from "./past.ts";
import type { ConfigValues, Finding } from "./preflight.ts";
import {
  describeTraffic,
  newestRuns,
  previousEntry,
  rollbackTarget,
  soleRevision,
  versionOf,
} from "./serving.ts";
import type { ServiceReading, ServiceRef, World } from "./world.ts";

export interface RestoreScene {
  readonly config: ConfigValues;
  readonly past: Past;
  /** Of the last commit on our values. */
  readonly trailers: Trailers;
  readonly ref: ServiceRef;
  readonly world: World;
  /** The version that the user named. */
  readonly asked: string | undefined;
}

export type RestoreDecision =
  /** `stage`: with percent 0 first, because percent 100 would let in another revision until the new one is ready. */
  | { readonly kind: "stage" | "live"; readonly version: string }
  | { readonly kind: "refused"; readonly finding: Finding };

interface Scene extends RestoreScene {
  readonly service: ServiceReading;
}

/** The version that the last commit on our values restores, if it does and they still are that commit's. */
export function restoredVersion(
  trailers: Trailers,
  ref: ServiceRef,
  config: ConfigValues,
): string | undefined {
  const version = trailers["Bluegreen-Restore-Version"];
  if (trailers["Bluegreen-Service"] !== serviceTrailer(ref)) return undefined;
  return version === config.version ? version : undefined;
}

export function decideRestore(scene: RestoreScene): RestoreDecision {
  const { service } = scene.world;
  if (service === undefined) {
    return refused("SERVICE_MISSING", "a version can be restored only where one is deployed");
  }
  const begun = restoredVersion(scene.trailers, scene.ref, scene.config);
  if (begun !== undefined) return goOn({ ...scene, service }, begun);
  return begin({ ...scene, service });
}

/** An earlier run restores this version already. */
function goOn({ config, service, world, asked }: Scene, begun: string): RestoreDecision {
  if (asked !== undefined && asked !== begun) {
    return refused("RESTORE_VERSION_UNCLEAR", `the last commit restores ${begun}, asked for is ${asked}`);
  }
  const staged = service.latestCreated === service.latestReady && newestRuns(world, service, begun);
  return { kind: isLive(config) || staged ? "live" : "stage", version: begun };
}

function begin(scene: Scene): RestoreDecision {
  const cause = causeOf(scene);
  if (cause.kind === "refused") return cause;
  const version = versionToRestore(scene, cause.blue);
  if (typeof version !== "string") return version;
  if (version === scene.config.version) {
    return refused(
      "NOTHING_TO_RESTORE",
      `the file holds version ${version} already: no new revision would be made`,
    );
  }
  return { kind: cause.kind === "blocked" ? "live" : "stage", version };
}

type Cause =
  /** `blue`: the revision whose version is meant, where its name is known. */
  | { readonly kind: "blocked" | "wrongBlue"; readonly blue: string | undefined }
  | Extract<RestoreDecision, { kind: "refused" }>;

function causeOf(scene: Scene): Cause {
  const { service } = scene;
  const blue = wrongBlue(scene);
  if (blue !== undefined) return { kind: "wrongBlue", blue: blue.name };
  if (isBlocked(scene)) return { kind: "blocked", blue: rollbackTarget(service) };
  const traffic = describeTraffic(service.traffic);
  if (!isLive(scene.config)) {
    const live = standingBlue(service);
    return live === undefined
      ? refused("SPLIT_NOT_SETTLED", `percent is ${service.specPercent ?? "unset"}, traffic ${traffic}`)
      : refused("NOTHING_TO_RESTORE", `${live} has all the traffic, as the percent in Git means it`);
  }
  const target = rollbackTarget(service);
  return target === undefined
    ? refused("NOTHING_TO_RESTORE", `traffic is ${traffic}, and no earlier revision is known`)
    : refused("ROLLBACK_NOT_BLOCKED", `traffic is ${traffic}, a rollback goes to ${target}`);
}

/**
 * T4: green is not ready, so Knative moves no traffic away from it. Percent 100 lets nothing in here that does not have
 * all the traffic already.
 */
function isBlocked({ config, service, world }: Scene): boolean {
  const { latestCreated: green, latestReady, traffic } = service;
  if (green === undefined || green !== latestReady || soleRevision(traffic) !== green) return false;
  if (previousEntry(service) !== undefined) return false;
  if (isLive(config))
    return world.revisions.some(({ name, ready }) => name === green && ready?.status === "False");
  return service.specPercent === 0 && service.conditions["PredictorRouteReady"]?.status === "False";
}

/** T5: the revision that percent 0 leaves live is another one than was live before. Undefined: not so, or not known. */
function wrongBlue({
  config,
  past,
  trailers,
  ref,
  service,
  world,
}: Scene): { name: string | undefined } | undefined {
  const live = standingBlue(service);
  if (live === undefined || isLive(config)) return undefined;
  const named = trailers["Bluegreen-Service"] === serviceTrailer(ref) ? blueOf(trailers) : undefined;
  if (named !== undefined) return named === live ? undefined : { name: named };
  const source = world.revisions.find(({ name }) => name === live)?.sourceUri;
  const version = source === undefined ? undefined : versionOf(source);
  if (version === undefined || past.live === undefined || past.live === version) return undefined;
  return { name: undefined };
}

/** The revision that has all the traffic beside a newest one with none, once KServe is done with it (T1 is over). */
export function standingBlue(service: ServiceReading): string | undefined {
  const live = soleRevision(service.traffic);
  const stands = live === service.latestRolledout && live === previousEntry(service)?.revision;
  return stands ? live : undefined;
}

/** The revision that a commit with percent 0 meant to be live. */
function blueOf(trailers: Trailers): string | undefined {
  const action = trailers["Bluegreen-Action"];
  if (action === "stage") return trailers["Bluegreen-From-Revision"];
  return action === "rollback" ? trailers["Bluegreen-To-Revision"] : undefined;
}

/** What the cluster says of blue's revision and what Git says of the time before must agree; a user may choose. */
function versionToRestore(
  { config, past, world, asked }: Scene,
  blue: string | undefined,
): string | Extract<RestoreDecision, { kind: "refused" }> {
  const source = world.revisions.find(({ name }) => name === blue)?.sourceUri;
  const byCluster = source === undefined ? undefined : versionOf(source);
  const byGit = isLive(config) ? past.previous : past.live;
  const known = [byCluster, byGit].filter((version) => version !== undefined);
  const seen = `${blue ?? "blue"} runs ${byCluster ?? "an unknown version"}, in Git ${byGit ?? "no version"} was live before`;
  if (asked !== undefined) {
    if (known.length === 0 || known.includes(asked)) return asked;
    return refused("RESTORE_VERSION_UNCLEAR", `${seen}; asked for is ${asked}`);
  }
  const [version, other = version] = known;
  return version !== undefined && version === other ? version : refused("RESTORE_VERSION_UNCLEAR", seen);
}

/** Pins for a restore whose commit is there already. A revision that was made since belongs to the same values. */
export function restoredPins(
  trailers: Trailers,
  service: ServiceReading,
): Pick<Expectation, "active" | "standby" | "known"> {
  const from = trailers["Bluegreen-From-Revision"];
  const to = trailers["Bluegreen-To-Revision"];
  return {
    active: to !== undefined && to === service.latestCreated ? to : undefined,
    standby: from,
    known: from === undefined ? [] : [from],
  };
}

function refused(reason: Finding["reason"], detail: string): Extract<RestoreDecision, { kind: "refused" }> {
  return { kind: "refused", finding: { reason, detail } };
}
