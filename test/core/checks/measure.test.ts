import assert from "node:assert/strict";
import { conditionOf, parseCondition } from "../../../src/core/checks/condition.ts";
import {
  baselineOf,
  measureErrorRatio,
  measureLatency,
  measureQuery,
  type Reading,
} from "../../../src/core/checks/measure.ts";
import type { QueryAnswer } from "../../../src/ports.ts";

const none: Readonly<Record<string, string>> = {};

function answer(values: readonly (number | undefined)[], warnings: readonly string[] = []): QueryAnswer {
  return {
    series: values.map((value, index) => ({
      labels: values.length === 1 ? none : { pod: `p${index}` },
      samples: value === undefined ? [] : [{ time: 1, value }],
    })),
    warnings,
  };
}

function say({ phase, detail }: Reading): string {
  return `${phase}: ${detail}`;
}

describe("measureQuery", () => {
  const rows: readonly (readonly [what: string, QueryAnswer, condition: string, baseline: number | undefined, said: string])[] = [
    ["one value that holds", answer([0.5]), "<= 1", undefined, "Successful: 0.5; wanted <= 1"],
    ["one that does not", answer([1.23456789]), "<= 1", undefined, "Failed: 1.23457; wanted <= 1"],
    ["every series holds", answer([0, 1, 1]), "<= 1", undefined, "Successful: all 3 series hold"],
    ["one of several does not", answer([0, 2]), "<= 1", undefined, 'Failed: {pod="p1"} is 2; wanted <= 1'],
    ["against a baseline", answer([2]), "<= 1.5 * baseline", 1, "Failed: 2; wanted <= 1.5 (<= 1.5 * baseline)"],
    ["no baseline", answer([2]), "<= baseline", undefined, "Inconclusive: there is no baseline to compare with"],
    ["no series", answer([]), "<= 1", undefined, "Inconclusive: the query gives no series"],
    ["a series without a sample", answer([undefined]), "<= 1", undefined, "Inconclusive: the query gives no series"],
    ["NaN", answer([Number.NaN]), "<= 1", undefined, "Inconclusive: NaN is no number to compare"],
    ["Infinity beside a good one", answer([0, Number.POSITIVE_INFINITY]), "<= 1", undefined, 'Inconclusive: {pod="p1"} is Infinity is no number to compare'],
    ["NaN beside a bad one", answer([Number.NaN, 2]), "<= 1", undefined, 'Failed: {pod="p1"} is 2; wanted <= 1'],
    ["a partial answer that holds", answer([0], ["no\u001b store"]), "<= 1", undefined, "Inconclusive: Prometheus warns: no store"],
    // A ratio of half of the pods: the other half may bring it to either side of the limit.
    ["a partial answer that does not", answer([2], ["no store"]), "<= 1", undefined, "Inconclusive: Prometheus warns: no store"],
    ["a partial answer that is too little", answer([0.5], ["no store"]), ">= 0.99", undefined, "Inconclusive: Prometheus warns: no store"],
  ]; // biome-ignore format: table
  for (const [what, given, text, baseline, said] of rows) {
    it(`${what}: ${said}`, () => {
      const condition = parseCondition(text);
      assert.ok(condition.kind === "parsed");
      assert.equal(say(measureQuery(given, condition.value, baseline)), said);
    });
  }

  it("judges all series, and keeps the first of many", () => {
    const many = [...Array.from({ length: 5_000 }, () => 1), 7];
    const { values, phase, detail } = measureQuery(answer(many), conditionOf("<=", 1), undefined);
    assert.deepEqual([phase, detail], ["Failed", '{pod="p5000"} is 7; wanted <= 1']);
    assert.deepEqual([values.length, values[19]], [20, { labels: { pod: "p19" }, value: 1 }]);
  });

  it("writes what JSON has no number for as text", () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1];
    const { values } = measureQuery(answer(odd), conditionOf("<=", 1), undefined);
    assert.deepEqual(
      values.map(({ value }) => value),
      ["NaN", "+Inf", "-Inf", 1],
    );
  });
});

