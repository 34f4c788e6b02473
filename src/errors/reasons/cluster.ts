/** What the Kubernetes API says, or does not say. */
import type { Reason } from "../reason.ts";

export const cluster = {
  CLUSTER_AUTH: {
    outcome: "ERROR",
    class: "clusterAccess",
    retryable: false,
    what: "The Kubernetes API refused the request",
    why: "The token is invalid, or the ServiceAccount lacks a right.",
    next: "Bind the ServiceAccount to the role in tekton/rbac (ClusterRole `view` on OpenShift AI) in the model's namespace.",
  },
  CLUSTER_CONFIG: {
    outcome: "ERROR",
    class: "clusterAccess",
    retryable: false,
    what: "No usable Kubernetes configuration",
    why: "Neither a ServiceAccount folder nor a kubeconfig was found, or it cannot be used.",
    next: "Run inside the cluster, or point --kubeconfig (or KUBECONFIG) at a working file.",
  },
  KSERVE_MISSING: {
    outcome: "ERROR",
    class: "clusterAccess",
    retryable: false,
    what: "This cluster has no KServe API",
    why: "The resource inferenceservices.serving.kserve.io is not served here.",
    next: "Check that the kubeconfig or ServiceAccount points at the right cluster and that KServe is installed.",
  },
  CLUSTER_UNREACHABLE: {
    outcome: "ERROR",
    class: "cluster",
    retryable: true,
    what: "The Kubernetes API cannot be reached",
    why: "Network, proxy or TLS trouble, a time-out, or an outage of the API server.",
    next: "Run the same command again when the API answers: it goes on from where the world is.",
  },
  CLUSTER_ANSWER: {
    outcome: "ERROR",
    class: "cluster",
    retryable: false,
    what: "The Kubernetes API's answer makes no sense",
    why: "An object lacks what every version of its kind has, or holds an impossible value.",
    next: "Look at the object named above (`oc get … -o yaml`); a proxy may have answered instead of the API.",
  },
} as const satisfies Readonly<Record<string, Reason>>;
