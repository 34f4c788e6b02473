/** How many inference requests each pod answers now, by the raw samples of its counters. */
import type { QueryAnswer } from "../../ports.ts";
import type { PodCount } from "../verdict/pod-count.ts";
import { identify, type PodDirectory } from "../verdict/pods.ts";
import type { RuntimeChoice } from "../verdict/runtimes.ts";
import { countPods, newestSample } from "../verdict/samples.ts";

export interface PodRate {
  readonly pod: string;
  /** Absent where nothing tells. */
  readonly revision?: string;
  readonly perSecond: number;
  /** Between the two samples that the rate was taken from. */
  readonly seconds: number;
}

/** Scrape intervals that a rate spans: two of them and a bit, so that one late scrape does not take it away. */
const intervals = 2.5;

/**
 * Of each pod with two samples lately. The span is short, and so a cut-over shows within two scrapes; a range such as
 * `[5m]` would show the losing revision for five minutes. Pods whose last scrape failed have no rate.
 */
export function ratesOf(
  answer: QueryAnswer,
  directory: PodDirectory,
  runtime: RuntimeChoice | undefined,
): readonly PodRate[] {
  const newest = newestSample(answer);
  if (newest === undefined) return [];
  const spacings = [...countPods(answer, 0, { runtime }).values()].flatMap(
    (pod) => pod.intervalSeconds ?? [],
  );
  const span = intervals * Math.max(0, ...spacings);
  return [...countPods(answer, newest - span, { runtime })].flatMap(([pod, count]) => {
    const rate = rateOf(count);
    if (pod === "" || rate === undefined) return [];
    const { revision } = identify(pod, directory);
    return [{ pod, ...rate, ...(revision === undefined ? {} : { revision }) }];
  });
}

function rateOf({ base, last, increase, down }: PodCount): Omit<PodRate, "pod" | "revision"> | undefined {
  const seconds = (last?.time ?? 0) - (base?.time ?? 0);
  return down || seconds <= 0 ? undefined : { perSecond: increase / seconds, seconds };
}

/** Requests per second of a revision, the sum over its pods; undefined where none of them has a rate. */
export function rateOfRevision(rates: readonly PodRate[], revision: string): number | undefined {
  const own = rates.filter((rate) => rate.revision === revision);
  return own.length === 0 ? undefined : own.reduce((sum, { perSecond }) => sum + perSecond, 0);
}
