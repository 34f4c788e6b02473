import assert from "node:assert/strict";
import { readApplication } from "../../src/argocd/application.ts";
import { Failure } from "../../src/errors/failure.ts";

const nothing = {
  syncStatus: undefined,
  healthStatus: undefined,
  revisions: [],
  repositories: [],
  operationPhase: undefined,
  operationMessage: undefined,
  conditions: [],
  project: undefined,
  requested: false,
  operated: [],
  automated: false,
  targets: [],
  manages: undefined,
  ignores: [],
};

describe("an Application", () => {
  const cases: [string, object, object][] = [
    ["without status", { spec: {} }, nothing],
    [
      "of two sources",
      {
        spec: { sources: [{ repoURL: "https://git/a" }, { repoURL: "https://git/b" }] },
        status: {
          sync: { status: "Synced", revision: "", revisions: ["c0ffee", "1.2.3"] },
          health: { status: "Progressing" },
        },
      },
      {
        ...nothing,
        syncStatus: "Synced",
        healthStatus: "Progressing",
        revisions: ["c0ffee", "1.2.3"],
        repositories: ["https://git/a", "https://git/b"],
        targets: ["", ""],
      },
    ],
    [
      "of one source",
      {
        spec: { source: { repoURL: "https://git/a" } },
        status: { sync: { status: "OutOfSync", revision: "c0ffee" } },
      },
      {
        ...nothing,
        syncStatus: "OutOfSync",
        revisions: ["c0ffee"],
        repositories: ["https://git/a"],
        targets: [""],
      },
    ],
    [
      "that was compared at a time",
      { spec: {}, status: { reconciledAt: "2026-11-28T23:00:00Z" } },
      { ...nothing, reconciledAt: "2026-11-28T23:00:00Z" },
    ],
    [
      "with a token in its repository's URL",
      { spec: { source: { repoURL: "https://me:s3cret@git/a" } } },
      { ...nothing, repositories: ["https://git/a"], targets: [""] },
    ],
    [
      "in trouble",
      {
        spec: { source: null, sources: null },
        status: {
          operationState: { phase: "Failed", message: "one\n\u001b[31mtwo" },
          conditions: [{ type: "ComparisonError", message: "rpc\terror" }],
        },
      },
      {
        ...nothing,
        operationPhase: "Failed",
        operationMessage: "one [31mtwo",
        conditions: [{ type: "ComparisonError", message: "rpc error" }],
      },
    ],
  ];
  for (const [title, raw, expected] of cases) {
    it(`is read ${title}`, () => assert.deepEqual(readApplication(raw), expected));
  }

  describe("what explains why an edit does not arrive", () => {
    const read = (spec: object, status: object = {}) => readApplication({ spec, status });

    it("is what it follows, manages and did last", () => {
      const found = read(
        {
          project: "prod",
          source: { repoURL: "https://git/a", targetRevision: "main" },
          destination: { namespace: "user1-test" },
          syncPolicy: { automated: {} },
        },
        {
          resources: [
            { kind: "InferenceService", name: "jukebox", namespace: "user1-prod" },
            { kind: "InferenceService", name: "other" },
            { kind: "Service", name: "jukebox" },
            { kind: "InferenceService" },
          ],
          operationState: { syncResult: { revision: "c0ffee" } },
        },
      );
      assert.deepEqual([found.project, found.targets, found.operated], ["prod", ["main"], ["c0ffee"]]);
      assert.deepEqual(found.manages, [
        { namespace: "user1-prod", name: "jukebox" },
        { namespace: "user1-test", name: "other" },
        { namespace: "user1-test", name: "" },
      ]);
      const begun = { phase: "Running", operation: { sync: { revisions: ["3", "4"] } } };
      assert.deepEqual(read({}, { operationState: begun }).operated, ["3", "4"], "it has no result yet");
      const { operated } = read({}, { operationState: { ...begun, syncResult: { revisions: ["1", "2"] } } });
      assert.deepEqual(operated, ["1", "2"]);
      assert.deepEqual(read({}, { resources: [{ kind: "InferenceService", name: "x" }] }).manages, [
        { namespace: "", name: "x" },
      ]);
    });

    it("which sync is asked for, and none once it is under way", () => {
      const operation = { sync: { revisions: ["5", "6"] } };
      const found = (phase: string | undefined, asked: unknown = operation) => {
        const state = phase && { phase, syncResult: { revision: "1" } };
        const raw = { spec: {}, operation: asked, status: { operationState: state } };
        const { requested, operated } = readApplication(raw);
        return [requested, operated];
      };
      assert.deepEqual(found(undefined), [true, ["5", "6"]]);
      assert.deepEqual(found("Succeeded"), [true, ["5", "6"]]);
      assert.deepEqual(found("Running"), [false, ["1"]]);
      assert.deepEqual(found("Terminating"), [false, ["1"]]);
      for (const asked of [null, {}, { sync: null }, "x"])
        assert.deepEqual(found("Succeeded", asked), [false, ["1"]]);
    });

    const automated: readonly (readonly [unknown, boolean])[] = [
      [{ automated: { selfHeal: true } }, true],
      [{ automated: { enabled: true } }, true],
      [{ automated: { enabled: false } }, false],
      [{ automated: null }, false],
      [null, false],
      ["odd", false],
    ];
    for (const [syncPolicy, expected] of automated) {
      it(`automated with ${JSON.stringify(syncPolicy)}: ${expected}`, () =>
        assert.equal(read({ syncPolicy }).automated, expected));
    }

    it("are the differences in InferenceServices that it ignores", () => {
      const ignoreDifferences = [
        { group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] },
        { group: "serving.kserve.io", kind: "InferenceService", jsonPointers: ["/spec/a"] },
        {
          kind: "*",
          name: "jukebox",
          jqPathExpressions: [".spec.b"],
          managedFieldsManagers: ["hand\u001b[2J"],
        },
        { group: "other", kind: "InferenceService", jsonPointers: ["/spec/c"] },
        {},
      ];
      assert.deepEqual(read({ ignoreDifferences }).ignores, [
        { name: undefined, paths: ["/spec/a"] },
        { name: "jukebox", paths: [".spec.b", "managedFieldsManagers: hand [2J"] },
      ]);
    });

    it("never keeps the rest from being read", () => {
      const odd = read(
        {
          project: 7,
          destination: "x",
          syncPolicy: 1,
          ignoreDifferences: "x",
          source: { targetRevision: 3 },
        },
        { resources: 5, sync: { status: "Synced" }, operationState: { syncResult: 9 } },
      );
      assert.equal(odd.syncStatus, "Synced");
    });
  });

  it("is refused where it makes no sense", () => {
    const raw = { status: { sync: { status: 7 } } };
    assert.throws(
      () => readApplication(raw),
      (error) => error instanceof Failure && error.reason === "CLUSTER_ANSWER",
    );
  });
});
