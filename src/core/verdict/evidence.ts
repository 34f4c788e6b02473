import type { QueryAnswer } from "../../ports.ts";
import type { PodCount } from "./pod-count.ts";
import { identify, isListed, type PodDirectory, type PodIdentity, type Presence } from "./pods.ts";

/** `active` is to serve, `other` is to be idle, `unmapped` could be either. */
export type Role = "active" | "other" | "unmapped";

/** What is known of one pod. Times in seconds since the epoch, as Prometheus stamped them. */
export interface PodEvidence extends PodCount {
  readonly pod: string;
  readonly revision?: string;
  readonly role: Role;
  readonly presence: Presence;
  /** Rise between samples. */
  readonly increase: number;
  /** What counts: on the active revision the increase; elsewhere also what a first sample gives away. */
  readonly requests: number;
  /** How many of `requests` failed. */
  readonly failed: number;
  /** Its latest sample is not older than about two intervals, and its latest scrape did not fail. */
  readonly fresh: boolean;
  /**
   * Scraped now, named after a revision of ours, and never listed by the API: of another cluster, whose metrics one
   * Thanos holds too. Hence of no known revision, as long as it is scraped; one that was born and went between two looks
   * counts by its name once its samples cease.
   */
  readonly unlisted?: true;
}

/** For clocks that differ a little and scrapes that take a while. */
const toleranceSeconds = 2;
/** Prometheus itself takes nothing older for current. */
const oldestSeconds = 300;

const unseen: PodCount = {
  samples: 0,
  increase: 0,
  requests: 0,
  failedIncrease: 0,
  failedRequests: 0,
  down: false,
  undecided: false,
  leftOut: false,
  contradictory: false,
  series: [],
};

/** `nowSeconds`: the present by Prometheus' clock. */
export function evidenceOf(
  pod: string,
  count: PodCount | undefined,
  nowSeconds: number,
  input: PodDirectory & { readonly active: string },
): PodEvidence {
  const counted = count ?? unseen;
  const fresh = isFresh(counted, nowSeconds);
  const identity = identityOf(pod, fresh, input);
  const role = roleOf(identity.revision, input.active);
  return {
    ...counted,
    ...identity,
    role,
    requests: role === "active" ? counted.increase : counted.requests,
    failed: role === "active" ? counted.failedIncrease : counted.failedRequests,
    fresh,
  };
}

function identityOf(
  pod: string,
  fresh: boolean,
  directory: PodDirectory,
): PodIdentity & Pick<PodEvidence, "unlisted"> {
  const { revision, ...nobody } = identify(pod, directory);
  if (revision === undefined) return nobody;
  return fresh && !isListed(pod, directory) ? { ...nobody, unlisted: true } : { ...nobody, revision };
}

function roleOf(revision: string | undefined, active: string): Role {
  if (revision === undefined) return "unmapped";
  return revision === active ? "active" : "other";
}

function isFresh({ last, intervalSeconds, down }: PodCount, nowSeconds: number): boolean {
  if (last === undefined || intervalSeconds === undefined || down) return false;
  return nowSeconds - last.time <= Math.min(oldestSeconds, 2 * intervalSeconds + toleranceSeconds);
}

export function requestsOf(pods: readonly PodEvidence[], role: Role): number {
  return pods.reduce((total, pod) => (pod.role === role ? total + pod.requests : total), 0);
}

/** Seconds by which Prometheus' clock is ahead of ours, as far as an answer shows. */
export interface ClockReading {
  /** For the base: never negative, so that no request from before the cut-over counts. */
  readonly aheadSeconds: number;
  /** The present by Prometheus' clock, in seconds since the epoch. */
  readonly nowSeconds: number;
}

/**
 * Samples from our future show a clock ahead; the answer's own time shows that too, and also one behind. A clock
 * behind moves no base: that costs a little time and can falsify nothing.
 */
export function readClock(answer: QueryAnswer, newest: number | undefined, nowMs: number): ClockReading {
  const here = nowMs / 1000;
  const lead = (newest ?? here) - here;
  const { aheadLeast, aheadMost } = answer.clock ?? { aheadLeast: 0, aheadMost: 0 };
  const told = aheadLeast > 0 || aheadMost < 0 ? aheadMost : 0;
  return {
    aheadSeconds: Math.max(0, lead, told),
    nowSeconds: here + Math.max(lead, told),
  };
}
