import assert from "node:assert/strict";
import type { RunState } from "../../src/core/run-state.ts";
import { settlementOf } from "../../src/core/settlement.ts";
import { Failure } from "../../src/errors/failure.ts";
import { failureAsJson, runAsJson } from "../../src/report/json.ts";
import { describeRun, explain, explainFailure } from "../../src/report/text.ts";
import { stateOf } from "../steps/builders.ts";

const commit = "4562a17c17".repeat(4);
const mutation = { kind: "committed", commit, commitUrl: "https://x/commit/1", at: 1 } as const;
const rollout = { startedAt: 1_000, endedAt: 3_350, cutOverAt: 3_350, active: "g", standby: "b", notes: [] };
const verdict = { startedAt: 3_350, endedAt: 9_000, summary: "3 requests on g, 0 on b" };

const proven = stateOf({ mutation, rollout, verdict });
const inconclusive = stateOf({
  before: { name: "jukebox", prev: 0, latest: 100 },
  diff: { lines: [{ kind: "added", at: 1, text: "a: 1" }] },
  mutation,
  rollout: { ...rollout, notes: ["g is\u001b[2J cold"] },
  verdict: { ...verdict, trouble: { reason: "NO_TRAFFIC", evidence: "0 of 1" } },
});

describe("a run for people", () => {
  it("that was proven ends with the chain and the evidence", () => {
    assert.deepEqual(describeRun(proven, settlementOf(proven)), [
      "promote user1-test/jukebox → commit 4562a17c17 (committed) → g at 100 % after 2.4 s",
      "PASS CUT_OVER_PROVEN (exit 0): The cut-over is proven",
      "  Evidence: 3 requests on g, 0 on b",
    ]);
  });

  it("that got stuck ends with the command that shows more", () => {
    const command = "oc -n user1-test logs x\u001b[2J --previous";
    const trouble = { reason: "CRASH_LOOP", evidence: "exited with 1", command } as const;
    const state = stateOf({ mutation, rollout: { startedAt: 1, endedAt: 2, notes: [], trouble } });
    const lines = describeRun(state, settlementOf(state));
    assert.equal(lines.at(-1), "  Command:  oc -n user1-test logs x [2J --previous");
    assert.equal(lines.length, 6);
    const json = JSON.parse(JSON.stringify(runAsJson(state, settlementOf(state))));
    assert.deepEqual([json.reason, json.exitCode, json.command], ["CRASH_LOOP", 35, command]);
  });

  it("about several models tells how each ended, the milder as well", () => {
    const trouble = { reason: "SUPERSEDED", evidence: "commit 1" } as const;
    const leaked = { reason: "OTHER_REVISION_SERVED", evidence: "3 on b" } as const;
    const first = stateOf({ mutation, rollout, verdict: { ...verdict, trouble } });
    const of = (name: string) => ({ ...proven, service: { ...proven.service, name } });
    const also = [{ ...of("lyrics"), verdict: { ...verdict, trouble: leaked } }, of("beats")];
    const state = { ...first, also };
    const chain = "commit 4562a17c17 (committed) → g at 100 % after 2.4 s";
    assert.deepEqual(describeRun(state, settlementOf(state)).slice(0, 4), [
      `promote user1-test/jukebox → ${chain} → SUPERSEDED SUPERSEDED`,
      `promote user1-test/lyrics → ${chain} → FAIL OTHER_REVISION_SERVED`,
      `promote user1-test/beats → ${chain} → PASS CUT_OVER_PROVEN`,
      "FAIL OTHER_REVISION_SERVED (exit 24): Another revision still answered requests",
    ]);
    const json = JSON.parse(JSON.stringify(runAsJson(state, settlementOf(state))));
    assert.equal(json.reason, "OTHER_REVISION_SERVED");
    assert.deepEqual(
      json.models.map((each: typeof json) => [each.service.name, each.outcome, each.reason, each.evidence]),
      [
        ["jukebox", "SUPERSEDED", "SUPERSEDED", "commit 1"],
        ["lyrics", "FAIL", "OTHER_REVISION_SERVED", "3 on b"],
        ["beats", "PASS", "CUT_OVER_PROVEN", "3 requests on g, 0 on b"],
      ],
    );
  });

  it("tells what each colour holds, as verify saw it last", () => {
    const replicas = { ready: 1, unready: 0, ending: 0 };
    const active = { role: "active", revision: "g", warmth: "warm", routed: true } as const;
    const holdings = [{ ...active, replicas, requests: { cpu: 2, "x\u001b[2J": 1 } }];
    const state = stateOf({ mutation, rollout, verdict: { ...verdict, holdings } });
    const lines = describeRun(state, settlementOf(state));
    assert.equal(lines[0], "Active g: warm, replicas: 1 ready; holds cpu 2, x [2J 1");
    const json = JSON.parse(JSON.stringify(runAsJson(state, settlementOf(state))));
    assert.deepEqual(json.verdict.holdings, holdings);
  });

  it("tells of the automatic rollback in one line, and how to go on with one that was cut short", () => {
    const trouble = { reason: "CANCELLED", evidence: "while waiting" } as const;
    const lines = (recovery: RunState["recovery"]) => {
      const state = { ...inconclusive, recovery };
      return describeRun(state, settlementOf(state)).filter((line) => line.startsWith("Automatic rollback"));
    };
    const [line, ...others] = lines({ trouble });
    assert.match(
      line ?? "",
      /^Automatic rollback: ERROR CANCELLED: while waiting. To go on with it: bluegreen rollback --run-id run-1 --undo-run run-1 /,
    );
    assert.deepEqual(others, []);
    assert.match(
      lines({ run: proven })[0] ?? "",
      /^Automatic rollback: PASS CUT_OVER_PROVEN, commit 4562a17c17: 3 requests on g, 0 on b$/,
    );
  });

  it("that was not proven ends with what to do next, at most five lines", () => {
    const lines = describeRun(inconclusive, settlementOf(inconclusive));
    assert.equal(lines[0], "Note: g is [2J cold");
    assert.equal(lines[2], "INCONCLUSIVE NO_TRAFFIC (exit 25): No inference request was seen");
    assert.deepEqual(
      lines.slice(3).map((line) => line.slice(0, 12).trim()),
      ["Evidence:", "Why:", "Next:"],
    );
  });

  it("shows only the links that hold", () => {
    const bare = stateOf({ mutation: { kind: "unchanged", at: 1 } });
    assert.equal(describeRun(bare, settlementOf(bare))[0], "promote user1-test/jukebox");
  });
});

