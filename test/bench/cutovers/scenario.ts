/**
 * What happens in one simulated cut-over. Times are true seconds after the cut-over was seen; clocks that are wrong
 * are wrong elsewhere.
 */
import { createRandom, type Random } from "./random.ts";

export interface Request {
  readonly at: number;
  readonly failed: boolean;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface SimPod {
  readonly name: string;
  readonly role: "active" | "other";
  readonly born: number;
  readonly gone: number;
  /** Inference requests that were answered, in order. */
  readonly requests: readonly Request[];
  /** Readiness calls that were answered, in order. */
  readonly polls: readonly number[];
  /** The process is away, and starts from zero at the end. */
  readonly restarts: readonly Span[];
}

export interface Job {
  readonly name: string;
  readonly intervalSeconds: number;
  /** Which replica of Prometheus scrapes when: one or two offsets, merged into one series as Thanos does. */
  readonly replicas: readonly number[];
  /** Scrapes that find nobody, by pod or for all ("*"). */
  readonly outages: readonly (Span & { readonly pod: string })[];
}

export const runtimeNames = ["ovms", "triton", "mlserver", "vllm", "kserve", "knative"] as const;
export type SimRuntime = (typeof runtimeNames)[number];

export interface Scenario {
  readonly seed: number;
  readonly action: "promote" | "rollback";
  readonly runtime: SimRuntime;
  readonly named: boolean;
  readonly pods: readonly SimPod[];
  readonly jobs: readonly Job[];
  readonly timeoutSeconds: number;
  readonly settleSeconds: number;
  /** Seconds by which Prometheus' clock is ahead. */
  readonly skew: number;
  /** Prometheus 3 leaves the left border out of a range. */
  readonly leftOpen: boolean;
  /** Questions that fail, and answers that are partial. */
  readonly down: Span;
  readonly partial: Span;
  /** What is wrong with this cut-over, so that no PASS is owed. */
  readonly wrong: readonly string[];
}

const never: Span = { from: 1, to: 0 };
const before = -150;

export function within({ from, to }: Span, time: number): boolean {
  return time >= from && time < to;
}

export function createScenario(seed: number): Scenario {
  const random = createRandom(seed);
  const wrong: string[] = [];
  const interval = random.pick([1, 2, 5, 5, 10, 15, 30, 30]);
  const timeoutSeconds = 120 + 8 * interval;
  const settleSeconds = 5;
  const end = timeoutSeconds + 30;
  const traffic = trafficOf(random, wrong, end);
  const leak = random.chance(0.3) ? createLeak(random, traffic, end, wrong) : [];
  const pods = [...createActive(random, traffic, end), ...createOthers(random, leak, settleSeconds, end)];
  const jobs = createJobs(random, interval, pods, timeoutSeconds, wrong);
  return {
    seed,
    action: random.pick(["promote", "rollback"] as const),
    runtime: random.pick(["ovms", "ovms", "ovms", ...runtimeNames] as const),
    named: random.chance(0.5),
    pods,
    jobs,
    timeoutSeconds,
    settleSeconds,
    skew: random.chance(0.6) ? 0 : random.between(-90, 90),
    leftOpen: random.chance(0.5),
    down: random.chance(0.1) ? spanOf(random.between(0, 40), random.between(0, 8)) : never,
    partial: partialOf(random, timeoutSeconds, wrong),
    wrong,
  };
}

function spanOf(from: number, length: number): Span {
  return { from, to: from + length };
}

function partialOf(random: Random, end: number, wrong: string[]): Span {
  if (!random.chance(0.06)) return never;
  if (random.chance(0.5)) return spanOf(0, random.between(5, 40));
  wrong.push("partial answers to the end");
  return spanOf(0, end * 2);
}

/** Times of requests to the service. */
function trafficOf(random: Random, wrong: string[], end: number): readonly number[] {
  if (random.chance(0.1)) {
    wrong.push("no traffic");
    return [];
  }
  const start = random.chance(0.2) ? random.between(0, 30) : before;
  return poisson(random, random.pick([0.7, 2, 5, 20, 30]), start, end);
}

function poisson(random: Random, perSecond: number, from: number, to: number): readonly number[] {
  const times: number[] = [];
  for (let at = from; ; ) {
    at -= Math.log(1 - random.next()) / perSecond;
    if (at >= to) return times;
    times.push(at);
  }
}

/** Requests of users that still reach another revision after the cut-over. */
function createLeak(
  random: Random,
  traffic: readonly number[],
  end: number,
  wrong: string[],
): readonly number[] {
  wrong.push("a leak");
  const after = traffic.filter((at) => at > 0);
  switch (random.pick(["share", "share", "once", "burst", "poller"])) {
    case "share": {
      const share = random.pick([0.5, 0.05, 0.01, 0.001]);
      return after.filter(() => random.chance(share));
    }
    case "once":
      return [random.between(0, 60)];
    case "burst":
      return poisson(random, 10, 3, random.between(4, 12));
    default:
      return poisson(random, 0.2, 0, end);
  }
}

function createActive(random: Random, traffic: readonly number[], end: number): readonly SimPod[] {
  const failures = random.pick([0, 0, 0.02, 0.3]);
  const pods = Array.from({ length: random.whole(1, 3) }, (_, number) => ({
    name: `active-${number}`,
    role: "active" as const,
    // The first is there before; others may be cold.
    born: number === 0 ? -random.between(2, 140) : random.between(-140, 40),
    gone: number === 2 && random.chance(0.5) ? random.between(45, 80) : end * 2,
    polls: random.chance(0.5) ? regular(random.between(1, 10), end) : [],
    restarts: random.chance(0.1) ? [spanOf(random.between(-60, 60), random.between(1, 12))] : [],
  }));
  const taken = traffic
    .filter((at) => at > 0)
    .map((at) => ({ at, by: random.pick(pods.filter(({ born, gone }) => born <= at && at < gone)).name }));
  return pods.map((pod) => ({
    ...pod,
    requests: answered(
      random,
      taken.filter(({ by }) => by === pod.name).map(({ at }) => at),
      failures,
    ),
  }));
}

function createOthers(
  random: Random,
  leak: readonly number[],
  settle: number,
  end: number,
): readonly SimPod[] {
  const count = random.pick([0, 1, 1, 1, 2]);
  // A request under way at the cut-over ends before the settle time is over.
  const earlier = [
    ...poisson(random, random.pick([0.5, 5, 20]), before, 0),
    ...poisson(random, random.pick([0, 1, 5]) || 1e-9, 0, settle - 1.2),
  ];
  const cold = leak.length > 0 && random.chance(0.15);
  const pods = Array.from({ length: Math.max(count, leak.length > 0 ? 1 : 0) }, (_, number) => ({
    name: `other-${number}`,
    role: "other" as const,
    born: cold ? random.between(10, 40) : before - random.between(0, 100),
    gone: !cold && random.chance(0.4) ? random.between(6, 100) : end * 2,
    requests: answered(
      random,
      [...(number === 0 ? leak : []), ...earlier].sort((a, b) => a - b),
      random.pick([0, 0, 0.5, 1]),
    ),
    polls: random.chance(0.6) ? regular(random.between(1, 10), end) : [],
    restarts: random.chance(0.1) ? [spanOf(random.between(-60, 60), random.between(1, 12))] : [],
  }));
  return pods;
}

function answered(random: Random, times: readonly number[], failures: number): readonly Request[] {
  return times.map((at) => ({ at, failed: random.chance(failures) }));
}

function regular(every: number, end: number): readonly number[] {
  return Array.from({ length: Math.floor((end - before) / every) }, (_, n) => before + n * every);
}

function createJobs(
  random: Random,
  interval: number,
  pods: readonly SimPod[],
  timeout: number,
  wrong: string[],
): readonly Job[] {
  const outages = createOutages(random, interval, pods, timeout, wrong);
  const count = random.pick([1, 1, 2]);
  return Array.from({ length: count }, (_, number) => ({
    name: `job-${number}`,
    intervalSeconds: interval,
    replicas: [random.next(), ...(random.chance(0.15) ? [random.next()] : [])],
    outages,
  }));
}

function createOutages(
  random: Random,
  interval: number,
  pods: readonly SimPod[],
  timeout: number,
  wrong: string[],
): readonly (Span & { readonly pod: string })[] {
  if (!random.chance(0.2)) return [];
  const pod = random.chance(0.4) ? "*" : random.pick(pods).name;
  if (random.chance(0.7)) {
    return [{ pod, ...spanOf(random.between(-30, 40), random.between(1, 40)) }];
  }
  wrong.push(pod === "*" ? "no scrape of any pod to the end" : "no scrape of one pod to the end");
  return [{ pod, ...spanOf(random.between(-200, 4), timeout * 4 + interval) }];
}
