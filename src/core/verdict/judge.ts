import { evidenceOf, type PodEvidence, readClock, requestsOf } from "./evidence.ts";
import { type Facts, type Finding, find } from "./findings.ts";
import type { JudgeInput } from "./judge-input.ts";
import { leaksOf, ownProbes } from "./probes.ts";
import { countPods, newestSample } from "./samples.ts";
import { comparableRequests, leakExcludedBy, type Strength } from "./strength.ts";
import { summarize } from "./summary.ts";

export type { PodEvidence, Role } from "./evidence.ts";
export type { Facts, Finding, NotYetReason } from "./findings.ts";
export type { ProbesSent } from "./probes.ts";

export interface Evidence extends Facts {
  /** One line, printable. */
  readonly summary: string;
  /** Requests seen on the active revision, and on all others. */
  readonly activeRequests: number;
  readonly otherRequests: number;
  /** Samples count from here on (seconds since the epoch, Prometheus' clock). */
  readonly since: number;
  /** Seconds by which Prometheus' clock is seen to be ahead of ours, now or earlier; the base is moved by as much. */
  readonly clockAheadSeconds: number;
  /** The longest learned scrape interval among the pods. */
  readonly scrapeIntervalSeconds?: number;
}

export type Judgement = Finding & Evidence;

/**
 * Who served since the cut-over? A rise on another revision is a FAIL, whatever else is unknown; every doubt is a
 * NOT_YET; a PASS needs a rise on the active revision and every other pod that could serve seen idle.
 */
export function judge(input: JudgeInput): Judgement {
  const clock = readClock(input.answer, newestSample(input.answer), input.nowMs);
  const { nowSeconds } = clock;
  const aheadSeconds = Math.max(clock.aheadSeconds, input.clockAheadSeconds ?? 0);
  const since = input.cutOverAt / 1000 + input.settleSeconds + aheadSeconds;
  const { runtime, bornSince } = input;
  const counts = countPods(input.answer, since, { runtime, bornSince });
  const names = [...new Set([...input.pods.map(({ name }) => name), ...counts.keys()])].sort();
  const pods = names.map((pod) => evidenceOf(pod, counts.get(pod), nowSeconds, input));
  const intervals = pods.flatMap(({ intervalSeconds }) => intervalSeconds ?? []);
  const facts = {
    pods,
    activeRequests: requestsOf(pods, "active"),
    otherRequests: requestsOf(pods, "other"),
    leaks: leaksOf(pods, input.probes),
    strength: strengthOf(input, pods),
    since,
    clockAheadSeconds: aheadSeconds,
    ...(intervals.length === 0 ? {} : { scrapeIntervalSeconds: Math.max(...intervals) }),
  };
  const finding = find(input, facts);
  return { ...finding, ...facts, summary: summarize(input, facts, finding) };
}

function strengthOf({ active, probes }: JudgeInput, pods: readonly PodEvidence[]): Strength {
  const serving = pods.filter(({ role }) => role === "active");
  const requests = requestsOf(pods, "active");
  const comparable = comparableRequests(pods);
  const leakBelow = leakExcludedBy(comparable);
  return {
    requests,
    probes: Math.min(requests, ownProbes(active, probes)),
    failed: serving.reduce((total, { failed }) => total + failed, 0),
    comparable,
    ...(leakBelow === undefined ? {} : { leakBelow }),
  };
}
