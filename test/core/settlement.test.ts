import assert from "node:assert/strict";
import { resultsOf } from "../../src/core/results.ts";
import type { ModelRun, RunState } from "../../src/core/run-state.ts";
import { settlementOf } from "../../src/core/settlement.ts";
import { type Outcome, type ReasonId, reasons } from "../../src/errors/catalogue.ts";

const base: RunState = {
  format: "bluegreen-run",
  version: 1,
  run: "run-7f3a",
  startedAt: 1,
  service: { namespace: "user1-test", name: "jukebox" },
  intent: { action: "promote", sets: [] },
  git: {
    url: "https://gitea.example.com/x.git",
    branch: "main",
    location: { path: "config.yaml", percentPath: "canary.trafficPercent", versionPath: "version" },
  },
  expectation: { action: "promote", percent: 100, active: "g", standby: "b", known: [] },
  mutation: {
    kind: "committed",
    commit: "c1",
    previousCommit: "c0",
    commitUrl: "https://x/commit/c1",
    at: 1,
  },
};

const rolledOut = { startedAt: 1, endedAt: 2, cutOverAt: 2, active: "g", standby: "b", notes: [] };
const proven = { startedAt: 2, endedAt: 3, summary: "3 requests on g, 0 on b" };

function failing(reason: ReasonId) {
  return { startedAt: 1, endedAt: 2, notes: [], trouble: { reason, evidence: `evidence of ${reason}` } };
}

function modelRun(name: string, changes: Partial<ModelRun> = {}): ModelRun {
  return {
    ...base,
    service: { namespace: "user1-test", name },
    rollout: rolledOut,
    verdict: proven,
    ...changes,
  };
}

describe("the outcome of a run about several models", () => {
  const unchanged = { mutation: { kind: "unchanged", at: 1 } } as const;

  it("is proven where each of them is, with everybody's evidence", () => {
    const state = { ...modelRun("a"), also: [modelRun("b", unchanged)] };
    assert.deepEqual(settlementOf(state), {
      outcome: "PASS",
      reason: "CUT_OVER_PROVEN",
      evidence: `user1-test/a: ${proven.summary}; user1-test/b: ${proven.summary}`,
    });
    const there = { ...modelRun("a", unchanged), also: [modelRun("b", unchanged)] };
    assert.equal(settlementOf(there).reason, "ALREADY_THERE");
  });

  it("is the worst one's, which is named", () => {
    const broken = modelRun("b", {
      verdict: {
        startedAt: 1,
        endedAt: 2,
        trouble: { reason: "OTHER_REVISION_SERVED", evidence: "7 requests" },
      },
    });
    const doubtful = modelRun("c", { verdict: failing("NO_TRAFFIC") });
    const state = { ...modelRun("a"), also: [doubtful, broken] };
    const { outcome, reason, evidence } = settlementOf(state);
    assert.deepEqual(
      [outcome, reason, evidence],
      ["FAIL", "OTHER_REVISION_SERVED", "user1-test/b: 7 requests"],
    );
  });

  it("gives each model's revisions, and the commit of those that needed one", () => {
    const state = {
      ...modelRun("a", unchanged),
      also: [modelRun("b", { rollout: { ...rolledOut, active: "h" } })],
    };
    const results = resultsOf(state, settlementOf(state));
    assert.equal(results.commit, "c1");
    assert.equal(results["active-revision"], "g,h");
    assert.equal(results["standby-revision"], "b,b");
  });

  it("gives each model's revisions, in their order, where only one of them was rolled back", () => {
    const promoted = (name: string) => modelRun(name, { rollout: { ...rolledOut, active: `${name}-g` } });
    const state = { ...promoted("a"), also: [promoted("b"), promoted("c")] };
    const back = modelRun("b", { rollout: { ...rolledOut, active: "b-b", standby: "b-g" } });
    const blocked = modelRun("c", { rollout: failing("ROLLBACK_BLOCKED") });
    const results = resultsOf(
      { ...state, recovery: { run: { ...back, also: [blocked] } } },
      settlementOf(state),
    );
    assert.equal(results["active-revision"], "a-g,b-b,c-g");
    assert.equal(results["standby-revision"], "b,b-g,b");
  });

  it("gives the first revisions of many models and says how many more there are: results share 1 KB", () => {
    const named = (number: number) =>
      modelRun("a", {
        rollout: {
          ...rolledOut,
          active: `${"model".repeat(9)}-predictor-${10_000 + number}`,
          standby: `${number}`,
        },
      });
    const most = {
      commit: "c".repeat(40),
      commitUrl: `https://${"git".repeat(50)}`,
      previousCommit: "d".repeat(40),
    };
    for (const count of [2, 3, 4, 20, 1000]) {
      const [first, ...also] = Array.from({ length: count }, (_, number) => named(number));
      const mutation = { kind: "committed", at: 1, ...most } as const;
      const state = { ...(first ?? modelRun("a")), mutation, also };
      const results = resultsOf(state, settlementOf(state));
      const shown = results["active-revision"].split(",");
      const more = /^… \((\d+) more\)$/.exec(shown.at(-1) ?? "")?.[1];
      assert.equal(count, more === undefined ? shown.length : shown.length - 1 + Number(more));
      assert.equal(more === undefined, count <= 3, `${count}`);
      const encoded = Object.entries(results).map(([key, value]) => ({ key, value, type: 1 }));
      assert.ok(Buffer.byteLength(JSON.stringify(encoded)) < 1024, `${count} models`);
    }
  });
});

type Case = readonly [what: string, changes: Partial<RunState>, reason: ReasonId, evidence: string];

