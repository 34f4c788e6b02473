import type { Series } from "../../ports.ts";
import type { PodCount } from "./pod-count.ts";
import { countsInference, type Runtime } from "./runtimes.ts";
import type { PodSeries, Scrapes } from "./tracks.ts";

/**
 * A pod without counters that is idle rather than unseen: servers written in Python export a counter with its first
 * request only. It is told by `up` of a target of the same kind (job, endpoint, container) as one where such a counter
 * was read: another port of the pod, also up, would prove nothing. Undefined where that cannot be told.
 */
export function idleTarget(
  pod: PodSeries,
  all: ReadonlyMap<string, PodSeries>,
  allowed: readonly Runtime[],
  since: number,
): PodCount | undefined {
  const late = allowed.filter(({ fromZero }) => !fromZero);
  const counters = [...all.values()].flatMap(({ counters }) => counters);
  for (const runtime of late) {
    const kinds = new Set(
      counters.filter(({ labels }) => countsInference(runtime, labels)).map(({ labels }) => kindOf(labels)),
    );
    const target = pod.scrapes.find(({ labels }) => kinds.has(kindOf(labels)));
    if (target !== undefined) return idle(target, runtime, since);
  }
  return undefined;
}

/** The labels that prometheus-operator gives to the targets of one monitor. */
function kindOf(labels: Series["labels"]): string {
  return JSON.stringify(["job", "endpoint", "container"].map((label) => labels[label] ?? ""));
}

function idle({ samples, intervalSeconds }: Scrapes, { name }: Runtime, since: number): PodCount {
  const read = samples
    .filter(({ time, value }) => value === 1 && time >= since)
    .map(({ time }) => ({ time, value: 0 }));
  const [base] = read;
  const last = read.at(-1);
  return {
    runtime: name,
    samples: read.length,
    increase: 0,
    requests: 0,
    failedIncrease: 0,
    failedRequests: 0,
    down: samples.at(-1)?.value === 0,
    undecided: false,
    leftOut: false,
    contradictory: false,
    series: [],
    ...(base === undefined || last === undefined ? {} : { base, last }),
    ...(Number.isFinite(intervalSeconds) ? { intervalSeconds } : {}),
  };
}
