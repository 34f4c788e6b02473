import assert from "node:assert/strict";
import fc from "fast-check";
import { identifySeries } from "../../../src/core/promql/identity.ts";
import { type RawPod, requestsOf } from "../../../src/core/promql/raw.ts";
import { judgeQuery, type QueryJudgeInput } from "../../../src/core/promql/verdict.ts";
import type { Series } from "../../../src/ports.ts";
import { blue, bluePod, cutOver, green, greenPod, pod } from "../verdict/builders.ts";

const namespace = "user1-test";
const directory = {
  service: "jukebox",
  namespace,
  revisions: [blue, green, "a-hashed-revision"],
  pods: [pod(bluePod), pod(greenPod)],
  earlierPods: [pod("hashed-pod", { revision: blue })],
};

function row(labels: Readonly<Record<string, string>>, value: number): Series {
  return { labels, samples: [{ time: cutOver + 60, value }] };
}

function raw(name: string, increase: number, change: Partial<RawPod> = {}): RawPod {
  const revision = name === greenPod ? green : blue;
  const role = name === greenPod ? "active" : "other";
  return { pod: name, revision, role, presence: "ready", samples: 3, fresh: true, increase, requests: increase, series: [], ...change }; // biome-ignore format: long
}

/** A counter whose first sample since the base this is. */
function begun(value: number, change: Partial<RawPod["series"][number]> = {}): RawPod["series"] {
  return [{ counted: true, appeared: true, samples: [{ time: cutOver + 20, value }], ...change }];
}

function rawSeries(podName: string, labels: Readonly<Record<string, string>> = { namespace }): Series {
  const samples = [1, 2].map((n) => ({ time: cutOver + 50 + n, value: n }));
  return { labels: { pod: podName, ...labels }, samples };
}

/** Green served, blue is idle, everything was scraped, and the window lies behind the base: a PASS unless changed. */
function input(change: Partial<QueryJudgeInput> = {}, rows?: readonly Series[]): QueryJudgeInput {
  return {
    ...directory,
    active: green,
    answer: { series: rows ?? [row({ pod: bluePod }, 0), row({ pod: greenPod }, 2.5)], warnings: [] },
    evaluatedAt: cutOver + 60,
    base: cutOver + 5,
    reachSeconds: 55,
    rawPods: [raw(bluePod, 0), raw(greenPod, 100)],
    rawSeries: [rawSeries(bluePod), rawSeries(greenPod)],
    ...change,
  };
}

const served = [row({ pod: bluePod }, 0.2), row({ pod: greenPod }, 2.5)];
const blueRose = { rawPods: [raw(bluePod, 3), raw(greenPod, 100)] };
const idleGreen = raw(`${green}-deployment-a-2`, 0, { revision: green, role: "active" });
const otherPod = "tagger-predictor-00001-deployment-a-b";

type Row = readonly [what: string, expected: string, QueryJudgeInput, detail?: RegExp];

