/**
 * What was counted for a pod. Two counts, because the two sides of a verdict must err in opposite directions:
 *   `increase`  the rise between two samples of one series: certain, so fit to prove that a pod did serve;
 *   `requests`  plus what happened before a series' first sample, where the pod was already watched: complete, so
 *               fit to prove that a pod did not.
 */
import type { Reset, Sample } from "./rise.ts";
import type { Runtime } from "./runtimes.ts";

/** One series and the sum that was made of it. */
export interface SeriesCount {
  readonly labels: Readonly<Record<string, string>>;
  readonly failed: boolean;
  /** Since the moment. The first is the base. */
  readonly samples: readonly Sample[];
  readonly resets: readonly Reset[];
  readonly increase: number;
  /** What its first value shows of requests since the moment. */
  readonly hidden: number;
  /** By no job was it seen before the moment. */
  readonly appeared?: true | undefined;
  /** False for a duplicate (another scrape job, another model of an ensemble) of a series that counts, and for one that contradicts itself. */
  readonly counted: boolean;
}

export interface PodCount {
  /** Whose counters were read; absent where there are none. */
  readonly runtime?: Runtime["name"];
  /** Samples since the moment, of the pod's least sampled counter (the best of its duplicate series). */
  readonly samples: number;
  /** First sample since the moment; the value is the sum over the pod's counters. */
  readonly base?: Sample;
  /** Up to when every counter of the pod is known; the value is the sum of their latest values. */
  readonly last?: Sample;
  readonly increase: number;
  readonly requests: number;
  /** How many of `increase` and of `requests` failed. */
  readonly failedIncrease: number;
  readonly failedRequests: number;
  /** The pod's scrape interval in seconds, learned from the spacing of its samples. */
  readonly intervalSeconds?: number;
  /** Its latest scrape failed (`up` is 0). */
  readonly down: boolean;
  /** Whether a counter's first value holds requests since the moment is told by a scrape yet to come. */
  readonly undecided: boolean;
  /**
   * A page since the moment did not show a counter that was there before, and what came next does not tell a restart
   * from a page without the server's part.
   */
  readonly leftOut: boolean;
  /** A counter's values cannot be those of one counter (`contradicts`); nothing is counted of it. */
  readonly contradictory: boolean;
  readonly series: readonly SeriesCount[];
}
