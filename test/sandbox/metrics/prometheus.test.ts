import assert from "node:assert/strict";
import { samplesQuery } from "../../../src/core/verdict/query.ts";
import { ask, type Reply } from "./client.ts";
import { embeddedApi } from "./embedded/api.ts";
import { parseNumber } from "./embedded/exposition.ts";
import { createSampleStore } from "./embedded/store.ts";
import { createGate } from "./gate.ts";
import { type Listening, listen } from "./http.ts";
import { infers, type Page, servePage } from "./pages.ts";
import { type Prometheus, startPrometheus } from "./prometheus.ts";
import { hasPrometheus } from "./real.ts";
import { until } from "./until.ts";

const scrapeSeconds = 0.2;
const service = { namespace: "user1-test", name: "jukebox" };
const pod = (revision: number) => `jukebox-predictor-0000${revision}-deployment-abc-${revision}`;

const queries = [
  samplesQuery({ service, podNames: [], cutOverAt: 0, nowMs: 30_000 }),
  samplesQuery({ service, podNames: ['b."\\{1}', "c\nd"], cutOverAt: 0, nowMs: 3_000 }),
  samplesQuery({
    service: { namespace: 'x"} or up{a="', name: "(a|b)*\\" },
    podNames: [],
    cutOverAt: 0,
    nowMs: 0,
  }),
  "sum(rate(ovms_requests_success[5m])) by (pod)",
  "sum by (pod) (rate(ovms_requests_success[5m]))",
  'sum(rate(ovms_requests_success{method="ModelInfer",pod!~".*-3"}[2s])) by (pod, namespace,)',
  "SUM(rate(ovms_requests_success[1s]))",
  "rate(ovms_requests_success[1m1s])",
  "rate({__name__='ovms_requests_fail', pod!=''}[500ms])",
  "up",
  `up{pod=~\`.*-[12]\`}`,
  "sum(up) by (nothing)",
  "up_and_away",
  "no_such_metric[5m]",
  'ovms_requests_success{exported_pod=""}[3s]',
];

const refused = [
  "",
  "up{",
  "{}",
  '{pod=~".*"}',
  "up{pod=1}",
  'up{pod=~"("}',
  "up[5]",
  "up[0s]",
  "up)",
  "sum(up[5m])",
  "rate(up)",
  "sum(up",
  "up % ;",
  'up{pod="a',
  "rate({__name__=~'ovms_requests_.*'}[1m])",
];

