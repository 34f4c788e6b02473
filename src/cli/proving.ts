/** From option values to how a cut-over is proven. Everything that can be wrong with it is found before the commit. */
import { conditionOf } from "../core/checks/condition.ts";
import { type CheckPlan, type CheckPolicy, requestsForRatio } from "../core/checks/plan.ts";
import type { Failure } from "../errors/failure.ts";
import type { VerifyLimits } from "../steps/verify.ts";
import type { Values } from "./options.ts";
import { configurationFailure, label, need } from "./resolve.ts";

/** Throws Failure INVALID_OPTION, QUERY_SYNTAX, QUERY_UNFIT, CHECK_SYNTAX. */
export async function verifyLimits(values: Values): Promise<VerifyLimits> {
  const timeoutMs = need(values["verify-timeout"], "verify-timeout");
  const settleMs = need(values["settle-time"], "settle-time");
  if (settleMs >= timeoutMs) throw noTimeLeft(settleMs, timeoutMs);
  const plans = await checksOf(values);
  return {
    timeoutMs,
    intervalMs: need(values["verify-interval"], "verify-interval"),
    settleSeconds: settleMs / 1000,
    maxErrors: need(values["max-errors"], "max-errors"),
    runtime: values.runtime,
    minRequests: values["min-requests"],
    maxLeak: values["max-leak"],
    promql: await queryOf(values),
    checks: { plans, baselineSeconds: need(values["baseline-window"], "baseline-window") / 1000 },
  };
}

/** The proof counts from the end of the settle time on: a run would be INCONCLUSIVE whatever happened. */
function noTimeLeft(settleMs: number, timeoutMs: number): Failure {
  const settle = `${label("settle-time")} of ${settleMs / 1000} s`;
  return configurationFailure([
    `${settle} leaves no time for a proof in the ${label("verify-timeout")} of ${timeoutMs / 1000} s`,
  ]);
}

/** An automatic rollback is proven like the promote, but held to no check: it must not stay undone for being slow. */
export async function recoveryLimits(values: Values): Promise<VerifyLimits> {
  return { ...(await verifyLimits(values)), checks: undefined };
}

async function queryOf({ promql, runtime }: Values): Promise<VerifyLimits["promql"]> {
  if (promql === undefined) return undefined;
  if (runtime !== "auto") {
    throw configurationFailure([
      `${label("runtime")} means nothing beside ${label("promql")}: leave one out`,
    ]);
  }
  const { readVerdictQuery } = await import("../steps/verify/query-look.ts");
  return readVerdictQuery(promql);
}

async function checksOf(values: Values): Promise<readonly CheckPlan[]> {
  refuseBesideQuery(values);
  const policy = policyOf(values);
  const plans = [...ownChecks(values, policy), ...(await freeChecks(values.check, policy))];
  if (plans.length > 0) refuseTooLong(policy, need(values["verify-timeout"], "verify-timeout"));
  return plans;
}

/** They are measured by the runtime's own counters and histogram, which nobody reads in PromQL mode. */
function refuseBesideQuery(values: Values): void {
  const given = (["max-error-ratio", "max-latency"] as const).filter((name) => values[name] !== undefined);
  if (values.promql === undefined || given.length === 0) return;
  throw configurationFailure(
    given.map(
      (name) =>
        `${label(name)} cannot be measured beside ${label("promql")}: write it as a ${label("check")}`,
    ),
  );
}

function policyOf(values: Values): CheckPolicy {
  const count = need(values["check-count"], "check-count");
  const inARow = values["check-success-limit"];
  if (inARow !== undefined && inARow > count) {
    const what = `${label("check-success-limit")} ${inARow} cannot be reached`;
    throw configurationFailure([`${what} in ${label("check-count")} ${count} measurements`]);
  }
  return {
    initialDelayMs: need(values["check-delay"], "check-delay"),
    intervalMs: need(values["check-interval"], "check-interval"),
    count,
    failureLimit: need(values["check-failure-limit"], "check-failure-limit"),
    ...(inARow === undefined ? {} : { consecutiveSuccessLimit: inARow }),
    consecutiveErrorLimit: need(values["check-error-limit"], "check-error-limit"),
    dryRun: need(values["check-dry-run"], "check-dry-run"),
  };
}

function ownChecks(values: Values, policy: CheckPolicy): readonly CheckPlan[] {
  const ratio = values["max-error-ratio"];
  const latencyMs = values["max-latency"];
  const quantile = need(values["latency-quantile"], "latency-quantile");
  const plans: CheckPlan[] = [];
  if (ratio !== undefined) {
    const subject = { kind: "errorRatio", minRequests: requestsForRatio(ratio) } as const;
    plans.push({ name: "error-ratio", subject, condition: conditionOf("<=", ratio), policy });
  }
  if (latencyMs !== undefined) {
    const subject = { kind: "latency", quantile, minRequests: requestsForRatio(1 - quantile) } as const;
    plans.push({ name: "latency", subject, condition: conditionOf("<=", latencyMs / 1000), policy });
  }
  return plans;
}

async function freeChecks(lines: readonly string[], policy: CheckPolicy): Promise<readonly CheckPlan[]> {
  if (lines.length === 0) return [];
  const { readChecks } = await import("../steps/verify/checks.ts");
  return readChecks(lines.join("\n"), policy);
}

function refuseTooLong({ initialDelayMs, intervalMs, count }: CheckPolicy, timeoutMs: number): void {
  const seconds = (initialDelayMs + (count - 1) * intervalMs) / 1000;
  if (seconds * 1000 < timeoutMs) return;
  throw configurationFailure([
    `${label("verify-timeout")} of ${timeoutMs / 1000} s is too short for the checks, which take ${seconds} s at least`,
  ]);
}
