import assert from "node:assert/strict";
import { conditionOf, isReady } from "./conditions.ts";
import { noteRequest, readyRawPods, splitForHost } from "./dataplane.ts";
import { setFaults } from "./faults.ts";
import { line, NAMESPACE, startWorld } from "./harness.ts";
import { ANNOTATION_MODE, REVISION } from "./kinds.ts";

const BLUE = { kind: REVISION, namespace: NAMESPACE, name: "jukebox-predictor-00001" };

describe("cluster: pods", () => {
  it("bear the names, labels and conditions of the recordings", () => {
    const world = startWorld();
    world.apply({ version: "v1" });
    world.settle();
    const [pod] = world.pods(1);
    assert.match(pod?.metadata.name ?? "", /^jukebox-predictor-00001-deployment-[a-z0-9]{9}-[a-z0-9]{5}$/);
    const { "pod-template-hash": hash, ...labels } = pod?.metadata.labels ?? {};
    assert.equal(hash?.length, 9);
    assert.deepEqual(labels, {
      app: "jukebox-predictor-00001",
      component: "predictor",
      "serving.knative.dev/configuration": "jukebox-predictor",
      "serving.knative.dev/configurationGeneration": "1",
      "serving.knative.dev/revision": "jukebox-predictor-00001",
      "serving.knative.dev/service": "jukebox-predictor",
      "serving.kserve.io/inferenceservice": "jukebox",
    });
    const uri = "internal.serving.kserve.io/storage-initializer-sourceuri";
    assert.match(pod?.metadata.annotations?.[uri] ?? "", /\/jukebox:v1$/);
    assert.match(world.store.get(BLUE)?.metadata.annotations?.[uri] ?? "", /\/jukebox:v1$/);
    assert.equal(conditionOf(pod, "Ready")?.status, "True");
    world.driver.stop();
  });

  it("of blue go about a minute after the promote; its Revision stays Ready", () => {
    const world = startWorld();
    world.apply({ version: "v1" });
    world.settle();
    world.apply({ version: "v2", percent: 0 });
    world.settle(100_000);
    assert.equal(world.pods(1).length, 1, "a 0 % entry keeps its pods");
    world.apply({ percent: 100 });
    const startMs = world.timers.now();
    assert.ok(world.timers.until(() => world.pods(1)[0]?.metadata.deletionTimestamp !== undefined, 100_000));
    const deletedMs = world.timers.now() - startMs;
    assert.ok(deletedMs > 60_000 && deletedMs < 64_000, `deleted after ${deletedMs} ms`);
    assert.ok(isReady(world.pods(1)[0]), "a pod that is going away still answers");
    assert.ok(world.timers.until(() => world.pods(1).length === 0, 100_000));
    const goneMs = world.timers.now() - startMs;
    assert.ok(goneMs > 90_000 && goneMs < 96_000, `gone after ${goneMs} ms`);
    world.settle();
    assert.ok(isReady(world.store.get(BLUE)));
    assert.equal(conditionOf(world.store.get(BLUE), "Active")?.reason, "NoTraffic");
    world.driver.stop();
  });

  it("that crash from the start leave READY at Unknown for two minutes, then False, with blue in good health", () => {
    const world = startWorld();
    world.apply({ version: "v1" });
    world.settle();
    setFaults(world.store, { models: [{ match: "v2", kind: "crash-loop" }] });
    world.apply({ version: "v2", percent: 0 });
    assert.ok(world.until((reading) => reading.ready === "False", 200_000));
    const atMs = world.seen.at(-1)?.atMs ?? 0;
    assert.ok(atMs > 120_000 && atMs < 121_500, `False after ${atMs} ms`);
    assert.equal(world.seen.filter(({ reading }) => reading.ready === "False").length, 1);
    const [green] = world.pods(2);
    const container = green?.status.containerStatuses[0];
    assert.equal(container.state.waiting?.reason, "CrashLoopBackOff");
    assert.ok(container.restartCount >= 3, `${container.restartCount} restarts`);
    assert.equal(world.isvc().status.modelStatus.transitionStatus, "BlockedByFailedLoad");
    assert.equal(world.reading().split, "1:100");
    world.driver.stop();
  });

  it("that are never ready fail by the same deadline", () => {
    const world = startWorld();
    setFaults(world.store, { models: [{ match: "v1", kind: "never-ready" }] });
    world.apply({ version: "v1" });
    world.settle(60_000);
    assert.equal(line(world.reading()), "Unknown - - - - 1/-/-/-");
    world.settle(65_000);
    assert.equal(line(world.reading()), "False - - - - 1/-/-/-");
    world.driver.stop();
  });

  for (const [kind, waiting, event] of [
    ["image-pull", "ImagePullBackOff", "Failed"],
    ["model-not-found", "PodInitializing", "BackOff"],
    ["unschedulable", undefined, "FailedScheduling"],
  ] as const) {
    it(`that are held (${kind}) stay Pending, say why, and go on when that is mended`, () => {
      const world = startWorld();
      setFaults(world.store, { models: [{ match: "v1", kind }] });
      world.apply({ version: "v1" });
      world.settle(5_000);
      const [pod] = world.pods(1);
      assert.equal(pod?.status.phase, "Pending");
      assert.equal(pod?.status.containerStatuses?.[0].state.waiting.reason, waiting);
      assert.equal(conditionOf(pod, "PodScheduled")?.status, kind === "unschedulable" ? "False" : "True");
      const said = world.store.list("Event", NAMESPACE);
      assert.deepEqual(
        said.map(({ reason, type }) => [reason, type]),
        [[event, "Warning"]],
      );
      setFaults(world.store, { models: [] });
      world.settle(5_000);
      assert.equal(line(world.reading()), "True - 100 - 1 1/1/1/-");
      world.driver.stop();
    });
  }

  it("that no quota leaves room for are not made, and an Event says so", () => {
    const world = startWorld();
    setFaults(world.store, { models: [{ match: "v1", kind: "quota" }] });
    world.apply({ version: "v1" });
    world.settle(5_000);
    assert.equal(world.pods(1).length, 0);
    assert.match(world.store.list("Event", NAMESPACE)[0]?.["message"], /exceeded quota: gpus/);
    world.driver.stop();
  });

  it("that are killed for want of memory say so", () => {
    const world = startWorld();
    setFaults(world.store, { models: [{ match: "v1", kind: "crash-loop", oomKilled: true }] });
    world.apply({ version: "v1" });
    world.settle(5_000);
    const { lastState } = world.pods(1)[0]?.status.containerStatuses[0] ?? {};
    assert.deepEqual([lastState.terminated.exitCode, lastState.terminated.reason], [137, "OOMKilled"]);
    world.driver.stop();
  });

  it("follow requests with minReplicas 0", () => {
    const world = startWorld();
    world.apply({ version: "v1", more: { minReplicas: 0 } });
    world.settle(5000);
    assert.equal(world.pods(1).length, 1);
    world.settle(100_000);
    assert.equal(world.pods(1).length, 0);
    assert.equal(line(world.reading()), "True - 100 - 1 1/1/1/-");
    noteRequest(world.store, NAMESPACE, BLUE.name, world.timers.now());
    world.settle(5000);
    assert.equal(world.pods(1).filter(isReady).length, 1);
    world.driver.stop();
  });

  it("answer at the tags' hosts while there are tags", () => {
    const world = startWorld();
    world.apply({ version: "v1" });
    world.settle();
    const host = "prev-jukebox-predictor-user1-test.apps.example.com";
    assert.equal(splitForHost(world.store, host), undefined);
    world.apply({ version: "v2", percent: 20 });
    world.settle();
    assert.deepEqual(splitForHost(world.store, host), {
      namespace: NAMESPACE,
      split: [{ revision: BLUE.name, percent: 100 }],
    });
    world.driver.stop();
  });

  it("go when their InferenceService is deleted", () => {
    const world = startWorld();
    world.apply({ version: "v1" });
    world.settle();
    world.store.delete({ kind: "InferenceService.serving.kserve.io", namespace: NAMESPACE, name: "jukebox" });
    world.timers.advance(5000);
    assert.deepEqual(world.store.list("Pod"), []);
    assert.deepEqual(world.store.list(REVISION), []);
    assert.deepEqual(world.store.list("DataPlane.sandbox"), []);
    world.driver.stop();
  });
});

