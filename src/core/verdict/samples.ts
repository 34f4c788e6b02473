/**
 * From raw samples to what each pod answered since a moment. Two counts per pod, because the two sides of a verdict
 * must err in opposite directions:
 *   `increase`  the rise between two samples of one series: certain, so fit to prove that a pod did serve;
 *   `requests`  plus what happened before a series' first sample, where the pod was already watched: complete, so
 *               fit to prove that a pod did not.
 * What no counter can show: a process that restarts between two scrapes and comes back to exactly its old value.
 */
import type { QueryAnswer, Series } from "../../ports.ts";

/** `time` in seconds since the epoch, as Prometheus stamped it. */
export interface Sample {
  readonly time: number;
  readonly value: number;
}

export interface PodCount {
  /** Samples since the moment, of the pod's least sampled counter (the best of its duplicate series). */
  readonly samples: number;
  /** First sample since the moment; the value is the sum over the pod's counters. */
  readonly base?: Sample;
  /** Up to when every counter of the pod is known; the value is the sum of their latest values. */
  readonly last?: Sample;
  readonly increase: number;
  readonly requests: number;
  /** The pod's scrape interval in seconds, learned from the spacing of its samples. */
  readonly intervalSeconds?: number;
}

/** One series of a pod, cut at the moment. */
interface Track {
  /** What is counted: metric, API, interface, method, model. Equal for duplicates from several scrape jobs. */
  readonly counter: string;
  /** Who scraped it: all other labels. */
  readonly target: string;
  /** Latest value before the moment. */
  readonly before?: number;
  /** Since the moment, in order of time; numbers only. */
  readonly samples: readonly Sample[];
  /** When the series was first there since the moment, be its value a number or not. */
  readonly firstSeen: number;
  readonly intervalSeconds: number;
}

const counterLabels = ["__name__", "api", "interface", "method", "name", "version"];

/** The latest time stamp in an answer, in seconds since the epoch. */
export function newestSample(answer: QueryAnswer): number | undefined {
  const times = answer.series.flatMap(({ samples }) => samples.map(({ time }) => time));
  return times.reduce<number | undefined>((newest, time) => Math.max(newest ?? time, time), undefined);
}

/** Counts per pod since `since` (seconds since the epoch). Series without a `pod` label are found under "". */
export function countPods(answer: QueryAnswer, since: number): ReadonlyMap<string, PodCount> {
  const tracks = new Map<string, Track[]>();
  for (const series of answer.series) {
    const pod = series.labels["pod"] ?? "";
    const known = tracks.get(pod);
    if (known === undefined) tracks.set(pod, [trackOf(series, since)]);
    else known.push(trackOf(series, since));
  }
  return new Map([...tracks].map(([pod, all]) => [pod, countPod(all)]));
}

function trackOf(series: Series, since: number): Track {
  const ordered = [...series.samples].sort((a, b) => a.time - b.time);
  const numbers = ordered.filter(({ value }) => Number.isFinite(value) && value >= 0);
  const before = numbers.filter(({ time }) => time < since).at(-1);
  return {
    counter: JSON.stringify(counterLabels.map((label) => series.labels[label] ?? "")),
    target: targetOf(series.labels),
    samples: numbers.filter(({ time }) => time >= since),
    firstSeen: ordered.find(({ time }) => time >= since)?.time ?? Number.POSITIVE_INFINITY,
    intervalSeconds: medianSpacing(numbers),
    ...(before === undefined ? {} : { before: before.value }),
  };
}

