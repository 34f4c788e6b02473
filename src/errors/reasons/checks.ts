/** Whether the revision that serves serves well. */
import type { Reason } from "../reason.ts";

export const checks = {
  CHECK_FAILED: {
    outcome: "FAIL",
    class: "verdict",
    retryable: false,
    what: "A check of the active revision failed",
    why: "What was measured since the cut-over does not meet the check's condition.",
    next: "Look at the measurements above; roll back if the revision must not serve like this.",
  },
  CHECK_INCONCLUSIVE: {
    outcome: "INCONCLUSIVE",
    class: "inconclusive",
    retryable: true,
    what: "A check could not be decided",
    why: "There was too little data (no series, no number, too few requests) until the deadline.",
    next: "Send more requests, raise --verify-timeout, or correct the check's query.",
  },
  CHECK_ERROR: {
    outcome: "ERROR",
    class: "metrics",
    retryable: true,
    what: "A check could not be measured",
    why: "The measuring failed too often in a row; that says nothing of the model.",
    next: "Run the same command again when Prometheus answers, or correct the check's query.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
