/**
 * From raw samples to what each pod answered since a moment.
 * What no counter can show: a process that restarts between two scrapes and comes back to exactly its old value.
 */
import type { QueryAnswer } from "../../ports.ts";
import { hiddenIn, isUndecided } from "./hidden.ts";
import { idleTarget } from "./idle.ts";
import type { PodCount, SeriesCount } from "./pod-count.ts";
import { type Rise, riseOf, type Sample } from "./rise.ts";
import { type Runtime, type RuntimeChoice, runtimesOf } from "./runtimes.ts";
import { runtimeOf, sortByPod, type Track, tracksOf } from "./tracks.ts";

export interface CountOptions {
  /** `auto` if absent. */
  readonly runtime?: RuntimeChoice | Runtime | undefined;
  /** Pods that began after the moment: all they ever counted, they counted since. */
  readonly bornSince?: ReadonlySet<string> | undefined;
}

/** The latest time stamp in an answer, in seconds since the epoch. */
export function newestSample(answer: QueryAnswer): number | undefined {
  const times = answer.series.flatMap(({ samples }) => samples.map(({ time }) => time));
  return times.reduce<number | undefined>((newest, time) => Math.max(newest ?? time, time), undefined);
}

/**
 * Counts per pod since `since` (seconds since the epoch), for pods with inference counters and for those that are
 * scraped like them and have none yet. Series without a `pod` label are found under "".
 */
export function countPods(
  answer: QueryAnswer,
  since: number,
  { runtime = "auto", bornSince = new Set() }: CountOptions = {},
): ReadonlyMap<string, PodCount> {
  const pods = sortByPod(answer);
  const allowed = runtimesOf(runtime);
  const counts = new Map<string, PodCount>();
  for (const [name, pod] of pods) {
    const chosen = runtimeOf(pod, allowed);
    const idle = idleTarget(pod, pods, chosen === undefined ? allowed : behind(chosen, allowed), since);
    if (idle !== undefined) counts.set(name, idle);
    else if (chosen !== undefined)
      counts.set(name, countPod(tracksOf(pod, chosen, since), chosen, bornSince.has(name)));
  }
  return counts;
}

/**
 * Whose missing counters tell of an idle pod although those of `chosen` are there. A server that has none yet is idle,
 * whatever the proxy in front of it counts. But another server's are the pod's own: blue need not run what green runs.
 */
function behind(chosen: Runtime, allowed: readonly Runtime[]): readonly Runtime[] {
  return chosen.name === "knative" ? allowed.slice(0, allowed.indexOf(chosen)) : [];
}

interface CounterCount {
  readonly model: string;
  readonly failed: boolean;
  readonly samples: number;
  readonly base?: Sample;
  readonly last?: Sample;
  readonly increase: number;
  readonly requests: number;
  readonly undecided: boolean;
  readonly leftOut: boolean;
  readonly contradictory: boolean;
  readonly series: readonly SeriesCount[];
}

function countPod(tracks: readonly Track[], runtime: Runtime, born: boolean): PodCount {
  const counters = [...new Set(tracks.map(({ counter }) => counter))].map((counter) =>
    countCounter(
      tracks.filter((track) => track.counter === counter),
      tracks,
      runtime,
      born,
    ),
  );
  const busiest = ofBusiestModel(counters);
  const failing = busiest.filter(({ failed }) => failed);
  const interval = Math.min(...tracks.map(({ intervalSeconds }) => intervalSeconds));
  const bases = counters.flatMap(({ base }) => base ?? []);
  const lasts = counters.flatMap(({ last }) => last ?? []);
  return {
    runtime: runtime.name,
    samples: Math.min(...counters.map(({ samples }) => samples)),
    increase: sum(busiest.map(({ increase }) => increase)),
    requests: sum(busiest.map(({ requests }) => requests)),
    failedIncrease: sum(failing.map(({ increase }) => increase)),
    failedRequests: sum(failing.map(({ requests }) => requests)),
    down: isDown(tracks),
    undecided: counters.some(({ undecided }) => undecided),
    leftOut: counters.some(({ leftOut }) => leftOut),
    contradictory: counters.some(({ contradictory }) => contradictory),
    series: counters.flatMap((counter) =>
      busiest.includes(counter) ? counter.series : counter.series.map((one) => ({ ...one, counted: false })),
    ),
    ...(bases.length === 0 ? {} : { base: { time: earliest(bases), value: sum(bases.map(toValue)) } }),
    ...(lasts.length === 0 ? {} : { last: { time: earliest(lasts), value: sum(lasts.map(toValue)) } }),
    ...(Number.isFinite(interval) ? { intervalSeconds: interval } : {}),
  };
}

