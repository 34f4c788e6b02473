/** A counter that was there, and is missing on a page that was read since. */
import type { Sample } from "./rise.ts";

export interface Absence {
  /** When the page was read. */
  readonly time: number;
  /**
   * The server began again: it exports a counter with its first request, and the next value is lower than the one
   * before. Otherwise nobody knows: KServe's queue-proxy hands on the server's page beside its own, and answers 200
   * with its own alone where the server does not answer in time. A 0 in its place would make requests of old ones.
   * The API does not tell either: its count of restarts lags behind the kubelet, which may not be heard of for a minute,
   * by another clock; and a server may start its process again within its container. The old value reached anew would
   * then be a PASS.
   */
  readonly restarted: boolean;
}

/** `shown` in order of time; `times`: when the page was read without the counter. */
export function absencesOf(shown: readonly Sample[], times: readonly number[]): readonly Absence[] {
  return times.map((time) => {
    const before = shown.findLast((sample) => sample.time < time);
    const next = shown.find((sample) => sample.time > time);
    return { time, restarted: before !== undefined && next !== undefined && next.value < before.value };
  });
}