describe("the outcome of a run", () => {
  const cases: readonly Case[] = [
    ["everything proven", { rollout: rolledOut, verdict: proven }, "CUT_OVER_PROVEN", proven.summary],
    [
      "everything proven of a stage, which cuts nothing over",
      { intent: { action: "stage", version: "v2", sets: [] }, rollout: rolledOut, verdict: proven },
      "STAGE_PROVEN",
      proven.summary,
    ],
    [
      "everything proven after a retry of the same run",
      { mutation: { kind: "resumed", commit: "c1", at: 1 }, rollout: rolledOut, verdict: proven },
      "CUT_OVER_PROVEN",
      proven.summary,
    ],
    [
      "everything proven without a commit",
      { mutation: { kind: "unchanged", at: 1 }, rollout: rolledOut, verdict: proven },
      "ALREADY_THERE",
      proven.summary,
    ],
    ["await left nothing", {}, "STEP_MISSING", "await left no result in the state file"],
    [
      "await left a report without cut-over and without trouble",
      { rollout: { startedAt: 1, endedAt: 2, notes: [] }, verdict: proven },
      "STEP_MISSING",
      "await left no result in the state file",
    ],
    [
      "verify left nothing",
      { rollout: rolledOut },
      "STEP_MISSING",
      "verify left no result in the state file",
    ],
    [
      "verify left a report without summary and without trouble",
      { rollout: rolledOut, verdict: { startedAt: 1, endedAt: 2 } },
      "STEP_MISSING",
      "verify left no result in the state file",
    ],
    [
      "the rollout failed: a verdict cannot mend it",
      { rollout: { ...rolledOut, ...failing("SUPERSEDED") }, verdict: proven },
      "SUPERSEDED",
      "evidence of SUPERSEDED",
    ],
    [
      "the rollout failed",
      { rollout: failing("EDIT_NOT_REACHED") },
      "EDIT_NOT_REACHED",
      "evidence of EDIT_NOT_REACHED",
    ],
    [
      "the verdict is against it",
      { rollout: rolledOut, verdict: { ...proven, ...failing("OTHER_REVISION_SERVED") } },
      "OTHER_REVISION_SERVED",
      "evidence of OTHER_REVISION_SERVED",
    ],
    [
      "no verdict was possible",
      { rollout: rolledOut, verdict: { ...proven, ...failing("NO_TRAFFIC") } },
      "NO_TRAFFIC",
      "evidence of NO_TRAFFIC",
    ],
    [
      "Prometheus was away, also without a commit: never UNCHANGED",
      {
        mutation: { kind: "unchanged", at: 1 },
        rollout: rolledOut,
        verdict: failing("METRICS_UNREACHABLE"),
      },
      "METRICS_UNREACHABLE",
      "evidence of METRICS_UNREACHABLE",
    ],
  ];
  for (const [what, changes, reason, evidence] of cases) {
    it(`${what}: ${reason}`, () => {
      const { outcome } = reasons[reason];
      assert.deepEqual(settlementOf({ ...base, ...changes }), { outcome, reason, evidence });
    });
  }

  it("is good only where both the cut-over and the counters say so", () => {
    const good: readonly Outcome[] = ["PASS", "UNCHANGED"];
    const rollouts = [
      undefined,
      rolledOut,
      failing("ROLLOUT_TIMEOUT"),
      { ...rolledOut, cutOverAt: undefined },
    ];
    const verdicts = [undefined, proven, failing("NO_SCRAPE"), { ...proven, summary: undefined }];
    for (const rollout of rollouts) {
      for (const verdict of verdicts) {
        const { outcome } = settlementOf({ ...base, rollout, verdict });
        assert.equal(good.includes(outcome), rollout === rolledOut && verdict === proven);
      }
    }
  });
});

describe("the results for a pipeline", () => {
  const settlement = { outcome: "PASS", reason: "CUT_OVER_PROVEN", evidence: "" } as const;

  it("hold what is known", () => {
    assert.deepEqual(resultsOf({ ...base, rollout: rolledOut }, settlement), {
      outcome: "PASS",
      reason: "CUT_OVER_PROVEN",
      commit: "c1",
      "commit-url": "https://x/commit/c1",
      "previous-commit": "c0",
      "active-revision": "g",
      "standby-revision": "b",
      rollback: "",
    });
  });

  it("hold the automatic rollback's outcome, and what serves after it", () => {
    const back = { ...base, rollout: { ...rolledOut, active: "b", standby: "g" }, verdict: proven };
    const after = resultsOf({ ...base, rollout: rolledOut, recovery: { run: back } }, settlement);
    assert.deepEqual([after.rollback, after["active-revision"]], ["PASS", "b"]);

    const failed = { trouble: { reason: "METRICS_UNREACHABLE", evidence: "no" } } as const;
    const still = resultsOf({ ...base, rollout: rolledOut, recovery: failed }, settlement);
    assert.deepEqual([still.rollback, still["active-revision"]], ["ERROR", "g"]);
  });

  it("hold an empty text for everything else", () => {
    const empty = {
      outcome: "PASS",
      reason: "CUT_OVER_PROVEN",
      commit: "",
      "commit-url": "",
      "previous-commit": "",
      "active-revision": "",
      "standby-revision": "",
      rollback: "",
    };
    assert.deepEqual(resultsOf(undefined, settlement), empty);
    assert.deepEqual(
      resultsOf({ ...base, mutation: { kind: "unchanged", at: 1 }, rollout: failing("BUG") }, settlement),
      empty,
    );
  });
});
