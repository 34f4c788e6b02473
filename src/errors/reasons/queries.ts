/** Expressions of the user's own. */
import type { Reason } from "../reason.ts";

export const queries = {
  QUERY_SYNTAX: {
    outcome: "ERROR",
    class: "configuration",
    retryable: false,
    what: "The PromQL query cannot be read",
    why: "It breaks PromQL's grammar or misuses a placeholder; nothing was changed because of it.",
    next: "Correct the place named above; try the query in Prometheus' own page.",
  },
  QUERY_UNFIT: {
    outcome: "ERROR",
    class: "configuration",
    retryable: false,
    what: "The PromQL query cannot prove a cut-over",
    why: "A proof needs the recent rise of request counters, told apart by pod or revision.",
    next: "Change the query as said above, e.g. `sum(rate(ovms_requests_success[$window])) by (pod)`, or leave it out: the default needs none.",
  },
  CHECK_SYNTAX: {
    outcome: "ERROR",
    class: "configuration",
    retryable: false,
    what: "A check cannot be read",
    why: "A check is a line `[name:] QUERY => CONDITION`, and this one is not.",
    next: "Correct the place named above; a condition is e.g. `<= 0.01` or `<= 1.2 * baseline`.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
