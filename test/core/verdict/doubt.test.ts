import assert from "node:assert/strict";
import { readClock } from "../../../src/core/verdict/evidence.ts";
import { judge } from "../../../src/core/verdict/judge.ts";
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
} from "./builders.ts";

/*
 * Each doubt by itself: what is handled, and what has a reason of its own.
 */

function findingOf(change: Parameters<typeof input>[0], all?: readonly Series[]): string {
  const judgement = judge(input(change, all));
  return judgement.verdict === "NOT_YET" ? judgement.reason : judgement.verdict;
}

function up(podName: string, values: readonly (readonly [number, number])[], job = "pods"): Series {
  return {
    labels: { __name__: "up", namespace: "user1-test", pod: podName, job },
    samples: values.map(([at, value]) => ({ time: cutOver + at, value })),
  };
}

describe("a failed scrape", () => {
  it("is no fresh sample, however new the last good one", () => {
    const failing = up(bluePod, [[16, 1], [21, 0]]); // biome-ignore format: short
    const judgement = judge(input({}, [idleBlue(), failing, busyGreen()]));

    assert.equal(judgement.verdict === "NOT_YET" && judgement.reason, "NO_SCRAPE");
    assert.match(judgement.summary, /^the scrape of pod \S+-00023-\S+ fails \(up is 0\); /);
  });

  it("of another job's does not matter", () => {
    const other = up(bluePod, [[21, 0]], "proxy"); // biome-ignore format: short
    assert.equal(findingOf({}, [idleBlue(), up(bluePod, [[21, 1]]), other, busyGreen()]), "PASS");
  });

  it("that was before does not matter", () => {
    assert.equal(findingOf({}, [idleBlue(), up(bluePod, [[11, 0], [21, 1]]), busyGreen()]), "PASS"); // biome-ignore format: short
  });

  it("that was in between does not matter, nor one of a second job", () => {
    assert.equal(findingOf({}, [idleBlue(), up(bluePod, [[6, 1], [11, 0], [21, 1]]), busyGreen()]), "PASS"); // biome-ignore format: short
    const again = { ...idleBlue(), labels: { ...idleBlue().labels, job: "proxy" } };
    const scrapes = [up(bluePod, [[16, 1], [21, 1]]), up(bluePod, [[16, 1], [21, 0]], "proxy")]; // biome-ignore format: short
    assert.equal(findingOf({}, [idleBlue(), again, ...scrapes, busyGreen()]), "PASS");
  });

  it("cannot be known without `up`", () => {
    assert.equal(findingOf({}, [idleBlue(), busyGreen()]), "PASS");
  });
});

describe("a pod named like ours that the API never listed", () => {
  const points = [[2, 10], [7, 60], [12, 110], [17, 160]] as const; // biome-ignore format: short
  const here = { cluster: "here" };
  const idleGreen = series(greenPod, [[2, 10], [7, 10], [12, 10], [17, 10]], here); // biome-ignore format: short
  const busy = series(greenPod, points, here);
  const idle = { ...idleBlue(), labels: { ...idleBlue().labels, ...here } };
  const abroad = (revision: string) =>
    series(`${revision}-deployment-99999-zzzzz`, points, { cluster: "abroad" });

  it("may be another cluster's, whose requests prove nothing here", () => {
    for (const [revision, active] of [
      [green, idleGreen],
      [blue, busy],
    ] as const) {
      const judgement = judge(input({}, [idle, active, abroad(revision)]));
      assert.ok(judgement.verdict === "NOT_YET");
      assert.equal(
        judgement.detail,
        `pod ${revision}-deployment-99999-zzzzz is scraped now, and the API does not list it: several clusters in one Thanos?`,
      );
      assert.equal(judgement.reason, "UNMAPPED_POD");
    }
  });

  it("counts by its name once its samples cease: it was born and went between two looks", () => {
    const later = { nowMs: (cutOver + 40) * 1000 };
    const watched = [[22, 960], [27, 960], [32, 960], [37, 960]] as const; // biome-ignore format: short
    const all = [series(bluePod, watched), series(greenPod, watched), abroad(blue)];

    assert.equal(findingOf(later, all), "FAIL");
  });

  it("is ours where an earlier look saw it listed, and it was scaled down since", () => {
    const blues = `${blue}-deployment-99999-zzzzz`;
    const rested = series(blues, [[2, 60], [7, 60], [12, 60], [17, 60]]); // biome-ignore format: short
    const change = { earlierPods: [pod(blues)] };

    assert.equal(findingOf(change, [idle, busy, rested]), "PASS");
    assert.equal(findingOf(change, [idle, busy, abroad(blue)]), "FAIL");
  });
});

describe("a pod of another revision whose containers have ended for good", () => {
  it("serves nobody, and need not be seen any more", () => {
    const evicted = `${bluePod}2`;
    const ceased = series(evicted, [[-100, 900], [-95, 900], [-90, 900]]); // biome-ignore format: short
    const all = [idleBlue(), busyGreen(), ceased];
    const pods = (finished: boolean) => [
      pod(bluePod),
      pod(greenPod),
      pod(evicted, { ready: false, finished }),
    ];

    assert.equal(findingOf({ pods: pods(true) }, all), "PASS");
    assert.equal(findingOf({ pods: pods(false) }, all), "NO_SCRAPE");
  });
});

