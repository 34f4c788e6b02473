import type { ObjectStore, Reconciler } from "./objects.ts";
import { createWork, type WorkItem } from "./work.ts";

/** Time, real or virtual. */
export interface Timers {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `callback` once after `ms` milliseconds; returns how to prevent it. */
  setTimer(callback: () => void, ms: number): () => void;
}

export const REAL_TIMERS: Timers = {
  now: Date.now,
  setTimer(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Milliseconds that each controller takes to look at a change. With these a promote takes about 0.5 s, and so
 * long lasts the misleading reading of a rollback (0.36–0.92 s and 0.2–0.7 s recorded on a quiet machine).
 */
export const DEFAULT_LATENCY_MS: Readonly<Record<string, number>> = {
  kserve: 200,
  service: 30,
  configuration: 30,
  route: 45,
  labeler: 80,
  ingress: 80,
  revision: 60,
  pods: 60,
  deployment: 60,
  argocd: 50,
  owners: 20,
};

export interface DriverOptions {
  readonly store: ObjectStore;
  readonly controllers: readonly Reconciler[];
  readonly timers?: Timers;
  /** By controller's name, in milliseconds; the others keep their defaults. */
  readonly latencyMs?: Readonly<Record<string, number>>;
  /** 0–0.3: latencies vary by this share up and down. More would let orders happen that were never seen. */
  readonly jitter?: number;
  /** For the jitter: [0, 1). */
  readonly random?: () => number;
  /** A reconciler threw: a bug. By default it is thrown again, out of the timer. */
  readonly onError?: (error: unknown, item: WorkItem) => void;
}

export interface Driver {
  /** Stops every timer and lets go of the store. Nothing runs afterwards. */
  stop(): void;
  /** How many reconciles have been run. */
  readonly reconciles: number;
}

/** Runs the controllers in (real or virtual) time until `stop()`. */
export function startDriver(options: DriverOptions): Driver {
  const timers = options.timers ?? REAL_TIMERS;
  const latency = { ...DEFAULT_LATENCY_MS, ...options.latencyMs };
  const jitter = options.jitter ?? 0;
  const random = options.random ?? Math.random;
  let cancel: (() => void) | undefined;
  let armedMs = Number.POSITIVE_INFINITY;
  let reconciles = 0;

  function arm(dueMs: number): void {
    if (dueMs >= armedMs) return;
    cancel?.();
    armedMs = dueMs;
    cancel = timers.setTimer(runDue, Math.max(0, dueMs - timers.now()));
  }

  function runDue(): void {
    armedMs = Number.POSITIVE_INFINITY;
    cancel = undefined;
    const due = work.items().filter((item) => item.dueMs <= timers.now());
    for (const item of due) run(item);
    const next = work.items()[0];
    if (next !== undefined) arm(next.dueMs);
  }

  function run(item: WorkItem): void {
    try {
      work.run(item);
      reconciles += 1;
    } catch (error) {
      if (options.onError === undefined) throw error;
      options.onError(error, item);
    }
  }

  const work = createWork({
    store: options.store,
    controllers: options.controllers,
    now: timers.now,
    latencyMs: (controller) => (latency[controller] ?? 0) * (1 + jitter * (2 * random() - 1)),
    onChange: (item) => arm(item.dueMs),
  });

  return {
    stop() {
      work.stop();
      cancel?.();
      cancel = undefined;
      armedMs = Number.NEGATIVE_INFINITY;
    },
    get reconciles() {
      return reconciles;
    },
  };
}
