/**
 * Is the cut-over in force? One pure decision over one world, link by link along the chain; the first link that does
 * not hold decides. READY=True, Synced and the revision columns prove nothing by themselves (T1–T6).
 */
import type { ReasonId } from "../errors/catalogue.ts";
import type { Expectation } from "./expectation.ts";
import {
  describeTraffic,
  percentByRevision,
  previousEntry,
  runsVersion,
  soleRevision,
  versionOf,
} from "./serving.ts";
import type { Condition, ServiceReading, World } from "./world.ts";

/** The links of the chain inside the cluster, in their order; `sync`: all hold, but Argo CD may yet undo it. */
export type Link = "service" | "edit" | "revision" | "traffic" | "route" | "ready" | "pod" | "sync";

export type RolloutDecision =
  | {
      readonly kind: "waiting";
      readonly link: Link;
      /** What is missing, in one line. */
      readonly detail: string;
      /** The cause to report if this is still missing at the deadline. */
      readonly ifLate: ReasonId;
    }
  | { readonly kind: "failed"; readonly reason: ReasonId; readonly detail: string }
  | {
      readonly kind: "done";
      /** The revision that has all the traffic. */
      readonly active: string;
      readonly standby?: string | undefined;
      /** What a reader should know although the state is right. */
      readonly notes: readonly string[];
    };

interface Scene {
  readonly expected: Expectation;
  readonly service: ServiceReading;
  readonly world: World;
}

type Check = (scene: Scene) => RolloutDecision | null;

export function decideRollout(expected: Expectation, world: World): RolloutDecision {
  const { service } = world;
  if (service === undefined) return decideWithoutService(expected);
  const scene = { expected, service, world };
  for (const check of [sameService, modeHonoursPercent, editReached, ...checksFor(expected)]) {
    const decision = check(scene);
    if (decision !== null) return decision;
  }
  return done(scene);
}

const checksOf = {
  stage: [
    bluePinned,
    greenCreated,
    greenRunsVersion,
    greenReady,
    stagedTraffic,
    routeInForce,
    activePodReady,
  ],
  promote: [promotedTraffic, routeInForce, serviceReady, activePodReady],
  rollback: [rolledBackTraffic, routeInForce, activePodReady],
} as const satisfies Record<Expectation["action"], readonly Check[]>;

/** Percent 100 for a revision that has no name yet: blue's version again, or what somebody else committed. */
const newRevisionChecks: readonly Check[] = [
  greenCreated,
  greenRunsVersion,
  greenReady,
  newestServes,
  routeInForce,
  activePodReady,
];

function checksFor({ action, percent, active, version }: Expectation): readonly Check[] {
  if (percent !== 100) return checksOf[action];
  return active === undefined && version !== undefined ? newRevisionChecks : checksOf.promote;
}

function decideWithoutService(expected: Expectation): RolloutDecision {
  if (expected.action === "stage" && expected.active === undefined) {
    return waiting("service", "the InferenceService does not exist yet", "EDIT_NOT_REACHED");
  }
  return failed("SERVICE_DELETED", "the API answers that it does not exist");
}

function sameService({ expected, service }: Scene): RolloutDecision | null {
  if (expected.uid === undefined || service.uid === undefined || expected.uid === service.uid) return null;
  return failed("SERVICE_DELETED", `it was made anew: its uid is ${service.uid}, before ${expected.uid}`);
}

function modeHonoursPercent({ service }: Scene): RolloutDecision | null {
  if (service.mode !== "Standard" && service.mode !== "ModelMesh") return null;
  return failed("MODE_CHANGED", `deployment mode ${service.mode}`);
}

/** Guards against T2: READY=True with the old numbers, because KServe has not seen the new spec yet. */
function editReached({ expected, service }: Scene): RolloutDecision | null {
  if (service.specPercent !== expected.percent) {
    const seen = service.specPercent ?? "absent";
    return waiting(
      "edit",
      `spec.predictor.canaryTrafficPercent is ${seen}, wanted ${expected.percent}`,
      "EDIT_NOT_REACHED",
    );
  }
  const { sourceUri } = service;
  if (expected.version === undefined || sourceUri === undefined) return null;
  if (versionOf(sourceUri) === expected.version) return null;
  return waiting(
    "edit",
    `the spec's model is ${sourceUri}, wanted version ${expected.version}`,
    "EDIT_NOT_REACHED",
  );
}

