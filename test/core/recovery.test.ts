import assert from "node:assert/strict";
import type { Action } from "../../src/core/intent.ts";
import {
  changedModels,
  decideRecovery,
  isRecoverable,
  type RecoveryPolicy,
  recoveryCommand,
  recoverySettlement,
} from "../../src/core/recovery.ts";
import type { RunState } from "../../src/core/run-state.ts";
import { type ReasonId, reasons } from "../../src/errors/catalogue.ts";
import { stateOf } from "../steps/builders.ts";

const rollback: RecoveryPolicy = { onFailure: "rollback", causes: ["FAIL"] };

function decide(reason: ReasonId, policy: RecoveryPolicy = rollback, changes: Partial<RunState> = {}) {
  const rollout = { startedAt: 1, endedAt: 2, notes: [], trouble: { reason, evidence: "x" } };
  return decideRecovery(stateOf({ rollout, ...changes }), policy);
}

const all = Object.keys(reasons) as ReasonId[];

describe("an automatic rollback", () => {
  it("follows a FAIL of a promote, and by default nothing else", () => {
    for (const reason of all) {
      const wanted = reasons[reason].outcome === "FAIL" ? "rollback" : "hold";
      assert.equal(decide(reason).kind, wanted, reason);
    }
  });

  it("never happens where the policy is to hold", () => {
    for (const reason of all) {
      assert.deepEqual(decide(reason, { ...rollback, onFailure: "hold" }), { kind: "hold" });
    }
  });

  it("follows another outcome or a single reason where that was opted in", () => {
    assert.equal(decide("NO_TRAFFIC", { ...rollback, causes: ["INCONCLUSIVE"] }).kind, "rollback");
    assert.equal(decide("NO_TRAFFIC", { ...rollback, causes: ["NO_SCRAPE"] }).kind, "hold");
    assert.equal(decide("NO_SCRAPE", { ...rollback, causes: ["NO_SCRAPE"] }).kind, "rollback");
    assert.deepEqual(decide("OTHER_REVISION_SERVED", { ...rollback, causes: ["NO_SCRAPE", "NO_TRAFFIC"] }), {
      kind: "hold",
      why: "FAIL (OTHER_REVISION_SERVED) is not among the causes to roll back (NO_SCRAPE, NO_TRAFFIC)",
    });
  });

  it("that was opted in for a general cause follows the exact ones as well", () => {
    const late = { ...rollback, causes: ["ROLLOUT_TIMEOUT"] } as const;
    const lost = { ...rollback, causes: ["EDIT_NOT_REACHED"] } as const;
    for (const [policy, follows, holds] of [
      [
        late,
        ["ROLLOUT_TIMEOUT", "CRASH_LOOP", "QUOTA_EXCEEDED"],
        ["ROLLBACK_BLOCKED", "MERGE_TIMEOUT", "SYNC_WINDOW"],
      ],
      [lost, ["EDIT_NOT_REACHED", "SYNC_WINDOW"], ["CRASH_LOOP", "WRONG_BLUE"]],
    ] as const) {
      for (const reason of follows) assert.equal(decide(reason, policy).kind, "rollback", reason);
      for (const reason of holds) assert.equal(decide(reason, policy).kind, "hold", reason);
    }
  });

  for (const reason of ["CANCELLED", "SUPERSEDED", "GREEN_NOT_READY", "NOT_THE_RUNS_CHANGE"] as const) {
    it(`never follows ${reason}, whatever was opted in`, () => {
      const causes = [...new Set(all.map((id) => reasons[id].outcome)), ...all];
      const why = `${reason} is never a cause to roll back`;
      assert.deepEqual(decide(reason, { ...rollback, causes }), { kind: "hold", why });
      assert.equal(isRecoverable(reason), false);
    });
  }

  for (const action of ["stage", "rollback"] as Action[]) {
    it(`never follows a ${action}`, () => {
      const decision = decide("OTHER_REVISION_SERVED", rollback, { intent: { action, sets: [] } });
      assert.deepEqual(decision, { kind: "hold", why: `a failed ${action} is never rolled back by itself` });
    });
  }

  it("never undoes a commit that this run did not make", () => {
    const mutation = { kind: "unchanged", at: 1 } as const;
    assert.equal(decide("OTHER_REVISION_SERVED", rollback, { mutation }).kind, "hold");
    const resumed = { kind: "resumed", commit: "c", at: 1 } as const;
    assert.equal(decide("OTHER_REVISION_SERVED", rollback, { mutation: resumed }).kind, "rollback");
  });

  it("undoes the commit that this run made for one of several models", () => {
    const unchanged = { ...stateOf({ mutation: { kind: "unchanged", at: 1 } }) };
    assert.equal(decide("OTHER_REVISION_SERVED", rollback, { also: [unchanged] }).kind, "rollback");
    const both = decide("OTHER_REVISION_SERVED", rollback, {
      mutation: unchanged.mutation,
      also: [unchanged],
    });
    assert.deepEqual(both, {
      kind: "hold",
      why: "this run made no commit, so there is nothing of it to undo",
    });
  });
});

describe("a cause to roll back", () => {
  for (const [cause, can] of [
    ["FAIL", true],
    ["INCONCLUSIVE", true],
    ["ERROR", true],
    ["ROLLOUT_TIMEOUT", true],
    ["PASS", false],
    ["REFUSED", false],
    ["SUPERSEDED", false],
    ["CUT_OVER_PROVEN", false],
    ["STAGE_PROVEN", false],
    ["toString", false],
    ["", false],
  ] as const) {
    it(`${cause || "nothing"}: ${can}`, () => assert.equal(isRecoverable(cause), can));
  }
});