describe("a counter that a scrape did not show, and the next one did", () => {
  it("holds a request since the settle time, be the scrapes before and after it ever so far apart", () => {
    const first = series(bluePod, [[12.5, 1], [26.5, 1]]); // biome-ignore format: short
    const failures = series(bluePod, [[5.5, 1], [12.5, 1], [26.5, 1]], { __name__: "ovms_requests_fail" }); // biome-ignore format: short
    const scrapes = up(bluePod, [[-15.5, 1], [-1.5, 1], [5.5, 1], [12.5, 1], [26.5, 1]]); // biome-ignore format: short

    assert.equal(
      findingOf({ nowMs: (cutOver + 27) * 1000 }, [busyGreen(), first, failures, scrapes]),
      "FAIL",
    );
  });
});

describe("a counter that another job read the pod without", () => {
  const failures = { __name__: "ovms_requests_fail" };
  const slow = { job: "proxy" };
  /** First shown at 7.5 s; the slower job read the pod at 6.5 s, and did not show it. */
  const answer = [
    busyGreen(),
    series(bluePod, [[7.5, 1], [10.5, 1], [13.5, 1], [16.5, 1]]),
    series(bluePod, [[1.5, 1], [4.5, 1], [7.5, 1], [10.5, 1], [13.5, 1], [16.5, 1]], failures),
    up(bluePod, [[1.5, 1], [4.5, 1], [7.5, 1], [10.5, 1], [13.5, 1], [16.5, 1]]),
  ]; // biome-ignore format: rows
  const failuresOf = (...at: readonly number[]) => [
    series(
      bluePod,
      at.map((time) => [time, 1]),
      { ...failures, ...slow },
    ),
    up(
      bluePod,
      at.map((time) => [time, 1]),
      "proxy",
    ),
  ];
  const before = (now: number, all: readonly Series[]) =>
    all.map(({ labels, samples }) => ({
      labels,
      samples: samples.filter(({ time }) => time <= cutOver + now),
    }));
  const at = (now: number, all: readonly Series[]) =>
    judge(input({ nowMs: (cutOver + now) * 1000 }, before(now, all)));

  it("may be of a request after the settle time: the other job's next scrape must tell", () => {
    const judgement = at(12.5, [...answer, ...failuresOf(-1.5, 6.5)]);

    assert.equal(judgement.verdict === "NOT_YET" && judgement.reason, "NO_SCRAPE");
    assert.match(judgement.summary, /^the next scrape of pod \S+-00023-\S+ by another job must tell /);
  });

  it("is not told by that job's next scrape, where it failed", () => {
    const [failures_, scrapes] = failuresOf(-1.5, 6.5) as [Series, Series];
    const failing = { ...scrapes, samples: [...scrapes.samples, { time: cutOver + 14.5, value: 0 }] };

    assert.equal(at(17, [...answer, failures_, failing]).verdict, "NOT_YET");
  });

  it("may be of such a request also where that job shows no counter at all any more", () => {
    const [before, scrapes] = [failuresOf(-1.5)[0], failuresOf(-1.5, 6.5)[1]] as [Series, Series];

    assert.equal(at(12.5, [...answer, before, scrapes]).verdict, "NOT_YET");
  });

  it("says nothing, where a third job knows it from before", () => {
    const third = series(bluePod, [[-1.5, 1]], { job: "third" }); // biome-ignore format: short

    assert.equal(at(12.5, [...answer, third, ...failuresOf(-1.5, 6.5)]).verdict, "PASS");
  });

  it("is of such a request, where that job's next scrape shows it", () => {
    const shown = series(bluePod, [[14.5, 1]], slow);

    assert.equal(at(17, [...answer, ...failuresOf(-1.5, 6.5, 14.5), shown]).verdict, "FAIL");
  });

  it("says nothing, where that job never shows it", () => {
    assert.equal(at(17, [...answer, ...failuresOf(-1.5, 6.5, 14.5)]).verdict, "PASS");
  });

  it("says nothing, where it is older than the settle time", () => {
    const older = series(bluePod, [[1.5, 1], [4.5, 1], [7.5, 1], [10.5, 1]]); // biome-ignore format: short

    assert.equal(
      at(12.5, [...answer.map((each, index) => (index === 1 ? older : each)), ...failuresOf(-1.5, 6.5)])
        .verdict,
      "PASS",
    );
  });

  it("is no doubt on the active revision: what rose between its samples is certain", () => {
    const green = series(greenPod, [[7.5, 1], [10.5, 4]]); // biome-ignore format: short
    const slowGreen = failuresOf(5.2, 6.5).map(({ labels, samples }) => ({
      labels: { ...labels, pod: greenPod },
      samples,
    }));
    const failing = series(greenPod, [[7.5, 1], [10.5, 1]], failures); // biome-ignore format: short
    const all = [idleBlue(), green, failing, up(greenPod, [[7.5, 1], [10.5, 1]]), ...slowGreen]; // biome-ignore format: short

    assert.equal(at(12.5, all).verdict, "PASS");
  });
});

