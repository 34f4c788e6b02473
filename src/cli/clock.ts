import { readFileSync } from "node:fs";
import type { Timeline } from "../core/run-state.ts";
import type { Clock } from "../ports.ts";

export interface MachineClock extends Clock {
  /** For a later process on this machine to go on with; undefined where the machine does not tell its starts apart. */
  readonly timeline: Timeline | undefined;
  /** Milliseconds by which the machine's clock was set since the timeline began; 0 where it begins here. */
  readonly setByMs: number;
}

/**
 * The machine's time when the process began, and what has passed since. A clock that is set anew meanwhile (NTP, a virtual
 * machine that was suspended) changes neither: it would end every wait at once, or none. `timeline`: of an earlier process
 * of the same run; if it was this machine's, its time goes on. Else what one step saw before its clock was set would lie
 * at another time for the next one: requests from before the cut-over would be taken for later ones.
 */
export function systemClock(timeline?: Timeline): MachineClock {
  const boot = bootOf();
  const own = performance.timeOrigin + performance.now() - sinceBoot();
  const zero = timeline !== undefined && timeline.boot === boot ? timeline.zero : own;
  return {
    now: () => Math.floor(zero + sinceBoot()),
    sleep,
    timeline: boot === undefined ? undefined : { boot, zero },
    setByMs: own - zero,
  };
}

/** Milliseconds by the counter that all processes of a machine share (CLOCK_MONOTONIC): no pod has one of its own. */
function sinceBoot(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Linux makes one up at every start, and shows it in containers as well. */
function bootOf(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
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
