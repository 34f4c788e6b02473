import assert from "node:assert/strict";
import fc from "fast-check";
import { bucketsSince, observations } from "../../../src/core/checks/histogram.ts";
import { type Bucket, quantile } from "../../../src/core/checks/quantile.ts";
import type { Series } from "../../../src/ports.ts";

const inf = Number.POSITIVE_INFINITY;

function buckets(...pairs: readonly (readonly [number, number])[]): readonly Bucket[] {
  return pairs.map(([upperBound, count]) => ({ upperBound, count }));
}

/** Held against the real histogram_quantile in test/prometheus/promql.test.ts. */
describe("quantile", () => {
  const rows: readonly (readonly [what: string, given: readonly Bucket[], q: number, value: number])[] = [
    ["linear from 0 in the first bucket", buckets([10, 10], [20, 10], [inf, 10]), 0.5, 5],
    ["linear within a bucket", buckets([10, 10], [20, 20], [inf, 20]), 0.75, 15],
    ["in the last bucket the highest finite bound", buckets([10, 1], [20, 1], [inf, 20]), 0.9, 20],
    ["a first bound below 0 is the value", buckets([-5, 10], [5, 20], [inf, 20]), 0.3, -5],
    ["in any order", buckets([inf, 20], [20, 20], [10, 10]), 0.75, 15],
    ["equal bounds are one bucket", buckets([10, 4], [10, 6], [20, 20], [inf, 20]), 0.75, 15],
    ["a count that falls is lifted", buckets([10, 10], [20, 8], [40, 20], [inf, 20]), 0.75, 30],
    ["no observation", buckets([10, 0], [inf, 0]), 0.5, Number.NaN],
    ["no +Inf bucket", buckets([10, 5], [20, 6]), 0.5, Number.NaN],
    ["nothing but +Inf", buckets([inf, 5]), 0.5, Number.NaN],
    ["nothing", [], 0.5, Number.NaN],
  ];
  for (const [what, given, q, value] of rows) {
    it(`${what}: ${value}`, () => assert.equal(quantile(given, q), value));
  }

  it("lies within the bucket that holds the rank, and never falls with q", () => {
    const durations = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(durations, (all) => {
        const bounds = [10, 20, 50, 100, inf];
        const given = bounds.map((bound) => ({
          upperBound: bound,
          count: all.filter((one) => one <= bound).length,
        }));
        const ordered = [...all].sort((a, b) => a - b);
        let previous = 0;
        for (const q of [0.1, 0.5, 0.9, 1]) {
          const value = quantile(given, q);
          const exact = ordered[Math.ceil(q * all.length) - 1] as number;
          const upper = bounds.find((bound) => exact <= bound) as number;
          const lower = [0, ...bounds].filter((bound) => bound < exact).at(-1) as number;
          assert.ok(value >= lower && value <= upper && value >= previous, `${q}: ${value}`);
          previous = value;
        }
      }),
    );
  });
});

describe("bucketsSince", () => {
  function series(
    le: string | undefined,
    values: readonly (readonly [number, number])[],
    labels = {},
  ): Series {
    return {
      labels: {
        pod: "p1",
        name: "jukebox",
        job: "a",
        instance: "1:80",
        ...(le === undefined ? {} : { le }),
        ...labels,
      },
      samples: values.map(([time, value]) => ({ time, value })),
    };
  }
  const counts = (all: readonly Series[], since = 10) =>
    bucketsSince(all, since).map(({ upperBound, count }) => `${upperBound}: ${count}`);

  it("counts from the first sample since the moment, in order of time", () => {
    assert.deepEqual(counts([series("0.5", [[20, 9], [5, 1], [12, 4]]), series("+Inf", [[12, 5], [20, 15]])]), ["0.5: 5", "Infinity: 10"]); // biome-ignore format: long
  });

  it("counts in full after a reset, bucket by bucket", () => {
    assert.deepEqual(counts([series("1", [[10, 8], [11, 2], [12, 3]]), series("+Inf", [[10, 8], [11, 9]])]), ["1: 3", "Infinity: 1"]); // biome-ignore format: long
  });

  it("counts what several jobs saw once, by the job that saw most, whole", () => {
    const other = { job: "b", instance: "2:80", prometheus_replica: "1" };
    const all = [
      series("1", [[10, 0], [20, 4]]), series("+Inf", [[10, 0], [20, 9]]),
      series("1", [[10, 0], [19, 5]], other), series("+Inf", [[10, 0], [19, 8]], other),
      series("1", [[10, 0], [20, 1]], { pod: "p2" }), series("+Inf", [[10, 0], [20, 2]], { pod: "p2" }),
    ]; // biome-ignore format: rows
    assert.deepEqual(counts(all), ["1: 4", "Infinity: 9", "1: 1", "Infinity: 2"]);
    assert.equal(observations(bucketsSince(all, 10)), 11);
    assert.deepEqual(counts([...all.slice(2), ...all.slice(0, 2)]).slice(0, 2), ["1: 4", "Infinity: 9"]);
  });

  it("takes nothing that is no bucket or no number", () => {
    assert.deepEqual(counts([series(undefined, [[10, 0], [11, 5]]), series("x", [[10, 0], [11, 5]])]), []); // biome-ignore format: long
    assert.deepEqual(counts([series("1", [[10, 0], [11, Number.NaN], [12, 2]])]), ["1: 2"]); // biome-ignore format: long
  });
});
