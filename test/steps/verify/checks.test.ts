import assert from "node:assert/strict";
import * as v from "valibot";
import { conditionOf } from "../../../src/core/checks/condition.ts";
import { type CheckPlan, type CheckPolicy, defaultPolicy } from "../../../src/core/checks/plan.ts";
import { checksReportSchema } from "../../../src/core/checks/report.ts";
import { Failure } from "../../../src/errors/failure.ts";
import type { QueryAnswer } from "../../../src/ports.ts";
import { type CheckScene, createCheckRunner, readChecks } from "../../../src/steps/verify/checks.ts";
import { createClock } from "../fakes.ts";

const blue = "jukebox-predictor-00023";
const green = "jukebox-predictor-00024";
const greenPods = [`${green}-deployment-a.b-1`];
const none: QueryAnswer = { series: [], warnings: [] };

function one(value: number): QueryAnswer {
  return { series: [{ labels: {}, samples: [{ time: 1, value }] }], warnings: [] };
}

interface Asked {
  readonly promql: string;
  readonly at?: number;
}

/** The cut-over is the clock's start; `answers` is asked for every query. */
function world(answers: (asked: Asked) => QueryAnswer, change: Partial<CheckScene> = {}) {
  const clock = createClock({ auto: false });
  const asked: Asked[] = [];
  const scene: CheckScene = {
    service: { namespace: "user1-test", name: "jukebox" },
    active: green,
    standby: blue,
    cutOverAt: clock.now(),
    baselineSeconds: 300,
    ...change,
  };
  const metrics = {
    query: async (promql: string, options: { readonly at?: number } = {}) => {
      asked.push({ promql, ...options });
      return answers({ promql, ...options });
    },
  };
  const facts = { activePods: greenPods };
  return {
    clock,
    asked,
    facts,
    start: (plans: readonly CheckPlan[]) => createCheckRunner({ metrics, clock }, plans, scene),
  };
}

async function free(text: string, change: Partial<CheckPolicy> = {}): Promise<readonly CheckPlan[]> {
  return readChecks(text, { ...defaultPolicy, ...change });
}

describe("readChecks", () => {
  it("says where a check is wrong, with a caret", async () => {
    const failure = await readChecks("up => <= 1\nsum(rate(a[$window]) => <= 1").catch(
      (error: unknown) => error,
    );

    assert.ok(failure instanceof Failure);
    assert.equal(failure.reason, "CHECK_SYNTAX");
    assert.equal(failure.evidence, 'line 2, column 22: the query ends too early (near "=> <= 1")');
    assert.deepEqual(failure.shown, ["sum(rate(a[$window]) => <= 1", `${" ".repeat(21)}^`]);
  });
});

