import assert from "node:assert/strict";
import { conditionOf } from "../../../src/core/checks/condition.ts";
import { type CheckPlan, defaultPolicy } from "../../../src/core/checks/plan.ts";
import { formatRunState, parseRunState } from "../../../src/core/run-state.ts";
import { diagnosisQuery } from "../../../src/core/verdict/query.ts";
import type { QueryAnswer } from "../../../src/ports.ts";
import { readChecks } from "../../../src/steps/verify/checks.ts";
import { readVerdictQuery } from "../../../src/steps/verify/query-look.ts";
import { r23, r24, worldIn } from "../../core/states.ts";
import { ref } from "../builders.ts";
import type { ScrapedMetrics } from "../fakes.ts";
import { bluePod, busy, greenPod, idle, outcomeOf, prove, reasonOf, start } from "../proving.ts";

const pods = [busy(greenPod), idle(bluePod)];

/** Answers queries that begin with `prefix`; all others go on to the counters. */
function answering(prefix: string, answer: (promql: string) => QueryAnswer) {
  return ({ metrics }: { metrics: ScrapedMetrics }) => {
    const { query } = metrics;
    metrics.query = async (promql, time) =>
      promql.startsWith(prefix) ? answer(promql) : query.call(metrics, promql, time);
  };
}

function one(value: number): QueryAnswer {
  return { series: [{ labels: {}, samples: [{ time: start + 20, value }] }], warnings: [] };
}

async function checks(text: string, change: Partial<CheckPlan["policy"]> = {}) {
  return { plans: await readChecks(text, { ...defaultPolicy, ...change }), baselineSeconds: 300 };
}

describe("verify with checks", () => {
  it("passes when the counters prove it and every check holds", async () => {
    const limits = { checks: await checks("load: load => < 5") };
    const { next } = await prove({ pods, limits, prepare: answering("load", () => one(1)) });

    assert.equal(outcomeOf(next), "PASS");
    const read = parseRunState(formatRunState(next), {});
    assert.deepEqual(
      read.verdict?.checks?.checks.map(({ name, phase }) => [name, phase]),
      [["load", "Successful"]],
    );
  });

  it("fails at once where a check does", async () => {
    const limits = { checks: await checks("load: load => < 5") };
    const { next, tookMs } = await prove({ pods, limits, prepare: answering("load", () => one(7)) });

    assert.equal(reasonOf(next), "CHECK_FAILED");
    assert.match(next.verdict?.trouble?.evidence ?? "", /^check load: 7; wanted < 5$/);
    assert.ok(tookMs < 20_000, `${tookMs} ms`);
  });

  it("fails at once where a check does, also while the counters prove nothing yet", async () => {
    const limits = { checks: await checks("load: load => < 5") };
    const resting = [idle(greenPod), idle(bluePod)];
    const { next, tookMs } = await prove({
      pods: resting,
      limits,
      prepare: answering("load", () => one(7)),
    });

    assert.equal(reasonOf(next), "CHECK_FAILED");
    assert.ok(tookMs < 20_000, `${tookMs} ms`);
  });

  it("reports no checks where there are none", async () => {
    const { next } = await prove({ pods, limits: { checks: { plans: [], baselineSeconds: 300 } } });
    assert.equal(outcomeOf(next), "PASS");
    assert.equal(next.verdict?.checks, undefined);
  });

  it("looks at the revision that serves where a stage left no other", async () => {
    const asked: string[] = [];
    const first = worldIn("S19");
    const rollout = { startedAt: start * 1000, endedAt: start * 1000, cutOverAt: start * 1000, active: r23, notes: [] }; // biome-ignore format: long
    await prove({
      pods: [busy(bluePod)],
      limits: { timeoutMs: 60_000, checks: await checks('load{revision="$active"} => < 5') },
      worlds: [{ at: 0, value: first }],
      state: { intent: { action: "stage", version: "v1", sets: [] }, rollout, expectation: { action: "stage", percent: 0, known: [] } }, // biome-ignore format: long
      prepare: answering("load", (promql) => {
        asked.push(promql.trim());
        return one(1);
      }),
    });
    assert.equal(asked[0], `load{revision="${r23}"}`);
  });

  it("fails for the other revision's traffic, whatever the checks say", async () => {
    const limits = { checks: await checks("load: load => < 5") };
    const leaking = [busy(greenPod), busy(bluePod)];
    const { next } = await prove({ pods: leaking, limits, prepare: answering("load", () => one(1)) });
    assert.equal(reasonOf(next), "OTHER_REVISION_SERVED");
  });

  it("waits for all measurements of a check", async () => {
    const limits = { checks: await checks("load: load => < 5", { count: 4, intervalMs: 20_000 }) };
    const { next, tookMs, log } = await prove({ pods, limits, prepare: answering("load", () => one(1)) });

    assert.equal(outcomeOf(next), "PASS");
    assert.ok(tookMs >= 60_000, `${tookMs} ms`);
    assert.ok(log.of("info").some((line) => /Waiting: check load: 1; wanted < 5/.test(line)));
  });

  it("is inconclusive where a check is at the deadline, and an error where it could not be measured", async () => {
    const limits = { timeoutMs: 60_000, checks: await checks("load: load => < 5") };
    const nothing = await prove({ pods, limits, prepare: answering("load", () => ({ series: [], warnings: [] })) }); // biome-ignore format: long
    assert.equal(reasonOf(nothing.next), "CHECK_INCONCLUSIVE");
    assert.equal(nothing.tookMs, limits.timeoutMs);

    const { Failure } = await import("../../../src/errors/failure.ts");
    const broken = await prove({
      pods,
      limits,
      prepare: answering("load", () => {
        throw new Failure("METRICS_QUERY", "no");
      }),
    });
    assert.equal(reasonOf(broken.next), "CHECK_ERROR");
    assert.equal(outcomeOf(broken.next), "ERROR");
  });

  it("is not decided by dry-run checks, and reports them", async () => {
    const limits = { checks: await checks("load: load => < 5", { dryRun: true }) };
    const { next } = await prove({ pods, limits, prepare: answering("load", () => one(7)) });

    assert.equal(outcomeOf(next), "PASS");
    assert.deepEqual(
      next.verdict?.checks?.checks.map(({ dryRun, phase }) => [dryRun, phase]),
      [[true, "Failed"]],
    );
  });

  it("knows the other revision too", async () => {
    const asked: string[] = [];
    const limits = { checks: await checks('load{a="$active",b="$standby"} => < 5') };
    const prepare = answering("load", (promql) => {
      asked.push(promql.trim());
      return one(1);
    });
    assert.equal(outcomeOf((await prove({ pods, limits, prepare })).next), "PASS");
    assert.equal(asked[0], `load{a="${r24}",b="${r23}"}`);
  });

  it("looks at the revision that the run is about", async () => {
    const asked: string[] = [];
    const limits = { checks: await checks('load{revision="$active"} => < 5') };
    const note = answering("load", (promql) => {
      asked.push(promql.trim());
      return one(1);
    });
    await prove({ pods, limits, prepare: note });

    const staged = worldIn("S3");
    const rollout = { startedAt: start * 1000, endedAt: start * 1000, cutOverAt: start * 1000, active: r23, standby: r24, notes: [] }; // biome-ignore format: long
    await prove({
      pods: [busy(bluePod), idle(greenPod)],
      limits: { ...limits, timeoutMs: 60_000 },
      worlds: [{ at: 0, value: staged }],
      state: { intent: { action: "stage", version: "v2", sets: [] }, rollout, expectation: { action: "stage", percent: 0, known: [r23], active: r23, standby: r24 } }, // biome-ignore format: long
      prepare: note,
    });
    assert.deepEqual([...new Set(asked)], [`load{revision="${r24}"}`]);
    assert.ok(asked.length >= 2, "once in each run");
  });

  it("counts the requests of that revision's pods alone", async () => {
    const subject = { kind: "errorRatio", minRequests: 10 } as const;
    const plans = [{ name: "errors", subject, condition: conditionOf("<=", 0.01), policy: defaultPolicy }];
    const { next } = await prove({ pods, limits: { checks: { plans, baselineSeconds: 300 } } });

    assert.equal(outcomeOf(next), "PASS");
    const [check] = next.verdict?.checks?.checks ?? [];
    assert.match(check?.measurements.at(-1)?.detail ?? "", /^0 of \d+ requests failed; wanted <= 0.01$/);
  });
});

