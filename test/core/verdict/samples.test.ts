import assert from "node:assert/strict";
import { countPods, newestSample } from "../../../src/core/verdict/samples.ts";
import type { Series } from "../../../src/ports.ts";
import { bluePod, cutOver, series } from "./builders.ts";

const second = { job: "kn-queue-proxy" };
const failed = { __name__: "ovms_requests_fail" };

// Counted from second 5 on.
const rows: readonly (readonly [
  what: string,
  readonly Series[],
  { readonly increase: number; readonly requests: number; readonly samples: number },
])[] = [
  ["a rise between two samples", [series(bluePod, [[1, 2], [6, 5], [11, 8]])], { increase: 3, requests: 3, samples: 2 }],
  ["one sample", [series(bluePod, [[1, 2], [6, 5]])], { increase: 0, requests: 0, samples: 1 }],
  ["no sample", [series(bluePod, [[1, 2]])], { increase: 0, requests: 0, samples: 0 }],
  ["a sample at the very moment is the base", [series(bluePod, [[5, 2], [6, 5]])], { increase: 3, requests: 3, samples: 2 }],
  ["samples out of order", [series(bluePod, [[16, 9], [6, 5], [11, 8]])], { increase: 4, requests: 4, samples: 3 }],
  ["a reset: the new value counts", [series(bluePod, [[6, 5], [11, 2], [16, 4]])], { increase: 4, requests: 4, samples: 3 }],
  ["a reset to zero", [series(bluePod, [[6, 5], [11, 0], [16, 0]])], { increase: 0, requests: 0, samples: 3 }],
  ["NaN between", [series(bluePod, [[6, 5], [11, Number.NaN], [16, 6]])], { increase: 1, requests: 1, samples: 2 }],
  [
    "two scrape jobs: once, by the one that saw more",
    [series(bluePod, [[6, 5], [11, 8]]), series(bluePod, [[7, 5], [12, 9]], second)],
    { increase: 4, requests: 4, samples: 2 },
  ],
  [
    "two scrape jobs at rest: the one with more samples",
    [series(bluePod, [[6, 5], [11, 5]]), series(bluePod, [[7, 5], [12, 5], [17, 5]], second)],
    { increase: 0, requests: 0, samples: 3 },
  ],
  [
    "success and failure add up",
    [series(bluePod, [[6, 5], [11, 8]]), series(bluePod, [[6, 1], [11, 2]], failed)],
    { increase: 4, requests: 4, samples: 2 },
  ],
  [
    "a counter that comes later, in a target read before, counts from 0",
    [series(bluePod, [[6, 5], [11, 5], [16, 5]]), series(bluePod, [[11, 2], [16, 3]], failed)],
    { increase: 1, requests: 3, samples: 2 },
  ],
  [
    "a counter that comes back later counts from its old value",
    [series(bluePod, [[6, 5], [11, 5]]), series(bluePod, [[1, 2], [11, 3]], failed)],
    { increase: 0, requests: 1, samples: 1 },
  ],
  [
    "a counter that was NaN first was there",
    [series(bluePod, [[6, 5], [11, 5]]), series(bluePod, [[6, Number.NaN], [11, 3]], failed)],
    { increase: 0, requests: 0, samples: 1 },
  ],
  [
    "a counter that comes later, in a target of its own, counts from 0",
    [series(bluePod, [[6, 5], [11, 5]]), series(bluePod, [[11, 3], [16, 3]], { ...failed, ...second })],
    { increase: 0, requests: 3, samples: 2 },
  ],
  [
    "but it is a base if it was there before the moment",
    [series(bluePod, [[6, 5], [11, 5]]), series(bluePod, [[1, 2], [11, 3], [16, 3]], { ...failed, ...second })],
    { increase: 0, requests: 0, samples: 2 },
  ],
  [
    "but it is a base if another job had it before the moment",
    [series(bluePod, [[6, 5], [11, 5]]), series(bluePod, [[1, 2]], { ...failed, job: "third" }), series(bluePod, [[16, 7], [21, 7]], { ...failed, ...second })],
    { increase: 0, requests: 0, samples: 2 },
  ],
  [
    "a job takes over from one that fell silent",
    [series(bluePod, [[6, 5], [11, 5]]), series(bluePod, [[16, 7], [21, 7]], second)],
    { increase: 0, requests: 2, samples: 2 },
  ],
  [
    "the latest of two that fell silent counts",
    [series(bluePod, [[6, 5]]), series(bluePod, [[8, 6]], { job: "third" }), series(bluePod, [[16, 7], [21, 7]], second)],
    { increase: 0, requests: 1, samples: 2 },
  ],
  [
    "a job takes over after a reset",
    [series(bluePod, [[6, 5]]), series(bluePod, [[16, 2], [21, 2]], second)],
    { increase: 0, requests: 2, samples: 2 },
  ],
  [
    "a pod first read after the moment: its first value is the base",
    [series(bluePod, [[30, 7], [35, 7]]), series(bluePod, [[30, 2], [35, 2]], failed)],
    { increase: 0, requests: 0, samples: 2 },
  ],
]; // biome-ignore format: a table

