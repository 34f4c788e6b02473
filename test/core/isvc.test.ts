import assert from "node:assert/strict";
import { isvcColumns, isvcRow } from "../../src/core/isvc.ts";
import { readService } from "../../src/kube/readings.ts";
import { INFERENCE_SERVICE } from "../sandbox/cluster/kinds.ts";
import type { KubeObject } from "../sandbox/cluster/objects.ts";
import { toTable } from "../sandbox/cluster/table.ts";
import { r23, r24, rawService, serviceIn, stateNames } from "./states.ts";

describe("the row of an InferenceService", () => {
  it("names the revisions beside their percent", () => {
    const traffic = [
      { revision: r24, percent: 20, latest: true },
      { revision: r23, percent: 80, latest: false, tag: "prev" },
    ];
    const { ready, ...row } = isvcRow({ ...serviceIn("S3", { traffic }), url: "https://j.example.com" });
    assert.equal(ready, "True");
    assert.deepEqual(row, {
      name: "jukebox",
      url: "https://j.example.com",
      prev: 80,
      latest: 20,
      prevRolledoutRevision: r23,
      latestReadyRevision: r24,
    });
  });

  it("leaves out what the status does not hold", () => {
    const row = isvcRow({ ref: { namespace: "n", name: "x" }, mode: "unknown", traffic: [], conditions: {} });
    assert.deepEqual(JSON.parse(JSON.stringify(row)), { name: "x" });
  });

  it("is as long as a state file may hold", () => {
    const url = `https://x/${"x".repeat(5_000)}`;
    assert.equal(isvcRow({ ...serviceIn("S3"), url }).url?.length, 2_000);
  });

  for (const name of stateNames) {
    it(`${name}: is what the API server prints`, () => {
      const object = rawService(name);
      const row = isvcRow(readService(object));
      const cells = isvcColumns.map(([, key]) => row[key] ?? null);
      const [printed] = toTable(INFERENCE_SERVICE, [object as KubeObject], 0).rows;
      assert.deepEqual(cells, printed.cells.slice(0, -1));
    });
  }
});
