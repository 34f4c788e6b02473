import assert from "node:assert/strict";
import type { ApplicationReading } from "../../../src/core/application.ts";
import { type Delivery, deliveryFinding } from "../../../src/core/stuck/delivery.ts";

const url = "https://gitea.example.com/user1/mlops-gitops.git";
const charts = "https://gitea.example.com/rainforest/charts.git";
const sound: ApplicationReading = {
  syncStatus: "Synced",
  revisions: ["ours", "chart"],
  repositories: ["http://gitea.gitea.svc:3000/user1/mlops-gitops", charts],
  targets: ["main", "main"],
  conditions: [],
  automated: true,
  manages: [{ namespace: "user1-test", name: "jukebox" }],
  ignores: [],
  operated: ["before", "chart-before"],
};

function find(application: Partial<ApplicationReading>, changes: Partial<Delivery> = {}) {
  return deliveryFinding({
    service: { namespace: "user1-test", name: "jukebox" },
    application: { ...sound, ...application },
    place: { namespace: "user1-toolings", name: "jukebox-test" },
    git: { url, branch: "main", path: "model-deployments/test/jukebox/config.yaml" },
    taken: false,
    compared: false,
    ...changes,
  });
}

const outOfSync = { syncStatus: "OutOfSync" };
const ignoring = (...paths: readonly string[]) => ({ ignores: [{ name: undefined, paths }] });

