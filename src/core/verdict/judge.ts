import type { QueryAnswer } from "../../ports.ts";
import { evidenceOf, type PodEvidence, readClock, requestsOf } from "./evidence.ts";
import { type Facts, type Finding, find } from "./findings.ts";
import type { PodDirectory } from "./pods.ts";
import { leaksOf, ownProbes, type ProbesSent } from "./probes.ts";
import type { Runtime, RuntimeChoice } from "./runtimes.ts";
import { countPods, newestSample } from "./samples.ts";
import { comparableRequests, leakExcludedBy, type Strength } from "./strength.ts";
import { summarize } from "./summary.ts";

export type { PodEvidence, Role } from "./evidence.ts";
export type { Facts, Finding, NotYetReason } from "./findings.ts";
export type { ProbesSent } from "./probes.ts";

export interface JudgeInput extends PodDirectory {
  /** Name of the revision that alone is to serve. */
  readonly active: string;
  /** Answer to `samplesQuery`. */
  readonly answer: QueryAnswer;
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly cutOverAt: number;
  /** Seconds after the cut-over in which requests under way may still end on the old revision. */
  readonly settleSeconds: number;
  /** Milliseconds since the epoch, by this machine's clock, when the answer was there. */
  readonly nowMs: number;
  /** `auto` if absent. */
  readonly runtime?: RuntimeChoice | Runtime | undefined;
  /** Requests to be seen on the active revision for a PASS; 1 if absent. */
  readonly minRequests?: number | undefined;
  /** Leak (0 to 1, both excluded) that a PASS is to exclude with 95 % confidence. */
  readonly maxLeak?: number | undefined;
  /** Requests that we sent ourselves. */
  readonly probes?: readonly ProbesSent[] | undefined;
  /** Pods that began after the cut-over and settle time. */
  readonly bornSince?: ReadonlySet<string> | undefined;
}

export interface Evidence extends Facts {
  /** One line, printable. */
  readonly summary: string;
  /** Requests seen on the active revision, and on all others. */
  readonly activeRequests: number;
  readonly otherRequests: number;
  /** Samples count from here on (seconds since the epoch, Prometheus' clock). */
  readonly since: number;
  /** Seconds by which Prometheus' clock is seen to be ahead of ours; the base is moved by as much. */
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
  const { aheadSeconds, nowSeconds } = readClock(input.answer, newestSample(input.answer), input.nowMs);
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
