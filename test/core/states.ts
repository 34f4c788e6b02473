/**
 * The states of an InferenceService on Knative, S0 to S23, and the readings that look done and are not (T1–T5), as
 * worlds. They were derived from KServe's and Knative's sources; see `_how` in test/fixtures/kserve-states.json.
 */
import { readFileSync } from "node:fs";
import type { PodReading, RevisionReading, ServiceReading, World } from "../../src/core/world.ts";
import { readService } from "../../src/kube/readings.ts";

interface RawStates {
  readonly states: readonly {
    readonly state: string;
    readonly dataplanePercentByRevision: Readonly<Record<string, number>>;
    readonly object: object;
  }[];
  readonly falseReadings: readonly { readonly name: string }[];
}

const file = new URL("../fixtures/kserve-states.json", import.meta.url);
const raw: RawStates = JSON.parse(readFileSync(file, "utf8"));

/** A world in which the InferenceService exists. */
export type Deployed = World & { readonly service: ServiceReading };

/** Blue of the first cut-over, its green, and the green after that. They run v1, v2 and v3. */
export const r23 = "jukebox-predictor-00023";
export const r24 = "jukebox-predictor-00024";
export const r25 = "jukebox-predictor-00025";

/** `S0`, `S1`, … in the file's order. */
export const stateNames = raw.states.map(({ state }) => state.split("-")[0] ?? "");
export const falseReadingNames = raw.falseReadings.map(({ name }) => name.split("-")[0] ?? "");

/** The InferenceService of a state as Kubernetes has it. */
export function rawService(name: string): object {
  return structuredClone(stateOf(name).object);
}

/** The data plane's percent by revision name. */
export function dataPlaneOf(name: string): Readonly<Record<string, number>> {
  return stateOf(name).dataplanePercentByRevision;
}

/** The InferenceService of a state, with fields of our own. */
export function serviceIn(name: string, changes: Partial<ServiceReading> = {}): ServiceReading {
  return { ...readService(rawService(name)), ...changes };
}

/** Every revision so far is still there, and every routed one has a ready pod. */
export function worldIn(name: string, changes: Partial<ServiceReading> = {}): Deployed {
  return worldOf(serviceIn(name, changes), Object.keys(dataPlaneOf(name)));
}

/** A world around an InferenceService: all its revisions, and a ready pod for each of the revisions named. */
export function worldOf(service: ServiceReading, withPod: readonly string[]): Deployed {
  const newest = service.latestCreated ?? "";
  return {
    service,
    revisions: [revision(r23, "v1"), revision(r24, "v2"), revision(r25, "v3")].filter(
      (each) => each.name <= newest,
    ),
    pods: withPod.map((name) => readyPod(name)),
  };
}

export function revision(name: string, version: string): RevisionReading {
  return { name, sourceUri: `oci://registry:5000/user1-test/jukebox:${version}`, images: [] };
}

export function readyPod(revisionName: string, changes: Partial<PodReading> = {}): PodReading {
  return {
    name: `${revisionName}-deployment-5c9f-x`,
    revision: revisionName,
    ready: true,
    terminating: false,
    ...changes,
  };
}

const isTrue = { status: "True" } as const;
const latest = (name: string, percent: number) => ({ revision: name, percent, latest: true });
const previous = (name: string, percent: number) => ({ revision: name, percent, latest: false, tag: "prev" });

/** The readings that look done and are not, with pods for every revision so that nothing else gives them away. */
export const falseReadings = {
  /** Rollback from S5: both entries name green, all traffic is still on it, READY is True. */
  T1: worldOf(
    serviceIn("S6", {
      traffic: [latest(r24, 0), previous(r24, 100)],
    }),
    [r23, r24],
  ),
  /** Rollback from S5, KServe has not looked yet: READY is True, the numbers are old. */
  T2: worldOf(serviceIn("S5", { specPercent: 0 }), [r23, r24]),
  /** Promote of a green that is not ready: LATEST is 100 and names blue. */
  T3: worldOf(serviceIn("S2", { specPercent: 100, traffic: [latest(r23, 100)] }), [r23, r24]),
  /** v2 staged and ready, v3 on top of it not ready, then promote: v2, which nobody approved, has everything. */
  T3b: worldOf(serviceIn("S8", { specPercent: 100, latestRolledout: r24, traffic: [latest(r24, 100)] }), [
    r23,
    r24,
    r25,
  ]),
  /** Rollback while green crashes: Knative moves nothing. */
  T4: worldOf(
    serviceIn("S5", {
      specPercent: 0,
      conditions: {
        Ready: { status: "False", reason: "RevisionMissing" },
        PredictorReady: { status: "False" },
        PredictorRouteReady: {
          status: "False",
          reason: "RevisionMissing",
          message: `Revision "${r24}" failed to become ready.`,
        },
      },
    }),
    [r23, r24],
  ),
  /** v3 staged while v2 was live: v1 is live now, stable, READY is True. */
  T5: worldOf(
    serviceIn("S13", {
      latestRolledout: r23,
      traffic: [latest(r25, 0), previous(r23, 100)],
      conditions: { Ready: isTrue, PredictorReady: isTrue, PredictorRouteReady: isTrue },
    }),
    [r23, r24, r25],
  ),
} as const satisfies Record<string, Deployed>;

function stateOf(name: string): RawStates["states"][number] {
  const found = raw.states.find(({ state }) => state.startsWith(`${name}-`));
  if (found === undefined) throw new Error(`no state ${name}`);
  return found;
}
