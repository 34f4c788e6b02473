/** When probe requests are sent, and how many. */
import type { ReasonId } from "../../errors/catalogue.ts";
import type { PodEvidence } from "../verdict/judge.ts";
import type { Proof } from "../verdict/proof.ts";
import type { ProbeRole } from "./target.ts";

/** `auto`: only where nothing else can prove anything. */
export type ProbeMode = "auto" | "always";

export interface ProbeLimits {
  /** Requests in one round. */
  readonly count: number;
  readonly perSecond: number;
}

/** What was sent to one target so far. */
export interface ProbeCourse {
  readonly revision: string;
  /** Answered by the model: the counters must show them. */
  readonly sent: number;
  /** Not answered: whether the model counted them nobody knows. */
  readonly doubtful: number;
  readonly rounds: number;
  /** Milliseconds since the epoch when the last was answered. */
  readonly lastAt?: number;
}

/**
 * A server that shows its counter with the first request only, or a pod that a probe itself started, shows nothing of
 * the first round's requests but their sum; the next round is seen to rise.
 */
const mostRounds = 3;
/** So that a look at the cluster is never long ago. */
const sliceSeconds = 5;
/** Unanswered requests, in rounds, after which it is not tried again. */
const mostDoubtfulRounds = 2;
/**
 * A pod that ends: Knative's queue-proxy lets it serve on for 30 s, and 31 to 34 s were recorded. One that takes longer
 * (its node is lost, for instance) has left the route.
 */
const longestEndingMs = 45_000;

/** Requests to send now; 0: none. */
export function probesDue(
  mode: ProbeMode,
  role: ProbeRole,
  judgement: Proof,
  course: ProbeCourse,
  limits: ProbeLimits,
): number {
  if (!isWatched(judgement) || isExhausted(course, limits)) return 0;
  const open = course.rounds * limits.count - course.sent;
  if (open > 0) return sliceOf(open, limits);
  const due = course.rounds === 0 ? isFirstDue(mode, role, judgement) : isNextDue(judgement, course, role);
  return due ? sliceOf(limits.count, limits) : 0;
}

/**
 * Pods of the revision that are ending: what they answer may be counted after their last scrape, and nobody reads it
 * then.
 */
export function endingPods(revision: string, { pods }: Proof): readonly string[] {
  return pods
    .filter((each) => each.revision === revision && each.presence === "terminating")
    .map(({ pod }) => pod);
}

/** Whether pods that are ending, as was first seen `sinceMs`, are waited for still. */
export function isEndAwaited(sinceMs: number | undefined, nowMs: number): boolean {
  return sinceMs !== undefined && nowMs - sinceMs < longestEndingMs;
}

/** A round was begun, and not all of it was answered. */
export function isUnfinished({ rounds, sent }: ProbeCourse, { count }: ProbeLimits): boolean {
  return sent < rounds * count;
}

export function isExhausted({ doubtful }: ProbeCourse, { count }: ProbeLimits): boolean {
  return doubtful >= mostDoubtfulRounds * count;
}

/** Pause between the beginnings of two requests, in milliseconds. */
export function pauseBetween({ perSecond }: ProbeLimits): number {
  return 1000 / perSecond;
}

/** The name under which the target's counters know the model, where they agree on one that is not the service's. */
export function modelOf(service: string, judgement: Proof): string {
  const names = judgement.pods.flatMap(({ series }) =>
    series.flatMap(({ labels }) => labels["name"] ?? labels["model_name"] ?? labels["model"] ?? []),
  );
  const [first = service, ...others] = [...new Set(names)].filter((name) => /\w/.test(name));
  return others.length === 0 ? first : service;
}

/**
 * All pods that could serve are seen by two scrapes: what is sent from here on is seen to rise, and a request that goes
 * astray as well.
 */
function isWatched(judgement: Proof): boolean {
  return judgement.verdict === "PASS" || (judgement.verdict === "NOT_YET" && watched.has(judgement.reason));
}

/** What can only be found once all pods are watched. */
const watched: ReadonlySet<string> = new Set([
  "NO_TRAFFIC",
  "TOO_FEW_REQUESTS",
  "ONLY_FAILURES",
  "PROBE_UNCOUNTED",
] satisfies ReasonId[]);

/** Green at 0 percent has no traffic but ours. */
function isFirstDue(mode: ProbeMode, role: ProbeRole, judgement: Proof): boolean {
  return mode === "always" || role === "green" || hasNoTraffic(judgement);
}

function isNextDue(judgement: Proof, { revision, rounds, lastAt = 0 }: ProbeCourse, role: ProbeRole) {
  if (role === "green" || rounds >= mostRounds || !hasNoTraffic(judgement)) return false;
  const mine = judgement.pods.filter((pod) => pod.revision === revision && pod.presence !== "gone");
  return mine.length > 0 && mine.every((pod) => wasReadTwiceSince(pod, lastAt));
}

/** One scrape may have come between the request and its count. */
function wasReadTwiceSince({ last, intervalSeconds = 0 }: PodEvidence, atMs: number): boolean {
  return last !== undefined && (last.time - intervalSeconds) * 1000 > atMs;
}

function hasNoTraffic(judgement: Proof): boolean {
  return judgement.verdict === "NOT_YET" && judgement.reason === "NO_TRAFFIC";
}

function sliceOf(open: number, { perSecond }: ProbeLimits): number {
  return Math.min(open, Math.max(1, Math.floor(perSecond * sliceSeconds)));
}
