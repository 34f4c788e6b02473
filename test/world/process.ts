/** The program as a process of a simulated machine: it can be told to end, and killed between any two answers. */
import type { Clock } from "../../src/ports.ts";
import type { Random } from "../bench/cutovers/random.ts";
import type { FaultKind, Phase } from "./faults.ts";
import type { Time } from "./time.ts";

/** In the causes of errors, where adapters keep what they have seen: it may come out nowhere. */
export const secret = "hunter2-s3cr3t";

export interface Process {
  readonly clock: Clock;
  /** Aborted by SIGTERM. */
  readonly signal: AbortSignal;
  readonly random: Random;
  readonly phase: Phase;
  readonly alive: boolean;
  /** When it was told to end (milliseconds since the epoch). */
  readonly toldAt: number | undefined;
  enter(phase: Phase): void;
  /** Takes a while, and never comes back to a process that was killed meanwhile. */
  pause(ms: number): Promise<void>;
  /** A request: what it does is done half of its time after it was sent. */
  call<T>(act: () => T | Promise<T>): Promise<T>;
  /** Done when the process is no more, however it ended. */
  onEnd(clean: () => void): void;
  /** A fault was felt. */
  feel(kind: FaultKind): void;
  sigterm(): void;
  /** kill -9, or the end of the process by itself. */
  end(): void;
}

export interface ProcessOptions {
  readonly time: Time;
  readonly random: Random;
  /** Milliseconds that requests take at most. */
  readonly slowestMs: number;
  readonly onPhase: (phase: Phase) => void;
  readonly onFelt: (kind: FaultKind, phase: Phase) => void;
}

const never = new Promise<never>(() => {});

export function startProcess({ time, random, slowestMs, onPhase, onFelt }: ProcessOptions): Process {
  const stop = new AbortController();
  const cleaners: (() => void)[] = [];
  let alive = true;
  let phase: Phase = "mutate";
  let toldAt: number | undefined;

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!alive) return never;
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = time.after(ms, wake);
      function wake(): void {
        cancel();
        signal?.removeEventListener("abort", wake);
        if (!alive) return;
        time.stir();
        resolve();
      }
      signal?.addEventListener("abort", wake, { once: true });
    });
  }
  return {
    clock: { now: time.now, sleep },
    signal: stop.signal,
    random,
    get phase() {
      return phase;
    },
    get alive() {
      return alive;
    },
    get toldAt() {
      return toldAt;
    },
    enter(next) {
      phase = next;
      onPhase(next);
    },
    pause: (ms) => sleep(ms),
    async call(act) {
      const way = random.between(2, slowestMs) / 2;
      await sleep(way);
      try {
        return await act();
      } finally {
        await sleep(way);
      }
    },
    onEnd: (clean) => void cleaners.push(clean),
    feel: (kind) => onFelt(kind, phase),
    sigterm() {
      toldAt ??= time.now();
      stop.abort();
      time.stir();
    },
    end() {
      alive = false;
      for (const clean of cleaners.splice(0)) clean();
    },
  };
}