const table: readonly Row[] = [
  ["green rose, blue did not", "PASS", input(), /^100 requests on jukebox-predictor-00024, 0 on jukebox-predictor-00023 \(the query gives 2\.5\)$/],
  ["blue is gone", "PASS", input({ rawPods: [raw(greenPod, 1)] }, [row({ pod: greenPod }, 1)]), /^1 request on .*no other revision has series/],
  ["blue is going", "PASS", input({ rawPods: [raw(bluePod, 0, { presence: "terminating", fresh: false }), raw(greenPod, 9)] }, [row({ pod: greenPod }, 1)])],
  ["by revision", "PASS", input({}, [row({ revision_name: blue }, 0), row({ revision_name: green }, 1)])],
  ["by workload", "PASS", input({}, [row({ workload: `${blue}-deployment` }, 0), row({ workload: `${green}-deployment` }, 1)])],
  ["another service's pod is busy", "PASS", input({}, [...input().answer.series, row({ pod: otherPod }, 9)])],
  ["a namesake in another namespace is busy", "PASS", input(
    { rawSeries: [rawSeries(bluePod), rawSeries(greenPod), rawSeries(`${blue}-deployment-q-q`, { namespace: "user2" })] },
    [...input().answer.series, row({ pod: `${blue}-deployment-q-q` }, 9)],
  )],
  ["series without a namespace", "PASS", input({ rawSeries: [rawSeries(bluePod, {}), rawSeries(greenPod, {})] })],
  ["without a namespace, by revision", "PASS", input({ rawSeries: [rawSeries(greenPod, {})] }, [row({ revision: blue }, 0), row({ revision: green }, 1)])],
  ["the window reaches back, and blue is idle all through", "PASS", input({ reachSeconds: 300 })],

  ["each pod was scraped twice", "PASS", input({ rawPods: [raw(bluePod, 0, { samples: 2 }), raw(greenPod, 9, { samples: 2 })] })],
  ["one of two green pods is idle", "PASS", input({ rawPods: [raw(bluePod, 0), raw(greenPod, 9), idleGreen] }, [row({ pod: bluePod }, 0), row({ pod: greenPod }, 1), row({ pod: idleGreen.pod }, 0)])],
  ["one of two green pods is new, and was scraped once", "PASS", input({ rawPods: [raw(bluePod, 0), { ...idleGreen, samples: 1 }, raw(greenPod, 9)] })],

  ["blue rose", "FAIL OTHER_REVISION_SERVED", input(blueRose, served), /gives 0\.2 for pod jukebox-predictor-00023-.*: it served within the last 55 s/],
  ["blue rose, by revision", "FAIL OTHER_REVISION_SERVED", input(blueRose, [row({ revision: blue }, 1)]), /for jukebox-predictor-00023/],
  ["blue rose, in a partial answer", "FAIL OTHER_REVISION_SERVED", input({ ...blueRose, answer: { series: served, warnings: ["no store"] } })],
  ["blue rose, Infinity beside it", "FAIL OTHER_REVISION_SERVED", input(blueRose, [row({ pod: bluePod, a: "" }, Number.POSITIVE_INFINITY), ...served])],

  ["blue rose, and we probed it: the raw counters say by how much", "PASS", input({ ...blueRose, probed: new Set([blue]) }, served)],
  ["blue rose unseen by the query, and we probed it", "PASS", input({ ...blueRose, probed: new Set([blue]) })],
  ["blue rose, and we probed another", "FAIL OTHER_REVISION_SERVED", input({ ...blueRose, probed: new Set(["a-hashed-revision"]) }, served)],
  ["a pod of a revision without a name rose, and we probed another", "NOT_YET QUERY_CONTRADICTED", input({ rawPods: [raw(bluePod, 3, { revision: undefined, presence: "terminating" }), raw(greenPod, 100)], probed: new Set([blue]) })],
  ["blue rose, but the window reaches back", "NOT_YET WINDOW_TOO_LONG", input({ ...blueRose, reachSeconds: 300 }, served), /window of 300 s still reaches 245 s before .* from 22:18:25 UTC on/],
  ["one second too early", "NOT_YET WINDOW_TOO_LONG", input({ ...blueRose, reachSeconds: 56 }, served)],
  ["the query counts what is no inference", "NOT_YET QUERY_CONTRADICTED", input({}, served), /readiness and metadata calls/],
  ["the query hides a rise", "NOT_YET QUERY_CONTRADICTED", input(blueRose), /rose by 3 since/],
  ["a first sample gives a request away", "NOT_YET QUERY_CONTRADICTED", input({ rawPods: [raw(bluePod, 0, { requests: 1 }), raw(greenPod, 9)] })],
  ["a counter that was not there before begins above 0", "NOT_YET QUERY_CONTRADICTED", input({ rawPods: [raw(bluePod, 0, { series: begun(4) }), raw(greenPod, 9)] }), /no traffic of pod .*00023-.*, but a counter of it was first seen after the cut-over, and held 4 already/],
  ["a counter that was not there before begins with 0", "PASS", input({ rawPods: [raw(bluePod, 0, { series: begun(0) }), raw(greenPod, 9)] })],
  ["a counter that was there before", "PASS", input({ rawPods: [raw(bluePod, 0, { series: begun(4, { appeared: undefined }) }), raw(greenPod, 9)] })],
  ["a counter that shows no number", "PASS", input({ rawPods: [raw(bluePod, 0, { series: begun(4, { samples: [] }) }), raw(greenPod, 9)] })],
  ["a second job's counter", "PASS", input({ rawPods: [raw(bluePod, 0, { series: begun(4, { counted: false }) }), raw(greenPod, 9)] })],
  ["a counter of green that was not there before", "PASS", input({ rawPods: [raw(bluePod, 0), raw(greenPod, 9, { series: begun(4) })] })],
  ["a counter that our probes began", "PASS", input({ rawPods: [raw(bluePod, 0, { series: begun(4) }), raw(greenPod, 9)], probed: new Set([blue]) })],
  ["Thanos answered in part", "NOT_YET PARTIAL_ANSWER", input({ answer: { ...input().answer, warnings: ["partial\u001b[31m"] } })],
  ["blue's workers take turns", "NOT_YET PARTIAL_ANSWER", input({ rawPods: [raw(bluePod, 0, { contradictory: true }), raw(greenPod, 9)] }, served), /several workers/],
  ["no series, no samples", "NOT_YET QUERY_NO_SERIES", input({ rawSeries: [] }, []), /selectors match nothing/],
  ["no series, one sample", "NOT_YET NO_SCRAPE", input({ rawSeries: [{ labels: {}, samples: [{ time: 1, value: 1 }] }] }, []), /one sample only/],
  ["no series, many samples", "NOT_YET QUERY_NO_SERIES", input({}, []), /makes no series/],
  ["a series without a sample", "NOT_YET QUERY_NO_SERIES", input({}, [{ labels: { pod: greenPod }, samples: [] }])],
  ["other services only", "NOT_YET QUERY_NO_SERIES", input({}, [row({ pod: otherPod }, 9)]), /other services or namespaces only/],
  ["no label that tells", "NOT_YET QUERY_LABELS", input({}, [row({ job: "pods" }, 1)]), /\{job="pods"\} does not say/],
  ["an empty label is none", "NOT_YET QUERY_LABELS", input({}, [row({ pod: "" }, 1)])],
  ["a pod of nobody", "NOT_YET UNMAPPED_POD", input({}, [...input().answer.series, row({ pod: "x-y" }, 0)]), /no known revision/],
  ["a pod of one revision with another's label", "NOT_YET UNMAPPED_POD", input({}, [row({ pod: bluePod, revision: green }, 0)]), /names two revisions/],
  ["namespaces added up in one of two rows", "NOT_YET QUERY_LABELS", input({ rawSeries: [rawSeries(greenPod), rawSeries(bluePod, { namespace: "user2" })] }, [row({ pod: bluePod }, 0), row({ revision: green }, 1)])],
  ["namespaces added up", "NOT_YET QUERY_LABELS", input({ rawSeries: [rawSeries(greenPod), rawSeries(bluePod, { namespace: "user2" })] }, [row({ revision: blue }, 0), row({ revision: green }, 1)]), /user2 among them/],
  ["NaN", "NOT_YET QUERY_NO_NUMBER", input({}, [row({ pod: bluePod }, 0), row({ pod: greenPod }, Number.NaN)]), /gives NaN/],
  ["Infinity on blue", "NOT_YET QUERY_NO_NUMBER", input({}, [row({ pod: bluePod }, Number.POSITIVE_INFINITY)])],
  ["negative", "NOT_YET QUERY_NO_NUMBER", input({}, [row({ pod: bluePod }, -1), row({ pod: greenPod }, 1)])],
  ["blue's samples have ceased", "NOT_YET NO_SCRAPE", input({ rawPods: [raw(bluePod, 0, { fresh: false }), raw(greenPod, 9)] }), /have ceased/],
  ["blue was scraped once", "NOT_YET NO_SCRAPE", input({ rawPods: [raw(bluePod, 0, { samples: 1 }), raw(greenPod, 9)] }), /one sample only of pod/],
  ["blue is ready and never scraped", "NOT_YET NO_SCRAPE", input({ rawPods: [raw(bluePod, 0, { samples: 0 }), raw(greenPod, 9)] }), /no sample of pod/],
  ["blue is filtered away", "NOT_YET QUERY_NO_SERIES", input({}, [row({ pod: greenPod }, 1)]), /the result does not show it/],
  ["blue is filtered away, by revision", "NOT_YET QUERY_NO_SERIES", input({}, [row({ revision_name: green }, 1)]), /the result does not show it/],
  ["one of two blue pods is filtered away", "NOT_YET QUERY_NO_SERIES", input({ rawPods: [raw(bluePod, 0), raw(`${blue}-deployment-a-2`, 0), raw(greenPod, 9)] })],
  ["counters without a pod", "NOT_YET QUERY_LABELS", input({ rawPods: [...input().rawPods, raw("", 0, { role: "unmapped", presence: "gone" })] }), /have no label pod/],
  ["counters of a pod of nobody", "NOT_YET UNMAPPED_POD", input({ rawPods: [...input().rawPods, raw("x-y", 0, { role: "unmapped", presence: "gone" })] })],
  ["a pod that the API does not list rose", "NOT_YET UNMAPPED_POD", input({ rawPods: [...input().rawPods, raw(`${blue}-deployment-9-z`, 9, { role: "unmapped", revision: undefined, presence: "gone", unlisted: true })] }, [...input().answer.series, row({ pod: `${blue}-deployment-9-z` }, 2)]), /does not list it: several clusters in one Thanos\? Narrow/],
  ["green has no pod", "NOT_YET NO_TRAFFIC", input({ rawPods: [raw(bluePod, 0)] }), /no pod of .*24 is there/],
  ["green was not scraped", "NOT_YET NO_SCRAPE", input({ rawPods: [raw(bluePod, 0), raw(greenPod, 0, { samples: 1 })] })],
  ["green is not in the result", "NOT_YET QUERY_NO_SERIES", input({}, [row({ pod: bluePod }, 0)]), /shows nothing of/],
  ["green is idle", "NOT_YET NO_TRAFFIC", input({}, [row({ pod: bluePod }, 0), row({ pod: greenPod }, 0)]), /no request seen/],
  ["green's rise is from before the cut-over", "NOT_YET NO_TRAFFIC", input({ reachSeconds: 300, rawPods: [raw(bluePod, 0), raw(greenPod, 0)] }), /from before the cut-over/],
]; // biome-ignore format: table

