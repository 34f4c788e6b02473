import type { Clock } from "../ports.ts";

export interface Backoff {
  /** Waits: longer every time until `reset`, at most ten seconds. */
  wait(signal?: AbortSignal): Promise<void>;
  reset(): void;
}

const firstMs = 200;
const maxMs = 10_000;

/** `random` gives numbers in [0, 1): every wait is 50–100 % of its full length, so that many runs do not march in step. */
export function createBackoff(clock: Clock, random: () => number): Backoff {
  let fullMs = firstMs;
  return {
    async wait(signal) {
      const ms = fullMs * (0.5 + random() / 2);
      fullMs = Math.min(fullMs * 2, maxMs);
      await clock.sleep(ms, signal);
    },
    reset() {
      fullMs = firstMs;
    },
  };
}