describe("a failure for people", () => {
  it("is explained in four lines of printable text", () => {
    const lines = explain("GIT_AUTH", `401\u001b[31m ${"x".repeat(2_000)}`);
    assert.equal(lines.length, 4);
    assert.equal(lines[0], "ERROR GIT_AUTH (exit 27): The Git server refused the credentials");
    for (const line of lines) {
      assert.ok(line.length < 700);
      assert.doesNotMatch(line, /\p{Cc}/u);
    }
  });

  it("names further causes first", () => {
    const also = [new Failure("STAGED_VERSION_DIFFERS", "v9"), new Failure("GREEN_NOT_READY", "and 25")];
    const lines = explainFailure(new Failure("GREEN_NOT_READY", "24", { also }));
    assert.deepEqual(lines.slice(0, 3), [
      "Also: STAGED_VERSION_DIFFERS: Git holds another version than the cluster runs: v9",
      "Also: and 25",
      "REFUSED GREEN_NOT_READY (exit 22): Green is not ready",
    ]);
  });
});

describe("a run for machines", () => {
  it("holds outcome, cause, results and what every step left", () => {
    const json = JSON.parse(JSON.stringify(runAsJson(inconclusive, settlementOf(inconclusive))));
    assert.deepEqual(
      [json.outcome, json.reason, json.exitCode, json.retryable, json.evidence],
      ["INCONCLUSIVE", "NO_TRAFFIC", 25, true, "0 of 1"],
    );
    assert.equal(json.results.commit, commit);
    assert.deepEqual(json.verdict, inconclusive.verdict);
    assert.deepEqual([json.before, json.diff], [inconclusive.before, inconclusive.diff]);
    assert.deepEqual(json.rollout, inconclusive.rollout);
  });

  it("a failure holds its further causes", () => {
    const also = [new Failure("RAW_MODE", "Standard")];
    const json = JSON.parse(JSON.stringify(failureAsJson(new Failure("GREEN_NOT_READY", "24", { also }))));
    assert.deepEqual([json.reason, json.exitCode, json.also.length], ["GREEN_NOT_READY", 22, 1]);
    assert.deepEqual([json.also[0].reason, json.also[0].evidence], ["RAW_MODE", "Standard"]);
  });
});