describe("cluster: raw mode", () => {
  it("ignores the percent, has no traffic in its status and rolls over to a new version at once", () => {
    const world = startWorld();
    world.annotate({ [ANNOTATION_MODE]: "RawDeployment" });
    world.apply({ version: "v1", more: { model: { env: [{ name: "SLOW", value: "8" }] } } });
    world.settle(15_000);
    world.annotate({});
    assert.equal(line(world.reading()), "True - - - - -/-/-/-");
    const status = world.isvc().status;
    assert.equal(status.deploymentMode, "Standard");
    assert.equal(world.isvc().metadata.annotations?.[ANNOTATION_MODE], "Standard");
    assert.equal(status.url, "http://jukebox-user1-test.apps.example.com");
    assert.deepEqual(status.components.predictor, {
      url: "http://jukebox-predictor-user1-test.apps.example.com",
    });
    assert.deepEqual(
      status.conditions.map((condition: { type: string; status: string; reason?: string }) => [
        condition.type,
        condition.status,
        condition.reason,
      ]),
      [
        ["IngressReady", "True", undefined],
        ["PredictorReady", "True", "NewReplicaSetAvailable"],
        ["Ready", "True", undefined],
        ["Stopped", "False", undefined],
      ],
    );
    const before = JSON.stringify(status);
    world.apply({ percent: 10 });
    world.settle();
    assert.equal(JSON.stringify(world.isvc().status), before);
    world.apply({ version: "v2" });
    world.settle(50_000);
    assert.deepEqual([...new Set(world.seen.map(({ reading }) => reading.ready))], ["True"]);
    const pods = readyRawPods(world.store, NAMESPACE, "jukebox");
    assert.equal(pods.length, 1);
    assert.match(pods[0]?.metadata.name ?? "", /^jukebox-predictor-[a-z0-9]{10}-[a-z0-9]{5}$/);
    assert.equal(world.isvc().metadata.generation, 3);
    assert.equal(world.isvc().status.observedGeneration, 2);
    world.driver.stop();
  });
});