describe("createCheckRunner", () => {
  it("resolves the placeholders and measures when it is due", async () => {
    const { clock, asked, facts, start } = world(() => one(0));
    const runner = start(await free('e: rate(a{p=~"$active-.*",n="$namespace"}[$window]) => <= 0', { initialDelayMs: 5000, intervalMs: 10_000, count: 2 })); // biome-ignore format: long

    assert.equal((await runner.tick(facts)).kind, "running");
    await clock.advance(4999);
    await runner.tick(facts);
    assert.equal(asked.length, 0);
    await clock.advance(1);
    await runner.tick(facts);
    await clock.advance(9999);
    await runner.tick(facts);
    assert.equal(asked.length, 1);
    await clock.advance(1);
    const decision = await runner.tick(facts);
    await runner.tick(facts);

    assert.deepEqual(decision, { kind: "passed", detail: "1 check passed" });
    assert.deepEqual(
      asked.map(({ promql }) => promql),
      ["5s", "15s"].map((window) => `rate(a{p=~"${green}-.*",n="user1-test"}[${window}]) `),
    );
    const report = JSON.parse(JSON.stringify(runner.report()));
    assert.deepEqual(v.parse(checksReportSchema, report), report);
    assert.deepEqual(report.checks[0].measurements[0], {
      at: clock.now() - 10_000,
      phase: "Successful",
      values: [{ labels: {}, value: 0 }],
      limit: 0,
      detail: "0; wanted <= 0",
    });
  });

  it("asks for the baseline once, of the revision that served before, at the cut-over", async () => {
    const { clock, asked, facts, start } = world(({ at }) => one(at === undefined ? 13 : 10));
    const startedAt = clock.now();
    const runner = start(await free('sum(rate(a{p=~"$active-.*",q!~"$standby"}[$window])) => <= 1.2 * baseline', { failureLimit: 1, count: 3, intervalMs: 1000 })); // biome-ignore format: long
    await clock.advance(2000);
    await runner.tick(facts);
    await clock.advance(1000);

    const decision = await runner.tick(facts);

    assert.deepEqual(decision, { kind: "failed", reason: "CHECK_FAILED", detail: "check check-1: 13; wanted <= 12 (<= 1.2 * baseline)" }); // biome-ignore format: long
    const query = `sum(rate(a{p=~"${blue}-.*",q!~"${green}"}[300s])) `;
    assert.deepEqual(asked.filter(({ at }) => at !== undefined), [{ promql: query, at: startedAt }]); // biome-ignore format: short
    assert.deepEqual(runner.report().checks[0]?.baseline, { query, at: startedAt, value: 10 });
  });

  for (const ahead of [-180, 180]) {
    it(`asks for the baseline at the cut-over by Prometheus' own clock, ahead by ${ahead} s`, async () => {
      const told = { aheadLeast: ahead - 0.5, aheadMost: ahead + 0.5 };
      let cutOverThere = 0;
      const { clock, asked, facts, start } = world(({ at }) => {
        // Behind the cut-over the other revision does less and less.
        const value = at === undefined ? 11 : at <= cutOverThere ? 10 : 4;
        return { ...one(value), clock: told };
      });
      cutOverThere = clock.now() + ahead * 1000;
      const runner = start(await free("sum(rate(a[$window])) => <= 1.2 * baseline"));
      await clock.advance(1000);

      assert.deepEqual(await runner.tick(facts), { kind: "passed", detail: "1 check passed" });

      const at = cutOverThere - 500;
      assert.deepEqual([runner.report().checks[0]?.baseline?.at, asked.at(-2)?.at], [at, at]);
    });
  }

  it("asks again for a baseline that was not there, and needs a revision before", async () => {
    let baseline = none;
    const { clock, facts, start } = world(({ at }) => (at === undefined ? one(1) : baseline));
    const runner = start(await free("sum(rate(a[$window])) => <= baseline", { intervalMs: 1000 }));
    await clock.advance(2000);
    assert.match((await runner.tick(facts)).detail, /no series before the cut-over/);
    baseline = one(1);
    await clock.advance(1000);
    assert.equal((await runner.tick(facts)).kind, "passed");

    const { standby: _, ...first } = { service: { namespace: "n", name: "x" }, active: green, cutOverAt: clock.now() - 5000, baselineSeconds: 1, standby: blue }; // biome-ignore format: long
    const alone = createCheckRunner(
      { metrics: { query: async () => one(1) }, clock },
      await free("a => <= baseline"),
      first,
    );
    assert.match((await alone.tick(facts)).detail, /no revision served before/);
    const named = createCheckRunner(
      { metrics: { query: async () => one(1) }, clock },
      await free('a{r="$standby"} => <= 1'),
      first,
    );
    await named.tick(facts);
    assert.match(
      named.report().checks[0]?.measurements[0]?.detail ?? "",
      /there is no other revision to put in for \$standby/,
    );
  });

  it("judges nothing that was measured before the cut-over", async () => {
    const { clock, asked, facts, start } = world(() => one(9));
    const runner = start(await free("rate(a[10s]) + rate(b[5s]) => <= 1\nrate(a[1h] offset 1h) => <= 10\na => < 10", { intervalMs: 1 })); // biome-ignore format: long

    await clock.advance(500);
    assert.match((await runner.tick(facts)).detail, /less than a second ago/);
    await clock.advance(2500);
    await runner.tick(facts);
    assert.deepEqual(runner.report().checks.map(({ phase }) => phase), ["Running", "Successful", "Successful"]); // biome-ignore format: short
    assert.equal(asked.length, 2);
    assert.match((await runner.tick(facts)).detail, /still reaches 7 s before the cut-over/);
    await clock.advance(7000);
    assert.equal((await runner.tick(facts)).kind, "failed");
  });

  it("reports what was compared so that the next step can read it, however much it was", async () => {
    const labels = {
      __name__: "up",
      namespace: "openshift-monitoring",
      pod: "x".repeat(60),
      job: "y".repeat(60),
    };
    const series = Array.from({ length: 3_000 }, (_, index) => ({
      labels: { ...labels, instance: `10.0.0.1:${index}` },
      samples: [{ time: 1, value: 1 }],
    }));
    const { clock, facts, start } = world(() => ({ series, warnings: [] }));
    const runner = start(await free("up => == 1", { intervalMs: 1, count: 100 }));
    for (let round = 0; round < 100; round += 1) {
      await clock.advance(round === 0 ? 1000 : 1);
      await runner.tick(facts);
    }
    const report = runner.report();
    assert.equal(report.checks[0]?.measurements.length, 100);
    assert.equal(v.is(checksReportSchema, report), true);
    assert.ok(JSON.stringify(report, null, 2).length < 1024 * 1024);
  });

  it("takes trouble with the measuring for an error, never for a failure, and bugs for bugs", async () => {
    const { clock, facts, start } = world(() => {
      throw new Failure("METRICS_UNREACHABLE", "connection refused");
    });
    const runner = start(await free("a => <= 1", { consecutiveErrorLimit: 1, intervalMs: 0 }));
    await clock.advance(1000);
    assert.equal((await runner.tick(facts)).kind, "running");
    assert.deepEqual(runner.report().checks[0]?.measurements[0]?.values, []);
    assert.deepEqual(await runner.tick(facts), {
      kind: "error",
      reason: "CHECK_ERROR",
      detail: "check check-1: Prometheus cannot be reached: connection refused",
    });
    const broken = world(() => {
      throw new TypeError("a bug");
    });
    await broken.clock.advance(1000);
    await assert.rejects(broken.start(await free("a => <= 1")).tick(facts), TypeError);
  });

  it("reports what was asked and answered, series by series", async () => {
    const series = ["a", "b"].map((pod) => ({ labels: { pod }, samples: [{ time: 1, value: 2 }] }));
    const { clock, facts, start } = world(() => ({ series, warnings: [] }));
    const runner = start(await free("load: load => <= 3"));
    await clock.advance(1000);
    await runner.tick(facts);

    assert.deepEqual(runner.report(), {
      checks: [
        {
          name: "load",
          kind: "query",
          condition: "<= 3",
          dryRun: false,
          phase: "Successful",
          measurements: [
            {
              at: clock.now(),
              phase: "Successful",
              values: [
                { labels: { pod: "a" }, value: 2 },
                { labels: { pod: "b" }, value: 2 },
              ],
              limit: 3,
              detail: "all 2 series hold",
            },
          ],
          query: "load ",
        },
      ],
    });
  });

  it("lets a dry run fail without deciding, and ends what never came to an end", async () => {
    const { clock, facts, start } = world(({ promql }) => (promql.startsWith("a") ? one(5) : none));
    const runner = start([...(await free("a => <= 1", { dryRun: true })), ...(await free("b: b => <= 1"))]);
    await clock.advance(1000);
    assert.equal((await runner.tick(facts)).kind, "running");

    assert.deepEqual(runner.expire(), {
      kind: "inconclusive",
      reason: "CHECK_INCONCLUSIVE",
      detail: "check b: the query gives no series",
    });
    assert.deepEqual(runner.report().checks.map(({ phase, dryRun }) => [phase, dryRun]), [["Failed", true], ["Inconclusive", false]]); // biome-ignore format: long
  });

  describe("without a query of the user's", () => {
    const policy = { ...defaultPolicy, intervalMs: 0 };
    const plans: readonly CheckPlan[] = [
      { name: "errors", subject: { kind: "errorRatio", minRequests: 10 }, condition: conditionOf("<=", 0.1), policy },
      { name: "p50", subject: { kind: "latency", quantile: 0.5, minRequests: 1 }, condition: conditionOf("<=", 1), policy },
    ]; // biome-ignore format: rows
    const histogram = { metric: "ovms_request_time_us", unit: "us", filter: { method: "Model.*" } } as const;

    it("counts the requests that it is told", async () => {
      const { facts, start } = world(() => none);
      const runner = start(plans.slice(0, 1));
      assert.match((await runner.tick(facts)).detail, /no requests counted yet/);
      await runner.tick({ ...facts, requests: { requests: 10, failed: 2 } });
      const [check] = runner.report().checks;
      assert.equal(check?.phase, "Failed");
      assert.ok(check !== undefined && !("query" in check), "nothing was asked");
      assert.deepEqual(check.measurements.at(-1)?.values, [{ value: 0.2 }]);
    });

    it("asks the same whatever the order in which pods were seen, and for all that marks a request", async () => {
      const { asked, start } = world(() => none);
      const marked = { ...histogram, filter: { ...histogram.filter, interface: "REST" } };
      await start(plans.slice(1)).tick({ activePods: ["b", "a", "b"], histogram: marked });
      assert.equal(
        asked[0]?.promql,
        'ovms_request_time_us_bucket{namespace="user1-test",pod=~"a|b",method=~"Model.*",interface=~"REST"}[60s]',
      );
    });

    it("asks for the buckets of the active pods since the cut-over", async () => {
      const skew = 30;
      const bucket = (le: string, now: number, values: readonly number[]) => ({
        labels: { le },
        samples: values.map((value, index) => ({
          time: now / 1000 + skew - (values.length - 1 - index) * 10,
          value,
        })),
      });
      const { clock, asked, facts, start } = world(() => {
        const now = clock.now();
        // The first step is from before the cut-over, by the clock of Prometheus, which is 30 s ahead.
        return { series: [bucket("2000000", now, [0, 50, 50, 54]), bucket("+Inf", now, [0, 50, 50, 54]), bucket("1", now, [])], warnings: [] }; // biome-ignore format: long
      });
      await clock.advance(15_000);
      const runner = start(plans.slice(1));
      assert.match(
        (await runner.tick({ activePods: [], histogram })).detail,
        /no pod of the active revision/,
      );
      await runner.tick({ ...facts, histogram });

      assert.deepEqual(asked, [{ promql: `ovms_request_time_us_bucket{namespace="user1-test",pod=~"${green}-deployment-a\\\\.b-1",method=~"Model.*"}[75s]` }]); // biome-ignore format: long
      const [, measured] = runner.report().checks[0]?.measurements ?? [];
      assert.equal(measured?.detail, "quantile 0.5 of 4 requests is 1 s; wanted <= 1");
      const without = world(() => none);
      assert.match(
        (await without.start(plans.slice(1)).tick(facts)).detail,
        /no histogram of request durations/,
      );
    });
  });
});
