/** Prometheus in a simulated world: it scrapes pods at its beat, and answers from the samples. */
import { Failure } from "../../src/errors/failure.ts";
import type { Metrics, Series } from "../../src/ports.ts";
import { pages } from "../bench/cutovers/pages.ts";
import type { Random } from "../bench/cutovers/random.ts";
import type { SimRuntime } from "../bench/cutovers/scenario.ts";
import type { StoredSample } from "../bench/cutovers/selector.ts";
import { namespace } from "./course.ts";
import type { Faults } from "./faults.ts";
import { type Process, secret } from "./process.ts";
import { answerTo } from "./promql.ts";
import type { Time } from "./time.ts";
import type { PodLife, Traffic } from "./traffic.ts";
import type { Truth } from "./truth.ts";

/** One scrape that found its pod, in milliseconds since the epoch. */
export interface Scrape {
  readonly pod: PodLife;
  /** When the counters were read. */
  readonly read: number;
  /** When queries see it. */
  readonly stored: number;
}

export interface Prometheus {
  readonly scrapes: readonly Scrape[];
  port(process: Process): Metrics;
}

export interface PrometheusSettings {
  readonly intervalMs: number;
  readonly runtime: SimRuntime;
  readonly leftOpen: boolean;
  /** Readiness calls a second on every pod that runs; they are counted and are no traffic. */
  readonly pollsPerSecond: number;
  /** Seconds by which its clock is ahead. */
  readonly skew: number;
}

/** A model whose pods it scrapes. */
interface Watched {
  readonly truth: Truth;
  readonly traffic: Traffic;
}

export function startPrometheus(
  {
    time,
    watched,
    faults,
  }: { readonly time: Time; readonly watched: readonly Watched[]; readonly faults: Faults },
  random: Random,
  { intervalMs, runtime, leftOpen, pollsPerSecond, skew }: PrometheusSettings,
): Prometheus {
  const all = new Map<string, { labels: Record<string, string>; samples: StoredSample[] }>();
  const scrapes: Scrape[] = [];
  const known = new Set<string>();
  let unscraped: (pod: PodLife) => boolean = () => false;

  function add(labels: Record<string, string>, sample: StoredSample): void {
    const key = Object.values(labels).join("|");
    const series = all.get(key) ?? { labels, samples: [] };
    all.set(key, series);
    series.samples.push(sample);
  }
  function scrape(pod: PodLife, traffic: Traffic): void {
    if (pod.gone !== undefined) return;
    time.after(intervalMs, () => scrape(pod, traffic));
    if (faults.active("prometheus-stale") && unscraped(pod)) return;
    traffic.flush();
    const now = time.now();
    const stored = now / 1000 + random.between(0.01, 1);
    const target = { job: "models", instance: pod.name, namespace, pod: pod.name };
    const value = pod.runningSince === undefined ? 0 : 1;
    add({ __name__: "up", ...target }, { stored, time: now / 1000 + skew, value });
    if (pod.runningSince === undefined) return;
    scrapes.push({ pod, read: now, stored: stored * 1000 });
    for (const line of pages[runtime](countsOf(pod, now, pollsPerSecond), { pollsAsInference: false })) {
      add({ ...line.labels, ...target }, { stored, time: now / 1000 + skew, value: line.value });
    }
  }
  function find(pod: PodLife, traffic: Traffic): void {
    if (known.has(pod.name)) return;
    known.add(pod.name);
    time.after(random.between(0, intervalMs), () => scrape(pod, traffic));
  }
  /** New pods are found a moment after they came. */
  function discover(): void {
    for (const { traffic } of watched) for (const pod of traffic.pods.values()) find(pod, traffic);
    time.after(1_000, discover);
  }
  faults.subscribe((kind, begins) => {
    if (kind !== "prometheus-stale" || !begins) return;
    const { traffic, truth } = watched.length === 1 ? (watched[0] as Watched) : random.pick(watched);
    const revisions = [...new Set([...traffic.pods.values()].map(({ revision }) => revision))].slice(-2);
    // Most telling are pods that are to be idle: nobody sees whether they are.
    const idle = revisions.filter((revision) => !truth.now().split.has(revision));
    const victim = random.pick([undefined, ...revisions, ...idle, ...idle]);
    unscraped = ({ revision }) => victim === undefined || revision === victim;
  });
  discover();

  /** `at`: milliseconds since the epoch, as the server takes it: by its own clock. */
  function answer(promql: string, at: number | undefined): readonly Series[] {
    const now = time.now() / 1000;
    const right = at === undefined ? now + skew : at / 1000;
    return answerTo(promql, all.values(), { now, right, leftOpen });
  }
  function port(process: Process): Metrics {
    return {
      async query(promql, { at } = {}) {
        const askedAt = time.now() / 1000;
        const series = await askPatiently(faults, process, () => answer(promql, at));
        const partial = faults.active("prometheus-partial");
        if (partial) process.feel("prometheus-partial");
        if (faults.active("prometheus-stale")) process.feel("prometheus-stale");
        const written = Math.floor(askedAt + skew);
        return {
          series: partial ? series.filter((_, index) => index % 3 !== 0) : series,
          warnings: partial ? ["No StoreAPIs matched for this query"] : [],
          clock: { aheadLeast: written - time.now() / 1000, aheadMost: written + 1 - askedAt },
        };
      },
    };
  }
  return { scrapes, port };
}

/** What the container that runs now has counted. */
function countsOf(pod: PodLife, now: number, pollsPerSecond: number) {
  let [succeeded, failed] = [0, 0];
  for (let index = pod.earlier; index < pod.answers.length; index += 1) {
    if (pod.answers[index]?.failed) failed += 1;
    else succeeded += 1;
  }
  const polls = Math.floor(((now - (pod.runningSince ?? now)) / 1000) * pollsPerSecond);
  return { succeeded, failed, polls };
}

/** As the adapter does it: three tries. */
async function askPatiently(
  faults: Faults,
  process: Process,
  answer: () => readonly Series[],
): Promise<readonly Series[]> {
  for (let attempt = 1; ; attempt += 1) {
    const series = await process.call(() => (faults.active("prometheus-down") ? undefined : answer()));
    if (series !== undefined) return series;
    process.feel("prometheus-down");
    if (attempt === 3) {
      const cause = new Error(secret);
      throw new Failure("METRICS_UNREACHABLE", "GET https://thanos-querier answered 503", { cause });
    }
    await process.pause(process.random.between(500, 2_500));
  }
}