describe("why an edit does not arrive", () => {
  const taken = { taken: true, compared: true };
  const compared = { compared: true };
  const silent = { silentSince: "2026-11-28T23:00:00Z" };
  const failedSync = { ...outOfSync, operationPhase: "Failed", operationMessage: "denied the request" };
  const cases: readonly (readonly [
    string,
    Partial<ApplicationReading>,
    Partial<Delivery>,
    string | undefined,
  ])[] = [
    ["Argo CD has not looked yet", {}, {}, undefined],
    [
      "an Application that tells little",
      { manages: undefined, targets: undefined, ignores: undefined },
      {},
      undefined,
    ],
    [
      "a sync that a window blocks",
      { operationPhase: "Running", operationMessage: "Sync operation blocked by sync window" },
      {},
      "SYNC_WINDOW",
    ],
    ["nothing begins", outOfSync, compared, "SYNC_WINDOW"],
    [
      "nothing begins, and nothing was ever done",
      { ...outOfSync, operated: undefined },
      compared,
      "SYNC_WINDOW",
    ],
    ["a sync is under way", { ...outOfSync, operationPhase: "Running" }, compared, undefined],
    [
      "a sync is done, and something changes it back",
      { ...outOfSync, operated: ["ours", "chart"] },
      compared,
      undefined,
    ],
    ["OutOfSync at an older commit", outOfSync, {}, undefined],
    ["nobody syncs", { ...outOfSync, automated: false }, compared, "SYNC_MANUAL"],
    ["synced, at a commit that is not ours", { automated: false }, compared, undefined],
    [
      "a sync that failed",
      { ...outOfSync, operationPhase: "Failed", operationMessage: "denied the request" },
      {},
      "SYNC_REFUSED",
    ],
    ["a sync that broke off", { ...outOfSync, operationPhase: "Error" }, {}, "SYNC_REFUSED"],
    ["a failure that is over", { operationPhase: "Failed" }, {}, undefined],
    [
      "another service",
      { manages: [{ namespace: "user1-prod", name: "jukebox" }] },
      taken,
      "WRONG_APPLICATION",
    ],
    ["no service at all", { manages: [] }, {}, "WRONG_APPLICATION"],
    [
      "another service beside us",
      { manages: [{ namespace: "user1-test", name: "lyrics" }] },
      taken,
      "WRONG_APPLICATION",
    ],
    ["another repository", { repositories: [charts] }, {}, "WRONG_APPLICATION"],
    ["no repository", { repositories: [] }, {}, undefined],
    ["another branch", { targets: ["release", "main"] }, {}, "WRONG_APPLICATION"],
    ["another name of the branch", { targets: ["refs/heads/main", "v1"] }, {}, undefined],
    ["the default branch", { targets: ["HEAD"] }, {}, undefined],
    ["the default branch, unnamed", { targets: [""] }, {}, undefined],
    [
      "two sources of our repository, one of them on our branch",
      { repositories: [url, url], targets: ["release", "main"] },
      {},
      undefined,
    ],
    ["a branch that holds our commit", { targets: ["release"] }, compared, undefined],
    ["more targets than repositories", { targets: ["main", "main", "x"] }, {}, undefined],
    [
      "the key is ignored",
      ignoring("/metadata/labels", "/spec/predictor/canaryTrafficPercent"),
      taken,
      "DIFFERENCE_IGNORED",
    ],
    ["the key is ignored, in jq", ignoring(".spec.predictor.canaryTrafficPercent"), {}, "DIFFERENCE_IGNORED"],
    ["the version is ignored", ignoring('.spec.predictor.model["storageUri"]'), {}, "DIFFERENCE_IGNORED"],
    ["the whole spec is ignored", ignoring("/spec"), {}, "DIFFERENCE_IGNORED"],
    ["all of the predictor is ignored", ignoring("/spec/predictor"), {}, "DIFFERENCE_IGNORED"],
    ["all of the model is ignored, in jq", ignoring(".spec.predictor.model"), {}, "DIFFERENCE_IGNORED"],
    ["the whole spec is ignored, in jq", ignoring('.["spec"]'), {}, "DIFFERENCE_IGNORED"],
    ["a writer is ignored", ignoring("managedFieldsManagers: someone"), {}, "DIFFERENCE_IGNORED"],
    ["another field is ignored", ignoring("/spec/predictor/minReplicas"), {}, undefined],
    [
      "the key is ignored, by name",
      { ignores: [{ name: "jukebox", paths: ["/spec"] }] },
      {},
      "DIFFERENCE_IGNORED",
    ],
    [
      "the key is ignored, everywhere",
      { ignores: [{ name: "*", paths: ["/spec"] }] },
      {},
      "DIFFERENCE_IGNORED",
    ],
    ["the key of another is ignored", { ignores: [{ name: "other", paths: ["/spec"] }] }, {}, undefined],
    ["the chart makes nothing of it", {}, taken, "CHART_IGNORES_KEY"],
    ["Argo CD has not looked since", { automated: false }, silent, "ARGOCD_SILENT"],
    ["what it says of a sync is of an earlier commit then", failedSync, silent, "ARGOCD_SILENT"],
    [
      "a window has blocked an earlier commit",
      { operationMessage: "Sync operation blocked by sync window" },
      silent,
      "ARGOCD_SILENT",
    ],
    ["what it manages is of its last look", { manages: [] }, silent, "ARGOCD_SILENT"],
    [
      "another repository, of which it looks at nothing",
      { repositories: [charts] },
      silent,
      "WRONG_APPLICATION",
    ],
    ["another branch, of which it looks at nothing", { targets: ["release"] }, silent, "WRONG_APPLICATION"],
  ];
  for (const [what, application, changes, reason] of cases) {
    it(`${what}: ${reason ?? "nothing"}`, () => assert.equal(find(application, changes)?.reason, reason));
  }

  it("is told in a line, with a command", () => {
    assert.deepEqual(find({ manages: [{ namespace: "user1-prod", name: "jukebox" }] }), {
      reason: "WRONG_APPLICATION",
      evidence: "it manages user1-prod/jukebox, not user1-test/jukebox",
      command: "oc -n user1-toolings get application jukebox-test -o jsonpath='{.status.resources}'",
    });
    assert.deepEqual(find({}, { silentSince: "2026-11-28T23:00:00Z\u001b[31m" }), {
      reason: "ARGOCD_SILENT",
      evidence:
        "its Application shows no look at Git since our commit, the last was at 2026-11-28T23:00:00Z [31m",
      command: "oc -n user1-toolings get application jukebox-test -o jsonpath='{.status.reconciledAt}'",
    });
    assert.match(find({ manages: [] })?.evidence ?? "", /^it manages no InferenceService, not /);
    assert.match(
      find({ repositories: [charts] })?.evidence ?? "",
      /^it follows \S+charts\.git, not \S+mlops-gitops\.git$/,
    );
    assert.match(
      find({ targets: ["release"] })?.evidence ?? "",
      /^it follows release of the repository, not branch main$/,
    );
    assert.equal(find({ ...outOfSync, automated: false }, compared)?.command, "argocd app sync jukebox-test");
    assert.equal(
      find({ ...outOfSync, project: "prod" }, compared)?.command,
      "oc -n user1-toolings get appproject prod -o jsonpath='{.spec.syncWindows}'",
    );
  });

  it("is told with what to look at, or what to do", () => {
    const application = "oc -n user1-toolings get application jukebox-test -o jsonpath=";
    const source = `${application}'{.spec.source}{.spec.sources}'`;
    const told = (changes: Partial<ApplicationReading>, how: Partial<Delivery> = {}) => {
      const finding = find(changes, how);
      return [finding?.evidence, finding?.command];
    };
    assert.deepEqual(told({ ...outOfSync, operationPhase: "Failed", operationMessage: "denied" }), [
      "the last sync: Failed: denied",
      `${application}'{.status.operationState.message}'`,
    ]);
    assert.deepEqual(told({ repositories: [charts, charts] }), [
      `it follows ${charts}, ${charts}, not ${url}`,
      source,
    ]);
    assert.deepEqual(told({ repositories: [url, url], targets: ["v1", "v2"] }), [
      "it follows v1, v2 of the repository, not branch main",
      source,
    ]);
    assert.deepEqual(told(ignoring("/spec")), [
      "ignoreDifferences holds /spec",
      `${application}'{.spec.ignoreDifferences}'`,
    ]);
    assert.deepEqual(told({}, taken), [
      "the chart was given model-deployments/test/jukebox/config.yaml",
      "oc -n user1-test get inferenceservice jukebox -o jsonpath='{.spec.predictor}'",
    ]);
    assert.deepEqual(told({ ...outOfSync, automated: false }, compared), [
      "it is OutOfSync at our commit, and has no automated sync",
      "argocd app sync jukebox-test",
    ]);
  });

  it("names three of the services that it manages instead", () => {
    const manages = ["a", "b", "c", "d"].map((name) => ({ namespace: "x", name }));
    assert.equal(find({ manages })?.evidence, "it manages x/a, x/b, x/c, not user1-test/jukebox");
  });

  it("leaves what it does not know in a command to the reader", () => {
    const nowhere = { place: undefined, ...compared };
    assert.match(find({ ...outOfSync, automated: false }, nowhere)?.command ?? "", /sync NAME$/);
    assert.match(find(outOfSync, nowhere)?.command ?? "", /^oc -n NAME get appproject default /);
    assert.match(find({ manages: [] }, nowhere)?.command ?? "", /^oc -n NAME get application NAME /);
  });
});
