import assert from "node:assert/strict";
import { commitMessage } from "../../../src/core/commit/message.ts";
import { parseTrailers } from "../../../src/core/commit/trailers.ts";
import { pin } from "../../../src/core/expectation.ts";
import type { Action } from "../../../src/core/intent.ts";
import { standingOf, wrongBlue } from "../../../src/core/status/last-commit.ts";
import { intentOf, requestOf } from "../../steps/builders.ts";
import { falseReadings, r23, r24, worldIn } from "../states.ts";

/** What a commit made in one state says of itself. */
function trailersOf(action: Action, state: string) {
  const intent = intentOf(action);
  const message = commitMessage(requestOf(action), { percent: 0 }, pin(intent, worldIn(state)));
  return parseTrailers(message);
}

describe("the last commit", () => {
  const cases = [
    ["promote", "S3", worldIn("S5"), "done"],
    ["promote", "S3", worldIn("S3"), "waiting"],
    ["promote", "S3", worldIn("S11"), "failed"],
    ["rollback", "S5", worldIn("S6"), "done"],
    ["rollback", "S5", falseReadings.T1, "waiting"],
    ["rollback", "S5", falseReadings.T2, "waiting"],
    ["stage", "S5", worldIn("S13"), "done"],
    ["stage", "S5", worldIn("S12"), "waiting"],
    ["stage", "S5", falseReadings.T5, "failed"],
  ] as const;
  for (const [index, [action, state, world, kind]] of cases.entries()) {
    it(`${index}: a ${action} made in ${state} is ${kind}`, () => {
      const version = action === "stage" ? "v3" : "v2";
      assert.equal(standingOf(trailersOf(action, state), version, world)?.kind, kind);
    });
  }

  it("a restored version is in force when a revision of it has everything, and not the one that it replaced", () => {
    const restored = { "Bluegreen-Action": "rollback", "Bluegreen-Restore-Version": "v2" };
    assert.equal(standingOf(restored, "v2", worldIn("S5"))?.kind, "done");
    assert.equal(
      standingOf({ ...restored, "Bluegreen-From-Revision": r23 }, "v2", worldIn("S5"))?.kind,
      "done",
    );
    assert.equal(
      standingOf({ ...restored, "Bluegreen-From-Revision": r24 }, "v2", worldIn("S5"))?.kind,
      "waiting",
    );
    assert.equal(
      standingOf({ ...restored, "Bluegreen-To-Revision": r24 }, "v2", worldIn("S5"))?.kind,
      "done",
    );
  });

  it("tells T5: another blue than the one that was live when it was staged", () => {
    const standing = standingOf(trailersOf("stage", "S5"), "v3", falseReadings.T5);
    const reading = wrongBlue(standing);
    assert.equal(reading?.id, "T5");
    assert.match(reading?.detail ?? "", new RegExp(`${r23} is live, ${r24} was live before`));
  });

  it("is no wrong blue where anything else is wrong with it, or nothing", () => {
    assert.equal(wrongBlue(undefined), undefined);
    assert.equal(wrongBlue(standingOf(trailersOf("promote", "S3"), "v2", worldIn("S11"))), undefined);
    assert.equal(wrongBlue(standingOf(trailersOf("promote", "S3"), "v2", worldIn("S5"))), undefined);
  });

  it("says nothing where its trailers do not", () => {
    assert.equal(standingOf({}, "v1", worldIn("S5")), undefined);
    assert.equal(standingOf({ "Bluegreen-Action": "promote" }, "v1", worldIn("S5")), undefined);
    assert.equal(standingOf({ "Bluegreen-Action": "dance" }, "v1", worldIn("S5")), undefined);
  });
});
