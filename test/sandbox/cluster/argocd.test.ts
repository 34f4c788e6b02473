import assert from "node:assert/strict";
import { createStore } from "../api/store.ts";
import { REFRESH } from "./argocd.ts";
import { createControllers } from "./controllers.ts";
import { startDriver } from "./driver.ts";
import { clearFaults, setFaults } from "./faults.ts";
import { putGitHead } from "./githead.ts";
import { APPLICATION, INFERENCE_SERVICE } from "./kinds.ts";
import type { Json } from "./objects.ts";
import { virtualTimers } from "./virtual.ts";

const REPO = "https://git.example.com/user1/mlops-gitops.git";
const CHARTS = "https://git.example.com/user1/mlops-helmcharts.git";
const commit = (n: number) => `${n}`.repeat(40);

function values(version: string, canary: string, name = "jukebox"): string {
  return [
    "---",
    "chart_path: charts/model-deployment/music-transformer",
    `name: ${name}`,
    `version: ${version}`,
    "image_repository: image-registry.openshift-image-registry.svc:5000",
    "image_namespace: user1-test",
    canary,
    "",
  ].join("\n");
}

function application(name: string, more: Json = {}) {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: `${name}-test`, namespace: "user1-toolings" },
    spec: {
      project: "default",
      destination: { namespace: "user1-test", server: "https://kubernetes.default.svc" },
      sources: [
        { repoURL: REPO, targetRevision: "main", ref: "values" },
        {
          repoURL: CHARTS,
          targetRevision: "main",
          path: "charts/model-deployment/music-transformer",
          helm: { valueFiles: [`$values/model-deployments/test/${name}/config.yaml`] },
        },
      ],
      syncPolicy: { automated: { selfHeal: true, prune: false } },
      ...more,
    },
  };
}

function start(more: Json = {}) {
  const timers = virtualTimers();
  const store = createStore({ now: timers.now });
  const driver = startDriver({ store, controllers: createControllers(), timers });
  const files = new Map<string, string>();
  const push = (n: number, version: string, canary: string, name = "jukebox") => {
    files.set(`model-deployments/test/${name}/config.yaml`, values(version, canary, name));
    putGitHead(store, { repoURL: REPO, commit: commit(n), files: Object.fromEntries(files) });
  };
  push(1, "4562a17c17", "canary:\n  trafficPercent: 100 # \u{1F448} update this");
  store.put(application("jukebox", more));
  timers.advance(10_000);
  const app = (name = "jukebox") => {
    const found = store.get({ kind: APPLICATION, namespace: "user1-toolings", name: `${name}-test` });
    if (found === undefined) throw new Error("no Application");
    return found;
  };
  const isvc = (name = "jukebox") => store.get({ kind: INFERENCE_SERVICE, namespace: "user1-test", name });
  const refresh = () => {
    const current = app();
    const annotations = { ...current.metadata.annotations, [REFRESH]: "normal" };
    store.put({ ...current, metadata: { ...current.metadata, annotations } });
  };
  return { timers, store, driver, push, app, isvc, refresh };
}

function percent(isvc: Json): number | undefined {
  return isvc?.spec.predictor.canaryTrafficPercent;
}

