/** The arithmetic of one counter: from samples to a rise, by steps that a person can redo. */

/** `time` in seconds since the epoch, as Prometheus stamped it. */
export interface Sample {
  readonly time: number;
  readonly value: number;
}

/** A counter that started again: what it shows afterwards counts in full. */
export interface Reset {
  readonly time: number;
  readonly from: number;
  readonly to: number;
}

export interface Rise {
  /** The sum of the positive steps, and of the first value after each reset. */
  readonly increase: number;
  readonly resets: readonly Reset[];
}

/** Samples closer than this (seconds) do not come from one scraper: nobody scrapes more than once a second. */
const twinSeconds = 0.9;

/** `samples` in order of time. */
export function riseOf(samples: readonly Sample[]): Rise {
  const resets: Reset[] = [];
  let increase = 0;
  let highest = samples[0]?.value ?? 0;
  samples.slice(1).forEach((sample, index) => {
    const gap = sample.time - (samples[index] as Sample).time;
    if (sample.value < highest && isTwin(sample.value, highest, gap)) return;
    if (sample.value < highest) resets.push({ time: sample.time, from: highest, to: sample.value });
    increase += stepOf(highest, sample.value);
    highest = sample.value;
  });
  return { increase, resets };
}

/**
 * Two replicas of Prometheus, made one by Thanos, stamp a scrape when it begins; the later stamp can hold the earlier
 * value. A small step down within a moment is that, and no process that started again; one down to zero as well, where
 * the counter had just begun.
 */
function isTwin(value: number, highest: number, gapSeconds: number): boolean {
  return gapSeconds < twinSeconds && (value > highest / 2 || highest - value <= 1);
}

/** The rise from one value to the next; after a reset (a step down) the new value counts in full. */
export function stepOf(from: number, to: number): number {
  return to >= from ? to - from : to;
}

/**
 * How far samples are apart, in seconds. A missed scrape doubles one spacing and must not change what is expected; the
 * samples of a second replica come in between, so that short and long spacings alternate, and the long ones are to be
 * expected. Hence a little above the median, without twins. Infinity for fewer than two samples.
 */
export function spacingOf(samples: readonly Sample[]): number {
  const spacings = samples
    .slice(1)
    .map(({ time }, index) => time - (samples[index] as Sample).time)
    .sort((a, b) => a - b);
  const regular = spacings.filter((spacing) => spacing >= twinSeconds);
  const counted = regular.length > 0 ? regular : spacings;
  return counted[Math.floor(counted.length * 0.6)] ?? Number.POSITIVE_INFINITY;
}
