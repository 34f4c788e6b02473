import type { Clock } from "../ports.ts";

/**
 * The machine's time when the process began, and what has passed since. A clock that is set anew meanwhile (NTP, a virtual
 * machine that was suspended) changes neither: it would end every wait at once, or none.
 */
export function systemClock(): Clock {
  return { now, sleep };
}

function now(): number {
  return Math.floor(performance.timeOrigin + performance.now());
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms);
    signal?.addEventListener("abort", finish, { once: true });
    function finish(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      resolve();
    }
  });
}
