/**
 * When containers began, by our own clock. What the API says is their node's, which may be minutes off: a container that
 * has got further than the time before would read as one that crashes again, or the other way round.
 */
import type { PodReading, World } from "../world.ts";

/** What was seen until now. Times in milliseconds since the epoch, by our clock. */
export interface Starts {
  readonly seenAt: number;
  /** By pod and container, of those that ran then. */
  readonly running: ReadonlyMap<string, Start>;
}

interface Start {
  readonly restarts: number;
  readonly at: number;
}

/** `before`: absent at the first look. `world`: the one that is given, its containers' `startedAt` by our clock. */
export function timed(
  before: Starts | undefined,
  world: World,
  nowMs: number,
): { readonly starts: Starts; readonly world: World } {
  const running = new Map<string, Start>();
  const pods = world.pods.map((pod) => timedPod(pod, before, nowMs, running));
  return { starts: { seenAt: nowMs, running }, world: { ...world, pods } };
}

function timedPod(
  pod: PodReading,
  before: Starts | undefined,
  nowMs: number,
  running: Map<string, Start>,
): PodReading {
  if (pod.containers === undefined) return pod;
  const containers = pod.containers.map((container) => {
    const { state, restarts, startedAt } = container;
    if (state !== "running" || startedAt === undefined) return container;
    const key = JSON.stringify([pod.name, container.name]);
    const known = before?.running.get(key);
    const at = known?.restarts === restarts ? known.at : startOf(startedAt, before?.seenAt, nowMs);
    running.set(key, { restarts, at });
    return { ...container, startedAt: at };
  });
  return { ...pod, containers };
}

/**
 * It began after the last look, if there was one, and before this one. A node whose clock says something else is not
 * believed: then it began now, as far as we know.
 */
function startOf(startedAt: number, seenAt = 0, nowMs: number): number {
  return startedAt >= seenAt && startedAt <= nowMs ? startedAt : nowMs;
}
