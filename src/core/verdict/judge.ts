import type { ReasonId } from "../../errors/catalogue.ts";
import type { QueryAnswer } from "../../ports.ts";
import { printable } from "../text.ts";
import { identify, type PodDirectory, type Presence } from "./pods.ts";
import { countPods, newestSample, type PodCount, type Sample } from "./samples.ts";
import { summarize } from "./summary.ts";

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
  /** Requests to be seen on the active revision for a PASS; 1 if absent. */
  readonly minRequests?: number;
}

/** `active` is to serve, `other` is to be idle, `unmapped` could be either. */
export type Role = "active" | "other" | "unmapped";

/** What is known of one pod. Times in seconds since the epoch, as Prometheus stamped them. */
export interface PodEvidence {
  readonly pod: string;
  readonly revision?: string;
  readonly role: Role;
  readonly presence: Presence;
  /** Samples since the base time asked for. */
  readonly samples: number;
  readonly base?: Sample;
  readonly last?: Sample;
  /** Rise between samples. */
  readonly increase: number;
  /** What counts: on the active revision the increase; elsewhere also what a first sample gives away. */
  readonly requests: number;
  /** Learned scrape interval. */
  readonly intervalSeconds?: number;
  /** Its latest sample is not older than about two intervals. */
  readonly fresh: boolean;
}

export interface Evidence {
  readonly pods: readonly PodEvidence[];
  /** One line, printable. */
  readonly summary: string;
  /** Requests seen on the active revision, and on all others. */
  readonly activeRequests: number;
  readonly otherRequests: number;
  /** Samples count from here on (seconds since the epoch, Prometheus' clock). */
  readonly since: number;
  /**
   * Seconds by which Prometheus' clock is ahead of ours at least: its samples lie in our future. The base is moved
   * by as much, or requests from before the cut-over would count. A clock that is behind needs no correction: it
   * makes samples look older than they are, which delays a verdict and never falsifies one.
   */
  readonly clockAheadSeconds: number;
  /** The longest learned scrape interval among the pods. */
  readonly scrapeIntervalSeconds?: number;
}

export type NotYetReason = Extract<ReasonId, "NO_TRAFFIC" | "NO_SCRAPE" | "PARTIAL_ANSWER" | "UNMAPPED_POD">;

export type Finding =
  | { readonly verdict: "PASS" }
  | { readonly verdict: "FAIL"; readonly reason: Extract<ReasonId, "OTHER_REVISION_SERVED"> }
  /** Nothing is wrong and nothing proven; `detail` says what is missing, printable. */
  | { readonly verdict: "NOT_YET"; readonly reason: NotYetReason; readonly detail: string };

export type Judgement = Finding & Evidence;

/** For clocks that differ a little and scrapes that take a while. */
const toleranceSeconds = 2;
/** Prometheus itself takes nothing older for current. */
const oldestSeconds = 300;

/**
 * Who served since the cut-over? A rise on another revision is a FAIL, whatever else is unknown; every doubt is a
 * NOT_YET; a PASS needs a rise on the active revision and every other pod that could serve seen idle.
 */
export function judge(input: JudgeInput): Judgement {
  const nowSeconds = input.nowMs / 1000;
  const newest = newestSample(input.answer) ?? nowSeconds;
  const clockAheadSeconds = Math.max(0, newest - nowSeconds);
  const since = input.cutOverAt / 1000 + input.settleSeconds + clockAheadSeconds;
  const counts = countPods(input.answer, since);
  const names = [...new Set([...input.pods.map(({ name }) => name), ...counts.keys()])].sort();
  const pods = names.map((pod) => evidenceOf(pod, counts.get(pod), nowSeconds + clockAheadSeconds, input));
  const intervals = pods.flatMap(({ intervalSeconds }) => intervalSeconds ?? []);
  const facts = {
    pods,
    activeRequests: requestsOf(pods, "active"),
    otherRequests: requestsOf(pods, "other"),
    since,
    clockAheadSeconds,
    ...(intervals.length === 0 ? {} : { scrapeIntervalSeconds: Math.max(...intervals) }),
  };
  const finding = find(input, facts);
  return { ...finding, ...facts, summary: summarize(input, pods, finding) };
}

