import type { Series } from "../../ports.ts";
import type { PodCount } from "./pod-count.ts";
import { countsInference, type Runtime } from "./runtimes.ts";
import type { PodSeries, Scrapes } from "./tracks.ts";

/**
 * A pod without counters that is idle rather than unseen: servers written in Python export a counter with its first
 * request only. It is told by `up` of a target of the same kind (job, endpoint, container, port) as one where such a counter
 * was read: another port of the pod, also up, would prove nothing. Of several such targets it is the one that was read
 * least recently. Undefined where that cannot be told.
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
    const [first, ...others] = pod.scrapes
      .filter(({ labels }) => kinds.has(kindOf(labels)))
      .map((target) => idle(target, runtime, since));
    if (first !== undefined) return others.reduce(lessKnown, first);
  }
  return undefined;
}

/**
 * The labels that prometheus-operator gives to the targets of one monitor, and the port: a job that reads every port of
 * a pod (`kubernetes_sd_configs` alone) tells them apart by nothing else.
 */
function kindOf(labels: Series["labels"]): string {
  const { job = "", endpoint = "", container = "", instance = "" } = labels;
  return JSON.stringify([job, endpoint, container, portOf(instance)]);
}

/** Of `10.0.0.1:8080` or `[fd00::1]:8080`; "" where the instance is called otherwise, such as after its pod. */
function portOf(instance: string): string {
  return /^(?:[^:]*|\[.*\]):([0-9]+)$/.exec(instance)?.[1] ?? "";
}

function lessKnown(a: PodCount, b: PodCount): PodCount {
  if (a.down !== b.down) return a.down ? a : b;
  return (b.last?.time ?? 0) < (a.last?.time ?? 0) ? b : a;
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
