import assert from "node:assert/strict";
import { pin } from "../../../src/core/expectation.ts";
import { decideRollout } from "../../../src/core/rollout.ts";
import { type Pace, paced } from "../../../src/core/stuck/pace.ts";
import type { World } from "../../../src/core/world.ts";
import { expectedChanges } from "./expected.ts";
import { type Change, loadRecording } from "./recording.ts";

/** Seconds without progress, as a run would count them, before a change was done; undefined: it never was. */
function longestStandstill({ action, apply, before, frames }: Change): number | undefined {
  if (action === undefined) return undefined;
  const expected = pin(
    { action, version: action === "stage" ? apply.version : undefined, sets: [] },
    before.world,
  );
  let seen: { readonly pace: Pace; readonly world: World } | undefined;
  let longest = 0;
  for (const { t, world } of frames) {
    const nowMs = t * 1000;
    if (seen !== undefined) longest = Math.max(longest, nowMs - seen.pace.stillSince);
    if (decideRollout(expected, world).kind === "done") return longest / 1000;
    seen = { pace: paced(seen, expected, world, nowMs), world };
  }
  return undefined;
}

describe("the pace of recorded changes", () => {
  it("never stood still for anything near to the default of 10 minutes before a change was done", () => {
    const standstills = Object.keys(expectedChanges).flatMap((file) =>
      [...loadRecording(file).values()].flat().flatMap((change) => longestStandstill(change) ?? []),
    );
    assert.ok(standstills.length >= 200, `${standstills.length} changes were done`);
    const longest = Math.max(...standstills);
    assert.ok(longest < 60, `${longest} s`);
  });
});