describe("verify by a query of the user's", () => {
  it("proves by it, and keeps what was asked and answered", async () => {
    const promql = await readVerdictQuery("sum(rate(ovms_requests_success[$window])) by (pod)");
    const { next, metrics } = await prove({
      pods,
      limits: { promql },
      prepare: answering("sum(rate(", () => ({
        series: [
          { labels: { pod: greenPod }, samples: [{ time: start + 20, value: 3 }] },
          { labels: { pod: bluePod }, samples: [{ time: start + 20, value: 0 }] },
        ],
        warnings: [],
      })),
    });

    assert.equal(outcomeOf(next), "PASS", next.verdict?.trouble?.evidence);
    assert.match(next.verdict?.query ?? "", /^sum\(rate\(ovms_requests_success\[\d+s\]\)\) by \(pod\)$/);
    assert.match(next.verdict?.summary ?? "", new RegExp(`^\\d+ requests on ${r24}, 0 on ${r23}; excludes`));
    assert.deepEqual(metrics.queries.at(-1)?.match(/^ovms_requests_success\[\d+s\]$/)?.length, 1);
    const kept = parseRunState(formatRunState(next), {}).verdict?.promql;
    assert.match(JSON.stringify(kept?.["rows"]), new RegExp(`${greenPod}.*${bluePod}`));
  });

  it("explains nothing that only the user can know, but says where requests go", async () => {
    const promql = await readVerdictQuery("sum(rate(ovms_requests_success[$window])) by (pod)");
    const zero = (pod: string) => ({ labels: { pod }, samples: [{ time: start + 20, value: 0 }] });
    const { next, metrics } = await prove({
      pods: [idle(greenPod), idle(bluePod)],
      limits: { promql, timeoutMs: 60_000 },
      prepare: answering("sum(rate(", () => ({ series: [zero(greenPod), zero(bluePod)], warnings: [] })),
    });

    assert.equal(reasonOf(next), "NO_TRAFFIC");
    assert.match(next.verdict?.trouble?.evidence ?? "", /requests go to /);
    assert.ok(!metrics.queries.includes(diagnosisQuery(ref)), "no look around");
  });

  it("says once what it waits for, not with every second that passes", async () => {
    const promql = await readVerdictQuery("sum(rate(ovms_requests_success[5m])) by (pod)");
    const { next, log } = await prove({
      pods,
      limits: { promql, timeoutMs: 60_000 },
      prepare: answering("sum(rate(", () => ({
        series: [
          { labels: { pod: greenPod }, samples: [{ time: start + 20, value: 3 }] },
          { labels: { pod: bluePod }, samples: [{ time: start + 20, value: 7 / 3 }] },
        ],
        warnings: [],
      })),
    });

    assert.equal(reasonOf(next), "WINDOW_TOO_LONG");
    assert.match(next.verdict?.trouble?.evidence ?? "", /^the query gives 2.33333 for pod /);
    const told = log.of("info").filter((line) => line.startsWith("Waiting: "));
    assert.ok(told.length <= 3, told.join("\n"));
  });
});
