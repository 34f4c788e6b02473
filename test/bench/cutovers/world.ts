/** A simulated cut-over behind the ports of `verify`: virtual time, pods that count, scrapes, Prometheus' answers. */
import { Failure } from "../../../src/errors/failure.ts";
import type { Clock, Cluster, Metrics, Series } from "../../../src/ports.ts";
import { r23, r24, worldIn } from "../../core/states.ts";
import { pages } from "./pages.ts";
import { createRandom } from "./random.ts";
import { type Job, type Scenario, type SimPod, within } from "./scenario.ts";
import { type StoredSample, type StoredSeries, select } from "./selector.ts";

/** Seconds since the epoch, by our clock, at which the cut-over was seen. */
export const cutOverSeconds = 1_700_000_000;

/** One scrape that found its pod. Times are true seconds after the cut-over. */
export interface Scrape {
  readonly pod: SimPod;
  readonly begun: number;
  /** When the pod's counters were read. */
  readonly read: number;
  /** When queries see it. */
  readonly stored: number;
}

/** Ways to blind the program under test, to show that the oracle notices. */
export interface Sabotage {
  /** Readiness calls pass for inference: what a lost method filter does. */
  readonly pollsAsInference?: boolean;
  /** Counters of pods that should be idle stand still in every answer. */
  readonly hideLeaks?: boolean;
}

export interface Simulation {
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly metrics: Metrics;
  /** True seconds after the cut-over. */
  now(): number;
  /** Scrapes that found their pod, until `time`. */
  scrapesUntil(time: number): readonly Scrape[];
  /** When the latest answer was given. */
  lastAnswer(): number;
}

export function revisionOf(scenario: Scenario, pod: SimPod): string {
  const [active, other] = scenario.action === "promote" ? [r24, r23] : [r23, r24];
  return pod.role === "active" ? active : other;
}

export function podNameOf(scenario: Scenario, pod: SimPod): string {
  return `${revisionOf(scenario, pod)}-deployment-5c9f-${pod.name}`;
}

export function isAnswered(pod: SimPod, at: number): boolean {
  return at >= pod.born && at < pod.gone && !pod.restarts.some((restart) => within(restart, at));
}

export function createSimulation(scenario: Scenario, sabotage: Sabotage = {}): Simulation {
  let now = 0;
  let answeredAt = 0;
  const end = scenario.timeoutSeconds + 60;
  const scrapes = scenario.jobs.flatMap((job) => scrapesOf(scenario, job, end));
  const stored = storeOf(scenario, scrapes, sabotage);
  const clock: Clock = {
    now: () => (cutOverSeconds + now) * 1000,
    async sleep(ms) {
      now += ms / 1000;
    },
  };
  return {
    clock,
    now: () => now,
    lastAnswer: () => answeredAt,
    scrapesUntil: (time) => scrapes.filter(({ ok, stored: seen }) => ok && seen <= time),
    cluster: {
      read: async () => worldAt(scenario, now),
      watch() {
        throw new Error("verify does not watch");
      },
    },
    metrics: {
      async query(promql) {
        now += 0.01;
        if (within(scenario.down, now)) throw new Failure("METRICS_UNREACHABLE", "simulated outage");
        answeredAt = now;
        const server = Math.floor(cutOverSeconds + now + scenario.skew);
        const here = cutOverSeconds + now;
        return {
          series: select(promql, stored, {
            now,
            right: cutOverSeconds + now + scenario.skew,
            leftOpen: scenario.leftOpen,
          }),
          warnings: within(scenario.partial, now) ? ["No StoreAPIs matched for this query"] : [],
          clock: { aheadLeast: server - here, aheadMost: server + 1 - here },
        };
      },
    },
  };
}

function worldAt(scenario: Scenario, now: number) {
  const base = worldIn(scenario.action === "promote" ? "S5" : "S6");
  const pods = scenario.pods
    .filter(({ born, gone }) => born <= now && now < gone)
    .map((pod) => ({
      name: podNameOf(scenario, pod),
      revision: revisionOf(scenario, pod),
      ready: isAnswered(pod, now),
      // A pod is given 30 s to end.
      terminating: now >= pod.gone - 30 && now >= 0,
    }));
  return { ...base, pods };
}

interface Attempt extends Scrape {
  readonly job: Job;
  readonly ok: boolean;
}

/** Every scrape of every pod: at the job's beat, by each replica, at an offset that the pod has for life. */
function scrapesOf(scenario: Scenario, job: Job, end: number): readonly Attempt[] {
  const random = createRandom(scenario.seed * 31 + job.name.length + job.intervalSeconds);
  return scenario.pods.flatMap((pod) =>
    job.replicas.flatMap((replica) => {
      const offset = ((replica + random.next()) % 1) * job.intervalSeconds;
      const attempts: Attempt[] = [];
      for (let begun = -200 + offset; begun < Math.min(end, pod.gone); begun += job.intervalSeconds) {
        if (begun < pod.born) continue;
        const read = begun + random.between(0.001, 0.3);
        const missed = job.outages.some(
          (one) => (one.pod === "*" || one.pod === pod.name) && within(one, begun),
        );
        attempts.push({
          job,
          pod,
          begun,
          read,
          stored: read + random.between(0.01, 1),
          ok: !missed && isAnswered(pod, begun) && isAnswered(pod, read),
        });
      }
      return attempts;
    }),
  );
}

function storeOf(
  scenario: Scenario,
  scrapes: readonly Attempt[],
  { pollsAsInference = false, hideLeaks = false }: Sabotage,
): readonly StoredSeries[] {
  const all = new Map<string, { labels: Series["labels"]; samples: StoredSample[] }>();
  function add(labels: Series["labels"], sample: StoredSample): void {
    const key = JSON.stringify(Object.entries(labels).sort());
    const series = all.get(key) ?? { labels, samples: [] };
    all.set(key, series);
    series.samples.push(sample);
  }
  for (const { job, pod, begun, read, stored, ok } of scrapes) {
    const target = {
      job: job.name,
      instance: pod.name,
      namespace: "user1-test",
      pod: podNameOf(scenario, pod),
    };
    const time = cutOverSeconds + begun + scenario.skew;
    add({ __name__: "up", ...target }, { stored, time, value: ok ? 1 : 0 });
    if (!ok) continue;
    const moment = hideLeaks && pod.role === "other" ? Math.min(0, read) : read;
    for (const { labels, value } of pages[scenario.runtime](countsAt(pod, moment), { pollsAsInference })) {
      add({ ...labels, ...target }, { stored, time, value });
    }
  }
  for (const { samples } of all.values()) samples.sort((a, b) => a.time - b.time);
  return [...all.values()];
}

/** What the process counts, since it began or began again. */
function countsAt(pod: SimPod, time: number) {
  const restarted = pod.restarts.map(({ to }) => to).filter((at) => at <= time);
  const since = Math.max(pod.born, ...restarted);
  const counted = pod.requests.filter(({ at }) => at >= since && at <= time && isAnswered(pod, at));
  const failed = counted.filter((request) => request.failed).length;
  return {
    succeeded: counted.length - failed,
    failed,
    polls: pod.polls.filter((at) => at >= since && at <= time && isAnswered(pod, at)).length,
  };
}
