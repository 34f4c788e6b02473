import assert from "node:assert/strict";
import { judge } from "../../../src/core/verdict/judge.ts";
import type { JudgeInput } from "../../../src/core/verdict/judge-input.ts";
import type { Series } from "../../../src/ports.ts";
import {
  blue,
  bluePod,
  busyGreen,
  cutOver,
  green,
  greenPod,
  idleBlue,
  input,
  pod,
  series,
  service,
} from "./builders.ts";

type Row = readonly [what: string, expected: string, JudgeInput];

function withAnswer(all: readonly Series[], change: Partial<JudgeInput> = {}): JudgeInput {
  return input(change, all);
}

const failedRequests = { __name__: "ovms_requests_fail" };
const foreignPod = "something-else-5d9c-xyz";

const whatProvesWhat: readonly Row[] = [
  ["green rose, blue did not", "PASS", input()],
  ["blue's rise before the settle time does not count", "PASS", input()],
  ["blue rose", "FAIL OTHER_REVISION_SERVED", input({ active: blue })],
  [
    "blue rose by one",
    "FAIL OTHER_REVISION_SERVED",
    withAnswer([series(bluePod, [[6, 5], [11, 5], [16, 6]]), busyGreen()]), // biome-ignore format: short
  ],
  [
    "blue answered with errors only",
    "FAIL OTHER_REVISION_SERVED",
    withAnswer([idleBlue(), series(bluePod, [[6, 0], [11, 3]], failedRequests), busyGreen()]), // biome-ignore format: short
  ],
  [
    "green answers with errors only: traffic, but no proof of a model",
    "NOT_YET ONLY_FAILURES",
    withAnswer([idleBlue(), series(greenPod, [[6, 0], [11, 3], [16, 4]], failedRequests)]), // biome-ignore format: short
  ],
  [
    "a terminating blue pod rose",
    "FAIL OTHER_REVISION_SERVED",
    withAnswer([series(bluePod, [[6, 5], [11, 6]]), busyGreen()], { pods: [pod(greenPod), pod(bluePod, { terminating: true })] }), // biome-ignore format: short
  ],
  [
    "a vanished blue pod rose",
    "FAIL OTHER_REVISION_SERVED",
    withAnswer([series(bluePod, [[6, 5], [11, 6]]), busyGreen()], { pods: [pod(greenPod)], earlierPods: [pod(bluePod)] }), // biome-ignore format: short
  ],
  [
    "a rise is a rise in a partial answer too",
    "FAIL OTHER_REVISION_SERVED",
    input({
      answer: { series: [series(bluePod, [[6, 5], [11, 6]])], warnings: ["no store"] }, // biome-ignore format: short
    }),
  ],
  [
    "nothing rose",
    "NOT_YET NO_TRAFFIC",
    withAnswer([idleBlue(), series(greenPod, [[7, 9], [12, 9], [17, 9]])]), // biome-ignore format: short
  ],
  ["fewer requests than asked for", "NOT_YET TOO_FEW_REQUESTS", input({ minRequests: 101 })],
  ["as many requests as asked for", "PASS", input({ minRequests: 100 })],
  ["zero asked for: nothing is no pass", "NOT_YET NO_TRAFFIC", withAnswer([idleBlue(), series(greenPod, [[7, 9], [12, 9], [17, 9]])], { minRequests: 0 })], // biome-ignore format: short
  ["no series at all", "NOT_YET NO_SCRAPE", withAnswer([])],
  ["no pod to serve", "NOT_YET NO_TRAFFIC", withAnswer([], { pods: [] })],
  ["no series of green", "NOT_YET NO_SCRAPE", withAnswer([idleBlue()])],
  ["no series of blue", "NOT_YET NO_SCRAPE", withAnswer([busyGreen()])],
  ["one sample of blue", "NOT_YET NO_SCRAPE", withAnswer([series(bluePod, [[1, 5], [21, 5]]), busyGreen()])], // biome-ignore format: short
  ["one sample of green", "NOT_YET NO_SCRAPE", withAnswer([idleBlue(), series(greenPod, [[1, 5], [17, 50]])])], // biome-ignore format: short
  ["blue's samples have ceased", "NOT_YET NO_SCRAPE", input({ nowMs: (cutOver + 34) * 1000 })],
  [
    "green's samples have ceased",
    "NOT_YET NO_SCRAPE",
    withAnswer([series(bluePod, [[6, 5], [26, 5], [31, 5]]), busyGreen()], { nowMs: (cutOver + 34) * 1000 }), // biome-ignore format: short
  ],
  [
    "no interval is so long that five minutes are fresh",
    "NOT_YET NO_SCRAPE",
    withAnswer([idleBlue(), series(greenPod, [[10, 5], [1010, 50]])], { nowMs: (cutOver + 1400) * 1000 }), // biome-ignore format: short
  ],
  [
    "NaN and Inf are no samples",
    "NOT_YET NO_SCRAPE",
    withAnswer([series(bluePod, [[6, 5], [11, Number.NaN], [16, Number.POSITIVE_INFINITY], [21, -1]]), busyGreen()]), // biome-ignore format: short
  ],
  [
    "a counter of blue is no longer there",
    "NOT_YET NO_SCRAPE",
    withAnswer([idleBlue(), series(bluePod, [[-4, 3], [1, 3]], failedRequests), busyGreen()]), // biome-ignore format: short
  ],
  [
    "Thanos answered in part",
    "NOT_YET PARTIAL_ANSWER",
    input({ answer: { ...input().answer, warnings: ["partial\u001b[31m"] } }),
  ],
  ["a pod of no revision", "NOT_YET UNMAPPED_POD", input({ pods: [...input().pods, { name: foreignPod, ready: true, terminating: false }] })], // biome-ignore format: short
  [
    "a series of no known pod",
    "NOT_YET UNMAPPED_POD",
    withAnswer([idleBlue(), busyGreen(), series(foreignPod, [[6, 1]])]), // biome-ignore format: short
  ],
  [
    "a series without a pod",
    "NOT_YET UNMAPPED_POD",
    withAnswer([idleBlue(), busyGreen(), series(undefined, [[6, 1]])]), // biome-ignore format: short
  ],
  [
    "a pod known from before",
    "PASS",
    withAnswer([idleBlue(), busyGreen(), series(foreignPod, [[6, 1], [11, 1]])], { earlierPods: [pod(foreignPod, { revision: blue })] }), // biome-ignore format: short
  ],
  ["a blue that never started, whose scrapes fail", "PASS", withAnswer([{ labels: { __name__: "up", pod: bluePod }, samples: [{ time: cutOver + 11, value: 0 }] }, busyGreen()], { pods: [pod(greenPod), pod(bluePod, { ready: false })] })], // biome-ignore format: short
  ["a vanished blue", "PASS", withAnswer([busyGreen()], { pods: [pod(greenPod)] })],
  ["a terminating blue, not scraped", "PASS", withAnswer([busyGreen()], { pods: [pod(greenPod), pod(bluePod, { terminating: true })] })], // biome-ignore format: short
  ["a blue that never started", "PASS", withAnswer([busyGreen()], { pods: [pod(greenPod), pod(bluePod, { ready: false })] })], // biome-ignore format: short
  [
    "a blue that is not ready now, but was scraped",
    "NOT_YET NO_SCRAPE",
    withAnswer([series(bluePod, [[1, 5], [6, 5]]), busyGreen()], { pods: [pod(greenPod), pod(bluePod, { ready: false })] }), // biome-ignore format: short
  ],
  [
    "a second green pod without samples",
    "PASS",
    input({ pods: [...input().pods, pod(`${green}-deployment-7c8b-second`)] }),
  ],
];