/**
 * Guards against T5: KServe fell back to an older revision than the one that was live. It is stable, no use waiting,
 * once `prev` names what KServe rolled out last; while they differ (T1) KServe is about to move `prev`.
 */
function bluePinned({ expected, service }: Scene): RolloutDecision | null {
  const previous = previousEntry(service);
  if (expected.active === undefined || previous === undefined) return null;
  const stable =
    previous.revision === service.latestRolledout && isTrue(service.conditions["PredictorRouteReady"]);
  if (previous.revision === expected.active || !stable) return null;
  return failed("WRONG_BLUE", `${previous.revision} is live, ${expected.active} was live before`);
}

function greenCreated({ expected, service }: Scene): RolloutDecision | null {
  const green = service.latestCreated;
  if (green !== undefined && green !== expected.active && !expected.known.includes(green)) return null;
  if (green !== undefined && wasMissing(expected)) {
    const left = `one of that name was there already when there was no InferenceService`;
    return waiting("revision", `${green} is the newest revision, and ${left}`, "NO_FIRST_DEPLOYMENT");
  }
  return waiting("revision", "green's revision is not created yet", "ROLLOUT_TIMEOUT");
}

/** Whether there was no InferenceService when the names were pinned: one that came since counts its revisions from 1. */
function wasMissing({ action, active, uid }: Expectation): boolean {
  return action === "stage" && active === undefined && uid === undefined;
}

function greenRunsVersion({ expected, service, world }: Scene): RolloutDecision | null {
  const green = world.revisions.find((revision) => revision.name === service.latestCreated);
  if (green === undefined) {
    return waiting("revision", `${service.latestCreated} is not listed by the API yet`, "ROLLOUT_TIMEOUT");
  }
  if (expected.version === undefined || runsVersion(green, expected.version) === true) return null;
  const seen = green.sourceUri ?? "a source that it does not tell";
  return waiting(
    "revision",
    `${green.name} runs ${seen}, wanted version ${expected.version}`,
    "ROLLOUT_TIMEOUT",
  );
}

function greenReady({ service }: Scene): RolloutDecision | null {
  if (service.latestReady === service.latestCreated) return null;
  const why = explain(service.conditions["PredictorReady"]);
  return waiting("revision", `${service.latestCreated} is not ready${why}`, "ROLLOUT_TIMEOUT");
}

/** `prev` names blue, and so does what KServe rolled out last: where it does not, T5 is on its way. */
function stagedTraffic(scene: Scene): RolloutDecision | null {
  const { expected, service } = scene;
  const active = activeOf(scene);
  const first = expected.active === undefined;
  const bluePrevious = previousEntry(service)?.revision === active && service.latestRolledout === active;
  if (hasEverything(service, active) && (first || bluePrevious)) return null;
  const live = soleRevision(service.traffic);
  if (first && live !== undefined && live !== active) {
    const detail = `${live} is live, though nothing was when the run looked: traffic is ${describeTraffic(service.traffic)}`;
    return waiting("traffic", detail, "NO_FIRST_DEPLOYMENT");
  }
  return waiting("traffic", `traffic is ${describeTraffic(service.traffic)}`, "ROLLOUT_TIMEOUT");
}

/** Guards against T3 (blue still serves) and T3b (a revision that nobody approved was let in). */
function promotedTraffic(scene: Scene): RolloutDecision | null {
  const { expected, service } = scene;
  const { traffic } = service;
  const green = expected.active;
  if (green !== undefined && hasEverything(service, green) && traffic.every((e) => e.revision === green))
    return null;
  return strangerServes(scene) ?? waitingForTraffic(scene);
}

function newestServes(scene: Scene): RolloutDecision | null {
  const { service } = scene;
  return hasEverything(service, activeOf(scene)) ? null : waitingForTraffic(scene);
}

/** Guards against T1: while both entries name green, nothing has moved. The `prev` entry must name the pinned blue. */
function rolledBackTraffic(scene: Scene): RolloutDecision | null {
  const { expected, service } = scene;
  const blue = expected.active;
  if (blue !== undefined && previousEntry(service)?.revision === blue && hasEverything(service, blue))
    return null;
  // Blue's name alone is known where what is staged counts as rolled back, and then T5 may have come in between.
  const passedOver = expected.standby === undefined ? bluePinned(scene) : null;
  return passedOver ?? strangerServes(scene) ?? waitingForTraffic(scene);
}

