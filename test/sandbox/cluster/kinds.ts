import type { GroupKind, Json, KubeObject, ObjectKey } from "./objects.ts";

export const INFERENCE_SERVICE = "InferenceService.serving.kserve.io";
export const SERVICE = "Service.serving.knative.dev";
export const CONFIGURATION = "Configuration.serving.knative.dev";
export const REVISION = "Revision.serving.knative.dev";
export const ROUTE = "Route.serving.knative.dev";
export const INGRESS = "Ingress.networking.internal.knative.dev";
export const DEPLOYMENT = "Deployment.apps";
export const POD = "Pod";
export const APPLICATION = "Application.argoproj.io";

/**
 * Kinds of group `sandbox`: what a real cluster keeps outside its API (a kubelet's memory, a proxy's table, Git).
 * The API server must not serve them.
 */
export const FAULTS = "Faults.sandbox";
export const GIT_HEAD = "GitHead.sandbox";
export const WORKLOAD = "Workload.sandbox";
export const ADMISSION = "Admission.sandbox";
export const DATA_PLANE = "DataPlane.sandbox";
export const DEMAND = "Demand.sandbox";
export const RENDERED = "Rendered.sandbox";
export const SANDBOX_API = "sandbox/v1";

/** Every kind that some controller looks at. */
export const WATCHED_KINDS: readonly GroupKind[] = [
  INFERENCE_SERVICE,
  SERVICE,
  CONFIGURATION,
  REVISION,
  ROUTE,
  INGRESS,
  DEPLOYMENT,
  POD,
  APPLICATION,
  FAULTS,
  GIT_HEAD,
  WORKLOAD,
  ADMISSION,
  DATA_PLANE,
  DEMAND,
  RENDERED,
];

export const LABEL_CONFIGURATION = "serving.knative.dev/configuration";
export const LABEL_CONFIGURATION_GENERATION = "serving.knative.dev/configurationGeneration";
export const LABEL_REVISION = "serving.knative.dev/revision";
export const LABEL_SERVICE = "serving.knative.dev/service";
export const LABEL_ROUTING_STATE = "serving.knative.dev/routingState";
export const LABEL_INFERENCE_SERVICE = "serving.kserve.io/inferenceservice";
export const ANNOTATION_ROUTES = "serving.knative.dev/routes";
export const ANNOTATION_ROUTING_MODIFIED = "serving.knative.dev/routingStateModified";
export const ANNOTATION_SOURCE_URI = "internal.serving.kserve.io/storage-initializer-sourceuri";
export const ANNOTATION_MODE = "serving.kserve.io/deploymentMode";
export const ANNOTATION_TAG_ROUTING = "serving.kserve.io/enable-tag-routing";
export const ANNOTATION_MIN_SCALE = "autoscaling.knative.dev/min-scale";

/** `key(REVISION, object)` and `key(REVISION, object, "other-name")`: a key in the object's own namespace. */
export function key(kind: GroupKind, near: KubeObject | ObjectKey, name?: string): ObjectKey {
  const at = "metadata" in near ? near.metadata : near;
  return { kind, namespace: at.namespace, name: name ?? at.name };
}

export function labelOf(object: KubeObject, label: string): string | undefined {
  return object.metadata.labels?.[label];
}

export function annotationOf(object: KubeObject, annotation: string): string | undefined {
  return object.metadata.annotations?.[annotation];
}

/** As Kubernetes writes times: RFC 3339, whole seconds. */
export function timestamp(nowMs: number): string {
  return new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
}

export function ownerReference(owner: KubeObject): Json {
  const { apiVersion, kind, metadata } = owner;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The alphabet of names that Kubernetes generates: no vowels, nothing that looks like another sign. */
const SAFE = "bcdfghjklmnpqrstvwxz2456789";

/** A short name part made from `text`: always the same for the same text, as a pure reconciler needs it. */
export function suffixFor(text: string, length: number): string {
  let hash = 0x811c9dc5;
  let suffix = "";
  for (let i = 0; suffix.length < length; i += 1) {
    hash = Math.imul(hash ^ (text.charCodeAt(i % Math.max(1, text.length)) + i), 0x01000193) >>> 0;
    if (i >= text.length) suffix += SAFE[(hash >>> 8) % SAFE.length];
  }
  return suffix;
}