const whatIsMissing: readonly (readonly [what: string, JudgeInput, detail: string])[] = [
  ["a warning", input({ answer: { ...input().answer, warnings: ["no store", "more"] } }), "Prometheus warns: no store"],
  ["no pod label", withAnswer([idleBlue(), busyGreen(), series(undefined, [[6, 1]])]), "series without a pod label"],
  ["no revision", withAnswer([idleBlue(), busyGreen(), series(foreignPod, [[6, 1]])]), `pod ${foreignPod} belongs to no known revision`],
  ["ceased samples", input({ nowMs: (cutOver + 34) * 1000 }), `the samples of pod ${bluePod} have ceased`],
  ["two samples, long ago", withAnswer([series(bluePod, [[6, 1], [8, 1]]), busyGreen()]), `the samples of pod ${bluePod} have ceased`],
  ["no sample", withAnswer([busyGreen()]), `no sample of pod ${bluePod} since the cut-over and settle time`],
  ["one sample", withAnswer([series(bluePod, [[1, 5], [21, 5]]), busyGreen()]), `one sample only of pod ${bluePod} since the cut-over and settle time`],
  ["a vanished green, of which there is no other", input({ pods: [pod(bluePod)], nowMs: (cutOver + 30) * 1000 }, [idleBlue(), series(bluePod, [[24, 960], [29, 960]], { job: "more" }), busyGreen()]), `no pod of ${green} is there to serve`],
  ["only failures", withAnswer([idleBlue(), series(greenPod, [[6, 0], [11, 3], [16, 4]], failedRequests)]), `all 4 requests on ${green} failed`],
]; // biome-ignore format: a table

describe("what is missing for a verdict", () => {
  for (const [what, given, detail] of whatIsMissing) {
    it(`is said: ${what}`, () => {
      const judgement = judge(given);

      assert.equal(judgement.verdict === "NOT_YET" && judgement.detail, detail);
    });
  }
});

