/** How much a PASS proves: with n requests seen and none elsewhere, a leak of 3/n and more is excluded at 95 %. */
import type { PodEvidence } from "./evidence.ts";
import { riseOf } from "./rise.ts";

export interface Strength {
  /** Requests seen on the active revision, our own probes included. */
  readonly requests: number;
  /** How many of them we sent ourselves, at most. */
  readonly probes: number;
  readonly failed: number;
  /** Those in the time in which every other pod was watched too: only they speak of a leak. */
  readonly comparable: number;
  /** The leak (a share of all requests, 0 to 1) that is excluded with 95 % confidence; absent where none is. */
  readonly leakBelow?: number;
}

/** Hanley and Lippman-Hand's rule of three, for p = 1 − 0.05^(1/n). */
const ruleOfThree = 3;

/** Requests needed to exclude a leak of `maxLeak` (0 to 1, both excluded). */
export function requestsToExclude(maxLeak: number): number {
  // 3 / 0.001 is 3000.0000000000005 for some shares; a request more would never be missed, but a whole number is due.
  return Math.ceil(ruleOfThree / maxLeak - 1e-6);
}

export function leakExcludedBy(requests: number): number | undefined {
  return requests > ruleOfThree ? ruleOfThree / requests : undefined;
}

/**
 * Requests on the active revision between the moments from and up to which all other pods are known: none, where one of
 * them is not known at all. One that is not ready and was never read is in no route, and does not matter.
 */
export function comparableRequests(pods: readonly PodEvidence[]): number {
  const others = pods.filter(
    (pod) => pod.role === "other" && pod.presence !== "gone" && !isIdleByItself(pod),
  );
  const from = Math.max(...others.map(({ base }) => base?.time ?? Number.POSITIVE_INFINITY));
  const until = Math.min(...others.map(({ last }) => last?.time ?? Number.NEGATIVE_INFINITY));
  return pods
    .filter(({ role }) => role === "active")
    .flatMap(({ series }) => series)
    .filter(({ counted }) => counted)
    .map(({ samples }) => riseOf(samples.filter(({ time }) => time >= from && time <= until)).increase)
    .reduce((total, increase) => total + increase, 0);
}

function isIdleByItself({ presence, base, series }: PodEvidence): boolean {
  return presence === "notReady" && base === undefined && series.length === 0;
}
