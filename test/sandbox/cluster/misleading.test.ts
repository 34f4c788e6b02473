import assert from "node:assert/strict";
import { conditionOf, isReady } from "./conditions.ts";
import { readyPods } from "./dataplane.ts";
import { clearFaults, setFaults } from "./faults.ts";
import { line, NAMESPACE, startWorld, type World } from "./harness.ts";
import { REVISION } from "./kinds.ts";

function promotedWorld(more = {}): World {
  const world = startWorld();
  world.apply({ version: "v1", more });
  world.settle(15_000);
  world.apply({ version: "v2", percent: 0 });
  world.settle(15_000);
  world.apply({ percent: 100 });
  world.settle();
  return world;
}

/** T5: v3 was staged while v2 was live, and v1 is. */
function wrongBlueWorld(): World {
  const world = promotedWorld();
  setFaults(world.store, { revisionAdmissionDelayMs: 1000 });
  world.apply({ version: "v3", percent: 0 });
  world.settle(10_000);
  assert.equal(world.reading().split, "1:100");
  return world;
}

function revision(world: World, number: number) {
  return world.store.get({ kind: REVISION, namespace: NAMESPACE, name: `jukebox-predictor-0000${number}` });
}

describe("cluster: readings that look done and are not", () => {
  it("T1: every rollback first says 100/0 with green in both columns, while green has all the traffic", () => {
    const world = promotedWorld();
    for (let round = 0; round < 5; round += 1) {
      world.apply({ percent: 0 });
      world.settle();
      const t1 = world.seen.filter(({ reading }) => line(reading) === "True 100 0 2 2 2/2/1/1");
      const done = world.seen.find(({ reading }) => line(reading) === "True 100 0 1 2 2/2/1/1");
      assert.ok(t1.length > 0, "T1 is in the watch events");
      assert.deepEqual([...new Set(t1.map(({ reading }) => reading.split))], ["2:100"]);
      const lastedMs = (done?.atMs ?? 0) - (t1[0]?.atMs ?? 0);
      assert.ok(lastedMs >= 200 && lastedMs <= 710, `T1 lasted ${lastedMs} ms`);
      assert.ok((done?.atMs ?? 0) < 1600, `rollback took ${done?.atMs} ms`);
      assert.equal(world.reading().split, "1:100");
      world.apply({ percent: 100 });
      world.settle();
      const promoteMs =
        world.seen.find(({ reading }) => line(reading) === "True - 100 - 2 2/2/2/1")?.atMs ?? 0;
      assert.ok(promoteMs >= 360 && promoteMs <= 920, `promote took ${promoteMs} ms`);
    }
    world.driver.stop();
  });

  it("T2: right after the change the spec is new, READY is True and the numbers are old", () => {
    const world = promotedWorld();
    world.apply({ percent: 0 });
    assert.equal(line(world.reading()), "True - 100 - 2 2/2/2/1");
    assert.equal(world.isvc().spec.predictor.canaryTrafficPercent, 0);
    world.driver.stop();
  });

  it("T3: promoting a green that is not ready leaves blue serving, until green takes over by itself", () => {
    const world = startWorld();
    world.apply({ version: "v1" });
    world.settle();
    setFaults(world.store, { models: [{ match: "v2", kind: "slow-start", startMs: 40_000 }] });
    world.apply({ version: "v2", percent: 0 });
    world.settle();
    world.apply({ percent: 100 });
    world.settle();
    assert.equal(line(world.reading()), "Unknown - 100 - 1 2/1/1/-");
    assert.equal(world.reading().split, "1:100");
    world.settle(40_000);
    assert.equal(line(world.reading()), "True - 100 - 2 2/2/2/1");
    assert.equal(world.reading().split, "2:100");
    world.driver.stop();
  });

  it("T3b: a version that was staged and never approved goes live when the next one is promoted too early", () => {
    const world = promotedWorld();
    world.apply({ version: "v3", percent: 0 });
    world.settle();
    setFaults(world.store, { models: [{ match: "v4", kind: "slow-start", startMs: 40_000 }] });
    world.apply({ version: "v4" });
    world.settle();
    world.apply({ percent: 100 });
    world.settle();
    assert.equal(line(world.reading()), "Unknown - 100 - 3 4/3/3/2");
    assert.equal(world.reading().split, "3:100");
    world.settle(40_000);
    assert.equal(world.reading().split, "4:100");
    world.driver.stop();
  });

  it("T4: a rollback is blocked while green is not ready; the blue version again mends it", () => {
    const world = promotedWorld();
    setFaults(world.store, { models: [{ match: "v2", kind: "crash-loop" }] });
    world.settle();
    assert.equal(line(world.reading()), "False - 100 - 2 2/2/2/1");
    world.apply({ percent: 0 });
    world.settle(30_000);
    assert.equal(line(world.reading()), "False - 100 - 2 2/2/2/1");
    assert.equal(world.reading().split, "2:100");
    const route = conditionOf(world.isvc(), "PredictorRouteReady");
    assert.deepEqual([route?.status, route?.reason], ["False", "RevisionMissing"]);
    assert.equal(conditionOf(world.isvc(), "PredictorConfigurationReady")?.reason, "RevisionFailed");
    world.apply({ version: "v1", percent: 100 });
    world.settle();
    assert.equal(line(world.reading()), "True - 100 - 3 3/3/3/2");
    assert.equal(world.reading().split, "3:100");
    world.driver.stop();
  });

  it("T4: the blue version with percent 0 stays behind the broken green", () => {
    const world = promotedWorld();
    setFaults(world.store, { models: [{ match: "v2", kind: "crash-loop" }] });
    world.settle();
    world.apply({ percent: 0 });
    world.settle(30_000);
    world.apply({ version: "v1", percent: 0 });
    world.settle(30_000);
    assert.equal(line(world.reading()), "False - 100 - 2 3/3/2/1");
    assert.equal(world.reading().split, "2:100");
    world.driver.stop();
  });

  it("T4: once the blue version is restored, percent 0 would go back to the broken green", () => {
    const world = promotedWorld();
    setFaults(world.store, { models: [{ match: "v2", kind: "crash-loop" }] });
    world.settle();
    world.apply({ version: "v1", percent: 100 });
    world.settle();
    assert.equal(world.reading().split, "3:100");
    world.apply({ percent: 0 });
    world.settle();
    clearFaults(world.store);
    world.settle(120_000);
    assert.equal(world.reading().split, "2:100");
    world.driver.stop();
  });

  it("T4 leaks: a container that is ready for a second after its restart lets the rollback through", () => {
    const world = promotedWorld();
    setFaults(world.store, { models: [{ match: "v2", kind: "crash-loop", leakMs: 1200 }] });
    world.settle(4000);
    world.apply({ percent: 0 });
    world.settle(5000);
    assert.equal(line(world.reading()), "False - 100 - 2 2/2/2/1");
    world.settle(8000);
    assert.ok(world.seen.some(({ reading }) => line(reading) === "True 100 0 1 2 2/2/1/1"));
    assert.equal(line(world.reading()), "False 100 0 1 2 2/2/1/1");
    assert.equal(world.reading().split, "1:100");
    clearFaults(world.store);
    world.settle(60_000);
    assert.equal(line(world.reading()), "True 100 0 1 2 2/2/1/1");
    world.driver.stop();
  });

  for (const [delayMs, wrong] of [
    [100, false],
    [500, true],
    [1000, true],
    [4000, true],
  ] as const) {
    it(`T5: creating the Revision takes ${delayMs} ms longer: ${wrong ? "the wrong" : "the right"} blue`, () => {
      const world = promotedWorld();
      setFaults(world.store, { revisionAdmissionDelayMs: delayMs });
      world.apply({ version: "v3", percent: 0 });
      world.settle(10_000);
      assert.equal(line(world.reading()), wrong ? "True 100 0 1 3 3/3/1/1" : "True 100 0 2 3 3/3/2/1");
      assert.equal(world.reading().split, wrong ? "1:100" : "2:100");
      world.driver.stop();
    });
  }

  it("T5: the version that was live, with percent 100 at once, lets in the one that nobody approved meanwhile", () => {
    const world = wrongBlueWorld();
    world.apply({ version: "v2", percent: 100 });
    world.settle(10_000);
    assert.equal(line(world.reading()), "True - 100 - 4 4/4/4/3");
    assert.ok(world.seen.some(({ reading }) => reading.split === "3:100"));
    world.driver.stop();
  });

  it("T5: the version that was live, first with percent 0 and then with 100, lets nothing else in", () => {
    const world = wrongBlueWorld();
    world.apply({ version: "v2", percent: 0 });
    world.settle(10_000);
    assert.equal(line(world.reading()), "True 100 0 1 4 4/4/1/1");
    assert.deepEqual([...new Set(world.seen.map(({ reading }) => reading.split))], ["1:100"]);
    world.apply({ percent: 100 });
    world.settle(10_000);
    assert.equal(line(world.reading()), "True - 100 - 4 4/4/4/1");
    assert.deepEqual([...new Set(world.seen.map(({ reading }) => reading.split))], ["1:100", "4:100"]);
    world.driver.stop();
  });

  it("T5 drifts: the next time it falls back to the same old revision", () => {
    const world = promotedWorld();
    setFaults(world.store, { revisionAdmissionDelayMs: 1000 });
    for (const version of ["v3", "v4"]) {
      world.apply({ version, percent: 0 });
      world.settle(10_000);
      assert.equal(world.reading().split, "1:100");
      world.apply({ percent: 100 });
      world.settle(10_000);
    }
    assert.equal(line(world.reading()), "True - 100 - 4 4/4/4/1");
    world.driver.stop();
  });

  it("T6: a rollback to a blue without pods reads right before blue can answer", () => {
    const world = promotedWorld({ model: { env: [{ name: "SLOW", value: "8" }] } });
    world.settle(100_000);
    assert.equal(world.pods(1).length, 0);
    world.apply({ percent: 0 });
    assert.ok(world.until((reading) => line(reading) === "True 100 0 1 2 2/2/1/1", 5000));
    assert.equal(readyPods(world.store, NAMESPACE, "jukebox-predictor-00001").length, 0);
    assert.ok(isReady(revision(world, 1)), "the Revision is Ready at zero pods");
    world.settle(10_000);
    assert.equal(readyPods(world.store, NAMESPACE, "jukebox-predictor-00001").length, 1);
    world.driver.stop();
  });

  it("does not roll back to a Revision that has been collected", () => {
    const world = promotedWorld();
    setFaults(world.store, { collectedRevisions: ["jukebox-predictor-00001"] });
    world.settle();
    assert.equal(revision(world, 1), undefined);
    assert.equal(world.pods(1).length, 0);
    world.apply({ percent: 0 });
    world.settle();
    assert.equal(world.reading().split, "2:100");
    assert.match(
      conditionOf(world.isvc(), "PredictorRouteReady")?.message ?? "",
      /00001" referenced in traffic not found/,
    );
    world.driver.stop();
  });
});
