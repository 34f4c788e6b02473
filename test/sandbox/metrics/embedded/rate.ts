export interface Sample {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly value: number;
}

/**
 * `rate()` of one series per second, undefined below two samples: the increase between the first and the last sample
 * (resets added), extrapolated to the ends of the range where these are about one scrape away, by half a scrape where
 * they are farther, and never below zero (extrapolatedRate in promql/functions.go, Prometheus 2.42).
 */
export function rate(samples: readonly Sample[], end: number, rangeMs: number): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || samples.length < 2) return undefined;
  const increase = increaseOf(samples, first, last);
  const sampled = (last.time - first.time) / 1000;
  const spacing = sampled / (samples.length - 1);
  let toStart = (first.time - (end - rangeMs)) / 1000;
  if (increase > 0 && first.value >= 0) toStart = Math.min(toStart, sampled * (first.value / increase));
  const covered = sampled + extension(toStart, spacing) + extension((end - last.time) / 1000, spacing);
  return (increase * (covered / sampled)) / (rangeMs / 1000);
}

function extension(distance: number, spacing: number): number {
  return distance < spacing * 1.1 ? distance : spacing / 2;
}

function increaseOf(samples: readonly Sample[], first: Sample, last: Sample): number {
  let increase = last.value - first.value;
  let previous = 0;
  for (const { value } of samples) {
    if (value < previous) increase += previous;
    previous = value;
  }
  return increase;
}
