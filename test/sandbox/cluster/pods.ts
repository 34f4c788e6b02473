import { conditionOf } from "./conditions.ts";
import { faultOf, readFaults } from "./faults.ts";
import { fleet, type Workload, workloadOf } from "./fleet.ts";
import {
  ANNOTATION_MIN_SCALE,
  ANNOTATION_SOURCE_URI,
  annotationOf,
  DEMAND,
  FAULTS,
  key,
  LABEL_CONFIGURATION,
  LABEL_CONFIGURATION_GENERATION,
  LABEL_INFERENCE_SERVICE,
  LABEL_REVISION,
  LABEL_ROUTING_STATE,
  LABEL_SERVICE,
  labelOf,
  ownerReference,
  POD,
  REVISION,
  suffixFor,
} from "./kinds.ts";
import { groupKindOf, type Json, type KubeObject, type ObjectView, type Reconciler } from "./objects.ts";
import type { PodTemplate } from "./podobject.ts";
import type { ClusterSettings } from "./settings.ts";

/** How many pods a revision is to have now, and when that may change by itself. */
interface Scale {
  readonly wanted: number;
  readonly unroutedMs: number | undefined;
  readonly againAfterMs: number | undefined;
}

/** Autoscaler, Deployment and kubelet of a Revision in one: its pods. */
export function podsController(settings: ClusterSettings): Reconciler {
  return {
    name: "pods",
    keysFor(changed, view) {
      const kind = groupKindOf(changed);
      if (kind === REVISION || kind === DEMAND) return [key(REVISION, changed)];
      if (kind === FAULTS) return view.list(REVISION).map((revision) => key(REVISION, revision));
      const name = kind === POD ? labelOf(changed, LABEL_REVISION) : undefined;
      return name === undefined ? [] : [key(REVISION, changed, name)];
    },
    reconcile(at, view, nowMs) {
      const revision = view.get(at);
      if (revision === undefined) return { writes: [] };
      const workload = workloadOf(revision, view);
      const scale = scaleOf(revision, workload, view, settings, nowMs);
      const name = at.name;
      const set = `${name}-deployment-${suffixFor(name, 9)}`;
      const sourceUri = annotationOf(revision, ANNOTATION_SOURCE_URI) ?? "";
      return fleet(
        {
          owner: revision,
          workload: { ...workload, unroutedMs: scale.unroutedMs },
          set,
          wanted: scale.wanted,
          replaceOthers: false,
          template: templateOf(revision, set),
          life: { startMs: startMs(revision, settings), fault: faultOf(readFaults(view), name, sourceUri) },
          againAfterMs: scale.againAfterMs,
        },
        view,
        settings,
        nowMs,
      );
    },
  };
}

function scaleOf(
  revision: KubeObject,
  workload: Workload,
  view: ObjectView,
  settings: ClusterSettings,
  nowMs: number,
): Scale {
  const alive = workload.pods.filter((pod) => pod.deletedMs === undefined);
  if (labelOf(revision, LABEL_ROUTING_STATE) === "reserve") {
    // Off the route, minReplicas no longer holds.
    const unroutedMs = workload.unroutedMs ?? nowMs;
    const leftMs = unroutedMs + settings.scaleToZeroMs - nowMs;
    return leftMs > 0
      ? { wanted: alive.length, unroutedMs, againAfterMs: leftMs }
      : { wanted: 0, unroutedMs, againAfterMs: undefined };
  }
  const wanted = Number(annotationOf(revision, ANNOTATION_MIN_SCALE) ?? 0);
  if (wanted > 0) return { wanted, unroutedMs: undefined, againAfterMs: undefined };
  const ready = conditionOf(revision, "Ready")?.status;
  if (ready === undefined || ready === "Unknown")
    return { wanted: 1, unroutedMs: undefined, againAfterMs: undefined };
  const lastMs = Math.max(
    view.get(key(DEMAND, revision))?.spec.lastMs ?? 0,
    ...alive.filter((pod) => pod.phase === "ready").map((pod) => pod.sinceMs),
  );
  const leftMs = lastMs + settings.idleMs - nowMs;
  return leftMs > 0
    ? { wanted: Math.max(1, alive.length), unroutedMs: undefined, againAfterMs: leftMs }
    : { wanted: 0, unroutedMs: undefined, againAfterMs: undefined };
}

/** SLOW in the model's environment: seconds that it takes longer to start. */
export function slowMs(containers: readonly Json[]): number {
  const slow = containers[0]?.env?.find((variable: Json) => variable.name === "SLOW")?.value;
  return slow === undefined ? 0 : Number(slow) * 1000;
}

function startMs(revision: KubeObject, settings: ClusterSettings): number {
  return settings.modelStartMs + slowMs(revision.spec.containers);
}

function templateOf(revision: KubeObject, set: string): PodTemplate {
  const { name, namespace, annotations = {} } = revision.metadata;
  const copied = [
    LABEL_CONFIGURATION,
    LABEL_CONFIGURATION_GENERATION,
    LABEL_SERVICE,
    LABEL_INFERENCE_SERVICE,
    "component",
  ].flatMap((label) => {
    const value = labelOf(revision, label);
    return value === undefined ? [] : [[label, value] as const];
  });
  const kept = Object.entries(annotations).filter(([name]) => !/^serving\.knative\.dev\/rout/.test(name));
  return {
    namespace,
    labels: {
      app: name,
      "pod-template-hash": set.slice(set.lastIndexOf("-") + 1),
      ...Object.fromEntries(copied),
      [LABEL_REVISION]: name,
    },
    annotations: Object.fromEntries(kept),
    containers: [
      ...revision.spec.containers,
      { name: "queue-proxy", image: "knative/queue", resources: { requests: { cpu: "25m" } } },
    ],
    ownerReferences: [ownerReference(revision)],
  };
}
