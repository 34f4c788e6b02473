import assert from "node:assert/strict";
import type { RecoveryPolicy } from "../../src/core/recovery.ts";
import type { Results } from "../../src/core/results.ts";
import { Failure } from "../../src/errors/failure.ts";
import { type ResultsSink, settle, settleFailed, type Undo } from "../../src/steps/settle.ts";
import { stateOf } from "./builders.ts";
import { createLog } from "./fakes.ts";

function createSink() {
  const written: Results[] = [];
  return { written, write: async (results: Results) => void written.push(results) };
}

const undoing: RecoveryPolicy = { onFailure: "rollback", causes: ["FAIL"] };

function ports(sink: ResultsSink, undo: Undo = () => assert.fail("nothing is to be undone")) {
  return { sink, log: createLog(), undo };
}

const rollout = { startedAt: 1, endedAt: 2, cutOverAt: 2, active: "g", standby: "b", notes: [] };

describe("settle", () => {
  it("writes the outcome of a run that was proven", async () => {
    const sink = createSink();
    const verdict = { startedAt: 2, endedAt: 3, summary: "3 requests on g" };

    const { settlement, state } = await settle(ports(sink), stateOf({ rollout, verdict }), undoing);

    assert.equal(state.recovery, undefined);
    assert.deepEqual(settlement, { outcome: "PASS", reason: "CUT_OVER_PROVEN", evidence: "3 requests on g" });
    assert.deepEqual(
      sink.written.map(({ outcome, reason, "active-revision": active }) => [outcome, reason, active]),
      [["PASS", "CUT_OVER_PROVEN", "g"]],
    );
  });

  it("writes results also where a step is missing", async () => {
    const sink = createSink();
    const { settlement } = await settle(ports(sink), stateOf({ rollout }), undoing);
    assert.equal(settlement.reason, "STEP_MISSING");
    assert.equal(sink.written[0]?.outcome, "ERROR");
  });

  describe("where another revision served", () => {
    const trouble = { reason: "OTHER_REVISION_SERVED", evidence: "9 requests on b" } as const;
    const failed = stateOf({ rollout, verdict: { startedAt: 2, endedAt: 3, trouble } });
    const back = stateOf({
      rollout: { ...rollout, active: "b", standby: "g" },
      verdict: { startedAt: 4, endedAt: 5, summary: "3 requests on b" },
    });

    it("rolls back if asked to; the outcome stays the run's own", async () => {
      const sink = createSink();
      const { settlement, state } = await settle(
        ports(sink, async () => ({ run: back })),
        failed,
        undoing,
      );
      assert.equal(settlement.outcome, "FAIL");
      assert.deepEqual(state.recovery, { run: back });
      const [written] = sink.written;
      assert.deepEqual(
        [written?.outcome, written?.rollback, written?.["active-revision"], written?.commit],
        ["FAIL", "PASS", "b", "0".repeat(40)],
      );
    });

    it("tells what serves where the rollback did not come into force", async () => {
      const sink = createSink();
      const undo = async () => ({ trouble: { reason: "GIT_UNREACHABLE", evidence: "502" } as const });
      await settle(ports(sink, undo), failed, undoing);
      const [written] = sink.written;
      assert.deepEqual([written?.rollback, written?.["active-revision"]], ["ERROR", "g"]);
    });

    it("keeps the run's own outcome where the rollback cannot even begin", async () => {
      const sink = createSink();
      const undo = async () => {
        throw new Failure("GIT_AUTH", "the Secret is gone");
      };
      const { settlement, state } = await settle(ports(sink, undo), failed, undoing);
      assert.equal(settlement.outcome, "FAIL");
      assert.deepEqual(state.recovery, { trouble: { reason: "GIT_AUTH", evidence: "the Secret is gone" } });
      assert.deepEqual([sink.written[0]?.outcome, sink.written[0]?.rollback], ["FAIL", "ERROR"]);
    });

    it("lets no bug of the rollback pass for its end", async () => {
      const bug = new TypeError("x is not a function");
      const undo = () => Promise.reject(bug);
      await assert.rejects(settle(ports(createSink(), undo), failed, undoing), bug);
    });

    it("holds by default, without a word", async () => {
      const held = ports(createSink());
      const { state } = await settle(held, failed, { ...undoing, onFailure: "hold" });
      assert.equal(state, failed);
      assert.deepEqual(held.log.lines, []);
    });

    it("says why it holds where a rollback was asked for", async () => {
      const held = ports(createSink());
      await settle(held, { ...failed, intent: { action: "rollback", sets: [] } }, undoing);
      assert.match(held.log.lines.join(), /No automatic rollback: a failed rollback is never/);
    });
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
        rollback: "",
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
    const sink = { write: () => Promise.reject(failure) };
    await assert.rejects(settle(ports(sink), stateOf(), undoing), failure);
  });
});
