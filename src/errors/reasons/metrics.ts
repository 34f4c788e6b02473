/** What Prometheus says, or does not say. */
import type { Reason } from "../reason.ts";

export const metrics = {
  METRICS_UNREACHABLE: {
    outcome: "ERROR",
    class: "metrics",
    retryable: true,
    what: "Prometheus cannot be reached",
    why: "Network, proxy or TLS trouble, a time-out, or an outage.",
    next: "Run the same command again when Prometheus answers, or with an address that is reachable from here (--prometheus-url): it proves the state without a new commit.",
  },
  METRICS_AUTH: {
    outcome: "ERROR",
    class: "metrics",
    retryable: false,
    what: "Prometheus refused the request",
    why: "The token is missing, expired or lacks the right (`view` in the model's namespace for thanos-querier's port 9092).",
    next: "Check the ServiceAccount's rights and --prometheus-token-file.",
  },
  METRICS_QUERY: {
    outcome: "ERROR",
    class: "metrics",
    retryable: false,
    what: "Prometheus did not accept the query",
    why: "The server found the query or its parameters wrong, or its answer makes no sense.",
    next: "Try the query shown above by hand; check --prometheus-url.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