describe("baselineOf", () => {
  const rows: readonly (readonly [QueryAnswer, string])[] = [
    [answer([3]), '{"value":3}'],
    [answer([]), "no series before"],
    [answer([1, 2]), "gave 2 series before the cut-over; a baseline is one number"],
    [answer([Number.NaN]), "gave no number"],
    [answer([undefined]), "gave no number"],
    [answer([3], ["no store"]), "partial"],
  ];
  for (const [given, said] of rows) {
    it(said, () => assert.ok(JSON.stringify(baselineOf(given)).includes(said)));
  }
});

describe("measureErrorRatio", () => {
  const atMost = conditionOf("<=", 0.01);
  const rows: readonly (readonly [string, Reading])[] = [
    ["Inconclusive: no requests counted yet", measureErrorRatio(undefined, 10, atMost)],
    ["Inconclusive: this runtime has no counter of failed requests", measureErrorRatio({ requests: 50 }, 10, atMost)],
    ["Inconclusive: 9 of 10 requests needed", measureErrorRatio({ requests: 9, failed: 9 }, 10, atMost)],
    ["Inconclusive: 0 of 1 requests needed", measureErrorRatio({ requests: 0, failed: 0 }, 0, atMost)],
    ["Failed: 1 of 10 requests failed; wanted <= 0.01", measureErrorRatio({ requests: 10, failed: 1 }, 10, atMost)],
    ["Successful: 1 of 100 requests failed; wanted <= 0.01", measureErrorRatio({ requests: 100, failed: 1 }, 10, atMost)],
  ]; // biome-ignore format: table
  for (const [said, reading] of rows) it(said, () => assert.equal(say(reading), said));
});

describe("measureLatency", () => {
  const question = { quantile: 0.5, minRequests: 2, unit: "ms", since: 10 } as const;
  const series = (le: string, rise: number) => ({
    labels: { le, pod: "p" },
    samples: [{ time: 10, value: 1 }, { time: 20, value: 1 + rise }],
  }); // biome-ignore format: short
  const of = (finite: number, all: number, warnings: readonly string[] = []) =>
    say(measureLatency({ series: [series("100", finite), series("+Inf", all)], warnings }, question, conditionOf("<=", 0.06))); // biome-ignore format: long

  it("compares seconds", () => {
    assert.equal(of(4, 4), "Successful: quantile 0.5 of 4 requests is 0.05 s; wanted <= 0.06");
    assert.equal(of(1, 4), "Failed: quantile 0.5 of 4 requests is 0.1 s; wanted <= 0.06");
  });

  it("counts two replicas of Prometheus once: a later stamp with an earlier value is no reset", () => {
    const times = [10, 20, 20.3, 30];
    const twins = (le: string) => ({
      labels: { le, pod: "p" },
      samples: [100, 110, 108, 112].map((value, index) => ({ time: times[index] as number, value })),
    });
    const answered = { series: [twins("100"), twins("+Inf")], warnings: [] };
    assert.match(
      say(measureLatency(answered, question, conditionOf("<=", 0.06))),
      /of 12 requests is 0\.05 s/,
    );
  });

  it("needs requests, buckets and the whole answer", () => {
    assert.equal(of(1, 1), "Inconclusive: 1 of 2 requests needed");
    assert.equal(of(4, 4, ["no store"]), "Inconclusive: Prometheus warns: no store");
    const empty = { series: [], warnings: [] };
    assert.equal(
      say(measureLatency(empty, question, conditionOf("<=", 1))),
      "Inconclusive: the histogram has no series",
    );
    const lonely = { series: [series("+Inf", 4)], warnings: [] };
    assert.match(
      say(measureLatency(lonely, question, conditionOf("<=", 1))),
      /^Inconclusive: .* NaN s, no number to compare$/,
    );
  });
});
