import assert from "node:assert/strict";
import { conditionOf } from "../../src/core/checks/condition.ts";
import { type CheckPolicy, defaultPolicy } from "../../src/core/checks/plan.ts";
import { createMetrics } from "../../src/prometheus/metrics.ts";
import { type CheckScene, createCheckRunner, readChecks } from "../../src/steps/verify/checks.ts";
import {
  lookByQuery,
  type QueryLook,
  type QueryMetrics,
  type QueryScene,
  readVerdictQuery,
} from "../../src/steps/verify/query-look.ts";
import { jukeboxRequest } from "../sandbox/metrics/jukebox.ts";
import { type PodServer, startPod } from "../sandbox/metrics/pod-server.ts";
import { type Prometheus, startPrometheus } from "../sandbox/metrics/prometheus.ts";
import { hasPrometheus } from "../sandbox/metrics/real.ts";
import { until } from "../sandbox/metrics/until.ts";
import { requestCounts } from "../steps/verify/checks-builders.ts";

const namespace = "user1-test";
const service = { namespace, name: "jukebox" };
const blue = "jukebox-predictor-00023";
const green = "jukebox-predictor-00024";
const clock = {
  now: Date.now,
  sleep: async (ms: number) => void (await new Promise((done) => setTimeout(done, ms))),
};