function strangerServes({ expected, service }: Scene): RolloutDecision | null {
  if (expected.standby === undefined || !isTrue(service.conditions["PredictorRouteReady"])) return null;
  for (const [revision, percent] of percentByRevision(service.traffic)) {
    if (percent > 0 && revision !== expected.active && revision !== expected.standby) {
      return failed("WRONG_REVISION", `${revision} has ${percent} %, meant was ${expected.active}`);
    }
  }
  return null;
}

function waitingForTraffic(scene: Scene): RolloutDecision {
  const { service } = scene;
  const route = service.conditions["PredictorRouteReady"];
  return waiting(
    "traffic",
    `traffic is ${describeTraffic(service.traffic)}, wanted ${activeOf(scene)} at 100 %${explain(route)}`,
    isBlocked(scene) ? "ROLLBACK_BLOCKED" : "ROLLOUT_TIMEOUT",
  );
}

/** T4. A version that is restored is not blocked by what it replaces. */
function isBlocked({ expected, service }: Scene): boolean {
  if (expected.action !== "rollback" || expected.percent === 100) return false;
  return service.conditions["PredictorRouteReady"]?.status === "False";
}

/** Knative writes route status and condition in one update, and a Route is Ready only when its ingress has taken it. */
function routeInForce(scene: Scene): RolloutDecision | null {
  const route = scene.service.conditions["PredictorRouteReady"];
  if (isTrue(route)) return null;
  return waiting(
    "route",
    `the route is not in force yet${explain(route)}`,
    isBlocked(scene) ? "ROLLBACK_BLOCKED" : "ROLLOUT_TIMEOUT",
  );
}

function serviceReady({ service }: Scene): RolloutDecision | null {
  const ready = service.conditions["Ready"];
  if (isTrue(ready)) return null;
  return waiting("ready", `the InferenceService is not Ready${explain(ready)}`, "ROLLOUT_TIMEOUT");
}

/** Guards against T6: everything reads right and blue has no pod. With minReplicas 0 no pod is owed without traffic. */
function activePodReady(scene: Scene): RolloutDecision | null {
  const active = activeOf(scene);
  if (hasReadyPod(scene, active) || scene.service.minReplicas === 0) return null;
  return waiting("pod", `${active} has no ready pod yet`, "ROLLOUT_TIMEOUT");
}

function done(scene: Scene): RolloutDecision {
  const { expected, service } = scene;
  const active = activeOf(scene);
  const cold = hasReadyPod(scene, active)
    ? []
    : [`${active} is cold: it has no ready pod (minReplicas is 0), the first request waits for one`];
  const other = expected.action === "stage" ? service.latestCreated : expected.standby;
  const standby = other === active ? undefined : other;
  return { kind: "done", active, standby, notes: [...cold, ...sameVersion(scene, active, standby)] };
}

/** One step back is to another revision: where only the chart or another value had changed, no other model comes back. */
function sameVersion(
  { expected, world }: Scene,
  active: string,
  standby: string | undefined,
): readonly string[] {
  if (expected.action !== "rollback" || standby === undefined) return [];
  const [back, from] = [active, standby].map((name) => {
    const source = world.revisions.find((revision) => revision.name === name)?.sourceUri;
    return source === undefined ? undefined : versionOf(source);
  });
  if (back === undefined || back !== from) return [];
  return [`${active} runs version ${back}, and so does ${standby}: no other version has come back`];
}

/** The pinned name; else the new revision. Asked only after a check that has found one of the two. */
function activeOf({ expected, service }: Scene): string {
  return (expected.active ?? service.latestReady) as string;
}

function hasReadyPod({ world }: Scene, revision: string): boolean {
  return world.pods.some((pod) => pod.revision === revision && pod.ready && !pod.terminating);
}

function hasEverything(service: ServiceReading, revision: string): boolean {
  const shares = percentByRevision(service.traffic);
  return (
    [...shares].every(([name, percent]) => percent === (name === revision ? 100 : 0)) && shares.has(revision)
  );
}

function isTrue(condition: Condition | undefined): boolean {
  return condition?.status === "True";
}

function explain(condition: Condition | undefined): string {
  const parts = [condition?.reason, condition?.message].filter((part) => part !== undefined && part !== "");
  return parts.length === 0 ? "" : ` (${parts.join(": ")})`;
}

function waiting(link: Link, detail: string, ifLate: ReasonId): RolloutDecision {
  return { kind: "waiting", link, detail, ifLate };
}

function failed(reason: ReasonId, detail: string): RolloutDecision {
  return { kind: "failed", reason, detail };
}
