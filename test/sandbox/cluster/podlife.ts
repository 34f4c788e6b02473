import type { Held, ModelFault } from "./faults.ts";
import type { ClusterSettings } from "./settings.ts";

/** What a kubelet knows about one pod. Times in milliseconds since the epoch. */
export interface PodState {
  readonly name: string;
  /** The name of its replica set's template: a Deployment may be between two. */
  readonly set: string;
  readonly createdMs: number;
  readonly phase: "creating" | "held" | "starting" | "ready" | "exited";
  /** When it entered the phase. */
  readonly sinceMs: number;
  readonly restarts: number;
  /** When its deletion was asked for. */
  readonly deletedMs?: number;
  readonly draining?: boolean;
  readonly lastExitMs?: number;
  readonly oomKilled?: boolean;
  /** By what, in phase `held`. */
  readonly held?: Held;
}

export interface Life {
  /** From a running container to a ready pod. */
  readonly startMs: number;
  readonly fault: ModelFault | undefined;
}

const CRASH_LIFE_MS = 400;
const LEAK_START_MS = 100;
/** A pod that is going away stays ready almost to the end (28.7 of 31.5 s recorded). */
const READY_SHARE_OF_TERMINATION = 0.91;

export function born(name: string, set: string, nowMs: number): PodState {
  return { name, set, createdMs: nowMs, phase: "creating", sinceMs: nowMs, restarts: 0 };
}

export function isServing(pod: PodState): boolean {
  return pod.phase === "ready" && pod.draining !== true;
}

/** What happens to the pod next and when; `after` undefined = the pod is gone. */
interface Change {
  readonly atMs: number;
  readonly after: Partial<PodState> | undefined;
}

/**
 * The pod after at most one change, and the milliseconds to the next one. `pod` undefined = it is gone. One change a
 * call, dated now, so that a fault switched on late does not rewrite what has been seen already.
 */
export function lived(
  pod: PodState,
  life: Life,
  settings: ClusterSettings,
  nowMs: number,
): { readonly pod: PodState | undefined; readonly againAfterMs: number | undefined } {
  const change = nextChange(pod, life, settings);
  if (change === undefined) return { pod, againAfterMs: undefined };
  if (nowMs < change.atMs) return { pod, againAfterMs: change.atMs - nowMs };
  if (change.after === undefined) return { pod: undefined, againAfterMs: undefined };
  const after = { ...pod, sinceMs: nowMs, ...change.after };
  const next = nextChange(after, life, settings);
  return { pod: after, againAfterMs: next === undefined ? undefined : Math.max(0, next.atMs - nowMs) };
}

function nextChange(pod: PodState, life: Life, settings: ClusterSettings): Change | undefined {
  if (pod.deletedMs !== undefined) {
    const goneMs = pod.deletedMs + settings.terminationMs;
    if (pod.draining) return { atMs: goneMs, after: undefined };
    const drainedMs = pod.deletedMs + settings.terminationMs * READY_SHARE_OF_TERMINATION;
    return { atMs: drainedMs, after: { draining: true } };
  }
  switch (pod.phase) {
    case "creating":
      return { atMs: pod.createdMs + settings.containerCreationMs, after: afterCreation(life) };
    case "held":
      return heldBy(life) === undefined ? { atMs: pod.sinceMs, after: { phase: "starting" } } : undefined;
    case "starting":
      return afterStarting(pod, life);
    case "ready":
      return life.fault?.kind === "crash-loop"
        ? exit(pod, readyForMs(pod, life.fault.leakMs), life.fault)
        : undefined;
    case "exited": {
      const backOff = settings.crashBackOffMs;
      const waitMs = backOff[Math.min(pod.restarts, backOff.length - 1)] ?? 0;
      return { atMs: pod.sinceMs + waitMs, after: { phase: "starting", restarts: pod.restarts + 1 } };
    }
  }
}

function afterStarting(pod: PodState, { fault, startMs }: Life): Change | undefined {
  const ready = { phase: "ready" } as const;
  switch (fault?.kind) {
    case "never-ready":
      return undefined;
    case "slow-start":
      return { atMs: pod.sinceMs + fault.startMs, after: ready };
    case "crash-loop":
      return pod.restarts > 0 && (fault.leakMs ?? 0) > 0
        ? { atMs: pod.sinceMs + LEAK_START_MS, after: ready }
        : exit(pod, fault.lifeMs ?? CRASH_LIFE_MS, fault);
    default:
      return { atMs: pod.sinceMs + startMs, after: ready };
  }
}

function afterCreation(life: Life): Partial<PodState> {
  const held = heldBy(life);
  return held === undefined ? { phase: "starting" } : { phase: "held", held };
}

function heldBy({ fault }: Life): Held | undefined {
  switch (fault?.kind) {
    case "image-pull":
    case "unschedulable":
    case "model-not-found":
      return fault.kind;
    default:
      return undefined;
  }
}

function exit(
  pod: PodState,
  afterMs: number,
  { oomKilled = false }: { readonly oomKilled?: boolean },
): Change {
  const atMs = pod.sinceMs + afterMs;
  return { atMs, after: { phase: "exited", lastExitMs: atMs, oomKilled } };
}

function readyForMs(pod: PodState, leakMs = 0): number {
  return pod.restarts > 0 ? leakMs : 0;
}
