import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { type CheckPolicy, defaultPolicy } from "../../../src/core/checks/plan.ts";
import {
  advance,
  type CheckState,
  dueAt,
  expire,
  initialState,
  type MeasurementPhase,
} from "../../../src/core/checks/policy.ts";
import {
  type CheckReport,
  checksReportSchema,
  decideChecks,
  describe as describeCheck,
} from "../../../src/core/checks/report.ts";

const phases: Readonly<Record<string, MeasurementPhase>> = {
  S: "Successful",
  F: "Failed",
  I: "Inconclusive",
  E: "Error",
};

/** One letter a measurement, 1 s apart. */
function run(letters: string, change: Partial<CheckPolicy> = {}): CheckState {
  const policy = { ...defaultPolicy, ...change };
  return [...letters].reduce(
    (state, letter, index) =>
      advance(
        state,
        { at: index * 1000, phase: phases[letter] as MeasurementPhase, values: [], detail: letter },
        policy,
      ),
    initialState,
  );
}

describe("advance", () => {
  const rows: readonly (readonly [
    letters: string,
    policy: Partial<CheckPolicy>,
    phase: string,
    taken: number,
  ])[] = [
    ["S", {}, "Successful", 1],
    ["F", {}, "Failed", 1],
    ["", {}, "Running", 0],
    ["IIIIIII", {}, "Running", 7],
    ["IIS", {}, "Successful", 3],
    ["SSF", { count: 3 }, "Failed", 3],
    ["SSSF", { count: 3 }, "Successful", 3],
    ["FS", { count: 3, failureLimit: 1 }, "Running", 2],
    ["FSS", { count: 3, failureLimit: 1 }, "Successful", 3],
    ["FSF", { count: 3, failureLimit: 1 }, "Failed", 3],
    ["FF", { count: 2, failureLimit: 2 }, "Successful", 2],
    ["EEEE", {}, "Running", 4],
    ["EEEEE", {}, "Error", 5],
    ["EEEES", {}, "Successful", 5],
    ["EESEE", { count: 2, consecutiveErrorLimit: 2 }, "Running", 5],
    ["E", { consecutiveErrorLimit: 0 }, "Error", 1],
    ["SS", { count: 5, consecutiveSuccessLimit: 2 }, "Successful", 2],
    ["SISI", { count: 5, consecutiveSuccessLimit: 2 }, "Running", 4],
    ["SESI", { count: 5, consecutiveSuccessLimit: 2 }, "Running", 4],
    ["SFSF", { count: 4, failureLimit: 4, consecutiveSuccessLimit: 2 }, "Inconclusive", 4],
    ["SFSS", { count: 9, failureLimit: 4, consecutiveSuccessLimit: 2 }, "Successful", 4],
  ];
  for (const [letters, policy, phase, taken] of rows) {
    it(`${letters || "nothing"} with ${JSON.stringify(policy)} is ${phase}`, () => {
      const state = run(letters, policy);
      assert.equal(state.phase, phase);
      assert.equal(state.measurements.length, taken);
    });
  }

  it("never fails without a failed measurement, never passes without a successful or tolerated one", () => {
    const letters = fc.string({ unit: fc.constantFrom("S", "F", "I", "E"), maxLength: 20 });
    const policy = fc.record({
      count: fc.integer({ min: 1, max: 5 }),
      failureLimit: fc.integer({ min: 0, max: 3 }),
      consecutiveErrorLimit: fc.integer({ min: 0, max: 3 }),
      consecutiveSuccessLimit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(letters, policy, (text, { consecutiveSuccessLimit: limit, ...rest }) => {
        const state = run(text, limit === undefined ? rest : { ...rest, consecutiveSuccessLimit: limit });
        const count = (phase: string) => state.measurements.filter((one) => one.phase === phase).length;
        const failed = count("Failed");

        const sound: Readonly<Record<CheckState["phase"], boolean>> = {
          Running: failed <= rest.failureLimit,
          Failed: failed > rest.failureLimit,
          Successful: failed <= rest.failureLimit && count("Successful") + failed > 0,
          Inconclusive: limit !== undefined && count("Successful") + failed >= rest.count,
          Error: count("Error") > rest.consecutiveErrorLimit,
        };
        assert.ok(sound[state.phase], state.phase);
      }),
    );
  });
});

describe("expire", () => {
  for (const [letters, phase] of [["", "Inconclusive"], ["I", "Inconclusive"], ["IE", "Error"], ["EI", "Inconclusive"], ["S", "Successful"]] as const) {
    it(`${letters || "nothing"} comes to ${phase}`, () => assert.equal(expire(run(letters)).phase, phase));
  } // biome-ignore format: short
});

describe("dueAt", () => {
  const policy = { ...defaultPolicy, initialDelayMs: 5000, intervalMs: 2000, count: 3 };
  it("waits for the initial delay, then for the interval, then for nothing", () => {
    assert.equal(dueAt(initialState, policy, 100_000), 105_000);
    assert.equal(dueAt(run("SS", policy), policy, 100_000), 3000);
    assert.equal(dueAt(run("SSS", policy), policy, 100_000), undefined);
  });
});

describe("decideChecks", () => {
  function check(name: string, phase: CheckReport["phase"], dryRun = false): CheckReport {
    const measured =
      phase === "Running" ? [] : [{ at: 1, phase, values: [{ value: 1 }], detail: `is ${phase}\u001b` }];
    return { name, kind: "query", condition: "> 1", dryRun, phase, measurements: measured };
  }
  const rows: readonly (readonly [phases: CheckReport[], decision: string])[] = [
    [[], "passed: 0 checks passed"],
    [[check("a", "Successful")], "passed: 1 check passed"],
    [[check("a", "Running"), check("b", "Failed")], "failed CHECK_FAILED: check b: is Failed"],
    [[check("a", "Error"), check("b", "Running")], "running: check b: not measured yet"],
    [[check("a", "Inconclusive"), check("b", "Error")], "error CHECK_ERROR: check b: is Error"],
    [
      [check("a", "Successful"), check("b", "Inconclusive")],
      "inconclusive CHECK_INCONCLUSIVE: check b: is Inconclusive",
    ],
    [[check("a", "Failed", true), check("b", "Successful")], "passed: 1 check passed"],
  ];
  for (const [checks, expected] of rows) {
    it(expected, () => {
      const decision = decideChecks({ checks });
      const reason = "reason" in decision ? ` ${decision.reason}` : "";
      assert.equal(`${decision.kind}${reason}: ${decision.detail}`, expected);
      assert.deepEqual(v.parse(checksReportSchema, JSON.parse(JSON.stringify({ checks }))), { checks });
    });
  }

  it("shows the last measurement of the decisive kind, else the last", () => {
    const [first, last] = [check("a", "Failed"), check("a", "Successful")].map(
      ({ measurements }) => measurements,
    );
    const both = [...(first ?? []), ...(last ?? [])];
    assert.match(describeCheck({ ...check("a", "Failed"), measurements: both }), /is Failed/);
    assert.match(describeCheck({ ...check("a", "Running"), measurements: both }), /is Successful/);
  });
});