describe("cluster: Argo CD", () => {
  it("syncs two sources and says both commits", () => {
    const { app, isvc, driver } = start();
    const { sync, operationState, health, conditions } = app().status;
    assert.equal(sync.status, "Synced");
    assert.equal(sync.revisions.length, 2);
    assert.equal(sync.revisions[0], commit(1));
    assert.equal(sync.revision, undefined);
    assert.equal(operationState.phase, "Succeeded");
    assert.equal(health.status, "Healthy");
    assert.deepEqual(conditions, []);
    const { predictor } = isvc()?.spec ?? {};
    assert.equal(predictor.canaryTrafficPercent, 100);
    assert.equal(
      predictor.model.storageUri,
      "oci://image-registry.openshift-image-registry.svc:5000/user1-test/jukebox:4562a17c17",
    );
    driver.stop();
  });

  it("ends a sync whose change was taken back before it was applied", () => {
    const { app, isvc, push, refresh, timers, driver } = start();
    push(2, "4562a17c17", "canary:\n  trafficPercent: 0");
    refresh();
    while (app().status.operationState.phase !== "Running") timers.advance(5);
    push(3, "4562a17c17", "canary:\n  trafficPercent: 100");
    refresh();
    timers.advance(5_000);
    assert.equal(percent(isvc()), 100);
    assert.equal(app().status.sync.revisions[0], commit(3));
    assert.equal(app().status.operationState.phase, "Succeeded");
    driver.stop();
  });

  it("sees a push within three minutes, at once when asked to refresh, and takes the annotation away", () => {
    const { app, isvc, push, refresh, timers, driver } = start();
    push(2, "4562a17c17", "canary:\n  trafficPercent: 0");
    timers.advance(60_000);
    assert.equal(percent(isvc()), 100);
    timers.advance(120_000);
    assert.equal(percent(isvc()), 0);
    push(3, "4562a17c17", "canary:\n  trafficPercent: 20");
    refresh();
    timers.advance(1000);
    assert.equal(percent(isvc()), 20);
    assert.equal(app().status.sync.revisions[0], commit(3));
    assert.equal(app().metadata.annotations?.[REFRESH], undefined);
    driver.stop();
  });

  it("renders 0, and nothing for an empty or an absent key", () => {
    const { isvc, push, refresh, timers, driver } = start();
    const cases = [
      ["canary:\n  trafficPercent: 0", 0],
      ["canary: {}", undefined],
      ["", undefined],
    ] as const;
    for (const [canary, expected] of cases) {
      push(2, "4562a17c17", canary);
      refresh();
      timers.advance(1000);
      assert.equal(percent(isvc()), expected, canary);
    }
    driver.stop();
  });

  it("prints a version of digits as Helm does", () => {
    const { isvc, push, refresh, timers, driver } = start();
    push(2, "1234567890", "");
    refresh();
    timers.advance(1000);
    assert.match(isvc()?.spec.predictor.model.storageUri, /jukebox:1\.23456789e\+09$/);
    driver.stop();
  });

  it("undoes a change made by hand", () => {
    const { isvc, store, timers, driver } = start();
    const live: Json = isvc();
    const predictor = { ...live.spec.predictor, canaryTrafficPercent: 50 };
    store.put({ ...live, spec: { predictor } });
    timers.advance(1000);
    assert.equal(percent(isvc()), 100);
    driver.stop();
  });

  it("leaves a change made by hand with selfHeal off, and where differences are ignored", () => {
    const pointers = [
      {
        group: "serving.kserve.io",
        kind: "InferenceService",
        jsonPointers: ["/spec/predictor/canaryTrafficPercent"],
      },
    ];
    const cases = [
      [{ syncPolicy: { automated: {} } }, "OutOfSync"],
      [{ ignoreDifferences: pointers }, "Synced"],
    ] as const;
    for (const [more, status] of cases) {
      const { app, isvc, store, timers, driver } = start(more);
      const live: Json = isvc();
      store.put({ ...live, spec: { predictor: { ...live.spec.predictor, canaryTrafficPercent: 50 } } });
      timers.advance(200_000);
      assert.equal(percent(isvc()), 50);
      assert.equal(app().status.sync.status, status);
      driver.stop();
    }
  });

  it("syncs and is healthy while the chart ignores the percent", () => {
    for (const chart of ["ignores-canary", "raw"] as const) {
      const { app, isvc, push, refresh, store, timers, driver } = start();
      setFaults(store, { argocd: { chart } });
      push(2, "4562a17c17", "canary:\n  trafficPercent: 0");
      refresh();
      timers.advance(10_000);
      assert.equal(app().status.sync.status, "Synced");
      assert.equal(app().status.sync.revisions[0], commit(2));
      assert.equal(percent(isvc()), undefined);
      driver.stop();
    }
  });

  it("reports what it cannot render, and goes on when it can again", () => {
    const { app, isvc, push, refresh, store, timers, driver } = start();
    setFaults(store, { argocd: { comparisonError: "repo server unavailable" } });
    push(2, "4562a17c17", "canary:\n  trafficPercent: 0");
    refresh();
    timers.advance(1000);
    assert.equal(app().status.sync.status, "Unknown");
    assert.equal(app().status.conditions[0].type, "ComparisonError");
    assert.match(app().status.conditions[0].message, /repo server unavailable/);
    clearFaults(store);
    refresh();
    timers.advance(1000);
    assert.equal(percent(isvc()), 0);
    assert.deepEqual(app().status.conditions, []);
    push(3, "[", "");
    refresh();
    timers.advance(1000);
    assert.equal(app().status.conditions[0].type, "ComparisonError");
    driver.stop();
  });

  it("reports a failed sync and does nothing while stopped", () => {
    const { app, isvc, push, refresh, store, timers, driver } = start();
    setFaults(store, {
      applications: { "jukebox-test": { syncError: "admission webhook denied the request" } },
    });
    push(2, "4562a17c17", "canary:\n  trafficPercent: 0");
    refresh();
    timers.advance(1000);
    assert.equal(app().status.operationState.phase, "Failed");
    assert.equal(app().status.conditions[0].type, "SyncError");
    setFaults(store, { applications: {}, argocd: { stopped: true } });
    refresh();
    timers.advance(400_000);
    assert.equal(percent(isvc()), 100);
    assert.equal(app().metadata.annotations?.[REFRESH], "normal");
    clearFaults(store);
    timers.advance(1000);
    assert.equal(percent(isvc()), 0);
    driver.stop();
  });

  it("keeps several Applications apart, and syncs a later commit than ours", () => {
    const { app, isvc, push, refresh, store, timers, driver } = start();
    push(2, "bbb", "canary:\n  trafficPercent: 0", "drums");
    store.put(application("drums"));
    timers.advance(10_000);
    assert.equal(percent(isvc("drums")), 0);
    assert.equal(percent(isvc()), 100);
    push(3, "4562a17c17", "canary:\n  trafficPercent: 0");
    push(4, "ccc", "canary:\n  trafficPercent: 0", "drums");
    refresh();
    timers.advance(10_000);
    assert.equal(app().status.sync.revisions[0], commit(4));
    assert.equal(percent(isvc()), 0);
    driver.stop();
  });
});
