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
      },
    ],
    [
      "of one source",
      {
        spec: { source: { repoURL: "https://git/a" } },
        status: { sync: { status: "OutOfSync", revision: "c0ffee" } },
      },
      { ...nothing, syncStatus: "OutOfSync", revisions: ["c0ffee"], repositories: ["https://git/a"] },
    ],
    [
      "with a token in its repository's URL",
      { spec: { source: { repoURL: "https://me:s3cret@git/a" } } },
      { ...nothing, repositories: ["https://git/a"] },
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

  it("is refused where it makes no sense", () => {
    const raw = { status: { sync: { status: 7 } } };
    assert.throws(
      () => readApplication(raw),
      (error) => error instanceof Failure && error.reason === "CLUSTER_ANSWER",
    );
  });
});