describe("clocks that differ", () => {
  /** What Prometheus with a clock `ahead` seconds ahead has at 22 s after the cut-over. */
  function shifted(ahead: number): readonly Series[] {
    const move = ({ labels, samples }: Series): Series => ({
      labels,
      samples: samples.map(({ time, value }) => ({ time: time + ahead, value })),
    });
    return [idleBlue(), busyGreen()].map(move);
  }
  function answerOf(ahead: number, told = true) {
    const clock = { aheadLeast: ahead - 0.5, aheadMost: ahead + 0.5 };
    return { series: shifted(ahead), warnings: [], ...(told ? { clock } : {}) };
  }

  it("ahead: the base moves, so that what happened before the cut-over does not count", () => {
    // Newest sample 21 s, stamped 24 s: by the samples alone the clock seems 2 s ahead.
    const judgement = judge(input({ answer: answerOf(3) }));

    assert.equal(judgement.verdict, "PASS", judgement.summary);
    assert.equal(judgement.clockAheadSeconds, 3.5);
  });

  it("ahead, and only the answer's time shows it: requests from before the settle time would be a FAIL", () => {
    const early = series(bluePod, [[6, 5], [12, 9], [18, 9], [23, 9], [25, 9]]); // biome-ignore format: short
    const change = { nowMs: (cutOver + 26) * 1000 };
    const answer = { series: [early, busyGreen()], warnings: [] };

    assert.equal(findingOf({ ...change, answer }), "FAIL");
    assert.notEqual(
      findingOf({ ...change, answer: { ...answer, clock: { aheadLeast: 9, aheadMost: 10 } } }),
      "FAIL",
    );
  });

  it("behind: the present is what the answer's time tells, unless a sample is newer", () => {
    const clock = { aheadLeast: -12.5, aheadMost: -11.5 };
    const answer = { series: [], warnings: [], clock };

    assert.deepEqual(readClock(answer, 980, 1_000_000), { aheadSeconds: 0, nowSeconds: 988.5 });
    assert.deepEqual(readClock(answer, 990, 1_000_000), { aheadSeconds: 0, nowSeconds: 990 });
  });

  it("behind: samples look old and are not, as the answer's time tells", () => {
    assert.equal(findingOf({ answer: answerOf(-12, false) }), "NO_SCRAPE");
    assert.equal(findingOf({ answer: { ...answerOf(-12), series: shifted(0).map(lateBy(12)) } }), "PASS");
  });

  it("by less than the answer's time can tell: none", () => {
    const answer = { ...input().answer, clock: { aheadLeast: -0.4, aheadMost: 0.6 } };

    assert.equal(judge(input({ answer })).clockAheadSeconds, 0);
  });
});

/** The same, scraped as often and seen `seconds` later in time. */
function lateBy(seconds: number): (one: Series) => Series {
  return ({ labels, samples }) => ({
    labels,
    samples: samples.map(({ time, value }) => ({ time: time - seconds + 5, value })),
  });
}

describe("a range that leaves its left border out, as of Prometheus 3", () => {
  it("never changes a verdict", () => {
    for (const all of [
      [idleBlue(), busyGreen()],
      [
        series(bluePod, [
          [-4, 3],
          [6, 5],
          [16, 6],
        ]),
        busyGreen(),
      ],
    ]) {
      const cut = all.map(({ labels, samples }) => ({ labels, samples: samples.slice(1) }));
      assert.equal(findingOf({}, cut), findingOf({}, all));
    }
  });
});

describe("replicas whose scrapes interleave", () => {
  it("are no storm of resets", () => {
    const twins = series(greenPod, [[6, 100], [11, 150], [11.2, 148], [16, 200], [16.2, 199], [21, 250]]); // biome-ignore format: short
    const judgement = judge(input({}, [idleBlue(), twins]));

    assert.equal(judgement.activeRequests, 150);
    assert.equal(judgement.scrapeIntervalSeconds, 5);
  });
});

describe("pods that come and go", () => {
  it("a pod first read after the base needs two samples of its own", () => {
    const second = `${bluePod}2`;
    const pods = [pod(bluePod), pod(greenPod), pod(second)];
    assert.equal(findingOf({ pods }, [idleBlue(), busyGreen(), series(second, [[21, 0]])]), "NO_SCRAPE");
    assert.equal(findingOf({ pods }, [idleBlue(), busyGreen(), series(second, [[16, 0], [21, 0]])]), "PASS"); // biome-ignore format: short
  });

  it("a pod with nothing but `up` is no pod of ours unless the API lists it", () => {
    assert.equal(
      findingOf({}, [idleBlue(), busyGreen(), up("jukebox-predictor-00001-deployment-a", [[21, 1]])]),
      "PASS",
    );
  });
});
