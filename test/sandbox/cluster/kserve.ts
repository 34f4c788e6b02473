import { isDeepStrictEqual } from "node:util";
import {
  ANNOTATION_MODE,
  ANNOTATION_TAG_ROUTING,
  annotationOf,
  DEPLOYMENT,
  INFERENCE_SERVICE,
  key,
  LABEL_REVISION,
  labelOf,
  ownerReference,
  POD,
  SERVICE,
} from "./kinds.ts";
import { modelStatusOf } from "./modelstatus.ts";
import {
  groupKindOf,
  type Json,
  type KubeObject,
  type ObjectView,
  type Reconciler,
  type Write,
} from "./objects.ts";
import { propagated } from "./propagate.ts";
import { reconcileRaw } from "./raw.ts";
import type { ClusterSettings } from "./settings.ts";
import { predictorTemplate } from "./template.ts";

/**
 * KServe's controller, for Knative mode as in v0.9 and later. The order within one reconcile matters: the Knative
 * Service's spec is written from the status of the time before, and only then is the new status made. So a rollback
 * first sends everything to the revision that is live already.
 */
export function kserveController(settings: ClusterSettings): Reconciler {
  return {
    name: "kserve",
    keysFor(changed) {
      const kind = groupKindOf(changed);
      if (kind === INFERENCE_SERVICE) return [key(INFERENCE_SERVICE, changed)];
      if (kind !== SERVICE && kind !== DEPLOYMENT) return [];
      return [key(INFERENCE_SERVICE, changed, changed.metadata.name.replace(/-predictor$/, ""))];
    },
    reconcile(at, view, nowMs) {
      const found = view.get(at);
      if (found?.spec?.predictor === undefined) return { writes: [] };
      const isvc = withCurrentModeName(found);
      if (modeOf(isvc) === "Standard") return { writes: reconcileRaw(isvc, view, settings, nowMs) };
      return { writes: reconcileKnative(isvc, view, nowMs) };
    },
  };
}

const MODE_NAMES: Readonly<Record<string, string>> = { RawDeployment: "Standard", Serverless: "Knative" };

/** The webhook writes the mode's new name over the old one. */
function withCurrentModeName(isvc: KubeObject): KubeObject {
  const name = MODE_NAMES[annotationOf(isvc, ANNOTATION_MODE) ?? ""];
  if (name === undefined) return isvc;
  const annotations = { ...isvc.metadata.annotations, [ANNOTATION_MODE]: name };
  return { ...isvc, metadata: { ...isvc.metadata, annotations } };
}

function modeOf(isvc: KubeObject): string {
  return isvc.status?.deploymentMode ?? annotationOf(isvc, ANNOTATION_MODE) ?? "Knative";
}

function reconcileKnative(isvc: KubeObject, view: ObjectView, nowMs: number): Write[] {
  const { name, namespace } = isvc.metadata;
  const current = view.get(key(SERVICE, isvc, `${name}-predictor`));
  const spec = { template: predictorTemplate(isvc), traffic: trafficFor(isvc) };
  const writes: Write[] = [];
  if (!isDeepStrictEqual(current?.spec, spec)) {
    const metadata = current?.metadata ?? {
      name: `${name}-predictor`,
      namespace,
      labels: { component: "predictor", "serving.kserve.io/inferenceservice": name },
      ownerReferences: [ownerReference(isvc)],
    };
    const service = { ...current, apiVersion: "serving.knative.dev/v1", kind: "Service", metadata, spec };
    writes.push({ op: "put", object: service });
  }
  const status = propagated(isvc, current?.status, nowMs, (components, conditions) => {
    const created = components.latestCreatedRevision;
    const pods = view.list(POD, namespace).filter((pod) => labelOf(pod, LABEL_REVISION) === created);
    const settled = created !== undefined && created === components.latestReadyRevision;
    return modelStatusOf(isvc, pods, conditions, settled);
  });
  writes.push({ op: "put", object: { ...isvc, status } });
  return writes;
}

/** What the percent makes of the Knative Service's traffic, on the strength of the revision rolled out last. */
export function trafficFor(isvc: KubeObject): readonly Json[] {
  const percent: number | undefined = isvc.spec.predictor.canaryTrafficPercent ?? undefined;
  const rolledOut = isvc.status?.components?.predictor?.latestRolledoutRevision;
  const tag = annotationOf(isvc, ANNOTATION_TAG_ROUTING) === "true" ? { tag: "latest" } : {};
  if (percent === undefined || rolledOut === undefined) {
    return [{ latestRevision: true, percent: 100, ...tag }];
  }
  const latest = { latestRevision: true, percent, ...tag };
  if (percent >= 100) return [latest];
  return [latest, { latestRevision: false, percent: 100 - percent, revisionName: rolledOut, tag: "prev" }];
}
