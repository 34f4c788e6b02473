/** What is checked of the active revision, and how often. */
import type { QueryTemplate } from "../promql/resolve.ts";
import type { Condition } from "./condition.ts";

/** As in Argo Rollouts' analysis; what it calls a metric is a check here. */
export interface CheckPolicy {
  /** Milliseconds after the cut-over until the first measurement. */
  readonly initialDelayMs: number;
  /** Milliseconds between two measurements. */
  readonly intervalMs: number;
  /** Measurements that came to a decision (not Inconclusive, not Error) after which the check has passed. */
  readonly count: number;
  /** Failed measurements that are tolerated. */
  readonly failureLimit: number;
  /** Successful measurements in a row that are a pass before `count` is reached; reaching it without them is none. */
  readonly consecutiveSuccessLimit?: number;
  /** Errors in a row that are tolerated. */
  readonly consecutiveErrorLimit: number;
  /** Reported, decides nothing. */
  readonly dryRun: boolean;
}

export const defaultPolicy: CheckPolicy = {
  initialDelayMs: 0,
  intervalMs: 10_000,
  count: 1,
  failureLimit: 0,
  consecutiveErrorLimit: 4,
  dryRun: false,
};

export type CheckSubject =
  /** The user's own query. */
  | { readonly kind: "query"; readonly template: QueryTemplate }
  /** Failed requests among all, 0 to 1. */
  | { readonly kind: "errorRatio"; readonly minRequests: number }
  /** Seconds within which this share (0 to 1) of the requests was answered. */
  | { readonly kind: "latency"; readonly quantile: number; readonly minRequests: number };

export interface CheckPlan {
  readonly name: string;
  readonly subject: CheckSubject;
  readonly condition: Condition;
  readonly policy: CheckPolicy;
}

/**
 * Requests before an error ratio means anything: with fewer, a single failure would decide. Between 1 and 100.
 *
 * @param maxRatio the tolerated ratio, 0 to 1
 */
export function requestsForRatio(maxRatio: number): number {
  return maxRatio <= 0 ? 1 : Math.min(100, Math.ceil(1 / maxRatio));
}
