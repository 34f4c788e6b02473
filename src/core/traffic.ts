/** Requests per second of each pod over a span, from raw samples: for people, never for a verdict. */
import type { QueryAnswer } from "../ports.ts";
import type { PodCount } from "./verdict/pod-count.ts";
import { identify, type PodDirectory } from "./verdict/pods.ts";
import type { Sample } from "./verdict/rise.ts";
import type { RuntimeChoice } from "./verdict/runtimes.ts";
import { countPods } from "./verdict/samples.ts";

export interface PodRates {
  readonly pod: string;
  /** Absent where nobody knows. */
  readonly revision?: string;
  /** Requests per second, mean over the step that ends at each of the times; null while the pod was not scraped. */
  readonly rates: readonly (number | null)[];
}

export interface Rates {
  /** Milliseconds since the epoch by Prometheus' clock, evenly spaced. */
  readonly times: readonly number[];
  /** At least the scrape interval. */
  readonly stepSeconds: number;
  /** The busiest first. */
  readonly pods: readonly PodRates[];
  /** Pods that were left out because there are too many. */
  readonly omitted: number;
}

const mostPoints = 150;
const mostPods = 12;

/** Undefined where the answer holds no two samples of a counter. */
export function ratesOf(
  answer: QueryAnswer,
  directory: PodDirectory,
  runtime?: RuntimeChoice | undefined,
): Rates | undefined {
  const counts = [...countPods(answer, 0, { runtime })].filter(([pod]) => pod !== "");
  const lines = counts.map(([pod, count]) => ({ pod, count, curves: curvesOf(count) }));
  const times = lines.flatMap(({ curves }) => curves.flat().map(({ time }) => time));
  const [from, to] = [least(times), -least(times.map((time) => -time))];
  const interval = -least(counts.flatMap(([, { intervalSeconds }]) => -(intervalSeconds ?? 0)));
  const stepSeconds = Math.max(interval, (to - from) / mostPoints);
  const points = Math.floor((to - from) / stepSeconds + 1e-9);
  if (!(points >= 1)) return undefined;
  const ends = Array.from({ length: points }, (_, index) => to - (points - 1 - index) * stepSeconds);
  const sorted = lines.toSorted((one, other) => other.count.requests - one.count.requests);
  return {
    times: ends.map((time) => Math.round(time * 1000)),
    stepSeconds: rounded(stepSeconds),
    pods: sorted.slice(0, mostPods).map(({ pod, curves }) => {
      const { revision } = identify(pod, directory);
      const rates = ends.map((end) => rateOf(curves, end - stepSeconds, end));
      return { pod, ...(revision === undefined ? {} : { revision }), rates };
    }),
    omitted: Math.max(0, sorted.length - mostPods),
  };
}

/** Per counter of a pod, requests since its first sample; resets add up, duplicates are left out. */
function curvesOf({ series }: PodCount): readonly (readonly Sample[])[] {
  return series
    .filter(({ counted, samples }) => counted && samples.length > 1)
    .map(({ samples, resets }) => {
      const restarted = new Set(resets.map(({ time }) => time));
      let total = 0;
      let highest = Number.POSITIVE_INFINITY;
      return samples.map(({ time, value }) => {
        if (restarted.has(time)) highest = 0;
        // A step down that is no reset is a second replica's older reading.
        total += Math.max(0, value - highest);
        highest = highest === Number.POSITIVE_INFINITY ? value : Math.max(highest, value);
        return { time, value: total };
      });
    });
}

/** Between two samples a counter is taken to rise evenly. Null where less than half of the span was seen. */
function rateOf(curves: readonly (readonly Sample[])[], from: number, to: number): number | null {
  const rates = curves.flatMap((curve) => {
    // A curve has two samples at least.
    const start = Math.max(from, (curve[0] as Sample).time);
    const end = Math.min(to, (curve.at(-1) as Sample).time);
    if (end - start < (to - from) / 2 - 1e-6) return [];
    return [(valueAt(curve, end) - valueAt(curve, start)) / (end - start)];
  });
  return rates.length === 0 ? null : rounded(rates.reduce((total, rate) => total + rate, 0));
}

/** `time` lies on the curve. */
function valueAt(curve: readonly Sample[], time: number): number {
  const after = curve.findIndex((sample) => sample.time >= time);
  const right = curve[after] as Sample;
  const left = curve[after - 1] ?? right;
  const share = right.time === left.time ? 1 : (time - left.time) / (right.time - left.time);
  return left.value + share * (right.value - left.value);
}

function least(values: readonly number[]): number {
  return values.reduce((found, value) => Math.min(found, value), Number.POSITIVE_INFINITY);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