describe("judge", () => {
  for (const [what, expected, given] of whatProvesWhat) {
    it(`${what}: ${expected}`, () => {
      const judgement = judge(given);

      const reason = judgement.verdict === "PASS" ? "" : ` ${judgement.reason}`;
      assert.equal(`${judgement.verdict}${reason}`, expected, judgement.summary);
      assert.match(judgement.summary, /^\P{Cc}+$/u);
    });
  }

  it("shows the evidence pod by pod", () => {
    const judgement = judge(input());

    assert.equal(
      judgement.summary,
      "100 requests on jukebox-predictor-00024, 0 on jukebox-predictor-00023; excludes a leak of 3 % and more (95 %) (2 pods, samples up to 17.0 s after the cut-over)",
    );
    assert.equal(judgement.scrapeIntervalSeconds, 5);
    assert.equal(judgement.since, cutOver + 5);
    const { series: counted, ...first } = judgement.pods[0] ?? { series: [] };
    assert.deepEqual(first, {
      pod: bluePod,
      revision: blue,
      runtime: "ovms",
      presence: "ready",
      role: "other",
      samples: 4,
      base: { time: cutOver + 6, value: 960 },
      last: { time: cutOver + 21, value: 960 },
      increase: 0,
      requests: 0,
      failedIncrease: 0,
      failedRequests: 0,
      failed: 0,
      intervalSeconds: 5,
      down: false,
      undecided: false,
      leftOut: false,
      contradictory: false,
      fresh: true,
    });
    assert.deepEqual(
      counted.map(({ samples, increase, counted: counts }) => [samples.length, increase, counts]),
      [[4, 0, true]],
    );
  });

  it("says what is missing first, and counts one request in the singular", () => {
    const judgement = judge(input({ minRequests: 5 }, [idleBlue(), series(greenPod, [[7, 1], [12, 2], [17, 2]])])); // biome-ignore format: short

    assert.equal(
      judgement.summary,
      "1 of 5 requests seen on jukebox-predictor-00024; 1 request on jukebox-predictor-00024, 0 on jukebox-predictor-00023 (2 pods, samples up to 17.0 s after the cut-over)",
    );
  });

  it("sums up several revisions and what it cannot map", () => {
    const older = "jukebox-predictor-00001-deployment-aa-bb";
    const rest = [series(older, [[6, 1]]), series(foreignPod, [[6, 1]]), series(`${foreignPod}2`, [[6, 1]])]; // biome-ignore format: short

    const judgement = judge(input({ pods: [pod(greenPod, { ready: false })] }, [busyGreen(), ...rest]));

    assert.match(judgement.summary, /; 100 requests on jukebox-predictor-00024, 0 on jukebox-predictor-00001, 0 on no known revision \(4 pods, no samples\)$/); // biome-ignore format: long
    assert.equal(judge(input({ pods: [pod(greenPod)] }, [])).scrapeIntervalSeconds, undefined);
  });

  it("counts what other revisions answered, each by itself, and sums them up by name", () => {
    const older = "jukebox-predictor-00001-deployment-aa-bb";
    const rose = [series(bluePod, [[6, 5], [11, 7]]), series(older, [[6, 1], [11, 2]])]; // biome-ignore format: short
    const judgement = judge(
      input({ pods: [pod(bluePod), pod(greenPod), pod(older)] }, [...rose, busyGreen()]),
    );

    assert.equal(judgement.verdict, "FAIL");
    assert.deepEqual([judgement.leaks, judgement.otherRequests], [3, 3]);
    assert.match(judgement.summary, /^100 requests on \S+24, 1 on \S+01, 2 on \S+23 \(3 pods, /);
  });

  it("reaches as far as the pod seen least recently, and names one pod in the singular", () => {
    const unseen = pod(`${green}-deployment-7c8b-second`);
    assert.match(
      judge(input({ pods: [...input().pods, unseen] })).summary,
      /\(3 pods, samples up to 17\.0 s after/,
    );
    assert.match(
      judge(input({ pods: [pod(greenPod)] }, [busyGreen()])).summary,
      /\(1 pod, samples up to 17\.0 s after/,
    );
  });

  it("moves the base where Prometheus' clock is seen to be ahead", () => {
    // Prometheus' clock is 20 s ahead: what it stamps with +10 happened before the cut-over.
    const samples = [series(bluePod, [[5, 1], [10, 7], [27, 9], [32, 9], [37, 9]]), series(greenPod, [[26, 0], [31, 9], [36, 9]])]; // biome-ignore format: short

    const judgement = judge(input({ nowMs: (cutOver + 17) * 1000 }, samples));

    assert.equal(judgement.verdict, "PASS", judgement.summary);
    assert.equal(judgement.clockAheadSeconds, 20);
  });

  it("trusts the API's label before the name", () => {
    const labelled = [pod(greenPod, { revision: blue }), pod(bluePod, { revision: green })];

    assert.equal(judge(input({ pods: labelled })).verdict, "FAIL");
    assert.equal(service, "jukebox");
  });
});
