import assert from "node:assert/strict";
import { hiddenIn, isUndecided } from "../../../src/core/verdict/hidden.ts";
import type { Sample } from "../../../src/core/verdict/rise.ts";
import type { Track } from "../../../src/core/verdict/tracks.ts";

type Points = readonly (readonly [time: number, value: number])[];

function samplesOf(points: Points): readonly Sample[] {
  return points.map(([time, value]) => ({ time, value }));
}

/** One job's series of a counter, since the moment. */
function track(job: string, points: Points, change: Partial<Track> = {}): Track {
  const samples = samplesOf(points);
  return {
    labels: { job },
    counter: "requests",
    target: job,
    failed: false,
    samples,
    firstSeen: samples[0]?.time ?? Number.POSITIVE_INFINITY,
    intervalSeconds: 5,
    scrapes: [],
    apartSeconds: 3,
    leftOut: false,
    contradictory: false,
    ...change,
  };
}

describe("what a counter's first value hides", () => {
  const hidden = (one: Track, ...others: Track[]) => hiddenIn(one, [one, ...others], false);

  it("is the difference where two jobs' first scrapes bear one stamp, for the one that read later", () => {
    const early = track("a", [[6, 2], [11, 5]]); // biome-ignore format: short
    const late = track("b", [[6, 5]]);
    assert.deepEqual(hidden(late, early), { rise: 3, leftOut: false });
    assert.deepEqual(hidden(early, late), { rise: 0, leftOut: false });
  });

  it("is nothing where the lower of the two is of a server that began again", () => {
    const again = track("a", [[6, 2]], { before: 4 });
    assert.equal(hidden(track("b", [[6, 5]]), again).rise, 0);
    assert.equal(hidden(track("b", [[6, 5]]), track("a", [[6, 4]], { before: 4 })).rise, 1);
  });

  it("is nothing where the other job's scrape bears another stamp, and came later", () => {
    assert.equal(hidden(track("b", [[6, 5]]), track("a", [[7, 2]])).rise, 0);
  });

  it("of an older counter on a page without it is nobody's to say, unless it fell", () => {
    const scrapes = samplesOf([[6, 1], [11, 1], [16, 1]]); // biome-ignore format: short
    const older = (value: number) => track("a", [[16, value]], { before: 9, scrapes });
    assert.deepEqual(hidden(older(9)), { rise: 0, leftOut: true });
    assert.deepEqual(hidden(older(12)), { rise: 0, leftOut: true });
    assert.deepEqual(hidden(older(2)), { rise: 2, leftOut: false });
  });

  it("of an older counter is measured by the highest value that a job had of it", () => {
    const scrapes = samplesOf([[6, 1], [11, 1]]); // biome-ignore format: short
    const one = track("a", [[16, 7]], { before: 4, scrapes });
    assert.deepEqual(hidden(one, track("b", [[16, 7]], { before: 9 })), { rise: 7, leftOut: false });
  });

  it("is nothing by a scrape that failed", () => {
    const failed = samplesOf([[6, 0], [11, 0]]); // biome-ignore format: short
    assert.equal(hidden(track("a", [[16, 7]], { scrapes: failed })).rise, 0);
    const read = samplesOf([[6, 0], [11, 1]]); // biome-ignore format: short
    assert.equal(hidden(track("a", [[16, 7]], { scrapes: read })).rise, 7);
  });
});

describe("a first value that another job's next scrape decides", () => {
  const undecided = (mine: readonly Track[], other: Track) => isUndecided(mine, [...mine, other]);
  const mine = track("a", [[11, 1]]);
  const other = (points: Points) => track("b", points, { counter: "metadata calls" });

  it("is undecided while that job has read the pod before, and not since", () => {
    assert.equal(undecided([mine], other([[6, 1]])), true);
    assert.equal(undecided([mine], other([[6, 1], [14, 1]])), true); // biome-ignore format: short
    assert.equal(undecided([mine], other([[6, 1], [15, 1]])), false); // biome-ignore format: short
  });

  it("is decided by a job that has not read the pod before", () => {
    assert.equal(undecided([mine], other([[11, 1]])), false);
    assert.equal(undecided([mine], other([])), false);
  });

  it("is decided where a job has the counter from earlier on, and by jobs that have it", () => {
    assert.equal(undecided([{ ...mine, before: 1 }], other([[6, 1]])), false);
    const both = [mine, track("b", [[8, 1]])];
    assert.equal(undecided(both, track("b", [[6, 1]], { counter: "metadata calls" })), false);
  });

  it("counts from the first job that showed it", () => {
    assert.equal(undecided([mine, track("c", [[7, 1]])], other([[9, 1], [10, 1]])), false); // biome-ignore format: short
  });
});