describe("countPods", () => {
  for (const [what, given, expected] of rows) {
    it(what, () => {
      const count = countPods({ series: given, warnings: [] }, cutOver + 5).get(bluePod);

      assert.deepEqual(
        { increase: count?.increase, requests: count?.requests, samples: count?.samples },
        expected,
      );
    });
  }

  it("learns the interval from the job that scrapes most often, a missed scrape aside", () => {
    const given = [
      series(bluePod, [[0, 1], [5, 1], [10, 1], [20, 1]]), // biome-ignore format: short
      series(bluePod, [[0, 1], [30, 1]], second), // biome-ignore format: short
    ];

    assert.equal(countPods({ series: given, warnings: [] }, cutOver).get(bluePod)?.intervalSeconds, 5);
  });

  it("takes base and last from the job with more samples, in any order", () => {
    const more = series(bluePod, [[7, 5], [12, 5], [17, 5]], second); // biome-ignore format: short
    const fewer = series(bluePod, [[6, 3], [11, 3]]); // biome-ignore format: short
    for (const given of [
      [more, fewer],
      [fewer, more],
    ]) {
      // biome-ignore format: short
      const count = countPods({ series: given, warnings: [] }, cutOver + 5).get(bluePod);

      assert.deepEqual([count?.base, count?.last], [{ time: cutOver + 7, value: 5 }, { time: cutOver + 17, value: 5 }]); // biome-ignore format: short
      assert.deepEqual(count?.series.map(({ counted, samples }) => counted === (samples.length === 3)), [true, true]); // biome-ignore format: short
    }
  });

  it("ends with the latest value", () => {
    const given = [series(bluePod, [[6, 5], [11, 6], [16, 9]])]; // biome-ignore format: short

    assert.deepEqual(countPods({ series: given, warnings: [] }, cutOver + 5).get(bluePod)?.last, { time: cutOver + 16, value: 9 }); // biome-ignore format: short
  });

  it("knows one target from another whatever the order of their labels", () => {
    const back = series(bluePod, [[1, 2], [11, 3]], failed); // biome-ignore format: short
    const turned = { ...back, labels: Object.fromEntries(Object.entries(back.labels).reverse()) };
    const given = [series(bluePod, [[6, 5], [11, 5]]), turned]; // biome-ignore format: short

    assert.equal(countPods({ series: given, warnings: [] }, cutOver + 5).get(bluePod)?.requests, 1);
  });

  it("knows a pod up to the counter seen least recently", () => {
    const given = [series(bluePod, [[6, 5], [21, 6]]), series(bluePod, [[6, 1], [16, 1]], failed)]; // biome-ignore format: short

    const count = countPods({ series: given, warnings: [] }, cutOver).get(bluePod);

    assert.deepEqual(count?.base, { time: cutOver + 6, value: 6 });
    assert.deepEqual(count?.last, { time: cutOver + 16, value: 7 });
  });
});

describe("newestSample", () => {
  it("finds the latest of all, or nothing", () => {
    assert.equal(newestSample({ series: [], warnings: [] }), undefined);
    const given = [series(bluePod, [[3, 1], [9, 1]]), series(bluePod, [[4, 1]])]; // biome-ignore format: short
    assert.equal(newestSample({ series: given, warnings: [] }), cutOver + 9);
  });
});
