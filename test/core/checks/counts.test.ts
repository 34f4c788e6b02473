import assert from "node:assert/strict";
import { countsOf } from "../../../src/core/checks/counts.ts";
import type { PodEvidence } from "../../../src/core/verdict/evidence.ts";
import { runtimes } from "../../../src/core/verdict/runtimes.ts";

function pod(name: string, revision: string, change: Partial<PodEvidence> = {}): PodEvidence {
  return {
    pod: name,
    revision,
    role: "active",
    presence: "ready",
    samples: 2,
    increase: 0,
    requests: 10,
    failed: 1,
    failedIncrease: 0,
    failedRequests: 0,
    fresh: true,
    down: false,
    undecided: false,
    leftOut: false,
    contradictory: false,
    series: [],
    runtime: "ovms",
    ...change,
  };
}

describe("what the checks are told of a revision", () => {
  it("is the sum of its pods, with its runtime's histogram", () => {
    const counts = countsOf([pod("a", "g"), pod("b", "g"), pod("c", "b", { requests: 99 })], "g");
    assert.deepEqual(counts, {
      requests: { requests: 20, failed: 2 },
      activePods: ["a", "b"],
      histogram: runtimes.find(({ name }) => name === "ovms")?.latency,
    });
  });

  it("holds no failures and no histogram where the runtime does not tell them", () => {
    assert.deepEqual(countsOf([pod("a", "g", { runtime: "query" })], "g"), {
      requests: { requests: 10 },
      activePods: ["a"],
    });
    assert.deepEqual(countsOf([pod("a", "g", { runtime: "triton" })], "g").histogram, undefined);
  });

  it("is nothing of a revision that nobody saw", () => {
    assert.deepEqual(countsOf([pod("a", "g")], undefined), { requests: { requests: 0 }, activePods: [] });
  });
});