/** Where a request may run through several models, it is counted on each; the busiest one saw no request twice. */
function ofBusiestModel(counters: readonly CounterCount[]): readonly CounterCount[] {
  const groups = [...new Set(counters.map(({ model }) => model))].map((name) =>
    counters.filter(({ model }) => model === name),
  );
  const requests = (group: readonly CounterCount[]) => sum(group.map((counter) => counter.requests));
  return groups.reduce((best, group) => (requests(group) > requests(best) ? group : best));
}

/** Whether the latest scrape of every target that showed the counters failed; without `up` nobody knows. */
function isDown(tracks: readonly Track[]): boolean {
  return tracks.every(({ scrapes }) => scrapes.at(-1)?.value === 0);
}

interface TrackCount extends Rise {
  readonly track: Track;
  readonly leftOut: boolean;
  readonly hidden: number;
  readonly requests: number;
}

/**
 * One counter, seen by one or more scrape jobs: a request is counted once, by the job that saw most. Base and last
 * are that job's, but the counter is known up to the latest sample of any job.
 */
function countCounter(
  duplicates: readonly Track[],
  pod: readonly Track[],
  { ensembleLabel = "" }: Runtime,
  born: boolean,
): CounterCount {
  const contradictory = duplicates.some((track) => track.contradictory);
  const counts = duplicates.map((track): TrackCount => {
    const rise = riseOf(track.samples);
    if (contradictory) return { ...rise, track, leftOut: false, increase: 0, hidden: 0, requests: 0 };
    const hidden = hiddenIn(track, pod, born);
    const leftOut = track.leftOut || hidden.leftOut;
    return { ...rise, track, leftOut, hidden: hidden.rise, requests: rise.increase + hidden.rise };
  });
  const most = counts.reduce((best, other) => (sawMore(other, best) ? other : best));
  const base = most.track.samples[0];
  const last = most.track.samples.at(-1);
  const appeared = duplicates.some(({ before }) => before !== undefined) ? {} : { appeared: true as const };
  const lastTime = Math.max(...duplicates.map((track) => track.samples.at(-1)?.time ?? 0));
  return {
    model: most.track.labels[ensembleLabel] ?? "",
    failed: most.track.failed,
    samples: Math.max(...duplicates.map(({ samples }) => samples.length)),
    increase: Math.max(...counts.map(({ increase }) => increase)),
    requests: most.requests,
    undecided: isUndecided(duplicates, pod),
    leftOut: isLeftOut(counts),
    contradictory,
    series: counts.map((count) => ({
      ...seriesCount(count, count === most && !contradictory),
      ...appeared,
    })),
    ...(base === undefined || last === undefined
      ? {}
      : { base, last: { time: lastTime, value: last.value } }),
  };
}

/** A job that has seen it on each of its pages since the moment knows; one that has not seen it at all has no say. */
function isLeftOut(counts: readonly TrackCount[]): boolean {
  const seeing = counts.filter(({ track }) => track.samples.length > 0);
  return (seeing.length > 0 ? seeing : counts).every(({ leftOut }) => leftOut);
}

function seriesCount({ track, increase, resets, hidden }: TrackCount, counted: boolean): SeriesCount {
  const { labels, failed, samples } = track;
  return { labels, failed, samples, resets, increase, hidden, counted };
}

function sawMore(a: TrackCount, b: TrackCount): boolean {
  return a.requests === b.requests
    ? a.track.samples.length > b.track.samples.length
    : a.requests > b.requests;
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
