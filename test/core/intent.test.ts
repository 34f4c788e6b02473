import assert from "node:assert/strict";
import { actions, editsOf, wantedPercent } from "../../src/core/intent.ts";

const at = { path: "prod/values.yaml", percentPath: "canary.trafficPercent", versionPath: "version" };

describe("intents", () => {
  it("want 100 for a promote and 0 for the others", () => {
    assert.deepEqual(
      actions.map((action) => wantedPercent({ action })),
      [0, 100, 0],
    );
  });

  it("want 100 for a rollback that restores a version, but not for the stage before it", () => {
    assert.deepEqual(
      actions.map((action) => wantedPercent({ action, restore: true })),
      [0, 100, 100],
    );
  });

  it("edit the percent alone", () => {
    for (const action of ["promote", "rollback"] as const) {
      const value = wantedPercent({ action });
      assert.deepEqual(editsOf({ action, sets: [] }, at), [{ path: "canary.trafficPercent", value }]);
    }
  });

  it("stage a version, further values and the percent together", () => {
    const sets = [{ path: "minReplicas", value: 2 }];

    const edits = editsOf({ action: "stage", version: "v2", sets }, at);

    assert.deepEqual(edits, [
      { path: "version", value: "v2" },
      { path: "minReplicas", value: 2 },
      { path: "canary.trafficPercent", value: 0 },
    ]);
  });
});
