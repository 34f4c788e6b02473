import assert from "node:assert/strict";
import {
  type ApplicationReading,
  complainsOfSync,
  isSyncing,
  revisionsFrom,
  syncBlocker,
  withoutSyncError,
} from "../../src/core/application.ts";

function application(conditions: ApplicationReading["conditions"]): ApplicationReading {
  return { revisions: [], repositories: [], conditions };
}

describe("what keeps Argo CD from syncing", () => {
  for (const type of ["ComparisonError", "InvalidSpecError", "SyncError"]) {
    it(`${type} stops, with its message`, () => {
      const reading = application([
        { type: "SharedResourceWarning", message: "shared" },
        { type, message: "values.yaml: bad" },
      ]);
      assert.equal(syncBlocker(reading), `${type}: values.yaml: bad`);
    });
  }

  const harmless = ["OrphanedResourceWarning", "SharedResourceWarning", "RepeatedResourceWarning"];
  for (const type of harmless) {
    it(`${type} does not`, () => assert.equal(syncBlocker(application([{ type, message: "x" }])), undefined));
  }

  it("a SyncError can be told from the rest, and left out", () => {
    const conditions = [
      { type: "ComparisonError", message: "a" },
      { type: "SyncError", message: "b" },
    ];
    assert.equal(complainsOfSync(application(conditions)), true);
    const rest = withoutSyncError(application(conditions));
    assert.deepEqual([complainsOfSync(rest), syncBlocker(rest)], [false, "ComparisonError: a"]);
  });

  it("no condition is none", () => assert.equal(syncBlocker(application([])), undefined));
});

describe("the commits of our repository", () => {
  const url = "https://gitea.example.com/user1/mlops-gitops.git";
  const charts = "https://redhat-ai-services.example.com/charts.git";
  const cases: readonly (readonly [
    what: string,
    repositories: readonly string[],
    revisions: readonly string[],
    ours: readonly string[],
  ])[] = [
    ["one source", [url], ["a"], ["a"]],
    ["two sources", [url, charts], ["a", "b"], ["a"]],
    ["two sources, ours second", [charts, url], ["a", "b"], ["b"]],
    ["both sources ours", [url, url], ["a", "b"], ["a", "b"]],
    ["written without .git", ["https://gitea.example.com/user1/mlops-gitops/", charts], ["a", "b"], ["a"]],
    [
      "by the cluster's own address",
      ["http://gitea.gitea.svc:3000/User1/mlops-gitops", charts],
      ["a", "b"],
      ["a"],
    ],
    ["by ssh", ["git@gitea.example.com:user1/mlops-gitops.git", charts], ["a", "b"], ["a"]],
    ["by an ssh URL", ["ssh://git@gitea.example.com:2222/user1/mlops-gitops.git", charts], ["a", "b"], ["a"]],
    [
      "none that can be told to be ours",
      ["https://mirror.example.com/x.git", charts],
      ["a", "b"],
      ["a", "b"],
    ],
    ["no repository known", [], ["a", "b"], ["a", "b"]],
    [
      "another one, whose name holds .git elsewhere",
      ["https://gitea.example.com/user1/mlops.git-gitops", url],
      ["a", "b"],
      ["b"],
    ],
    ["nothing synced yet", [url], [], []],
  ];
  for (const [what, repositories, revisions, ours] of cases) {
    it(`${what}: ${ours.join(", ") || "none"}`, () => {
      assert.deepEqual(revisionsFrom({ repositories, revisions, conditions: [] }, url), ours);
    });
  }
});

describe("an Application in the middle of a sync", () => {
  const phases = { Running: true, Terminating: true, Succeeded: false, Failed: false, Error: false };
  for (const [operationPhase, expected] of Object.entries(phases)) {
    it(`${operationPhase}: ${expected}`, () => {
      const reading = { revisions: [], repositories: [], conditions: [] };
      assert.equal(isSyncing({ ...reading, operationPhase }), expected);
      assert.equal(isSyncing(reading), false);
      assert.equal(isSyncing({ ...reading, requested: true }), true, "about to begin");
    });
  }
});
