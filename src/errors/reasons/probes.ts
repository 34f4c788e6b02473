/** Requests of our own. */
import type { Reason } from "../reason.ts";

export const probes = {
  PROBE_FAILED: {
    outcome: "INCONCLUSIVE",
    class: "inconclusive",
    retryable: true,
    what: "A probe request was answered with an error, or with what is no inference",
    why: "The cut-over is neither proven nor disproven by it, but a revision that answers like this does not serve.",
    next: "Look at the log of the revision's pods; do not promote it, or roll back (`--on-failure rollback --rollback-on FAIL,PROBE_FAILED` does so by itself).",
  },
  PROBE_REJECTED: {
    outcome: "INCONCLUSIVE",
    class: "inconclusive",
    retryable: false,
    what: "The model does not take the probe request",
    why: "The payload does not suit this model (400, 422), or the model has another name (404).",
    next: "Correct --probe-payload (the model's inputs: GET /v2/models/NAME), --probe-model or --probe-url, and run the same command again.",
  },
  PROBE_DENIED: {
    outcome: "INCONCLUSIVE",
    class: "inconclusive",
    retryable: false,
    what: "The probe request was not let in",
    why: "The endpoint asks who calls: no token was sent, it lacks a right, or it may not travel there.",
    next: "Pass --probe-token-file with a token that may call the model (in a pod: /var/run/secrets/kubernetes.io/serviceaccount/token), over https.",
  },
  PROBE_UNREACHABLE: {
    outcome: "INCONCLUSIVE",
    class: "inconclusive",
    retryable: true,
    what: "No probe request got through to the model",
    why: "Network, DNS, proxy or TLS trouble on the way to the service's URL, or the gateway answered in the model's place.",
    next: "Try the URL above from where bluegreen runs; name another with --probe-url (inside the cluster: http://NAME-predictor.NAMESPACE.svc.cluster.local), an unknown certificate authority with --ca-file.",
  },
  PROBE_NO_URL: {
    outcome: "INCONCLUSIVE",
    class: "inconclusive",
    retryable: false,
    what: "There is no URL that a probe request could be sent to",
    why: "The status names none, or one that hostile hands could have written.",
    next: "Name the URL with --probe-url and run the same command again.",
  },
  PROBE_UNCOUNTED: {
    outcome: "INCONCLUSIVE",
    class: "inconclusive",
    retryable: true,
    what: "The probe requests and the counters do not agree",
    why: "Every answered probe must show in the counters of the revision it was sent to, and no other request on one that is to be idle.",
    next: "Check that --probe-url leads to this service and that all pods of the revision are scraped; then run the same command again.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