describe("judgeQuery", () => {
  for (const [what, expected, given, detail = /./] of table) {
    it(`${what}: ${expected}`, () => {
      const { finding } = judgeQuery(given);

      const reason = finding.verdict === "PASS" ? "" : ` ${finding.reason}`;
      assert.equal(`${finding.verdict}${reason}`, expected, finding.detail);
      assert.match(finding.detail, detail);
      assert.match(finding.detail, /^\P{Cc}+$/u);
    });
  }

  it("counts on the active revision what is certain, on others what is possible", () => {
    const pods = [raw(bluePod, 2, { requests: 3 }), raw(greenPod, 5, { requests: 7 })];
    assert.deepEqual([requestsOf(pods, "active"), requestsOf(pods, "other")], [5, 3]);
  });

  it("reports every series with what it was taken for", () => {
    const { rows } = judgeQuery(input({}, [row({ pod: bluePod }, 0), row({ pod: otherPod }, 9), row({}, 1)]));

    assert.deepEqual(rows, [
      { labels: { pod: bluePod }, value: 0, identity: "revision", revision: blue },
      { labels: { pod: otherPod }, value: 9, identity: "foreign" },
      { labels: {}, value: 1, identity: "unlabelled" },
    ]);
  });
});

describe("judgeQuery, whatever the query gives", () => {
  const value = fc.constantFrom(0, 0, 0.2, 3, Number.NaN, Number.POSITIVE_INFINITY, -1);
  const label = fc.constantFrom<Readonly<Record<string, string>>>({ pod: bluePod }, { pod: greenPod }, { revision: blue }, { revision: green }, { pod: otherPod }, { job: "x" }); // biome-ignore format: list
  const series = fc.tuple(label, value).map(([labels, each]) => row(labels, each));
  // Where only the raw samples decide.
  const healthy = [row({ pod: bluePod }, 0), row({ pod: greenPod }, 3)];
  const evidence = fc.record({
    presence: fc.constantFrom("ready", "notReady", "terminating", "gone"),
    samples: fc.integer({ min: 0, max: 3 }),
    fresh: fc.boolean(),
    requests: fc.constantFrom(0, 0, 0, 1, 50),
  });
  const given = fc
    .record({
      rows: fc.oneof(fc.array(series, { maxLength: 4 }), fc.constant(healthy)),
      blue: evidence,
      green: evidence,
      reachSeconds: fc.integer({ min: 1, max: 120 }),
      warnings: fc.constantFrom([], [], ["partial"]),
    })
    .map(({ rows, blue: b, green: g, reachSeconds, warnings }) =>
      input({
        answer: { series: rows, warnings },
        reachSeconds,
        rawPods: [raw(bluePod, b.requests, b), raw(greenPod, g.requests, g)],
      }),
    );

  it("never passes against the raw samples, never fails without them or before its window is clear", () => {
    const seen = { PASS: 0, FAIL: 0, NOT_YET: 0 };
    fc.assert(
      fc.property(given, (scene) => {
        const { finding } = judgeQuery(scene);
        const [other, active] = scene.rawPods as readonly [RawPod, RawPod];
        seen[finding.verdict]++;
        if (finding.verdict === "PASS") {
          assert.ok(other.requests === 0 && active.increase > 0 && active.samples >= 2 && active.fresh);
          assert.ok(other.presence !== "ready" || (other.samples >= 2 && other.fresh));
          assert.deepEqual(scene.answer.warnings, []);
        }
        if (finding.verdict === "FAIL") {
          assert.ok(other.increase > 0 && scene.reachSeconds <= scene.evaluatedAt - scene.base);
        }
      }),
      { numRuns: 20_000 },
    );
    assert.ok(seen.PASS > 20 && seen.FAIL > 20, `the inputs prove little: ${JSON.stringify(seen)}`);
  });
});

