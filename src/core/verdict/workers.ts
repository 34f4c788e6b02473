/**
 * Servers of several worker processes, each with counters of its own: a scrape meets one of them or another (KServe's
 * Python server with `--workers`, kserve#2979), so that an idle pod shows 480, 500, 480, 500.
 */
import { printable } from "../text.ts";
import type { Presence } from "./pods.ts";
import { riseOf, type Sample } from "./rise.ts";

/**
 * Whether samples (in order of time, those from before the moment `since` too) contradict a single counter: it fell and
 * was as high as before again, or it fell since the moment. The latter may be a restart, which such a server takes
 * longer for than a scrape takes, as a rule; nobody knows, and requests must not be made of a doubt.
 */
export function contradicts(samples: readonly Sample[], since: number): boolean {
  const fell = riseOf(samples.filter(({ time }) => time >= since)).resets.length > 0;
  return fell || riseOf(samples).resets.some((reset) => samples.some((later) => isBack(later, reset)));
}

function isBack({ time, value }: Sample, fall: { readonly time: number; readonly from: number }): boolean {
  return time > fall.time && value >= fall.from;
}

/** Says of which pod nothing can be counted; printable. */
export function severalWorkers(
  pods: readonly {
    readonly pod: string;
    readonly presence: Presence;
    readonly contradictory?: boolean;
  }[],
): string | undefined {
  const found = pods.find(({ presence, contradictory }) => contradictory === true && presence !== "gone");
  return (
    found &&
    `the counter of pod ${printable(found.pod, 100)} falls: each scrape shows one of several workers behind one target (--workers), or the server began again`
  );
}
