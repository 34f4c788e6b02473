/** What a counter's first value since the moment gives away of requests since the moment. */
import { stepOf } from "./rise.ts";
import type { Track } from "./tracks.ts";

export interface Hidden {
  readonly rise: number;
  /** The counter is older than the moment, and what it rose by meanwhile may be from before. */
  readonly leftOut: boolean;
}

/**
 * What a series' first value since the moment says about requests since the moment. As a rule nothing: that value is
 * the base. But it does where the pod began since the moment; where the same counter was read before, since the
 * moment, by a job that then fell silent; and where the pod was read before, since the moment, without this counter
 * (servers that export a counter with its first request, and those that began again).
 */
export function hiddenIn(track: Track, pod: readonly Track[], born: boolean): Hidden {
  const first = track.samples[0];
  if (first === undefined) return nothing;
  const duplicates = pod.filter(({ counter }) => counter === track.counter);
  const predecessor = duplicates
    .flatMap(({ samples }) => samples.at(-1) ?? [])
    .filter(({ time }) => time < first.time)
    .sort((a, b) => b.time - a.time)[0];
  if (predecessor !== undefined) return surely(stepOf(predecessor.value, first.value));
  // Two jobs' scrapes of one stamp: both were read since the moment, and the one that read later shows more; unless
  // the server began again in between.
  const atOnce = duplicates.flatMap(({ samples: [other], before = 0 }) =>
    other?.time === first.time && other.value >= before ? other.value : [],
  );
  const lowest = Math.min(...atOnce);
  if (lowest < first.value) return surely(first.value - lowest);
  // Another job that has this counter from earlier on shows the rise itself.
  if (duplicates.some(({ firstSeen }) => firstSeen < track.firstSeen)) return nothing;
  if (born) return surely(first.value);
  const read = readWithout(track, pod, duplicates);
  if (read === undefined) return nothing;
  const before = duplicates.flatMap((each) => each.before ?? []);
  const isOld = before.length > 0 && first.value >= Math.max(...before);
  // Of a page by its `up` alone nobody knows whether the server's part was on it (`absencesOf`).
  return read === "up" && isOld
    ? { rise: 0, leftOut: true }
    : surely(stepOf(Math.max(0, ...before), first.value));
}

const nothing: Hidden = { rise: 0, leftOut: false };

function surely(rise: number): Hidden {
  return { rise, leftOut: false };
}

/** By what the pod is known to have been read since the moment and before the counter was there. */
function readWithout(
  track: Track,
  pod: readonly Track[],
  duplicates: readonly Track[],
): "up" | "counter" | undefined {
  // `up` knows best when a target was read, of this job or of another that has the counter too.
  if (duplicates.some((each) => wasReadBefore(track.firstSeen, each))) return "up";
  if (track.scrapes.some(({ value }) => value === 1)) return undefined;
  // A job of another kind may drop the counter; it tells nothing where the counter is older than the moment.
  const isNew = duplicates.every(({ before }) => before === undefined);
  const shown = pod.some(
    ({ firstSeen, target }) => firstSeen < track.firstSeen && (isNew || target === track.target),
  );
  return shown ? "counter" : undefined;
}

/**
 * Read before a time (seconds since the epoch), and before its counter was there. A counter that is new begins with
 * the first scrape that showed it, whichever replica's; of an older one Thanos may have left out a replica's sample.
 */
function wasReadBefore(moment: number, { scrapes, firstSeen, apartSeconds, before }: Track): boolean {
  const shown = before === undefined ? firstSeen : firstSeen - apartSeconds;
  return scrapes.some(({ time, value }) => value === 1 && time < Math.min(moment, shown));
}

/**
 * Whether a scrape yet to come decides what a counter's first value hides: another job read the pod since the moment,
 * without this counter, and not again since the counter is there. If its next scrape shows the counter, the request
 * came after its first; if not, that job drops the counter, and tells nothing.
 */
export function isUndecided(duplicates: readonly Track[], pod: readonly Track[]): boolean {
  if (duplicates.some(({ before }) => before !== undefined)) return false;
  const shownAt = Math.min(...duplicates.map(({ firstSeen }) => firstSeen));
  const knowing = new Set(duplicates.map(({ target }) => target));
  return pod.some((other) => !knowing.has(other.target) && hasYetToTell(other, shownAt));
}

function hasYetToTell({ scrapes, samples, apartSeconds }: Track, shownAt: number): boolean {
  const readings = [...scrapes.filter(({ value }) => value === 1), ...samples].map(({ time }) => time);
  return readings.some((time) => time < shownAt) && !readings.some((time) => time > shownAt + apartSeconds);
}