/** Real and embedded engine read the same pages; then the embedded one is given the real one's samples. */
describe("the embedded Prometheus, held against the real one", () => {
  let pages: Page[] = [];
  let real: Prometheus;
  let twin: Listening;
  let at: number;

  before(async function () {
    if (!(await hasPrometheus())) {
      assert.notEqual(process.env["BLUEGREEN_REQUIRE_ALL"], "1", "no program named prometheus on PATH");
      this.skip();
    }
    pages = await Promise.all([1, 2, 3].map((number) => servePage(pod(number), infers(10 * number))));
    let targets = pages;
    real = await startPrometheus({ scrapeSeconds, targets: () => targets });
    assert.equal(real.kind, "real");
    await letTimePass(pages, real.url);
    at = Date.now() / 1000;
    // No more samples may come while the two are compared.
    targets = [];
    await until(async () => (await ask(real.url, "up")).result.length === 0, "scraping has ended");
    twin = await embeddedWith(await ask(real.url, '{__name__=~".+",job="pods"}[1h]'));
  });
  after(async () => {
    await Promise.all([real?.stop(), twin?.close(), ...pages.map((page) => page.close())]);
  });

  for (const query of queries) {
    // The marks that end a series show in no range, so the embedded one cannot be given them: instant selectors are
    // compared up to the end of scraping only.
    for (const later of /\[\d+[a-z]/.test(query) ? [-1.9, -0.37, 0, 0.37, 1.9, 60] : [-1.9, -0.37, 0]) {
      it(`${query} at ${later} s`, async () => {
        const [theirs, ours] = await Promise.all([
          ask(real.url, query, at + later),
          ask(urlOf(twin), query, at + later, true),
        ]);

        assert.equal(theirs.status, 200, theirs.error);
        assertSame(ours, theirs);
      });
    }
  }

  for (const query of refused) {
    it(`refuses ${JSON.stringify(query)} as the real one does`, async () => {
      const [theirs, ours] = await Promise.all([ask(real.url, query, at), ask(urlOf(twin), query, at)]);

      assert.deepEqual([ours.status, ours.errorType], [theirs.status, theirs.errorType], `${ours.error} ≠ ${theirs.error}`); // biome-ignore format: long
      assert.match(ours.error ?? "", /./);
    });
  }

  it("knows the difference: not every query was empty", async () => {
    const sums = await ask(real.url, "sum(rate(ovms_requests_success[5m])) by (pod)", at);
    assert.ok(sums.result.length === 3 && sums.result.some(({ value }) => Number(value?.[1]) > 0));
  });
});

/** Rises, a reset, a fault: until the real one has seen it all. */
async function letTimePass(pages: readonly Page[], url: string): Promise<void> {
  const scraped = (page: Page | undefined, times: number) => {
    const until_ = (page?.reads ?? 0) + times;
    return until(() => (page?.reads ?? 0) >= until_, "a scrape");
  };
  const [first, second, third] = pages;
  if (first === undefined || second === undefined || third === undefined) throw new Error("three pages");
  await Promise.all(pages.map((page) => scraped(page, 2)));
  first.text = infers(25, 1);
  second.text = infers(3);
  await Promise.all([scraped(first, 3), scraped(second, 2)]);
  first.text = infers(40, 1);
  second.text = undefined;
  await Promise.all([scraped(first, 2), scraped(second, 2)]);
  second.text = infers(8);
  await scraped(second, 3);
  await until(
    async () => (await ask(url, `ovms_requests_success{pod="${second.pod}"}`)).result[0]?.value?.[1] === "8",
    "the last value is stored",
  );
}

function embeddedWith(raw: Reply): Promise<Listening> {
  const store = createSampleStore();
  for (const { metric, values = [] } of raw.result) {
    for (const [time, value] of values) {
      store.append(metric, { time: Math.round(time * 1000), value: parseNumber(value) });
    }
  }
  return listen(createGate(embeddedApi(store, Date.now), { mode: "none", slowMs: 0 }).listener);
}

function urlOf({ port }: Listening): string {
  return `http://127.0.0.1:${port}`;
}

/** The same series, times and values; computed values may differ in the last digits. */
function assertSame(ours: Reply, theirs: Reply): void {
  assert.deepEqual(withoutValues(ours), withoutValues(theirs));
  for (const [index, { values = [], value }] of theirs.result.entries()) {
    const mine = ours.result[index];
    const pairs = value === undefined ? values : [value];
    const minePairs = mine?.value === undefined ? (mine?.values ?? []) : [mine.value];
    assert.deepEqual(minePairs.map(([time]) => time), pairs.map(([time]) => time)); // biome-ignore format: long
    for (const [at, [, text]] of pairs.entries()) assertClose(minePairs[at]?.[1], text);
  }
}

function withoutValues({ status, resultType, result }: Reply): unknown {
  return { status, resultType, series: result.map(({ metric }) => metric) };
}

function assertClose(mine: string | undefined, theirs: string): void {
  const [a, b] = [Number(mine), Number(theirs)];
  assert.ok(mine === theirs || Math.abs(a - b) <= 1e-9 * Math.abs(b), `${mine} ≠ ${theirs}`);
}

for (const embedded of [true, false]) {
  describe(`startPrometheus, ${embedded ? "embedded" : "real"}`, () => {
    let pages: Page[];
    let targets: Page[];
    let prometheus: Prometheus;
    before(async function () {
      if (!embedded && !(await hasPrometheus())) {
        assert.notEqual(process.env["BLUEGREEN_REQUIRE_ALL"], "1", "no program named prometheus on PATH");
        this.skip();
      }
      pages = await Promise.all([1, 2].map((number) => servePage(pod(number), infers(number))));
      targets = [...pages];
      prometheus = await startPrometheus({ scrapeSeconds, targets: () => targets, embedded });
      await until(async () => (await pods("ovms_requests_success")).length === 2, "both pods are scraped");
    });
    afterEach(() => {
      if (prometheus !== undefined) prometheus.faults.mode = "none";
    });
    after(async () => {
      await Promise.all([prometheus?.stop(), ...(pages ?? []).map((page) => page.close())]);
    });

    async function pods(query: string): Promise<readonly (string | undefined)[]> {
      return (await ask(prometheus.url, query)).result.map(({ metric }) => metric["pod"]);
    }

    it("is ready, and answers GET and POST alike", async () => {
      assert.equal((await fetch(`${prometheus.url}/-/ready`)).status, 200);
      assert.equal((await fetch(`${prometheus.url}/nowhere`)).status, 404);
      const { result } = await ask(prometheus.url, `up{pod="${pod(1)}"}`, undefined, true);
      assert.deepEqual(result[0]?.metric, {
        __name__: "up",
        job: "pods",
        instance: `127.0.0.1:${pages[0]?.port}`,
        namespace: "user1-test",
        pod: pod(1),
      });
    });

    it("gives back raw samples", async () => {
      const query = samplesQuery({ service, podNames: [], cutOverAt: Date.now(), nowMs: Date.now() });
      const enough = await until(async () => {
        const { result } = await ask(prometheus.url, query);
        // Success, failure and `up` of two pods.
        return result.length === 6 && result.every(({ values = [] }) => values.length >= 3)
          ? result
          : undefined;
      }, "three samples of every series");

      const [one = [0, ""], two = [0, ""]] = enough[0]?.values ?? [];
      assert.ok(Math.abs(two[0] - one[0] - scrapeSeconds) < 0.15, `${one[0]} ${two[0]}`);
    });

    it("says bad_data for what it cannot parse, and 400 for a time that is none", async () => {
      const { status, errorType } = await ask(prometheus.url, "up{");
      assert.deepEqual([status, errorType], [400, "bad_data"]);
      assert.equal((await fetch(`${prometheus.url}/api/v1/query?query=up&time=soon`)).status, 400);
      assert.equal(
        (await fetch(`${prometheus.url}/api/v1/query?query=up&time=2026-01-01T00:00:00Z`)).status,
        200,
      );
    });

    it("drops what a page no longer shows, a page that fails, and a pod that goes", async () => {
      const [first, second] = pages;
      if (first === undefined || second === undefined) throw new Error("two pages");
      first.text = "something_else 1\n";
      await until(async () => !(await pods("ovms_requests_success")).includes(pod(1)), "the series is stale");
      first.text = undefined;
      await until(async () => (await ask(prometheus.url, `up{pod="${pod(1)}"}`)).result[0]?.value?.[1] === "0", "up is 0"); // biome-ignore format: long
      targets = [second];
      await until(async () => !(await pods("up")).includes(pod(1)), "the pod is gone");
      assert.equal((await pods("ovms_requests_success[1h]")).length, 2);
    });

    it("shows its faults", async () => {
      const { faults } = prometheus;
      faults.mode = "down";
      await assert.rejects(ask(prometheus.url, "up"));
      await assert.rejects(fetch(`${prometheus.url}/-/ready`));
      faults.mode = "empty";
      assert.deepEqual((await ask(prometheus.url, "up")).result, []);
      faults.mode = "unprocessable";
      assert.deepEqual((await ask(prometheus.url, "up")).status, 422);
      faults.mode = "nan";
      assert.equal((await ask(prometheus.url, "up")).result[0]?.value?.[1], "NaN");
      assert.equal((await ask(prometheus.url, "up[1h]")).result[0]?.values?.[0]?.[1], "NaN");
      assert.equal((await fetch(`${prometheus.url}/-/ready`)).status, 200);
      faults.mode = "partial";
      assert.deepEqual((await ask(prometheus.url, "up")).warnings?.length, 1);
      faults.mode = "slow";
      faults.slowMs = 60_000;
      await assert.rejects(
        fetch(`${prometheus.url}/api/v1/query?query=up`, { signal: AbortSignal.timeout(300) }),
      );
    });
  });
}
