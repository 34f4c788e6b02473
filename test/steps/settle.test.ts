import assert from "node:assert/strict";
import type { Results } from "../../src/core/results.ts";
import { Failure } from "../../src/errors/failure.ts";
import { settle, settleFailed } from "../../src/steps/settle.ts";
import { stateOf } from "./builders.ts";

function createSink() {
  const written: Results[] = [];
  return { written, write: async (results: Results) => void written.push(results) };
}

const rollout = { startedAt: 1, endedAt: 2, cutOverAt: 2, active: "g", standby: "b", notes: [] };

describe("settle", () => {
  it("writes the outcome of a run that was proven", async () => {
    const sink = createSink();
    const verdict = { startedAt: 2, endedAt: 3, summary: "3 requests on g" };

    const settlement = await settle(sink, stateOf({ rollout, verdict }));

    assert.deepEqual(settlement, { outcome: "PASS", reason: "CUT_OVER_PROVEN", evidence: "3 requests on g" });
    assert.deepEqual(
      sink.written.map(({ outcome, reason, "active-revision": active }) => [outcome, reason, active]),
      [["PASS", "CUT_OVER_PROVEN", "g"]],
    );
  });

  it("writes results also where a step is missing", async () => {
    const sink = createSink();
    const settlement = await settle(sink, stateOf({ rollout }));
    assert.equal(settlement.reason, "STEP_MISSING");
    assert.equal(sink.written[0]?.outcome, "ERROR");
  });

  it("writes every result for a mutate that failed", async () => {
    const sink = createSink();

    const settlement = await settleFailed(sink, new Failure("GREEN_NOT_READY", "00024 is not ready"));

    assert.deepEqual(settlement, {
      outcome: "REFUSED",
      reason: "GREEN_NOT_READY",
      evidence: "00024 is not ready",
    });
    assert.deepEqual(sink.written, [
      {
        outcome: "REFUSED",
        reason: "GREEN_NOT_READY",
        commit: "",
        "commit-url": "",
        "previous-commit": "",
        "active-revision": "",
        "standby-revision": "",
      },
    ]);
  });

  it("writes what was reached before a run broke off", async () => {
    const sink = createSink();
    await settleFailed(sink, new Failure("BUG", "x"), stateOf({ rollout }));
    const [written] = sink.written;
    assert.deepEqual(
      [written?.outcome, written?.commit, written?.["active-revision"]],
      ["ERROR", "0".repeat(40), "g"],
    );
  });

  it("fails where the results cannot be written", async () => {
    const failure = new Failure("STATE_UNWRITABLE", "EROFS");
    await assert.rejects(settle({ write: () => Promise.reject(failure) }, stateOf()), failure);
  });
});
