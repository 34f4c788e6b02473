import assert from "node:assert/strict";
import { type OptionName, options } from "../../src/cli/options.ts";
import { recoveryLimits, verifyLimits } from "../../src/cli/proving.ts";
import { type Environment, resolve } from "../../src/cli/resolve.ts";
import { Failure } from "../../src/errors/failure.ts";

function valuesOf(env: Environment) {
  return resolve({ names: Object.keys(options) as OptionName[], required: [] }, {}, env);
}

async function failureOf(env: Environment): Promise<Failure> {
  const failure = await verifyLimits(valuesOf(env)).catch((error: unknown) => error);
  assert.ok(failure instanceof Failure, String(failure));
  return failure;
}

describe("how a cut-over is proven", () => {
  it("is by the counters of any runtime, without checks, unless more is asked for", async () => {
    const limits = await verifyLimits(valuesOf({}));
    assert.deepEqual(limits, {
      timeoutMs: 300_000,
      intervalMs: 2_000,
      settleSeconds: 5,
      maxErrors: 5,
      runtime: "auto",
      minRequests: 1,
      maxLeak: undefined,
      promql: undefined,
      checks: { plans: [], baselineSeconds: 300 },
    });
  });

  it("takes the strength and the runtime", async () => {
    const env = { BLUEGREEN_RUNTIME: "vllm", BLUEGREEN_MIN_REQUESTS: "50", BLUEGREEN_MAX_LEAK: "0.1%" };
    const { runtime, minRequests, maxLeak } = await verifyLimits(valuesOf(env));
    assert.deepEqual([runtime, minRequests, maxLeak], ["vllm", 50, 0.001]);
  });

  it("takes a query of the user's", async () => {
    const promql = "sum(rate(ovms_requests_success[5m])) by (pod)";
    assert.equal((await verifyLimits(valuesOf({ BLUEGREEN_PROMQL: promql }))).promql?.text, promql);
  });

  it("takes checks, all of one policy", async () => {
    const { checks } = await verifyLimits(
      valuesOf({
        BLUEGREEN_MAX_ERROR_RATIO: "1%",
        BLUEGREEN_MAX_LATENCY: "500ms",
        BLUEGREEN_LATENCY_QUANTILE: "0.99",
        BLUEGREEN_CHECK: "up => == 1\nload: sum(x) => <= 1.2 * baseline",
        BLUEGREEN_CHECK_DELAY: "10s",
        BLUEGREEN_CHECK_INTERVAL: "20s",
        BLUEGREEN_CHECK_COUNT: "4",
        BLUEGREEN_CHECK_FAILURE_LIMIT: "1",
        BLUEGREEN_CHECK_SUCCESS_LIMIT: "3",
        BLUEGREEN_CHECK_ERROR_LIMIT: "0",
        BLUEGREEN_CHECK_DRY_RUN: "true",
        BLUEGREEN_BASELINE_WINDOW: "10m",
      }),
    );
    const policy = {
      initialDelayMs: 10_000,
      intervalMs: 20_000,
      count: 4,
      failureLimit: 1,
      consecutiveSuccessLimit: 3,
      consecutiveErrorLimit: 0,
      dryRun: true,
    };
    assert.deepEqual(checks?.baselineSeconds, 600);
    const shown = checks.plans.map(({ name, subject, condition }) => [name, subject.kind, condition.text]);
    assert.deepEqual(shown, [
      ["error-ratio", "errorRatio", "<= 0.01"],
      ["latency", "latency", "<= 0.5"],
      ["check-1", "query", "== 1"],
      ["load", "query", "<= 1.2 * baseline"],
    ]);
    assert.deepEqual(checks.plans[0]?.subject, { kind: "errorRatio", minRequests: 100 });
    assert.deepEqual(checks.plans[1]?.subject, { kind: "latency", quantile: 0.99, minRequests: 100 });
    for (const plan of checks.plans) assert.deepEqual(plan.policy, policy);
  });

  it("holds an automatic rollback to no check", async () => {
    assert.equal((await recoveryLimits(valuesOf({ BLUEGREEN_CHECK: "up => == 1" }))).checks, undefined);
  });

  for (const [what, env, says] of [
    ["a query that cannot be read", { BLUEGREEN_PROMQL: "sum(rate(x[5m])" }, /line 1, column 16/],
    ["a query that proves nothing", { BLUEGREEN_PROMQL: "sum(rate(x[5m]))" }, /by \(pod\)/],
    ["a runtime beside a query", { BLUEGREEN_PROMQL: "rate(x[5m])", BLUEGREEN_RUNTIME: "ovms" }, /--runtime .*--promql/],
    ["the runtime's own checks beside a query", { BLUEGREEN_PROMQL: "rate(x[5m])", BLUEGREEN_MAX_LATENCY: "1s" }, /--max-latency .*--promql .*--check/],
    ["a check that cannot be read", { BLUEGREEN_CHECK: "up" }, /there is no =>/],
    ["more successes in a row than measurements", { BLUEGREEN_CHECK_SUCCESS_LIMIT: "2" }, /--check-success-limit .*2 .*--check-count .*1/],
    ["a settle time that leaves none for the proof", { BLUEGREEN_SETTLE_TIME: "90s", BLUEGREEN_VERIFY_TIMEOUT: "90s" }, /--settle-time .*90 s.*--verify-timeout .*90 s/],
    ["checks that take longer than there is time", { BLUEGREEN_CHECK: "up => == 1", BLUEGREEN_CHECK_COUNT: "31" }, /--verify-timeout .*300 s is too short.*300 s/],
  ] as const) {
    it(`refuses ${what}`, async () => assert.match((await failureOf(env)).evidence, says));
  } // biome-ignore format: table
});