describe("an automatic rollback of several models", () => {
  const failed: NonNullable<RunState["rollout"]> = {
    startedAt: 1,
    endedAt: 2,
    notes: [],
    trouble: { reason: "CRASH_LOOP", evidence: "x" },
  };
  const proven = { startedAt: 1, endedAt: 2, cutOverAt: 2, active: "b", notes: [] };
  const verdict = { startedAt: 2, endedAt: 3, summary: "3 requests" };
  const unchanged = { mutation: { kind: "unchanged", at: 1 } } as const;
  const lyrics = { ...stateOf(), service: { namespace: "user1-test", name: "lyrics" } };

  it("does not undo a proven one for the failure of one that this run did not change", () => {
    const state = stateOf({ rollout: failed, ...unchanged, also: [{ ...lyrics, rollout: proven, verdict }] });
    assert.deepEqual(decideRecovery(state, rollback), {
      kind: "hold",
      why: "what failed is a model that this run did not change",
    });
  });

  it("follows the failure of one that it did change, whatever the others are", () => {
    const state = stateOf({ rollout: proven, verdict, ...unchanged, also: [{ ...lyrics, rollout: failed }] });
    assert.equal(decideRecovery(state, rollback).kind, "rollback");
  });
});

describe("how a rollback ended", () => {
  const rollout = { startedAt: 1, endedAt: 2, cutOverAt: 2, active: "b", standby: "g", notes: [] };
  it("is its own settlement", () => {
    const run = stateOf({ rollout, verdict: { startedAt: 2, endedAt: 3, summary: "3 requests on b" } });
    assert.deepEqual(recoverySettlement({ run }), {
      outcome: "PASS",
      reason: "CUT_OVER_PROVEN",
      evidence: "3 requests on b",
    });
    assert.equal(recoverySettlement({ run: stateOf({ rollout }) }).reason, "STEP_MISSING");
    assert.equal(recoverySettlement({}).evidence, "the rollback left no result");
  });

  it("is why it could not begin", () => {
    const trouble = { reason: "NOT_THE_RUNS_CHANGE", evidence: "commit 1" } as const;
    assert.equal(recoverySettlement({ trouble }).outcome, "UNCHANGED");
  });

  it("is the worse of what was done and of what could not be begun, where several models were to be rolled back", () => {
    const times = { startedAt: 1, endedAt: 2 };
    const rollout = { ...times, cutOverAt: 2, notes: [] };
    const run = stateOf({ rollout, verdict: { ...times, summary: "3 requests on b" } });
    const failed = stateOf({
      rollout: { ...times, notes: [], trouble: { reason: "CRASH_LOOP", evidence: "x" } },
    });
    const theirs = { reason: "NOT_THE_RUNS_CHANGE", evidence: "commit 1" } as const;
    const gone = { reason: "PREVIOUS_REVISION_GONE", evidence: "r23" } as const;
    const told = (...args: Parameters<typeof recoverySettlement>) => {
      const { reason, evidence } = recoverySettlement(...args);
      return [reason, evidence];
    };
    assert.deepEqual(told({ run, trouble: theirs }), ["CUT_OVER_PROVEN", "3 requests on b; commit 1"]);
    assert.deepEqual(told({ run, trouble: gone }), ["PREVIOUS_REVISION_GONE", "3 requests on b; r23"]);
    assert.deepEqual(told({ run: failed, trouble: gone }), ["CRASH_LOOP", "x; r23"]);
  });

  it("is an error where nothing is known", () => assert.equal(recoverySettlement({}).outcome, "ERROR"));
});

describe("the way on with an automatic rollback", () => {
  function commandAfter(reason: ReasonId, command?: string): string | undefined {
    const recovery = { trouble: { reason, evidence: "x", ...(command && { command }) } };
    return recoveryCommand({ ...stateOf(), recovery });
  }

  it("is to run it by itself, where it did not come to its end", () => {
    for (const reason of ["CANCELLED", "GIT_UNREACHABLE", "NO_TRAFFIC", "ROLLOUT_TIMEOUT"] as const)
      assert.match(
        commandAfter(reason) ?? "",
        /^bluegreen rollback --run-id run-1 --undo-run run-1 /,
        reason,
      );
  });

  it("is the one that its cause knows, where that is more than a look", () => {
    assert.equal(
      commandAfter("WRONG_BLUE", "bluegreen rollback --restore-version"),
      "bluegreen rollback --restore-version",
    );
    assert.match(commandAfter("CRASH_LOOP", "oc logs x") ?? "", /--undo-run/);
  });

  it("is none where it was done, or where somebody decided otherwise", () => {
    for (const reason of ["CUT_OVER_PROVEN", "SUPERSEDED", "NOT_THE_RUNS_CHANGE", "PUSH_CONFLICT"] as const)
      assert.equal(commandAfter(reason), undefined, reason);
  });

  it("is about the models that the run changed; of a run that changed none about all", () => {
    const other = stateOf({ service: { namespace: "user1-test", name: "lyrics" } });
    const unchanged = { ...other, mutation: { ...other.mutation, kind: "unchanged" as const } };
    const names = (state: RunState) => changedModels(state).map(({ service }) => service.name);
    assert.deepEqual(names({ ...stateOf(), also: [other] }), ["jukebox", "lyrics"]);
    assert.deepEqual(names({ ...stateOf(), also: [unchanged] }), ["jukebox"]);
    assert.deepEqual(names(unchanged), ["lyrics"]);
  });
});
