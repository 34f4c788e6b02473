import type { Timers } from "./driver.ts";

export interface VirtualTimers extends Timers {
  /** Lets `ms` milliseconds pass and runs what falls due meanwhile, in order. */
  advance(ms: number): void;
  /** Lets time pass, timer by timer, until `done()`; false when `maxMs` have passed before. */
  until(done: () => boolean, maxMs: number): boolean;
  /** How many timers are set. */
  readonly pending: number;
}

/** Time that passes only when told to. */
export function virtualTimers(startMs = Date.parse("2026-11-23T21:07:33Z")): VirtualTimers {
  let nowMs = startMs;
  let serial = 0;
  const timers = new Map<number, { readonly atMs: number; readonly callback: () => void }>();

  /** Runs the earliest timer up to `limitMs` (of several at once, the one set first); false when there is none. */
  function step(limitMs: number): boolean {
    const [first] = [...timers].sort(([, a], [, b]) => a.atMs - b.atMs);
    if (first === undefined || first[1].atMs > limitMs) return false;
    const [id, { atMs, callback }] = first;
    timers.delete(id);
    nowMs = Math.max(nowMs, atMs);
    callback();
    return true;
  }

  return {
    now: () => nowMs,
    setTimer(callback, ms) {
      serial += 1;
      const id = serial;
      timers.set(id, { atMs: nowMs + Math.max(0, ms), callback });
      return () => void timers.delete(id);
    },
    advance(ms) {
      const endMs = nowMs + ms;
      while (step(endMs));
      nowMs = endMs;
    },
    until(done, maxMs) {
      const endMs = nowMs + maxMs;
      while (!done()) {
        if (!step(endMs)) {
          nowMs = endMs;
          return done();
        }
      }
      return true;
    },
    get pending() {
      return timers.size;
    },
  };
}
