import { createStore } from "../api/store.ts";
import { createControllers } from "./controllers.ts";
import { splitInForce } from "./dataplane.ts";
import { type Driver, startDriver } from "./driver.ts";
import { INFERENCE_SERVICE, POD, SERVICE } from "./kinds.ts";
import type { Json, KubeObject, ObjectStore } from "./objects.ts";
import type { ClusterSettings } from "./settings.ts";
import { type VirtualTimers, virtualTimers } from "./virtual.ts";

export const NAMESPACE = "user1-test";
const REGISTRY = "oci://image-registry.openshift-image-registry.svc:5000/user1-test/jukebox";

/** What `oc get isvc` and the status fields say, revision numbers cut to `1`, `2` …, and where requests really go. */
export interface Reading {
  readonly ready: string | undefined;
  readonly prev: number | undefined;
  readonly latest: number | undefined;
  readonly prevRevision: string | undefined;
  readonly latestRevision: string | undefined;
  /** latestCreated/latestReady/latestRolledout/previousRolledout. */
  readonly fields: string;
  readonly split: string;
}

export interface World {
  readonly store: ObjectStore;
  readonly timers: VirtualTimers;
  readonly driver: Driver;
  /** Every reading of `jukebox` since the last `apply`, each with its milliseconds since then. */
  readonly seen: readonly { readonly atMs: number; readonly reading: Reading }[];
  /** Server-side apply in one change; `percent: undefined` takes the field out. */
  apply(change: {
    readonly version?: string;
    readonly percent?: number | undefined;
    readonly more?: Json;
  }): void;
  annotate(annotations: Readonly<Record<string, string>>): void;
  /** Lets time pass until nothing but the far future is waiting. */
  settle(ms?: number): Reading;
  until(done: (reading: Reading) => boolean, maxMs: number): boolean;
  reading(): Reading;
  isvc(): KubeObject;
  service(): KubeObject;
  pods(revision: number): readonly KubeObject[];
}

export function startWorld(
  settings: Partial<ClusterSettings> = {},
  latencyMs: Record<string, number> = {},
): World {
  const timers = virtualTimers();
  const store = createStore({ now: timers.now });
  const driver = startDriver({ store, controllers: createControllers(settings), timers, latencyMs });
  const seen: { atMs: number; reading: Reading }[] = [];
  let version = "v1";
  let percent: number | undefined;
  let more: Json = {};
  let annotations: Readonly<Record<string, string>> = {};
  let appliedMs = timers.now();

  const isvc = () => {
    const found = store.get({ kind: INFERENCE_SERVICE, namespace: NAMESPACE, name: "jukebox" });
    if (found === undefined) throw new Error("no InferenceService");
    return found;
  };
  const service = () => {
    const found = store.get({ kind: SERVICE, namespace: NAMESPACE, name: "jukebox-predictor" });
    if (found === undefined) throw new Error("no Knative Service");
    return found;
  };
  const reading = () => readingOf(isvc(), store);

  store.subscribe((event) => {
    if (event.object.kind !== "InferenceService" || event.object.metadata.name !== "jukebox") return;
    seen.push({ atMs: timers.now() - appliedMs, reading: readingOf(event.object, store) });
  });

  function put(): void {
    const current = store.get({ kind: INFERENCE_SERVICE, namespace: NAMESPACE, name: "jukebox" });
    const model = { modelFormat: { name: "onnx" }, storageUri: `${REGISTRY}:${version}`, ...more.model };
    const predictor = {
      ...(percent === undefined ? {} : { canaryTrafficPercent: percent }),
      minReplicas: more.minReplicas ?? 1,
      model,
    };
    store.put({
      ...current,
      apiVersion: "serving.kserve.io/v1beta1",
      kind: "InferenceService",
      metadata: {
        ...current?.metadata,
        name: "jukebox",
        namespace: NAMESPACE,
        annotations: { ...current?.metadata.annotations, ...annotations },
      },
      spec: { predictor },
    });
  }

  return {
    store,
    timers,
    driver,
    seen,
    apply(change) {
      seen.length = 0;
      appliedMs = timers.now();
      if (change.version !== undefined) version = change.version;
      if ("percent" in change) percent = change.percent;
      if (change.more !== undefined) more = change.more;
      put();
    },
    annotate(added) {
      annotations = added;
    },
    settle(ms = 5000) {
      timers.advance(ms);
      return reading();
    },
    until: (done, maxMs) => timers.until(() => done(reading()), maxMs),
    reading,
    isvc,
    service,
    pods(revision) {
      const name = `jukebox-predictor-${`${revision}`.padStart(5, "0")}`;
      return store.list(POD, NAMESPACE).filter((pod) => pod.metadata.name.startsWith(`${name}-deployment-`));
    },
  };
}

/** `jukebox-predictor-00023` → `23`. */
export function short(name: string | undefined): string | undefined {
  return name?.replace(/^.*-0*/, "");
}

function readingOf(isvc: KubeObject, store: ObjectStore): Reading {
  const predictor: Json = isvc.status?.components?.predictor ?? {};
  const traffic: readonly Json[] = predictor.traffic ?? [];
  const prev = traffic.find((target) => target.tag === "prev");
  const latest = traffic.find((target) => target.latestRevision);
  const { latestCreatedRevision: c, latestReadyRevision: r } = predictor;
  const { latestRolledoutRevision: ro, previousRolledoutRevision: pr } = predictor;
  const split = splitInForce(store, NAMESPACE, isvc.metadata.name);
  return {
    ready: isvc.status?.conditions?.find((condition: Json) => condition.type === "Ready")?.status,
    prev: prev?.percent,
    latest: latest?.percent,
    prevRevision: short(prev?.revisionName),
    latestRevision: short(latest?.revisionName),
    fields: [c, r, ro, pr].map((name) => short(name) ?? "-").join("/"),
    split: split.map((share) => `${short(share.revision)}:${share.percent}`).join(" "),
  };
}

/** One line: READY PREV LATEST PREVROLLEDOUT LATESTREADY c/r/ro/pr. */
export function line(reading: Reading): string {
  const { ready, prev, latest, prevRevision, latestRevision, fields } = reading;
  return [ready, prev, latest, prevRevision, latestRevision, fields].map((value) => value ?? "-").join(" ");
}
