/** One look of `verify`: the world and the counters at one moment, and what they prove. */

import type { QueryTemplate } from "../../core/promql/resolve.ts";
import { decideRollout, type Link } from "../../core/rollout.ts";
import type { RunState } from "../../core/run-state.ts";
import { judge, type ProbesSent } from "../../core/verdict/judge.ts";
import type { Proof } from "../../core/verdict/proof.ts";
import { samplesQuery } from "../../core/verdict/query.ts";
import type { RuntimeChoice } from "../../core/verdict/runtimes.ts";
import type { PodReading, World } from "../../core/world.ts";
import type { ReasonId } from "../../errors/catalogue.ts";
import { once } from "../../once.ts";
import type { Clock, Cluster, Metrics } from "../../ports.ts";

export interface LookPorts {
  readonly cluster: Cluster;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

export interface LookOptions {
  /** Seconds after the cut-over in which requests under way may still end on the old revision. */
  readonly settleSeconds: number;
  /** Whose counters are read; `auto` if absent. */
  readonly runtime?: RuntimeChoice | undefined;
  /** Requests to be seen for a PASS; 1 if absent. */
  readonly minRequests?: number | undefined;
  /** Leak (0 to 1, both excluded) that a PASS is to exclude with 95 % confidence. */
  readonly maxLeak?: number | undefined;
  /** The user's own query; samples mode if absent. */
  readonly promql?: QueryTemplate | undefined;
}

/** What is proven, and what was seen of it so far. */
export interface Scene {
  readonly state: RunState;
  readonly active: string;
  readonly cutOverAt: number;
  readonly memory: Memory;
}

/**
 * Of earlier looks. Pods: a vanished pod's revision, and which pods began after the settle time. The greatest lead of
 * Prometheus' clock: a sample shows it only while it is newer than our present, soon after a scrape.
 */
export interface Memory {
  readonly pods: Map<string, PodReading>;
  readonly born: Set<string>;
  /** A look was taken after the settle time. */
  settled: boolean;
  clockAheadSeconds: number;
}

export function createMemory(): Memory {
  return { pods: new Map(), born: new Set(), settled: false, clockAheadSeconds: 0 };
}

/** A proof or the lack of one, unless the route itself is no longer as it was proven. */
export type Look =
  | {
      readonly kind: "judged";
      readonly judgement: Proof;
      /** Absent where it was too early to ask. */
      readonly query?: string | undefined;
      /** Of PromQL mode: what else was asked and answered, for people. */
      readonly promql?: Readonly<Record<string, unknown>>;
      readonly world: World;
      /** The settle time was over when it was taken, or when one before it was. */
      readonly settled: boolean;
    }
  | { readonly kind: "moved"; readonly reason: ReasonId; readonly detail: string; readonly final: boolean };

/** Throws what the cluster and Prometheus throw. */
export async function lookOnce(
  ports: LookPorts,
  scene: Scene,
  options: LookOptions,
  probes: readonly ProbesSent[],
): Promise<Look> {
  const { cluster, clock } = ports;
  const { state, cutOverAt, memory } = scene;
  const askedAt = clock.now();
  const world = await cluster.read(state.service);
  const moved = whetherMoved(state, world);
  if (moved !== undefined) return moved;
  remember(memory, world.pods, askedAt >= cutOverAt + options.settleSeconds * 1000);
  const { promql } = options;
  return promql === undefined
    ? lookAtSamples(ports, scene, options, probes, world)
    : lookThroughQuery(ports, scene, { ...options, promql }, probes, world);
}

async function lookAtSamples(
  { metrics, clock }: LookPorts,
  { state, active, cutOverAt, memory }: Scene,
  { settleSeconds, runtime, minRequests, maxLeak }: LookOptions,
  probes: readonly ProbesSent[],
  world: World,
): Promise<Look> {
  const podNames = [...memory.pods.keys()];
  const query = samplesQuery({
    service: state.service,
    podNames,
    cutOverAt,
    nowMs: clock.now(),
    runtime,
  });
  const answer = await metrics.query(query);
  const judgement = judge({
    service: state.service.name,
    pods: world.pods,
    earlierPods: [...memory.pods.values()],
    active,
    answer,
    cutOverAt,
    settleSeconds,
    nowMs: clock.now(),
    runtime,
    minRequests,
    maxLeak,
    probes,
    bornSince: memory.born,
    clockAheadSeconds: memory.clockAheadSeconds,
  });
  memory.clockAheadSeconds = judgement.clockAheadSeconds;
  return { kind: "judged", judgement, query, world, settled: memory.settled };
}

/** Most runs need none of it. */
export const loadQueryLook = once(() => import("./query-look.ts"));

async function lookThroughQuery(
  ports: LookPorts,
  { state, active, cutOverAt, memory }: Scene,
  { promql, ...options }: LookOptions & { readonly promql: QueryTemplate },
  probes: readonly ProbesSent[],
  world: World,
): Promise<Look> {
  const { lookByQuery } = await loadQueryLook();
  const look = await lookByQuery(ports, promql, {
    ...options,
    service: state.service,
    active,
    standby: state.rollout?.standby,
    revisions: world.revisions.map(({ name }) => name),
    pods: world.pods,
    earlierPods: [...memory.pods.values()],
    cutOverAt,
    probes,
    bornSince: memory.born,
    clockAheadSeconds: memory.clockAheadSeconds,
  });
  memory.clockAheadSeconds = look.clockAheadSeconds;
  const { finding, query, rows, companions, reachSeconds, evaluatedAt, ...evidence } = look;
  return {
    kind: "judged",
    judgement: { ...evidence, ...finding },
    query,
    promql: { rows: rows.slice(0, mostRows), companions, reachSeconds, evaluatedAt },
    world,
    settled: memory.settled,
  };
}

/** Kept of an answer; a query by pod has a handful. */
const mostRows = 100;

/** A pod that was not there in a look after the settle time, and is now, counted nothing before it. */
function remember(memory: Memory, pods: readonly PodReading[], settled: boolean): void {
  for (const pod of pods) {
    if (memory.settled && !memory.pods.has(pod.name)) memory.born.add(pod.name);
    memory.pods.set(pod.name, pod);
  }
  memory.settled ||= settled;
}

const tolerated: ReadonlySet<Link> = new Set(["pod", "ready", "route"]);

/** The counters speak of the past; the route must still be the one that was proven when they do. */
function whetherMoved(state: RunState, world: World): Look | undefined {
  const decision = decideRollout(state.expectation, world);
  if (decision.kind === "failed") {
    return { kind: "moved", reason: decision.reason, detail: decision.detail, final: true };
  }
  // Once proven, only traffic that leaves the pinned revision counts. A pod comes and goes, and a broken green turns
  // the route's condition False after the rollback is in force (seen on a real cluster with a crashing green).
  if (decision.kind === "done" || tolerated.has(decision.link)) return undefined;
  return { kind: "moved", reason: decision.ifLate, detail: decision.detail, final: false };
}
