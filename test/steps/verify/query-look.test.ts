import assert from "node:assert/strict";
import { Failure } from "../../../src/errors/failure.ts";
import type { QueryAnswer, Series } from "../../../src/ports.ts";
import { lookByQuery, type QueryScene, readVerdictQuery } from "../../../src/steps/verify/query-look.ts";

const blue = "jukebox-predictor-00023";
const green = "jukebox-predictor-00024";
const podOf = (revision: string) => `${revision}-deployment-a-b`;
const cutOver = 1_700_000_000;
const course = "sum(rate(ovms_requests_success[5m])) by (pod)";

const scene: QueryScene = {
  service: { namespace: "user1-test", name: "jukebox" },
  active: green,
  standby: blue,
  revisions: [],
  pods: [blue, green].map((revision) => ({
    name: podOf(revision),
    revision,
    ready: true,
    terminating: false,
  })),
  earlierPods: [],
  cutOverAt: cutOver * 1000,
  settleSeconds: 5,
};

interface Truth {
  /** Values at 10, 15, 20 … seconds after the cut-over. */
  readonly values: readonly number[];
  readonly pod: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A Prometheus that knows these counters: raw samples for a range, their rise for the query itself. */
function prometheus(
  truths: readonly Truth[],
  { ahead = 0, now = 31, rawWarnings = [] as readonly string[] } = {},
) {
  const asked: string[] = [];
  const time = cutOver + now + ahead;
  // The range reaches back to before the cut-over, and the counter was there by then.
  const samples = ([first = 0, ...later]: readonly number[]) =>
    [first, first, first, ...later].map((value, index) => ({ time: cutOver + ahead + 5 * index, value }));
  return {
    asked,
    clock: { now: () => (cutOver + now) * 1000 },
    metrics: {
      query: async (promql: string): Promise<QueryAnswer> => {
        asked.push(promql);
        if (promql.endsWith("]")) {
          const series = truths.map(({ pod, labels, values }): Series => ({ labels: { __name__: "ovms_requests_success", namespace: "user1-test", method: "ModelInfer", pod, ...labels }, samples: samples(values) })); // biome-ignore format: long
          return { series, warnings: rawWarnings };
        }
        const rises = new Map<string, number>();
        for (const { pod, values } of truths) {
          rises.set(pod, (rises.get(pod) ?? 0) + (values.at(-1) as number) - (values[0] as number));
        }
        const series = [...rises].map(([pod, value]) => ({ labels: { pod }, samples: [{ time, value }] }));
        return { series, warnings: [] };
      },
    },
  };
}

const idle: Truth = { pod: podOf(blue), values: [7, 7, 7, 7, 7] };
const busy: Truth = { pod: podOf(green), values: [0, 1, 2, 3, 4] };

async function look(query: string, truths: readonly Truth[], options = {}, change: Partial<QueryScene> = {}) {
  const server = prometheus(truths, options);
  const result = await lookByQuery(server, await readVerdictQuery(query), { ...scene, ...change });
  const { finding } = result;
  return { ...result, asked: server.asked, text: finding.verdict === "PASS" ? "PASS" : `${finding.verdict} ${finding.reason}` }; // biome-ignore format: long
}

describe("readVerdictQuery", () => {
  async function failureOf(text: string): Promise<Failure> {
    const failure = await readVerdictQuery(text).catch((error: unknown) => error);
    assert.ok(failure instanceof Failure);
    return failure;
  }

  it("takes the course's query as it stands", async () =>
    assert.equal((await readVerdictQuery(course)).text, course));

  it("shows where a query is wrong, with a caret", async () => {
    const failure = await failureOf("sum(rate(ovms_requests_success[5m]) by (pod)");

    assert.equal(failure.reason, "QUERY_SYNTAX");
    assert.equal(failure.evidence, 'line 1, column 37: this is not expected here (near "by (pod)")');
    assert.deepEqual(failure.shown, ["sum(rate(ovms_requests_success[5m]) by (pod)", `${" ".repeat(36)}^`]);
  });

  it("refuses a query that can prove nothing, and says how to mend it", async () => {
    const failure = await failureOf("sum(rate(ovms_requests_success[5m]))");

    assert.equal(failure.reason, "QUERY_UNFIT");
    assert.match(failure.evidence, /add `by \(pod\)`/);
  });
});

describe("readVerdictQuery, of a query about the active revision alone", () => {
  const read = async (text: string) =>
    readVerdictQuery(text).then(
      () => "taken",
      (error: Failure) => `${error.reason}: ${error.evidence}`,
    );
  const narrow = [
    'sum(rate(a{pod=~"$active-.*"}[$window])) by (pod)',
    "sum(rate(a{x='y', pod =~ '$active-deployment-.*'}[5m])) by (pod)",
    'sum(rate(a{revision_name="$active"}[$window])) by (revision_name)',
    'sum(rate(a{pod=~"$active.*"}[1m])) by (pod) + sum(rate(b{pod=~"$active.*"}[1m])) by (pod)',
  ];
  for (const text of narrow)
    it(`refuses ${text}`, async () =>
      assert.match(await read(text), /^QUERY_UNFIT: .*\$active alone.*other revisions/));

  const wide = [
    'sum(rate(a{pod=~"$name-predictor-.*"}[$window])) by (pod)',
    'sum(rate(a{pod=~"$active-.*|$standby-.*"}[$window])) by (pod)',
    'sum(rate(a{pod!~"$active-.*"}[1m])) by (pod) or sum(rate(a{pod=~"$active-.*"}[1m])) by (pod)',
    'sum(rate(a{pod!="$active"}[1m])) by (pod)',
    'sum(rate(a{pod=~"$active.*"}[1m])) by (pod) + sum(rate(b[1m])) by (pod)',
  ];
  for (const text of wide) it(`takes ${text}`, async () => assert.equal(await read(text), "taken"));
});

const window = "sum(rate(ovms_requests_success[$window])) by (pod)";

describe("lookByQuery", () => {
  it("asks the query and the raw samples behind it", async () => {
    const { asked, text, reachSeconds, activeRequests, otherRequests } = await look(
      'sum(rate(a{n="$namespace"}[$window])) by (pod) + sum(rate(b[$window])) by (pod)',
      [idle, busy],
    );

    assert.equal(text, "PASS");
    assert.deepEqual(asked, [
      'sum(rate(a{n="user1-test"}[26s])) by (pod) + sum(rate(b[26s])) by (pod)',
      'a{n="user1-test"}[151s]',
      "b[151s]",
    ]);
    assert.deepEqual([reachSeconds, activeRequests, otherRequests], [26, 4, 0]);
  });

  it("asks nothing while the settle time runs", async () => {
    const { asked, text, summary, rows, companions } = await look(course, [idle, busy], { now: 5.9 });
    assert.deepEqual([asked, text], [[], "NOT_YET NO_SCRAPE"]);
    assert.equal(summary, "the settle time after the cut-over is not over");
    assert.deepEqual([rows, companions], [[], []]);
  });

  it("asks as soon as there is a whole second to ask for", async () => {
    const { asked } = await look(window, [idle, busy], { now: 6 });
    assert.deepEqual(asked, [window.replace("$window", "1s"), "ovms_requests_success[126s]"]);
  });

  it("names both revisions to the query, and reaches as far as its longest window", async () => {
    const { asked, reachSeconds } = await look(
      'sum(rate(a{r="$active",s="$standby"}[$window])) by (pod) + sum(rate(b[5m])) by (pod)',
      [idle, busy],
    );
    assert.match(asked[0] ?? "", new RegExp(`r="${green}",s="${blue}"`));
    assert.equal(reachSeconds, 300);
  });

  it("is of the moment in which it is asked, where nothing answers", async () => {
    const { evaluatedAt, text } = await look(window, []);
    assert.deepEqual([evaluatedAt, text], [cutOver + 31, "NOT_YET QUERY_NO_SERIES"]);
  });

  it("counts the requests of a pod whose name tells no service, by the API's list", async () => {
    const [bare] = scene.pods;
    const pods = scene.pods.map((each) => (each === bare ? { ...each, name: "0b91c5" } : each));
    const hashed: Truth = { pod: "0b91c5", values: [7, 7, 10, 10, 10] };
    const server = prometheus([hashed, busy]);
    const { query } = server.metrics;
    // The user's own query does not show that pod.
    server.metrics.query = async (promql) => {
      const { series, ...rest } = await query(promql);
      const isSeen = ({ labels }: Series) => promql.endsWith("]") || labels["pod"] !== hashed.pod;
      return { ...rest, series: series.filter(isSeen) };
    };
    const { finding, otherRequests } = await lookByQuery(server, await readVerdictQuery(window), {
      ...scene,
      pods,
    });
    assert.deepEqual([finding.verdict, otherRequests], ["NOT_YET", 3]);
  });

  it("knows the standby, and every revision of the service, by a label of the result", async () => {
    const byRevision = async (revision: string, change: Partial<QueryScene> = {}) => {
      const server = prometheus([idle, busy]);
      const { query } = server.metrics;
      server.metrics.query = async (promql) => {
        if (promql.endsWith("]")) return query(promql);
        const time = cutOver + 31;
        const of = (name: string, value: number) => ({
          labels: { revision_name: name },
          samples: [{ time, value }],
        });
        return { series: [of(green, 4), of(revision, 3)], warnings: [] };
      };
      const template = await readVerdictQuery("sum(rate(a[$window])) by (revision_name)");
      const { rows } = await lookByQuery(server, template, { ...scene, ...change });
      return rows.map((row) => row.revision);
    };
    const [other, older] = ["jukebox-predictor-other", "jukebox-predictor-older"];

    assert.deepEqual(await byRevision(other), [green, undefined]);
    assert.deepEqual(await byRevision(other, { standby: other }), [green, other]);
    assert.deepEqual(await byRevision(older, { revisions: [older] }), [green, older]);
  });

  const leak: Truth = { pod: podOf(blue), values: [7, 7, 8, 8, 8] };
  const abroad = { namespace: "user2-test" };
  const rows: readonly (readonly [what: string, query: string, truths: readonly Truth[], expected: string])[] = [
    ["blue is idle", window, [idle, busy], "PASS"],
    ["blue leaks", window, [leak, busy], "FAIL OTHER_REVISION_SERVED"],
    ["blue leaks, seen through five minutes", course, [leak, busy], "NOT_YET WINDOW_TOO_LONG"],
    ["blue is asked for its readiness only", window, [idle, { ...leak, labels: { method: "ModelReady" } }, busy], "NOT_YET QUERY_CONTRADICTED"],
    ["green is asked for its readiness only", window, [idle, { pod: podOf(green), values: [3, 3, 3, 3, 3] }, { ...busy, labels: { method: "ModelReady" } }], "NOT_YET NO_TRAFFIC"],
    ["another service is busy", window, [idle, busy, { ...busy, pod: "tagger-predictor-00001-deployment-a-b" }], "PASS"],
    ["a namesake in another namespace is busy", window, [idle, busy, { ...busy, pod: `${blue}-deployment-c-d`, labels: abroad }], "PASS"],
    ["a pod of nobody is busy", window, [idle, busy, { ...busy, pod: "ovms-5d9c-x" }], "NOT_YET UNMAPPED_POD"],
  ]; // biome-ignore format: table
  for (const [what, query, truths, expected] of rows) {
    it(`${what}: ${expected}`, async () => {
      const { text, finding } = await look(query, truths);
      assert.equal(text, expected, finding.detail);
    });
  }

  it("moves the base where Prometheus' clock runs ahead", async () => {
    // Its 60 s ahead make a window that lies before the cut-over look like one behind it.
    const { text } = await look("sum(rate(a[30s])) by (pod)", [leak, busy], { ahead: 60 });
    assert.equal(text, "NOT_YET WINDOW_TOO_LONG");
  });

  it("moves it also where only the samples are stamped ahead, by one that scrapes for another", async () => {
    const server = prometheus([idle, busy], { ahead: 20 });
    const { query } = server.metrics;
    server.metrics.query = async (promql) => {
      const answer = await query(promql);
      if (promql.endsWith("]")) return answer;
      const now = ({ samples }: Series) => samples.map((one) => ({ ...one, time: cutOver + 31 }));
      return { ...answer, series: answer.series.map((one) => ({ ...one, samples: now(one) })) };
    };
    const { since, clockAheadSeconds } = await lookByQuery(server, await readVerdictQuery(window), scene);
    // The newest sample, of 50 s after the cut-over, was there 31 s after it.
    assert.deepEqual([since, clockAheadSeconds], [cutOver + 5 + 19, 19]);
  });

  it("takes the latest samples for those of now where Prometheus' clock is behind, as the answer's time tells", async () => {
    // 20 scrapes, stamped 50 s before the cut-over to 45 s after it, and read a minute later.
    const of = ({ pod }: Truth, perScrape: number): Truth => ({
      pod,
      values: Array.from({ length: 20 }, (_, index) => index * perScrape),
    });
    const findingOf = async (clock: QueryAnswer["clock"], from = "") => {
      const server = prometheus([of(idle, 0), of(busy, 3)], { ahead: -60, now: 105 });
      const { query } = server.metrics;
      server.metrics.query = async (promql) => ({
        ...(await query(promql)),
        ...(clock && promql.startsWith(from) && { clock }),
      });
      const both = "sum(rate(a[$window])) by (pod) + sum(rate(b[$window])) by (pod)";
      return (await lookByQuery(server, await readVerdictQuery(both), scene)).finding.verdict;
    };
    const behind = { aheadLeast: -60.5, aheadMost: -59.5 };

    assert.equal(await findingOf(behind), "PASS");
    assert.equal(await findingOf(behind, "b["), "PASS", "one answer of several tells it");
    assert.equal(await findingOf(undefined), "NOT_YET");
  });

  it("doubts where the raw samples are a partial answer", async () => {
    assert.equal(
      (await look(window, [idle, busy], { rawWarnings: ["no store"] })).text,
      "NOT_YET PARTIAL_ANSWER",
    );
  });

  it("does not take a counter that came since the cut-over for an idle one", async () => {
    const server = prometheus([idle, busy]);
    const { query } = server.metrics;
    const isBlues = ({ labels }: Series) => labels["pod"] === podOf(blue);
    server.metrics.query = async (promql) => {
      const answer = await query(promql);
      const cut = (one: Series) => ({
        ...one,
        samples: one.samples.filter(({ time }) => time >= cutOver + 15),
      });
      return { ...answer, series: answer.series.map((one) => (isBlues(one) ? cut(one) : one)) };
    };
    const { finding } = await lookByQuery(server, await readVerdictQuery(window), scene);
    assert.equal(finding.verdict === "NOT_YET" && finding.reason, "QUERY_CONTRADICTED");
    assert.match(finding.detail, /first seen after the cut-over, and held 7 already/);
  });

  it("waits for as many requests as wanted", async () => {
    assert.equal((await look(window, [idle, busy], {}, { minRequests: 5 })).text, "NOT_YET TOO_FEW_REQUESTS");
    assert.equal((await look(window, [idle, busy], {}, { maxLeak: 0.1 })).text, "NOT_YET TOO_FEW_REQUESTS");
  });

  it("has no word for a revision that is not there", async () => {
    const { standby: _, ...first } = scene;
    const template = await readVerdictQuery('rate(a{revision!="$standby"}[$window])');
    await assert.rejects(
      lookByQuery(prometheus([busy]), template, first),
      (error: unknown) => error instanceof Failure && error.reason === "QUERY_SYNTAX" && /no other revision/.test(error.evidence), // biome-ignore format: long
    );
  });
});

describe("lookByQuery, asked of a Prometheus whose clock is behind", () => {
  const leak: Truth = { pod: podOf(blue), values: [7, 7, 8, 9, 12] };

  for (const ahead of [-1.5, -20]) {
    it(`sees the other revision serve (${ahead} s)`, async () => {
      const { text, evaluatedAt } = await look(window, [leak, busy], { ahead, now: 61 });
      assert.deepEqual([evaluatedAt, text], [cutOver + 61 + ahead, "FAIL OTHER_REVISION_SERVED"]);
    });
  }

  it("fails for no rise but those that the samples behind the query show since the base", async () => {
    const early: Truth = { pod: podOf(blue), values: [7, 9, 9, 9, 9, 9, 9, 9] };
    const { text } = await look(window, [early, { ...busy, values: [0, 1, 2, 3, 4, 5, 6, 7] }], {
      ahead: -15,
      now: 61,
    });
    assert.match(text, /^NOT_YET/);
  });
});

describe("lookByQuery, with probes of ours on the other revision", () => {
  const probed: Truth = { pod: podOf(blue), values: [7, 7, 10, 10, 10] };
  const windowed = "sum(rate(ovms_requests_success[$window])) by (pod)";
  const probes = (sent: number, doubtful = 0) => ({ probes: [{ revision: blue, sent, doubtful }] });

  it("on the active revision proves nothing of the other", async () => {
    const own = { probes: [{ revision: green, sent: 4 }] };
    assert.equal((await look(windowed, [probed, busy], {}, own)).text, "FAIL OTHER_REVISION_SERVED");
    assert.equal((await look(windowed, [idle, busy], {}, own)).text, "PASS");
  });

  it("expects exactly those: anything else is neither a PASS nor a FAIL", async () => {
    assert.equal((await look(windowed, [probed, busy])).text, "FAIL OTHER_REVISION_SERVED");
    assert.equal((await look(windowed, [probed, busy], {}, probes(3))).text, "PASS");
    for (const scene of [probes(2), probes(4), probes(2, 1), probes(2, 9)]) {
      const { text, finding } = await look(windowed, [probed, busy], {}, scene);
      assert.equal(text, "NOT_YET PROBE_UNCOUNTED", finding.verdict);
    }
  });
});