describe("identifySeries", () => {
  const rows: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ pod: greenPod }, green],
    [{ pod: "hashed-pod" }, blue],
    [{ pod_name: `${blue}-deployment-z-z` }, blue],
    [{ revision_name: green }, green],
    [{ revision: "a-hashed-revision" }, "a-hashed-revision"],
    [{ serving_knative_dev_revision: "jukebox-predictor-00001" }, "jukebox-predictor-00001"],
    [{ label_serving_knative_dev_revision: blue }, blue],
    [{ deployment: `${green}-deployment` }, green],
    [{ workload: green }, green],
    [{ pod: "activator-5d9c-x", revision_name: green }, green],
    [{ pod: greenPod, namespace: "user1-test" }, green],
    [{ pod: greenPod, namespace: "user2" }, "foreign"],
    [{ revision: "tagger-predictor-00001" }, "foreign"],
    [{ workload: "tagger-predictor-00001-deployment" }, "foreign"],
    [{ revision: "jukebox-predictor-1" }, "unknown"],
    [{ pod: bluePod, revision: green }, "contradictory"],
    [{ job: "pods" }, "unlabelled"],
  ];
  for (const [labels, expected] of rows) {
    it(`${JSON.stringify(labels)} is ${expected}`, () => {
      const identity = identifySeries(labels, directory);
      assert.equal(identity.kind === "revision" ? identity.revision : identity.kind, expected);
    });
  }
});
