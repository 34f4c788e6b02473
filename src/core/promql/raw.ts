/** The raw samples behind a user's query, pod by pod. */
import type { Series } from "../../ports.ts";
import { printable } from "../text.ts";
import type { SeriesCount } from "../verdict/pod-count.ts";
import type { Presence } from "../verdict/pods.ts";
import { isCounterOf, isScrapeLabel, type Runtime, runtimes } from "../verdict/runtimes.ts";

/** One pod's raw samples since the base, as samples mode reads them (`PodEvidence` has this shape). */
export interface RawPod {
  readonly pod: string;
  readonly revision?: string;
  readonly role: "active" | "other" | "unmapped";
  readonly presence: Presence;
  /** Samples since the base. */
  readonly samples: number;
  /** The latest sample is not older than about two scrape intervals. */
  readonly fresh: boolean;
  /** Rise between samples since the base, of requests. */
  readonly increase: number;
  /** Complete, not certain: also what a first sample gives away. */
  readonly requests: number;
  readonly series: readonly Pick<SeriesCount, "counted" | "appeared" | "samples">[];
  /** Its counters contradict themselves; nothing is counted of them. */
  readonly contradictory?: boolean;
  /** Scraped now, and never listed by the API. */
  readonly unlisted?: true;
}

/** Two samples make a difference; the later one must be of now. */
export function isWatched({ samples, fresh }: RawPod): boolean {
  return samples >= 2 && fresh;
}

/** Why it is not watched. */
export function lackOf({ pod, samples }: RawPod): string {
  const name = printable(pod, 100);
  if (samples >= 2) return `the samples of pod ${name} have ceased`;
  return `${samples === 0 ? "no sample" : "one sample only"} of pod ${name} since the cut-over and settle time`;
}

/** Requests since the base: on the active revision the certain ones, elsewhere also what a first sample gives away. */
export function requestsOf(pods: readonly RawPod[], role: "active" | "other"): number {
  const ours = pods.filter((pod) => pod.role === role);
  return ours.reduce((total, { increase, requests }) => total + (role === "active" ? increase : requests), 0);
}

/**
 * What a counter held when it was first seen, since the base: requests of before or of since, nobody knows. A query reads
 * no `up`, by which it would show that the pod had been read without the counter (servers that export one with its first
 * request). Undefined: no counter of the pod is so.
 */
export function begunWith({ series }: RawPod): number | undefined {
  return series
    .filter(({ counted, appeared }) => counted && appeared === true)
    .flatMap(({ samples: [first] }) => first?.value ?? [])
    .find((value) => value > 0);
}

/** Whatever these series count, as a runtime. That they do begin at 0 is not known: see `begunWith`. */
export function countersOf(series: readonly Series[]): Runtime {
  const metrics = new Set(series.flatMap(({ labels }) => labels["__name__"] ?? []));
  return {
    name: "query",
    counters: [...metrics].map((metric) => ({ metric, failed: "none" })),
    filter: {},
    labels: labelsOfPages(series),
    fromZero: true,
    knowsFailures: false,
    ...(series.some(isOfOneWorker) ? { severalRegistries: true } : {}),
  };
}

/**
 * Labels that tell the counters of one pod apart. Of a server that is known those of its page: two jobs that scrape it
 * may add different ones of their own (a pod's labels, its node), and count no request twice.
 */
function labelsOfPages(series: readonly Series[]): readonly string[] {
  const known = runtimes.filter((runtime) => series.some(({ labels }) => isCounterOf(runtime, labels)));
  if (series.every(({ labels }) => known.some((runtime) => isCounterOf(runtime, labels))))
    return [...new Set(known.flatMap(({ labels }) => labels))];
  const all = new Set(series.flatMap(({ labels }) => Object.keys(labels)));
  return [...all].filter((label) => label !== "__name__" && label !== "pod" && !isScrapeLabel(label));
}

function isOfOneWorker({ labels }: Series): boolean {
  return runtimes.some((runtime) => runtime.severalRegistries === true && isCounterOf(runtime, labels));
}
