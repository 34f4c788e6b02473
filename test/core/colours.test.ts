import assert from "node:assert/strict";
import { blueAndGreenOf, colourOf } from "../../src/core/colours.ts";
import type { Action } from "../../src/core/intent.ts";
import { stateOf } from "../steps/builders.ts";

const seen = { startedAt: 1, endedAt: 2, notes: [] };

describe("blue and green", () => {
  const cases: readonly (readonly [action: Action, blue: string, green: string])[] = [
    ["stage", "live", "other"],
    ["promote", "other", "live"],
    ["rollback", "live", "other"],
  ];
  for (const [action, blue, green] of cases) {
    it(`${action}: as the cluster showed them`, () => {
      const rollout = { ...seen, active: "live", standby: "other" };
      assert.deepEqual(blueAndGreenOf(stateOf({ rollout }, { action })), { blue, green });
    });

    it(`${action}: as they were pinned, before the cluster showed any`, () => {
      const pinned = { action, active: "live", standby: "other" };
      assert.deepEqual(blueAndGreenOf(stateOf({}, pinned)), { blue, green });
      assert.deepEqual(blueAndGreenOf(stateOf({ rollout: seen }, pinned)), { blue, green });
    });
  }

  it("colour revisions", () => {
    const colours = { blue: "b", green: "g" };
    assert.deepEqual(
      ["b", "g", "x", undefined].map((revision) => colourOf(revision, colours)),
      ["blue", "green", "other", "other"],
    );
    assert.equal(colourOf(undefined, {}), "other");
  });
});
