/** A quantile of a classic histogram, by the rules of Prometheus' histogram_quantile (promql/quantile.go). */

export interface Bucket {
  /** Inclusive; the last is +Infinity. */
  readonly upperBound: number;
  /** Observations up to the bound, those of lower buckets included. */
  readonly count: number;
}

/**
 * Linear within a bucket, from 0 in the first; in the last bucket the highest finite bound. NaN where there is no
 * observation, no +Inf bucket or no other.
 *
 * @param q 0 to 1
 */
export function quantile(buckets: readonly Bucket[], q: number): number {
  const ordered = monotonic(coalesce(buckets));
  const last = ordered.at(-1);
  const beforeLast = ordered.at(-2);
  if (last?.upperBound !== Number.POSITIVE_INFINITY || beforeLast === undefined || last.count === 0) {
    return Number.NaN;
  }
  const rank = q * last.count;
  const index = ordered.findIndex(({ count }) => count >= rank);
  const bucket = ordered[index] as Bucket;
  if (index === ordered.length - 1) return beforeLast.upperBound;
  const below = ordered[index - 1] ?? { upperBound: 0, count: 0 };
  if (index === 0 && bucket.upperBound <= 0) return bucket.upperBound;
  const share = (rank - below.count) / (bucket.count - below.count);
  return below.upperBound + (bucket.upperBound - below.upperBound) * share;
}

/** Equal bounds (`1` and `1.0`) are one bucket. */
function coalesce(buckets: readonly Bucket[]): readonly Bucket[] {
  const counts = new Map<number, number>();
  for (const { upperBound, count } of buckets) {
    counts.set(upperBound, (counts.get(upperBound) ?? 0) + count);
  }
  return [...counts]
    .map(([upperBound, count]) => ({ upperBound, count }))
    .sort((a, b) => a.upperBound - b.upperBound);
}

/** Scrapes that hit between two buckets' updates can make a count fall; it is lifted, as Prometheus does. */
function monotonic(buckets: readonly Bucket[]): readonly Bucket[] {
  let highest = 0;
  return buckets.map(({ upperBound, count }) => {
    highest = Math.max(highest, count);
    return { upperBound, count: highest };
  });
}
