import assert from "node:assert/strict";
import { createStore } from "../api/store.ts";
import { createControllers } from "./controllers.ts";
import { splitInForce } from "./dataplane.ts";
import { REAL_TIMERS, startDriver } from "./driver.ts";
import { NAMESPACE, startWorld } from "./harness.ts";
import { INFERENCE_SERVICE } from "./kinds.ts";
import type { Json, ObjectStore } from "./objects.ts";
import { virtualTimers } from "./virtual.ts";
import { createWork } from "./work.ts";

function apply(store: ObjectStore, version: string, percent?: number): void {
  const current = store.get({ kind: INFERENCE_SERVICE, namespace: NAMESPACE, name: "jukebox" });
  const canary = percent === undefined ? {} : { canaryTrafficPercent: percent };
  const predictor = { ...canary, minReplicas: 1, model: { storageUri: `oci://r/jukebox:${version}` } };
  store.put({
    ...current,
    apiVersion: "serving.kserve.io/v1beta1",
    kind: "InferenceService",
    metadata: current?.metadata ?? { name: "jukebox", namespace: NAMESPACE },
    spec: { predictor },
  });
}

/** A small generator of repeatable numbers in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed * 2654435761 + 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs everything in an order that the seed picks; time passes only when nothing is due. Then: who has the traffic. */
function simulated(seed: number, changes: readonly (readonly [string, number?])[]): string {
  const timers = virtualTimers();
  const store = createStore({ now: timers.now });
  const random = randomFrom(seed);
  let nowMs = timers.now();
  const work = createWork({ store, controllers: createControllers(), now: () => nowMs, latencyMs: () => 0 });
  for (const [version, percent] of changes) {
    apply(store, version, percent);
    const endMs = nowMs + 5000;
    for (;;) {
      const items = work.items();
      const due = items.filter((item) => item.dueMs <= nowMs);
      const picked = due[Math.floor(random() * due.length)];
      if (picked !== undefined) work.run(picked);
      else if (items[0] !== undefined && items[0].dueMs < endMs) nowMs = items[0].dueMs;
      else break;
    }
    nowMs = endMs;
  }
  work.stop();
  const split = splitInForce(store, NAMESPACE, "jukebox");
  const spent: Json = store.get({ kind: INFERENCE_SERVICE, namespace: NAMESPACE, name: "jukebox" });
  const ready = spent.status.conditions.find((condition: Json) => condition.type === "Ready").status;
  return `${ready} ${split.map((share) => `${share.revision.slice(-1)}:${share.percent}`).join(" ")}`;
}

const STAGED = [["v1"], ["v2", 0]] as const;
const PROMOTED = [...STAGED, ["v2", 100]] as const;

describe("cluster: the driver", () => {
  it("leaves no timer behind and runs nothing after it was stopped", () => {
    const world = startWorld();
    world.apply({ version: "v1" });
    world.settle(300);
    world.driver.stop();
    assert.equal(world.timers.pending, 0);
    const before = world.store.version;
    world.apply({ version: "v2" });
    world.timers.advance(60_000);
    assert.equal(world.store.version, before + 1);
  });

  it("comes to rest: an unchanged cluster writes nothing", () => {
    const world = startWorld();
    world.apply({ version: "v1" });
    world.settle(200_000);
    const before = world.store.version;
    world.timers.advance(600_000);
    assert.equal(world.store.version, before);
    world.driver.stop();
  });

  it("runs in real time", async () => {
    const store = createStore();
    const controllers = createControllers({ containerCreationMs: 20, modelStartMs: 20 });
    const latencyMs = Object.fromEntries(controllers.map(({ name }) => [name, 1]));
    const driver = startDriver({ store, controllers, latencyMs, timers: REAL_TIMERS });
    const live = new Promise<void>((resolve) => {
      store.subscribe(() => {
        if (splitInForce(store, NAMESPACE, "jukebox").length > 0) resolve();
      });
    });
    apply(store, "v1");
    await live;
    driver.stop();
    assert.deepEqual(splitInForce(store, NAMESPACE, "jukebox"), [
      { revision: "jukebox-predictor-00001", percent: 100 },
    ]);
  });

  it("takes over what is there when it starts", () => {
    const timers = virtualTimers();
    const store = createStore({ now: timers.now });
    apply(store, "v1");
    const driver = startDriver({ store, controllers: createControllers(), timers });
    timers.advance(5000);
    assert.equal(splitInForce(store, NAMESPACE, "jukebox").length, 1);
    driver.stop();
  });

  it("hands errors to who asked for them", () => {
    const timers = virtualTimers();
    const store = createStore({ now: timers.now });
    const errors: unknown[] = [];
    const broken = {
      name: "broken",
      keysFor: () => [{ kind: INFERENCE_SERVICE, namespace: NAMESPACE, name: "jukebox" }],
      reconcile: () => {
        throw new Error("a bug");
      },
    };
    const driver = startDriver({
      store,
      controllers: [broken],
      timers,
      onError: (error) => void errors.push(error),
    });
    apply(store, "v1");
    timers.advance(1000);
    driver.stop();
    assert.equal(errors.length, 1);
  });

  it("with jitter never brings the wrong blue, and T1 on every rollback", () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const timers = virtualTimers();
      const store = createStore({ now: timers.now });
      const random = randomFrom(seed);
      const driver = startDriver({ store, controllers: createControllers(), timers, jitter: 0.3, random });
      const splits: string[] = [];
      let t1 = 0;
      store.subscribe(({ object }) => {
        const traffic: readonly Json[] = object.status?.components?.predictor?.traffic ?? [];
        const misleading = traffic.length === 2 && traffic.every((t) => t.revisionName.endsWith("00003"));
        if (object.kind === "InferenceService" && misleading) t1 += 1;
      });
      const changes = [...PROMOTED, ["v3", 0], ["v3", 100], ["v3", 0]] as const;
      for (const [version, percent] of changes) {
        apply(store, version, percent);
        timers.advance(6000);
        splits.push(
          splitInForce(store, NAMESPACE, "jukebox")
            .map((s) => s.revision.slice(-1))
            .join(),
        );
      }
      driver.stop();
      assert.deepEqual(splits, ["1", "1", "2", "2", "3", "2"], `seed ${seed}`);
      assert.ok(t1 > 0, `T1 with seed ${seed}`);
    }
  });
});

describe("cluster: any order of reconciles", () => {
  it("stages, promotes and rolls back to the same end", () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      assert.equal(simulated(seed, STAGED), "True 1:100", `stage ${seed}`);
      assert.equal(simulated(seed, PROMOTED), "True 2:100", `promote ${seed}`);
      assert.equal(simulated(seed, [...PROMOTED, ["v2", 0]]), "True 1:100", `rollback ${seed}`);
    }
  });

  it("restages on the revision that was live, or, in some orders, on the one before (T5)", () => {
    const ends = new Map<string, number>();
    for (let seed = 1; seed <= 40; seed += 1) {
      const end = simulated(seed, [...PROMOTED, ["v3", 0]]);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    assert.deepEqual([...ends.keys()].sort(), ["True 1:100", "True 2:100"]);
  });
});