function targetOf(labels: Readonly<Record<string, string>>): string {
  const own = Object.entries(labels).filter(([label]) => !counterLabels.includes(label));
  return JSON.stringify(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The median, because a missed scrape doubles one spacing and must not change what is expected. */
function medianSpacing(samples: readonly Sample[]): number {
  const spacings = samples.flatMap(({ time }, index) => {
    const previous = samples[index - 1];
    return previous === undefined ? [] : [time - previous.time];
  });
  spacings.sort((a, b) => a - b);
  return spacings[Math.floor(spacings.length / 2)] ?? Number.POSITIVE_INFINITY;
}

function countPod(tracks: readonly Track[]): PodCount {
  const counters = [...new Set(tracks.map(({ counter }) => counter))].map((counter) =>
    countCounter(
      tracks.filter((track) => track.counter === counter),
      tracks,
    ),
  );
  const interval = Math.min(...tracks.map(({ intervalSeconds }) => intervalSeconds));
  const bases = counters.flatMap(({ base }) => base ?? []);
  const lasts = counters.flatMap(({ last }) => last ?? []);
  return {
    samples: Math.min(...counters.map(({ samples }) => samples)),
    increase: sum(counters.map(({ increase }) => increase)),
    requests: sum(counters.map(({ requests }) => requests)),
    ...(bases.length === 0 ? {} : { base: { time: earliest(bases), value: sum(bases.map(toValue)) } }),
    ...(lasts.length === 0 ? {} : { last: { time: earliest(lasts), value: sum(lasts.map(toValue)) } }),
    ...(Number.isFinite(interval) ? { intervalSeconds: interval } : {}),
  };
}

/**
 * One counter, seen by one or more scrape jobs: a request is counted once, by the job that saw most. Base and last
 * are that job's, but the counter is known up to the latest sample of any job.
 */
function countCounter(duplicates: readonly Track[], pod: readonly Track[]): PodCount {
  const counts = duplicates.map((track) => {
    const increase = rise(track.samples);
    return { track, increase, requests: increase + hiddenRise(track, pod) };
  });
  const most = counts.reduce((best, other) => (sawMore(other, best) ? other : best));
  const base = most.track.samples[0];
  const last = most.track.samples.at(-1);
  const lastTime = Math.max(...duplicates.map((track) => track.samples.at(-1)?.time ?? 0));
  return {
    samples: Math.max(...duplicates.map(({ samples }) => samples.length)),
    increase: Math.max(...counts.map(({ increase }) => increase)),
    requests: most.requests,
    ...(base === undefined || last === undefined
      ? {}
      : { base, last: { time: lastTime, value: last.value } }),
  };
}

function sawMore(
  a: { readonly track: Track; readonly requests: number },
  b: { readonly track: Track; readonly requests: number },
): boolean {
  return a.requests === b.requests
    ? a.track.samples.length > b.track.samples.length
    : a.requests > b.requests;
}

/** The sum of the positive steps; after a reset (a step down) the new value counts in full. */
function rise(samples: readonly Sample[]): number {
  return sum(samples.slice(1).map(({ value }, index) => step((samples[index] as Sample).value, value)));
}

function step(from: number, to: number): number {
  return to >= from ? to - from : to;
}

/**
 * What a series' first value since the moment says about requests since the moment. As a rule nothing: that value is
 * the base. But it does where the same counter was read before, since the moment, by a job that then fell silent;
 * and where the pod was read before, since the moment, without this counter (servers that export a counter with its
 * first request).
 */
function hiddenRise(track: Track, pod: readonly Track[]): number {
  const first = track.samples[0];
  if (first === undefined) return 0;
  const duplicates = pod.filter(({ counter }) => counter === track.counter);
  const predecessor = duplicates
    .flatMap(({ samples }) => samples.at(-1) ?? [])
    .filter(({ time }) => time < first.time)
    .sort((a, b) => b.time - a.time)[0];
  if (predecessor !== undefined) return step(predecessor.value, first.value);
  // Another job that has this counter from earlier on shows the rise itself.
  if (duplicates.some(({ firstSeen }) => firstSeen < track.firstSeen)) return 0;
  // A job of another kind may drop the counter; it tells nothing where the counter is older than the moment.
  const isNew = duplicates.every(({ before }) => before === undefined);
  const readWithoutIt = pod.some(
    ({ firstSeen, target }) => firstSeen < track.firstSeen && (isNew || target === track.target),
  );
  return readWithoutIt ? step(track.before ?? 0, first.value) : 0;
}

function toValue({ value }: Sample): number {
  return value;
}

function earliest(samples: readonly Sample[]): number {
  return Math.min(...samples.map(({ time }) => time));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
