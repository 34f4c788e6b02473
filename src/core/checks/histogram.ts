/** From raw samples of `…_bucket` to what was observed since a moment. */
import type { Series } from "../../ports.ts";
import { riseOf } from "../verdict/rise.ts";
import { isScrapeLabel } from "../verdict/runtimes.ts";
import type { Bucket } from "./quantile.ts";

interface Track {
  readonly upperBound: number;
  readonly rise: number;
}

/**
 * Buckets of all observations since `since` (seconds since the epoch), of all pods together. A request that several
 * scrape jobs saw counts once: each histogram is taken from the job that saw most of it, whole, so that its buckets agree.
 */
export function bucketsSince(series: readonly Series[], since: number): readonly Bucket[] {
  const histograms = new Map<string, Map<string, Track[]>>();
  for (const one of series) {
    const track = trackOf(one, since);
    if (track === undefined) continue;
    const jobs = getOrSet(
      histograms,
      keyOf(one, (label) => !isScrapeLabel(label)),
      () => new Map<string, Track[]>(),
    );
    getOrSet(jobs, keyOf(one, isScrapeLabel), () => []).push(track);
  }
  return [...histograms.values()].flatMap((jobs) =>
    richest([...jobs.values()]).map(({ upperBound, rise }) => ({ upperBound, count: rise })),
  );
}

/** The number of observations in all. */
export function observations(buckets: readonly Bucket[]): number {
  return buckets
    .filter(({ upperBound }) => upperBound === Number.POSITIVE_INFINITY)
    .reduce((total, { count }) => total + count, 0);
}

function trackOf({ labels, samples }: Series, since: number): Track | undefined {
  const upperBound = boundOf(labels["le"]);
  if (upperBound === undefined) return undefined;
  const counted = samples
    .filter(({ time, value }) => time >= since && Number.isFinite(value))
    .sort((a, b) => a.time - b.time);
  return { upperBound, rise: riseOf(counted).increase };
}

function boundOf(le: string | undefined): number | undefined {
  if (le === undefined) return undefined;
  const bound = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
  return Number.isNaN(bound) ? undefined : bound;
}

function richest(jobs: readonly (readonly Track[])[]): readonly Track[] {
  const total = (job: readonly Track[]) => Math.max(...job.map(({ rise }) => rise));
  return jobs.reduce((best, job) => (total(job) > total(best) ? job : best));
}

function keyOf({ labels }: Series, isPart: (label: string) => boolean): string {
  const part = Object.entries(labels).filter(([label]) => label !== "le" && isPart(label));
  return JSON.stringify(part.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function getOrSet<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}
