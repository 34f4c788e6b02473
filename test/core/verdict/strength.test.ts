import assert from "node:assert/strict";
import { judge, type ProbesSent } from "../../../src/core/verdict/judge.ts";
import { mismatchOf } from "../../../src/core/verdict/probes.ts";
import { requestsToExclude } from "../../../src/core/verdict/strength.ts";
import type { PodReading } from "../../../src/core/world.ts";
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

function findingOf(change: Parameters<typeof input>[0], all?: readonly Series[]): string {
  const judgement = judge(input(change, all));
  return judgement.verdict === "NOT_YET" ? `${judgement.reason}: ${judgement.detail}` : judgement.verdict;
}

describe("the strength of a PASS", () => {
  it("is the rule of three: 0.95 of the chance to see a leak of 3/n", () => {
    for (const leak of [0.3, 0.1, 0.01, 0.001]) {
      const requests = requestsToExclude(leak);
      const unseen = (1 - leak) ** requests;
      assert.ok(unseen <= 0.05, `${leak}: ${unseen}`);
      assert.ok((1 - leak) ** Math.floor(requests * 0.8) > 0.05, `${leak}: too many requests asked for`);
    }
    assert.equal(requestsToExclude(0.001), 3000);
  });

  it("says how many requests it rests on", () => {
    assert.deepEqual(judge(input()).strength, {
      requests: 100,
      probes: 0,
      failed: 0,
      comparable: 100,
      leakBelow: 0.03,
    });
  });

  it("compares only what was seen while all other pods were watched", () => {
    const lateBlue = series(bluePod, [[11, 9], [16, 9], [21, 9]]); // biome-ignore format: short
    const judgement = judge(input({}, [lateBlue, busyGreen()]));

    assert.equal(judgement.strength.comparable, 50);
    assert.match(
      judgement.summary,
      /; excludes a leak of 6 % and more \(95 %, from 50 requests while all pods were watched\) \(/,
    );
  });

  it("excludes nothing with three requests", () => {
    const judgement = judge(input({}, [idleBlue(), series(greenPod, [[7, 1], [12, 4], [17, 4]])])); // biome-ignore format: short

    assert.equal(judgement.strength.leakBelow, undefined);
    assert.match(judgement.summary, /; too few to exclude a leak by numbers \(/);
  });

  it("counts failures in, and tells them", () => {
    const failed = series(greenPod, [[7, 0], [12, 1], [17, 1]], { __name__: "ovms_requests_fail" }); // biome-ignore format: short
    const judgement = judge(input({}, [idleBlue(), busyGreen(), failed]));

    assert.equal(judgement.strength.requests, 101);
    assert.match(judgement.summary, /^101 requests on \S+24 \(1 failed\), 0 on/);
  });

  it("compares no longer than all ready pods of other revisions were watched, whoever else was", () => {
    const second = `${blue}-deployment-6d5f-second`;
    const vanished = `${blue}-deployment-6d5f-vanished`;
    const lateGreen = `${greenPod}2`;
    const all = [
      series(bluePod, [[6, 9], [11, 9], [21, 9]]),
      series(second, [[12, 4], [14, 4], [16, 4]]),
      series(vanished, [[8, 1], [9, 1]]),
      series(lateGreen, [[16, 0], [18, 0], [20, 0]]),
      series(greenPod, [[7, 0], [12, 50], [15, 70], [20, 80], [22, 100]]),
      series(greenPod, [[7, 0], [12, 50], [15, 70], [20, 80], [22, 100]], { job: "again" }),
    ]; // biome-ignore format: rows
    const judgement = judge(
      input({ pods: [bluePod, second, greenPod, lateGreen].map((name) => pod(name)) }, all),
    );

    assert.deepEqual([judgement.strength.requests, judgement.strength.comparable], [100, 20]);
  });

  it("compares nothing where a pod that may have served was not read since", () => {
    const before = series(bluePod, [[-4, 900], [1, 950]]); // biome-ignore format: short
    const strengthOf = (change: Partial<PodReading>, ...blue: readonly Series[]) =>
      judge(input({ pods: [pod(bluePod, change), pod(greenPod)] }, [...blue, busyGreen()])).strength;

    const unread = strengthOf({ terminating: true }, before);
    assert.deepEqual([unread.comparable, unread.leakBelow], [0, undefined]);
    assert.equal(strengthOf({ terminating: true }).comparable, 0);
    assert.equal(strengthOf({ ready: false }, before).comparable, 0);
    assert.equal(strengthOf({ ready: false }).comparable, 100);
    assert.equal(strengthOf({ terminating: true }, idleBlue()).comparable, 100);
  });

  it("counts as failed what is seen to have failed on the active revision", () => {
    const hidden = series(greenPod, [[12, 200], [17, 200]], { __name__: "ovms_requests_fail" }); // biome-ignore format: short
    const failing = series(bluePod, [[6, 0], [11, 2]], { __name__: "ovms_requests_fail" }); // biome-ignore format: short
    const late = series(bluePod, [[11, 5], [16, 5], [21, 5]], { __name__: "ovms_requests_fail", interface: "gRPC" }); // biome-ignore format: short

    const judgement = judge(input({}, [idleBlue(), busyGreen(), hidden]));
    assert.deepEqual([judgement.verdict, judgement.strength.failed], ["PASS", 0]);
    const leaking = judge(input({}, [idleBlue(), busyGreen(), failing, late]));
    assert.deepEqual([leaking.verdict, leaking.strength.failed], ["FAIL", 0]);
    assert.deepEqual(
      leaking.pods.map(({ failed }) => failed),
      [7, 0],
    );
  });

  it("says both, what was ours and what failed", () => {
    const failed = series(greenPod, [[7, 0], [12, 1], [17, 1]], { __name__: "ovms_requests_fail" }); // biome-ignore format: short
    const judgement = judge(
      input({ probes: [{ revision: green, sent: 3, doubtful: 2 }] }, [idleBlue(), busyGreen(), failed]),
    );

    assert.match(judgement.summary, /^101 requests on \S+24 \(5 of them our own probes, 1 failed\), 0 on/);
  });

  it("knows no failures of a server that does not tell them", () => {
    const served = series(greenPod, [[7, 0], [12, 1], [17, 1]], { __name__: "request_predict_seconds_count" }); // biome-ignore format: short
    assert.equal(findingOf({ pods: [pod(greenPod)] }, [served]), "PASS");
  });
});

describe("what was asked for", () => {
  const rows: readonly (readonly [string, Parameters<typeof input>[0], string])[] = [
    ["a leak that these requests exclude", { maxLeak: 0.03 }, "PASS"],
    ["a leak that they do not", { maxLeak: 0.0299 }, `TOO_FEW_REQUESTS: 100 of the 101 requests seen on ${green} that exclude a leak of 3 %`],
    ["a small leak", { maxLeak: 0.001 }, `TOO_FEW_REQUESTS: 100 of the 3000 requests seen on ${green} that exclude a leak of 0.1 %`],
    ["as many requests", { minRequests: 100 }, "PASS"],
    ["more requests", { minRequests: 250 }, `TOO_FEW_REQUESTS: 100 of 250 requests seen on ${green}`],
  ]; // biome-ignore format: a table
  for (const [what, change, expected] of rows) {
    it(what, () => assert.equal(findingOf(change), expected));
  }
});

describe("probes that we sent", () => {
  const seen = (requests: number) =>
    series(bluePod, [[6, 5], [11, 5 + requests], [21, 5 + requests]]); // biome-ignore format: short
  const sent = (count: number, more: Partial<ProbesSent> = {}): readonly ProbesSent[] => [
    { revision: blue, sent: count, ...more },
  ];

  it("are no leak on another revision, exactly as many as were sent", () => {
    assert.equal(findingOf({ probes: sent(3) }, [seen(3), busyGreen()]), "PASS");
    assert.equal(findingOf({ probes: sent(3) }, [seen(4), busyGreen()]), "FAIL");
    assert.equal(findingOf({ probes: [...sent(1), ...sent(2)] }, [seen(3), busyGreen()]), "PASS");
    assert.equal(findingOf({ probes: [{ revision: green, sent: 9 }] }, [seen(3), busyGreen()]), "FAIL");
  });

  it("are awaited, because a request of somebody else's could hide among them", () => {
    const detail = `PROBE_UNCOUNTED: the counters of ${blue} show 2 of our 3 answered probes, so far`;
    assert.equal(findingOf({ probes: sent(3) }, [seen(2), busyGreen()]), detail);
    assert.equal(
      findingOf({ probes: sent(3, { lastAt: (cutOver + 30) * 1000 }) }, [seen(2), busyGreen()]),
      detail,
    );
  });

  it("that no counter shows though every pod was read were answered by something else", () => {
    const early = { lastAt: (cutOver + 8) * 1000 };
    assert.equal(
      findingOf({ probes: sent(3, early) }, [seen(2), busyGreen()]),
      `PROBE_UNCOUNTED: the counters of ${blue} show 2 of our 3 answered probes, after all its pods were read: something else answered`,
    );
    const pods = [pod(bluePod), pod(greenPod), pod(`${bluePod}2`, { ready: false })];
    const change = { probes: sent(3, early), pods };
    assert.match(
      findingOf(change, [seen(2), busyGreen()]),
      /^PROBE_UNCOUNTED: .* 2 of our 3 answered probes, so far/,
    );
    const late = { pods: [pod(bluePod), pod(greenPod), pod(`${greenPod}2`)], probes: sent(3, early) };
    const vanished = series(`${bluePod}2`, [[6, 0], [7, 0]]); // biome-ignore format: short
    assert.match(
      findingOf(late, [seen(2), busyGreen(), vanished]),
      / answered, or pod \S+2, which ended before/,
    );
    const tooLate = series(`${bluePod}2`, [[6, 0], [8, 0]]); // biome-ignore format: short
    const unread = findingOf({ probes: sent(3, early) }, [seen(2), busyGreen(), tooLate]);
    assert.ok(
      unread.endsWith(`: something else answered, or pod ${bluePod}2, which ended before its next scrape`),
      unread,
    );
    const active = [{ revision: green, sent: 101, ...early }];
    assert.match(findingOf({ probes: active }), /^PROBE_UNCOUNTED: .*24 show 100 of our 101 /);
  });

  it("that got no answer may be counted or not, and hide nothing", () => {
    const unclear =
      /^PROBE_UNCOUNTED: .*23 show 4 of our 3 answered probes, whether the rest were probes that got no answer/;
    const doubted = sent(3, { doubtful: 2 });
    assert.equal(findingOf({ probes: doubted }, [seen(3), busyGreen()]), "PASS");
    assert.match(findingOf({ probes: doubted }, [seen(4), busyGreen()]), unclear);
    assert.equal(findingOf({ probes: doubted }, [seen(6), busyGreen()]), "FAIL");
    const elsewhere = [...sent(3), { revision: green, sent: 3, doubtful: 2 }];
    assert.equal(findingOf({ probes: elsewhere }, [seen(4), busyGreen()]), "FAIL");
    assert.equal(
      findingOf({ probes: [{ revision: green, sent: 3, doubtful: 2 }] }, [seen(0), busyGreen()]),
      "PASS",
    );
  });

  it("are counted once where two jobs scrape a pod", () => {
    const twice = [busyGreen(), { ...busyGreen(), labels: { ...busyGreen().labels, job: "again" } }];
    const early = { lastAt: (cutOver + 8) * 1000 };
    const sentTo = (count: number) => ({ probes: [{ revision: green, sent: count, ...early }] });
    assert.equal(findingOf(sentTo(100), [...twice, idleBlue()]), "PASS");
    assert.match(findingOf(sentTo(101), [...twice, idleBlue()]), /^PROBE_UNCOUNTED: .* show 100 of our 101/);
  });

  it("are found in the first sample of a server that counts from its first request on", () => {
    const up = { __name__: "up", pod: greenPod };
    const late: Series = {
      labels: { __name__: "request_predict_seconds_count", pod: greenPod, model_name: "jukebox" },
      samples: [
        { time: cutOver + 17, value: 5 },
        { time: cutOver + 22, value: 7 },
      ],
    };
    const scraped: Series = {
      labels: up,
      samples: [7, 12, 17, 22].map((at) => ({ time: cutOver + at, value: 1 })),
    };
    const answer = { series: [late, scraped], warnings: [] };
    const change = (count: number) => ({
      pods: [pod(greenPod)],
      answer,
      probes: [{ revision: green, sent: count, lastAt: (cutOver + 18) * 1000 }],
    });
    assert.equal(findingOf(change(7)), "PASS");
    assert.match(findingOf(change(8)), /^PROBE_UNCOUNTED: .* show 7 of our 8/);
    const other = { pods: [pod(greenPod)], active: blue, answer };
    const toGreen = judge(input({ ...other, probes: [{ revision: green, sent: 7 }] }));
    assert.match(toGreen.verdict === "NOT_YET" ? toGreen.detail : "", /^no pod of \S+23 is there/);
    assert.equal(mismatchOf(blue, toGreen.pods, [{ revision: green, sent: 7 }]), undefined);
  });

  it("prove nothing of the active revision where they went to another", () => {
    const resting = series(greenPod, [[7, 9], [12, 9], [17, 9]]); // biome-ignore format: short
    assert.match(findingOf({ probes: sent(3) }, [seen(3), resting]), /^NO_TRAFFIC: no request seen on/);
  });

  it("are traffic of the active revision where they went to the service's URL, and said to be ours", () => {
    const judgement = judge(input({ probes: [{ revision: green, sent: 12 }] }));

    assert.equal(judgement.verdict, "PASS");
    assert.equal(judgement.strength.probes, 12);
    assert.match(judgement.summary, /^100 requests on \S+24 \(12 of them our own probes\), 0 on \S+23; excl/);
  });

  it("are told for the other revision too", () => {
    const judgement = judge(input({ probes: [...sent(1), ...sent(2)] }, [seen(3), busyGreen()]));

    assert.match(judgement.summary, /, 3 on \S+23 \(we sent 3 probes there\);/);
  });
});