/** A real Prometheus, two real pods; blue served before the cut-over, green since. */
describe("PromQL mode and checks, with the real Prometheus", () => {
  let pods: readonly PodServer[] = [];
  let prometheus: Prometheus;
  let metrics: QueryMetrics;
  let cutOverAt: number;

  before(async function () {
    if (!(await hasPrometheus())) {
      assert.notEqual(process.env["BLUEGREEN_REQUIRE_ALL"], "1", "no program named prometheus on PATH");
      this.skip();
    }
    pods = await Promise.all(
      [blue, green].map((revision) =>
        startPod({ namespace, pod: `${revision}-deployment-abc-xyz`, revision, model: "jukebox" }),
      ),
    );
    prometheus = await startPrometheus({ scrapeSeconds: 0.25, targets: () => pods });
    metrics = metricsOf(prometheus);
    await until(async () => (await metrics.query("up == 1")).series.length === 2, "both are scraped");
    await infer(podOf(blue), 5);
    const rate = 'sum(rate(ovms_requests_success{method="ModelInfer"}[20s]))';
    await until(async () => Number((await metrics.query(rate)).series[0]?.samples[0]?.value) > 0, "blue's requests are scraped"); // biome-ignore format: long
    cutOverAt = Date.now();
    await infer(podOf(green), 3);
  });
  after(async () => {
    await Promise.all([prometheus?.stop(), ...pods.map((pod) => pod.stop())]);
  });

  function podOf(revision: string): PodServer {
    return pods.find((pod) => pod.revision === revision) as PodServer;
  }

  /** Steady traffic on green while `look` is repeated until its finding is as wanted. */
  async function lookUntil(
    query: string,
    wanted: string,
    change: Partial<QueryScene> = {},
  ): Promise<QueryLook> {
    const template = await readVerdictQuery(query);
    const seen = new Set<string>();
    try {
      return await until(async () => {
        await infer(podOf(green), 1);
        const look = await lookByQuery({ metrics, clock }, template, { ...scene(), ...change });
        const { finding } = look;
        const text = finding.verdict === "PASS" ? "PASS" : `${finding.verdict} ${finding.reason}`;
        seen.add(`${text}: ${finding.detail}`);
        return text === wanted ? look : undefined;
      }, wanted);
    } catch (error) {
      throw new Error([...seen].join("\n"), { cause: error });
    }
  }

  function scene(): QueryScene {
    return {
      service,
      active: green,
      standby: blue,
      revisions: [],
      pods: [blue, green].map((revision) => ({
        name: podOf(revision).pod,
        revision,
        ready: true,
        terminating: false,
      })),
      earlierPods: [],
      cutOverAt,
      settleSeconds: 0,
    };
  }

  it("takes the course's query as it stands: not yet, because five minutes reach back", async () => {
    const look = await lookUntil("sum(rate(ovms_requests_success[5m])) by (pod)", "NOT_YET WINDOW_TOO_LONG");

    assert.match(look.finding.detail, /window of 300 s still reaches \d+ s before the cut-over.*proof is possible from \d\d:\d\d:\d\d UTC on/); // biome-ignore format: long
    assert.equal(look.query, "sum(rate(ovms_requests_success[5m])) by (pod)");
  });

  for (const query of [
    "sum(rate(ovms_requests_success[4s])) by (pod)",
    'sum by (pod) (rate(ovms_requests_success{namespace="$namespace",pod=~"$name-predictor-.*"}[$window]))',
    'rate(ovms_requests_success{method="ModelInfer",interface="REST"}[$window])',
    'sum by (revision) (label_replace(rate(ovms_requests_success[$window]), "revision", "$1", "pod", "(.*)-deployment-.*"))',
    'sum by (workload) (label_replace(rate(ovms_requests_success[$window]), "workload", "$1", "pod", "(.*-deployment)-.*"))',
  ]) {
    it(`passes in the end: ${query}`, async () => {
      const look = await lookUntil(query, "PASS");

      assert.match(look.finding.detail, new RegExp(`^\\d+ requests? on ${green}, 0 on ${blue} `));
    });
  }

  it("fails where the other revision serves, and says which pod", async () => {
    const look = await lookUntil(
      "sum(rate(ovms_requests_success[$window])) by (pod)",
      "FAIL OTHER_REVISION_SERVED",
      { active: blue, standby: green },
    );

    assert.ok(look.finding.detail.includes(podOf(green).pod), look.finding.detail);
  });

  it("tells a metric that is not there from labels that tell nothing", async () => {
    await lookUntil("sum(rate(no_such_metric[$window])) by (pod)", "NOT_YET QUERY_NO_SERIES");
    await lookUntil(
      "sum without (pod, instance) (rate(ovms_requests_success[$window]))",
      "NOT_YET QUERY_LABELS",
    );
    await lookUntil("sum(rate(ovms_requests_success[$window])) by (pod) > 0", "NOT_YET QUERY_NO_SERIES");
  });

  it("checks errors, latency, a free query and a baseline", async () => {
    const checkScene: CheckScene = {
      service,
      active: green,
      standby: blue,
      cutOverAt,
      baselineSeconds: 60,
    };
    const histogram = { metric: "ovms_request_time_us", unit: "us", filter: {} } as const;
    const policy: CheckPolicy = { ...defaultPolicy, intervalMs: 0, count: 2 };
    const free = await readChecks(
      [
        'errors: sum(rate(ovms_requests_fail{pod=~"$active-.*"}[$window])) => <= 0',
        'traffic: sum(increase(ovms_requests_success{pod=~"$active-.*",method="ModelInfer"}[$window])) => > 0.01 * baseline',
        "absent: sum(rate(no_such_metric[$window])) => == 0",
      ].join("\n"),
      policy,
    );
    const strict = createCheckRunner({ metrics, clock }, [
      { name: "ratio", subject: { kind: "errorRatio", minRequests: 4 }, condition: conditionOf("<=", 0), policy },
      { name: "p90", subject: { kind: "latency", quantile: 0.9, minRequests: 2 }, condition: conditionOf("<=", 60), policy },
      { name: "slow", subject: { kind: "latency", quantile: 0.5, minRequests: 2 }, condition: conditionOf("<=", 1e-9), policy },
      ...free,
    ], checkScene); // biome-ignore format: rows
    const phases = () => strict.report().checks.map(({ name, phase }) => `${name} ${phase}`);

    podOf(green).faults.failing = true;
    await infer(podOf(green), 2);
    podOf(green).faults.failing = false;
    await until(
      async () => (await requestCounts(metrics, green)).requests.failed === 2,
      "the failed requests are scraped",
    );
    await until(async () => {
      await infer(podOf(green), 1);
      await strict.tick({
        ...(await requestCounts(metrics, green)),
        activePods: [podOf(green).pod],
        histogram,
      });
      return strict.report().checks.every(({ name, phase }) => phase !== "Running" || name === "absent");
    }, "all checks but the empty one have ended");
    const decision = strict.expire();

    assert.deepEqual(phases(), ["ratio Failed", "p90 Successful", "slow Failed", "errors Failed", "traffic Successful", "absent Inconclusive"]); // biome-ignore format: long
    assert.equal(decision.kind, "failed");
    assert.match(decision.detail, /^check ratio: \d+ of \d+ requests failed; wanted <= 0$/);
    const traffic = strict.report().checks.find(({ name }) => name === "traffic");
    assert.ok(Number(traffic?.baseline?.value) > 0, JSON.stringify(traffic));
    assert.match(traffic?.baseline?.query ?? "", new RegExp(`pod=~"${blue}-\\.\\*".*\\[60s\\]`));
  });

  it("finds the quantile that histogram_quantile finds", async () => {
    const { bucketsSince } = await import("../../src/core/checks/histogram.ts");
    const { quantile } = await import("../../src/core/checks/quantile.ts");
    const at = Date.now();
    let compared = 0;
    for (const q of [0, 0.1, 0.5, 0.9, 0.99, 1]) {
      const [raw, theirs, first] = await Promise.all([
        metrics.query(`ovms_request_time_us_bucket{pod="${podOf(green).pod}"}[1h]`, { at }),
        metrics.query(`histogram_quantile(${q}, ovms_request_time_us_bucket{pod="${podOf(green).pod}"})`, {
          at,
        }),
        metrics.query(`ovms_request_time_us_bucket{pod="${podOf(green).pod}",le="+Inf"}[1h]`, { at }),
      ]);
      assert.equal(first.series[0]?.samples[0]?.value, 0, "its first scrape saw no request");
      const ours = quantile(bucketsSince(raw.series, 0), q);
      const expected = theirs.series[0]?.samples[0]?.value as number;
      const same = Object.is(ours, expected) || Math.abs(ours - expected) <= 1e-9 * Math.abs(expected);
      assert.ok(same, `${q}: ${ours} ≠ ${expected}`);
      compared += Number.isFinite(expected) ? 1 : 0;
    }
    assert.ok(compared >= 4, "most quantiles are numbers");
  });
});

function metricsOf({ url }: Prometheus): QueryMetrics {
  const log = { info() {}, warn() {}, debug() {} };
  return createMetrics({ url, extraCa: [], timeoutMs: 5000, clock, log });
}

async function infer({ port }: PodServer, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    const response = await fetch(`http://127.0.0.1:${port}/v2/models/jukebox/infer`, {
      method: "POST",
      body: jukeboxRequest(Math.random),
    });
    await response.arrayBuffer();
  }
}