function evidenceOf(
  pod: string,
  count: PodCount | undefined,
  nowSeconds: number,
  input: JudgeInput,
): PodEvidence {
  const identity = identify(pod, input);
  const role = roleOf(identity.revision, input.active);
  const counted = count ?? { samples: 0, increase: 0, requests: 0 };
  return {
    ...counted,
    ...identity,
    role,
    requests: role === "active" ? counted.increase : counted.requests,
    fresh: isFresh(counted, nowSeconds),
  };
}

function roleOf(revision: string | undefined, active: string): Role {
  if (revision === undefined) return "unmapped";
  return revision === active ? "active" : "other";
}

function isFresh({ last, intervalSeconds }: PodCount, nowSeconds: number): boolean {
  if (last === undefined || intervalSeconds === undefined) return false;
  return nowSeconds - last.time <= Math.min(oldestSeconds, 2 * intervalSeconds + toleranceSeconds);
}

function requestsOf(pods: readonly PodEvidence[], role: Role): number {
  return pods.reduce((total, pod) => (pod.role === role ? total + pod.requests : total), 0);
}

function find(
  input: JudgeInput,
  facts: Pick<Evidence, "pods" | "activeRequests" | "otherRequests">,
): Finding {
  if (facts.otherRequests > 0) return { verdict: "FAIL", reason: "OTHER_REVISION_SERVED" };
  return (
    partialAnswer(input.answer) ??
    unmappedPod(facts.pods) ??
    otherUnseen(facts.pods, input) ??
    activeUnseen(facts.pods, input) ??
    tooFewRequests(facts.activeRequests, input) ?? { verdict: "PASS" }
  );
}

function partialAnswer({ warnings }: QueryAnswer): Finding | undefined {
  const [first] = warnings;
  if (first === undefined) return undefined;
  return notYet("PARTIAL_ANSWER", `Prometheus warns: ${printable(first, 200)}`);
}

function unmappedPod(pods: readonly PodEvidence[]): Finding | undefined {
  const pod = pods.find(({ role }) => role === "unmapped");
  if (pod === undefined) return undefined;
  return notYet(
    "UNMAPPED_POD",
    pod.pod === ""
      ? "series without a pod label"
      : `pod ${printable(pod.pod, 100)} belongs to no known revision`,
  );
}

/**
 * Every other pod that could serve must have been seen idle. A pod that is not ready is in no route; it need not
 * be seen if no scrape ever found it (a green that never starts, when it is rolled back).
 */
function otherUnseen(pods: readonly PodEvidence[], input: JudgeInput): Finding | undefined {
  const scraped = new Set(input.answer.series.map(({ labels }) => labels["pod"]));
  const unseen = pods.find(
    (pod) =>
      pod.role === "other" &&
      (pod.presence === "ready" || (pod.presence === "notReady" && scraped.has(pod.pod))) &&
      !isWatched(pod),
  );
  return unseen === undefined ? undefined : notYet("NO_SCRAPE", lackOf(unseen));
}

function activeUnseen(pods: readonly PodEvidence[], input: JudgeInput): Finding | undefined {
  const active = pods.filter(({ role }) => role === "active");
  const [first] = active;
  if (first === undefined) {
    return notYet("NO_TRAFFIC", `no pod of ${printable(input.active, 100)} is there to serve`);
  }
  return active.some(isWatched) ? undefined : notYet("NO_SCRAPE", lackOf(first));
}

function tooFewRequests(requests: number, { active, minRequests = 1 }: JudgeInput): Finding | undefined {
  if (requests > 0 && requests >= minRequests) return undefined;
  return notYet("NO_TRAFFIC", `${requests} of ${minRequests} requests seen on ${printable(active, 100)}`);
}

/** Two samples make a difference; the later one must be of now. */
function isWatched({ samples, fresh }: PodEvidence): boolean {
  return samples >= 2 && fresh;
}

function lackOf({ pod, samples }: PodEvidence): string {
  const name = printable(pod, 100);
  if (samples >= 2) return `the samples of pod ${name} have ceased`;
  return `${samples === 0 ? "no sample" : "one sample only"} of pod ${name} since the cut-over and settle time`;
}

function notYet(reason: NotYetReason, detail: string): Finding {
  return { verdict: "NOT_YET", reason, detail };
}
