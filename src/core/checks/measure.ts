/** From what was read to one measurement. No data is never a success. */
import type { QueryAnswer } from "../../ports.ts";
import { printable } from "../text.ts";
import type { LatencyHistogram } from "../verdict/runtimes.ts";
import { type Condition, holds, limitOf } from "./condition.ts";
import { bucketsSince, observations } from "./histogram.ts";
import type { MeasuredValue, Measurement } from "./policy.ts";
import { quantile } from "./quantile.ts";

/** A measurement without its time. */
export type Reading = Omit<Measurement, "at">;

/** Requests of the active revision since the cut-over. */
export interface RequestCounts {
  /** Successful and failed ones together. */
  readonly requests: number;
  /** Absent where the runtime has no counter of failures. */
  readonly failed?: number;
}

/** Kept of an answer, which may have thousands: the next step reads all measurements from the state file. */
const mostShown = 20;

/**
 * Every series of the answer must hold. A partial answer proves neither that they do nor that they do not: a ratio or a
 * mean of some of the pods may lie on either side of that of all.
 */
export function measureQuery(
  { series, warnings }: QueryAnswer,
  condition: Condition,
  baseline: number | undefined,
): Reading {
  const values = series.flatMap(({ labels, samples }) => {
    const value = samples.at(-1)?.value;
    return value === undefined ? [] : { labels, value };
  });
  const shown = values.slice(0, mostShown).map(({ labels, value }) => ({ labels, value: writable(value) }));
  const limit = limitOf(condition, baseline);
  if (limit === undefined) return inconclusive("there is no baseline to compare with", shown);
  const [warning] = warnings;
  if (warning !== undefined) return inconclusive(`Prometheus warns: ${printable(warning, 200)}`, shown);
  const broken = values.find(({ value }) => Number.isFinite(value) && !holds(condition, value, limit));
  if (broken !== undefined) {
    return { phase: "Failed", values: shown, limit, detail: explain(broken, condition, limit) };
  }
  const [first] = values;
  if (first === undefined) return inconclusive("the query gives no series", shown);
  const odd = values.find(({ value }) => !Number.isFinite(value));
  if (odd !== undefined) return inconclusive(`${say(odd)} is no number to compare`, shown);
  const detail = values.length === 1 ? explain(first, condition, limit) : `all ${values.length} series hold`;
  return { phase: "Successful", values: shown, limit, detail };
}

/** The one value of a baseline's answer, or why there is none. */
export function baselineOf({
  series,
  warnings,
}: QueryAnswer): { readonly value: number } | { readonly lack: string } {
  const [first, second] = series;
  if (warnings.length > 0) return { lack: "the baseline's answer is partial" };
  if (first === undefined) return { lack: "the query gave no series before the cut-over" };
  if (second !== undefined) {
    return { lack: `the query gave ${series.length} series before the cut-over; a baseline is one number` };
  }
  const value = first.samples.at(-1)?.value;
  return value !== undefined && Number.isFinite(value)
    ? { value }
    : { lack: "the query gave no number before the cut-over" };
}

/** @param counts undefined: not read yet */
export function measureErrorRatio(
  counts: RequestCounts | undefined,
  minRequests: number,
  condition: Condition,
): Reading {
  if (counts === undefined) return inconclusive("no requests counted yet");
  const { requests, failed } = counts;
  if (failed === undefined) return inconclusive("this runtime has no counter of failed requests");
  const few = tooFew(requests, minRequests);
  if (few !== undefined) return few;
  return compare(failed / requests, condition, `${failed} of ${requests} requests failed`);
}

const secondsPer = { s: 1, ms: 1e-3, us: 1e-6 } as const;

export interface LatencyQuestion {
  readonly quantile: number;
  readonly minRequests: number;
  readonly unit: LatencyHistogram["unit"];
  /** Seconds since the epoch by Prometheus' clock. */
  readonly since: number;
}

/** @param answer raw samples of the histogram's buckets, of the active revision's pods */
export function measureLatency(
  answer: QueryAnswer,
  question: LatencyQuestion,
  condition: Condition,
): Reading {
  const buckets = bucketsSince(answer.series, question.since);
  const seconds = quantile(buckets, question.quantile) * secondsPer[question.unit];
  const seen = observations(buckets);
  const [warning] = answer.warnings;
  if (warning !== undefined) return inconclusive(`Prometheus warns: ${printable(warning, 200)}`);
  if (answer.series.length === 0) return inconclusive("the histogram has no series");
  const few = tooFew(seen, Math.max(1, question.minRequests));
  if (few !== undefined) return few;
  return compare(
    seconds,
    condition,
    `quantile ${question.quantile} of ${seen} requests is ${round(seconds)} s`,
  );
}

export function inconclusive(detail: string, values: readonly MeasuredValue[] = []): Reading {
  return { phase: "Inconclusive", values, detail };
}

function tooFew(requests: number, minRequests: number): Reading | undefined {
  const needed = Math.max(1, minRequests);
  return requests < needed
    ? inconclusive(`${requests} of ${needed} requests needed`, [{ value: requests }])
    : undefined;
}

function compare(value: number, condition: Condition, what: string): Reading {
  const values = [{ value: writable(value) }];
  if (!Number.isFinite(value)) return inconclusive(`${what}, no number to compare`, values);
  const limit = condition.plus;
  const phase = holds(condition, value, limit) ? "Successful" : "Failed";
  return { phase, values, limit, detail: `${what}; wanted ${condition.operator} ${limit}` };
}

interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function explain(one: Labelled, { operator, text }: Condition, limit: number): string {
  const from = text.includes("baseline") ? ` (${text})` : "";
  return `${say(one)}; wanted ${operator} ${round(limit)}${from}`;
}

function say({ labels, value }: Labelled): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${text}"`);
  const who = pairs.length === 0 ? "" : `${printable(`{${pairs.join(", ")}}`, 200)} is `;
  return `${who}${round(value)}`;
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}

function writable(value: number): MeasuredValue["value"] {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return value;
  return value > 0 ? "+Inf" : "-Inf";
}
