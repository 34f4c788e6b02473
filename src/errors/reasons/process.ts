/** How a process ended. */
import type { Reason } from "../reason.ts";

export const processEnds = {
  STEP_MISSING: {
    outcome: "ERROR",
    class: "state",
    retryable: true,
    what: "A step left no result",
    why: "It crashed, ran out of memory or was killed; what is not proven does not count.",
    next: "Look at that step's log, then run the same command again: it goes on from where the world is.",
  },
  CANCELLED: {
    outcome: "ERROR",
    class: "cancelled",
    retryable: true,
    what: "The run was cancelled",
    why: "SIGTERM or SIGINT arrived.",
    next: "Run the same command again: it finds the commit by its trailers and goes on from there.",
  },
  BUG: {
    outcome: "ERROR",
    class: "bug",
    retryable: false,
    what: "bluegreen failed in a way it does not know",
    why: "This is a bug in bluegreen.",
    next: "Report it with the text above; run with --verbose for the stack.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
