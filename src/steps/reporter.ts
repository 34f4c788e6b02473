import { printable } from "../core/text.ts";
import type { Log } from "../ports.ts";

const heartbeatMs = 15_000;

export interface Reporter {
  /**
   * `detail`: what is awaited and what was last seen; a change of it is worth a line. `shown`: the line's text, where it
   * holds figures that change all the time. `now`: milliseconds since the epoch.
   */
  waiting(detail: string, now: number, shown?: string): void;
}

/** Where nothing shows what is awaited, one line per change, and a heartbeat every 15 s, so that a silent log never means a dead run. */
export function createReporter(log: Log, startedAt: number): Reporter {
  let last: string | undefined;
  let lastAt = startedAt;
  return {
    waiting(detail, now, shown = detail) {
      if (log.waiting !== undefined) {
        log.waiting(printable(shown));
        return;
      }
      const changed = detail !== last;
      if (!changed && now - lastAt < heartbeatMs) return;
      const waited = Math.round((now - startedAt) / 1000);
      log.info(
        changed ? `Waiting: ${printable(shown)}` : `Still waiting after ${waited} s: ${printable(shown)}`,
      );
      last = detail;
      lastAt = now;
    },
  };
}
