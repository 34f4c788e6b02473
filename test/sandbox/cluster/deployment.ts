import { type Condition, isReady, written } from "./conditions.ts";
import { faultOf, readFaults } from "./faults.ts";
import { fleet, workloadOf } from "./fleet.ts";
import {
  ANNOTATION_SOURCE_URI,
  DEPLOYMENT,
  FAULTS,
  key,
  LABEL_INFERENCE_SERVICE,
  labelOf,
  ownerReference,
  POD,
  suffixFor,
} from "./kinds.ts";
import { groupKindOf, type KubeObject, type ObjectView, type Reconciler } from "./objects.ts";
import { slowMs } from "./pods.ts";
import type { ClusterSettings } from "./settings.ts";

/** The pods of raw mode: a rolling update on every change of the template, gated by nothing. */
export function deploymentController(settings: ClusterSettings): Reconciler {
  return {
    name: "deployment",
    keysFor(changed, view) {
      const kind = groupKindOf(changed);
      if (kind === DEPLOYMENT) return [key(DEPLOYMENT, changed)];
      if (kind === FAULTS) return view.list(DEPLOYMENT).map((deployment) => key(DEPLOYMENT, deployment));
      const isvc = kind === POD ? labelOf(changed, LABEL_INFERENCE_SERVICE) : undefined;
      return isvc === undefined ? [] : [key(DEPLOYMENT, changed, `${isvc}-predictor`)];
    },
    reconcile(at, view, nowMs) {
      const deployment = view.get(at);
      if (deployment === undefined) return { writes: [] };
      const { metadata, spec } = deployment.spec.template;
      const set = `${at.name}-${suffixFor(JSON.stringify(deployment.spec.template), 10)}`;
      const hash = set.slice(at.name.length + 1);
      const sourceUri = metadata.annotations[ANNOTATION_SOURCE_URI] ?? "";
      const fault = faultOf(readFaults(view), at.name, sourceUri);
      const result = fleet(
        {
          owner: deployment,
          workload: workloadOf(deployment, view),
          set,
          wanted: deployment.spec.replicas,
          replaceOthers: true,
          template: {
            namespace: at.namespace,
            labels: { ...metadata.labels, "pod-template-hash": hash },
            annotations: metadata.annotations,
            containers: spec.containers,
            ownerReferences: [ownerReference(deployment)],
          },
          life: { startMs: settings.modelStartMs + slowMs(spec.containers), fault },
          againAfterMs: undefined,
        },
        view,
        settings,
        nowMs,
      );
      const status = statusOf(deployment, view, set, nowMs);
      return { ...result, writes: [...result.writes, { op: "put", object: { ...deployment, status } }] };
    },
  };
}

function statusOf(deployment: KubeObject, view: ObjectView, set: string, nowMs: number) {
  const app = deployment.spec.selector.matchLabels.app;
  const pods = view
    .list(POD, deployment.metadata.namespace)
    .filter((pod) => labelOf(pod, "app") === app && pod.metadata.deletionTimestamp === undefined);
  const updated = pods.filter((pod) => pod.metadata.name.startsWith(`${set}-`));
  const ready = pods.filter(isReady).length;
  const enough = ready >= deployment.spec.replicas;
  const complete =
    updated.filter(isReady).length >= deployment.spec.replicas && pods.length === updated.length;
  const available: Condition = enough
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
  const progressing: Condition = complete
    ? {
        type: "Progressing",
        status: "True",
        reason: "NewReplicaSetAvailable",
        message: `ReplicaSet "${set}" has successfully progressed.`,
      }
    : {
        type: "Progressing",
        status: "True",
        reason: "ReplicaSetUpdated",
        message: `ReplicaSet "${set}" is progressing.`,
      };
  return {
    availableReplicas: ready,
    conditions: written(deployment, [available, progressing], nowMs),
    observedGeneration: deployment.metadata.generation,
    readyReplicas: ready,
    replicas: pods.length,
    updatedReplicas: updated.length,
  };
}
