/** One look of `verify`: the world and the counters at one moment, and what they prove. */
import { decideRollout, type Link } from "../core/rollout.ts";
import type { RunState } from "../core/run-state.ts";
import { type Judgement, judge, type ProbesSent } from "../core/verdict/judge.ts";
import { samplesQuery } from "../core/verdict/query.ts";
import type { RuntimeChoice } from "../core/verdict/runtimes.ts";
import type { PodReading, World } from "../core/world.ts";
import type { ReasonId } from "../errors/catalogue.ts";
import type { Clock, Cluster, Metrics } from "../ports.ts";

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
}

/** What is proven, and what was seen of it so far. */
export interface Scene {
  readonly state: RunState;
  readonly active: string;
  readonly cutOverAt: number;
  readonly memory: Memory;
}

/** Pods seen in earlier looks: a vanished pod's revision, and which pods began after the settle time. */
export interface Memory {
  readonly pods: Map<string, PodReading>;
  readonly born: Set<string>;
  /** A look was taken after the settle time. */
  settled: boolean;
}

export function createMemory(): Memory {
  return { pods: new Map(), born: new Set(), settled: false };
}

/** A judgement of the samples, unless the route itself is no longer as it was proven. */
export type Look =
  | {
      readonly kind: "judged";
      readonly judgement: Judgement;
      readonly query: string;
      readonly world: World;
      /** The settle time was over when it was taken, or when one before it was. */
      readonly settled: boolean;
    }
  | { readonly kind: "moved"; readonly reason: ReasonId; readonly detail: string; readonly final: boolean };

/** Throws what the cluster and Prometheus throw. */
export async function lookOnce(
  { cluster, metrics, clock }: LookPorts,
  { state, active, cutOverAt, memory }: Scene,
  { settleSeconds, runtime, minRequests, maxLeak }: LookOptions,
  probes: readonly ProbesSent[],
): Promise<Look> {
  const askedAt = clock.now();
  const world = await cluster.read(state.service);
  const moved = whetherMoved(state, world);
  if (moved !== undefined) return moved;
  remember(memory, world.pods, askedAt >= cutOverAt + settleSeconds * 1000);
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
  });
  return { kind: "judged", judgement, query, world, settled: memory.settled };
}

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
