/** Sorts an answer's series by pod, runtime and target, before anything is counted. */
import type { QueryAnswer, Series } from "../../ports.ts";
import { type Absence, absencesOf } from "./absence.ts";
import { type Sample, spacingOf } from "./rise.ts";
import { countsFailures, countsInference, type Runtime } from "./runtimes.ts";
import { contradicts } from "./workers.ts";

/** One counter series of a pod, cut at the moment from which it counts. */
export interface Track {
  readonly labels: Readonly<Record<string, string>>;
  /** What is counted: metric, API, method, model. Equal for duplicates from several scrape jobs. */
  readonly counter: string;
  /** Who scraped it: all other labels. */
  readonly target: string;
  readonly failed: boolean;
  /** Latest value before the moment. */
  readonly before?: number;
  /** Since the moment, in order of time; numbers only. */
  readonly samples: readonly Sample[];
  /** When the series was first there since the moment, be its value a number or not. */
  readonly firstSeen: number;
  readonly intervalSeconds: number;
  /** Scrapes of its target since the moment, as `up` tells; empty where there is no `up`. */
  readonly scrapes: readonly Sample[];
  /** A scrape farther than this (seconds) from every sample did not show the counter. */
  readonly apartSeconds: number;
  /** A page since the moment did not show the counter, and what came next does not tell why. */
  readonly leftOut: boolean;
  /** Its values cannot be those of one counter. */
  readonly contradictory: boolean;
}

/** `up` of one target, in order of time. */
export interface Scrapes {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
  readonly intervalSeconds: number;
}

/** The series of one pod. */
export interface PodSeries {
  readonly counters: readonly Series[];
  readonly scrapes: readonly Scrapes[];
}

/** By pod; series without a `pod` label are found under "". */
export function sortByPod(answer: QueryAnswer): ReadonlyMap<string, PodSeries> {
  const pods = new Map<string, { counters: Series[]; scrapes: Scrapes[] }>();
  for (const series of answer.series) {
    const pod = series.labels["pod"] ?? "";
    const known = pods.get(pod) ?? { counters: [], scrapes: [] };
    pods.set(pod, known);
    if (series.labels["__name__"] === "up") known.scrapes.push(scrapesOf(series));
    else known.counters.push(series);
  }
  return pods;
}

/** The first of the runtimes, which are in order of preference, that counts inference in these series. */
export function runtimeOf({ counters }: PodSeries, allowed: readonly Runtime[]): Runtime | undefined {
  return allowed.find((runtime) => counters.some(({ labels }) => countsInference(runtime, labels)));
}

export function tracksOf(pod: PodSeries, runtime: Runtime, since: number): readonly Track[] {
  return pod.counters
    .filter(({ labels }) => countsInference(runtime, labels))
    .map((series) => trackOf(series, runtime, pod.scrapes, since));
}

function trackOf(
  { labels, samples }: Series,
  runtime: Runtime,
  scrapes: readonly Scrapes[],
  since: number,
): Track {
  const own = ["__name__", ...runtime.labels];
  const ordered = inOrder(samples);
  const shown = ordered.filter(({ value }) => Number.isFinite(value) && value >= 0);
  const target = scrapes.filter((each) => isOfTarget(each.labels, labels));
  const absences = runtime.fromZero ? [] : absencesOf(shown, readWithout(shown, target));
  const numbers = inOrder([...shown, ...absences.filter(isRestart).map(zeroAt)]);
  const before = numbers.filter(({ time }) => time < since).at(-1);
  return {
    labels,
    counter: JSON.stringify(own.map((label) => labels[label] ?? "")),
    target: JSON.stringify(sorted(labels).filter(([label]) => !own.includes(label))),
    failed: countsFailures(runtime, labels),
    samples: numbers.filter(({ time }) => time >= since),
    firstSeen: ordered.find(({ time }) => time >= since)?.time ?? Number.POSITIVE_INFINITY,
    intervalSeconds: spacingOf(shown.length > 1 ? shown : numbers),
    scrapes: inOrder(target.flatMap((each) => each.samples)).filter(({ time }) => time >= since),
    apartSeconds: Math.max(0, ...target.map(apartOf)),
    leftOut: absences.some((absence) => absence.time >= since && !isRestart(absence)),
    contradictory: runtime.severalRegistries === true && contradicts(numbers, since),
    ...(before === undefined ? {} : { before: before.value }),
  };
}

function scrapesOf({ labels, samples }: Series): Scrapes {
  const ordered = inOrder(samples);
  return { labels, samples: ordered, intervalSeconds: spacingOf(ordered) };
}

/** When its target was read, and the counter was no longer there. */
function readWithout(shown: readonly Sample[], target: readonly Scrapes[]): readonly number[] {
  const first = shown[0]?.time ?? Number.POSITIVE_INFINITY;
  return target.flatMap((each) =>
    each.samples
      .filter(({ time, value }) => value === 1 && time > first)
      .filter(({ time }) => shown.every((sample) => Math.abs(sample.time - time) > apartOf(each)))
      .map(({ time }) => time),
  );
}

function isRestart({ restarted }: Absence): boolean {
  return restarted;
}

function zeroAt({ time }: Absence): Sample {
  return { time, value: 0 };
}

/** A target's labels are on its `up` and on all that was read from it, beside the labels of the page. */
function isOfTarget(up: Series["labels"], labels: Series["labels"]): boolean {
  return Object.entries(up).every(([label, value]) => label === "__name__" || labels[label] === value);
}

function inOrder(samples: readonly Sample[]): readonly Sample[] {
  return [...samples].sort((a, b) => a.time - b.time);
}

function sorted(labels: Series["labels"]): readonly (readonly [string, string])[] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Thanos may take `up` and a counter from two replicas, whose scrapes are up to half an interval apart. */
function apartOf({ intervalSeconds }: Scrapes): number {
  return 0.75 * intervalSeconds;
}
