import assert from "node:assert/strict";
import { riseOf, spacingOf } from "../../../src/core/verdict/rise.ts";

type Points = readonly (readonly [time: number, value: number])[];

function samples(points: Points) {
  return points.map(([time, value]) => ({ time, value }));
}

const rises: readonly (readonly [what: string, Points, increase: number, resets: number])[] = [
  ["nothing", [], 0, 0],
  ["one sample", [[0, 7]], 0, 0],
  ["a rise", [[0, 7], [5, 9]], 2, 0],
  ["a reset: the new value counts", [[0, 7], [5, 2], [10, 3]], 3, 1],
  ["a second replica's sample that is a little behind", [[0, 100], [5, 104], [5.3, 103], [10, 107]], 7, 0],
  ["and one that repeats", [[0, 100], [5, 104], [5.3, 103], [10, 107], [10.3, 106], [15, 110], [15.3, 111]], 11, 0],
  ["around zero too", [[0, 0], [5, 1], [5.3, 0], [10, 10]], 10, 0],
  ["a reset between two replicas' samples is far down", [[0, 100], [5, 104], [5.3, 3]], 7, 1],
  ["a step back a whole scrape later is a reset", [[0, 100], [5, 104], [10, 103]], 107, 1],
]; // biome-ignore format: a table

describe("riseOf", () => {
  for (const [what, points, increase, resets] of rises) {
    it(what, () => {
      const rise = riseOf(samples(points));

      assert.equal(rise.increase, increase);
      assert.equal(rise.resets.length, resets);
    });
  }

  it("names each reset, so that the sum can be redone", () => {
    assert.deepEqual(riseOf(samples([[0, 7], [5, 2]])).resets, [{ time: 5, from: 7, to: 2 }]); // biome-ignore format: short
  });
});

describe("spacingOf", () => {
  const rows: readonly (readonly [what: string, times: readonly number[], seconds: number])[] = [
    ["one sample", [3], Number.POSITIVE_INFINITY],
    ["a regular scrape", [0, 5, 10], 5],
    ["one that was missed", [0, 5, 10, 20], 5],
    ["one that was missed, in the middle", [0, 5, 15, 20], 5],
    ["three replicas, a moment apart", [0, 0.2, 0.4, 5, 5.2, 5.4, 10], 4.6],
    ["two replicas, a moment apart", [0, 0.3, 5, 5.3, 10, 10.3, 15], 4.7],
    ["two replicas, far apart", [0, 8, 30, 38, 60, 68], 22],
    ["and one spacing more", [0, 8, 30, 38, 60, 68, 90], 22],
    ["many times a second", [0, 0.2, 0.4, 0.6], 0.2],
  ];
  for (const [what, times, seconds] of rows) {
    it(what, () => {
      const spacing = spacingOf(times.map((time) => ({ time, value: 0 })));
      assert.ok(spacing === seconds || Math.abs(spacing - seconds) < 1e-9, String(spacing));
    });
  }
});
