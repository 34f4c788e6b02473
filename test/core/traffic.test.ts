import assert from "node:assert/strict";
import fc from "fast-check";
import { ratesOf } from "../../src/core/traffic.ts";
import type { Series } from "../../src/ports.ts";
import { blue, bluePod, cutOver, green, greenPod, pod, series } from "./verdict/builders.ts";

const directory = { service: "jukebox", pods: [] };
const failed = { __name__: "ovms_requests_fail" };

function rates(...all: readonly Series[]) {
  return ratesOf({ series: all, warnings: [] }, directory);
}

function shown(...all: readonly Series[]) {
  const { times = [], pods = [] } = rates(...all) ?? {};
  return { seconds: times.map((time) => time / 1000 - cutOver), rates: pods.map((each) => each.rates) };
}

describe("requests per second by pod", () => {
  it("are the rise over each scrape interval, the busiest pod first", () => {
    const found = rates(
      series(greenPod, [
        [0, 0],
        [5, 0],
        [10, 100],
        [15, 300],
      ]),
      series(bluePod, [
        [0, 0],
        [5, 150],
        [10, 250],
        [15, 250],
      ]),
    );
    assert.deepEqual(found, {
      times: [5, 10, 15].map((after) => (cutOver + after) * 1000),
      stepSeconds: 5,
      pods: [
        { pod: greenPod, revision: green, rates: [0, 20, 40] },
        { pod: bluePod, revision: blue, rates: [30, 20, 0] },
      ],
      omitted: 0,
    });
  });

  const cases: readonly (readonly [
    what: string,
    all: readonly Series[],
    rates: readonly (readonly (number | null)[])[],
  ])[] = [
    [
      "success and failure together",
      [
        series(bluePod, [
          [0, 0],
          [5, 10],
        ]),
        series(
          bluePod,
          [
            [0, 0],
            [5, 5],
          ],
          failed,
        ),
      ],
      [[3]],
    ],
    [
      "a request once, whoever scraped it",
      [
        series(bluePod, [
          [0, 0],
          [5, 10],
        ]),
        series(
          bluePod,
          [
            [0, 0],
            [5, 10],
          ],
          { job: "x" },
        ),
      ],
      [[2]],
    ],
    [
      "a restart counts from 0",
      [
        series(bluePod, [
          [0, 100],
          [5, 10],
          [10, 20],
        ]),
      ],
      [[2, 2]],
    ],
    [
      "a second replica's older reading is no restart",
      [
        series(bluePod, [
          [0, 100],
          [5, 110],
          [5.2, 108],
          [10, 120],
        ]),
      ],
      [[2, 2]],
    ],
    [
      "a missed scrape is spread over its time",
      [
        series(bluePod, [
          [0, 0],
          [5, 10],
          [15, 50],
          [20, 60],
          [25, 70],
        ]),
      ],
      [[2, 4, 4, 2, 2]],
    ],
    [
      "nothing is known after a pod's last sample",
      [
        series(bluePod, [
          [0, 0],
          [5, 10],
        ]),
        series(greenPod, [
          [0, 0],
          [5, 0],
          [10, 60],
        ]),
      ],
      [
        [0, 12],
        [2, null],
      ],
    ],
    [
      "nor before its first",
      [
        series(bluePod, [
          [0, 0],
          [5, 60],
          [10, 120],
        ]),
        series(greenPod, [
          [5, 0],
          [10, 10],
        ]),
      ],
      [
        [12, 12],
        [null, 2],
      ],
    ],
    [
      "half an interval is enough",
      [
        series(bluePod, [
          [0, 0],
          [4, 80],
          [8, 160],
        ]),
        series(greenPod, [
          [2, 0],
          [6, 4],
        ]),
      ],
      [
        [20, 20],
        [1, 1],
      ],
    ],
  ];
  for (const [what, all, expected] of cases) {
    it(what, () => assert.deepEqual(shown(...all).rates, expected));
  }

  for (const [what, all] of [
    ["no series", []],
    ["one sample", [series(bluePod, [[0, 1]])]],
    [
      "no pod label",
      [
        series(undefined, [
          [0, 1],
          [5, 2],
        ]),
      ],
    ],
    [
      "no request counter",
      [
        series(
          bluePod,
          [
            [0, 1],
            [5, 2],
          ],
          { __name__: "x" },
        ),
      ],
    ],
  ] as const) {
    it(`cannot be told from ${what}`, () => assert.equal(rates(...all), undefined));
  }

  it("tell a pod's revision by the API where its name does not", () => {
    const answer = {
      series: [
        series("hashed-1", [
          [0, 1],
          [5, 2],
        ]),
        series("hashed-2", [
          [0, 1],
          [5, 2],
        ]),
      ],
      warnings: [],
    };
    const earlierPods = [pod("hashed-1", { revision: blue })];
    const { pods = [] } = ratesOf(answer, { ...directory, earlierPods }) ?? {};
    assert.deepEqual(
      pods.map(({ pod, revision }) => [pod, revision]),
      [
        ["hashed-1", blue],
        ["hashed-2", undefined],
      ],
    );
  });

  it("are those of the server's own counter that was asked for", () => {
    const points = [
      [0, 0],
      [5, 50],
    ] as const;
    const queue = { __name__: "revision_request_count", job: "queue" };
    const all = [
      series(bluePod, [
        [0, 0],
        [5, 500],
      ]),
      series(bluePod, points, queue),
    ];
    const { pods = [] } = ratesOf({ series: all, warnings: [] }, directory, "knative") ?? {};
    assert.deepEqual(
      pods.map((each) => each.rates),
      [[10]],
    );
  });

  it("are bounded in time and in pods", () => {
    const long = Array.from({ length: 2_000 }, (_, index) => [index * 5, index] as const);
    const many = Array.from({ length: 15 }, (_, index) => series(`${blue}-deployment-${index}`, long));
    const found = rates(...many);
    assert.equal(found?.times.length, 150);
    assert.equal(found?.pods.length, 12);
    assert.equal(found?.omitted, 3);
  });

  it("add up to the requests that were counted, whatever the steps", () => {
    const point = fc.tuple(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 0, max: 500 }));
    fc.assert(
      fc.property(fc.array(point, { minLength: 3, maxLength: 400 }), (steps) => {
        const points = risen(steps);
        const value = points.at(-1)?.[1] ?? 0;
        const { times = [], stepSeconds = 0, pods = [] } = rates(series(bluePod, points)) ?? {};
        const total = (pods[0]?.rates ?? []).reduce<number>(
          (sum, rate) => sum + (rate ?? 0) * stepSeconds,
          0,
        );
        // The grid ends with the last sample; what lies before its beginning is less than a step.
        const before = valueAt(points, (times[0] ?? 0) / 1000 - stepSeconds - cutOver);
        assert.ok(
          Math.abs(total - (value - before)) <= 0.01 * times.length * stepSeconds + 2,
          `${total} of ${value - before}`,
        );
      }),
      { numRuns: 200 },
    );
  });
});

/** A counter's points from seconds between samples and rises. */
function risen(steps: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const points: (readonly [number, number])[] = [[0, 0]];
  for (const [after, more] of steps) {
    const [time, value] = points.at(-1) ?? [0, 0];
    points.push([time + after, value + more]);
  }
  return points;
}

function valueAt(points: readonly (readonly [number, number])[], time: number): number {
  const left = points.findLast(([at]) => at <= time + 1e-6) ?? [0, 0];
  const right = points.find(([at]) => at > time) ?? left;
  const share = right[0] === left[0] ? 0 : (time - left[0]) / (right[0] - left[0]);
  return left[1] + share * (right[1] - left[1]);
}
