import type { GroupKind } from "../cluster/objects.ts";

export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly shortNames?: readonly string[];
  readonly namespaced: boolean;
  /** Whether `/status` is a resource of its own (then the main resource ignores status, and the other way round). */
  readonly status: boolean;
  /** What clients may do; kinds that are no objects (access reviews) can only be created. */
  readonly verbs: readonly string[];
}

const all = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

function crd(group: string, version: string, kind: string, more: Partial<Resource> = {}): Resource {
  const singular = kind.toLowerCase();
  const defaults = { namespaced: true, status: true, verbs: all, plural: `${singular}s` };
  return { group, version, kind, singular, ...defaults, ...more };
}

/** What the embedded API serves. Argo CD's Application has no status subresource. */
export const resources: readonly Resource[] = [
  crd("", "v1", "Pod", { shortNames: ["po"] }),
  crd("", "v1", "Event", { shortNames: ["ev"], status: false }),
  crd("", "v1", "Namespace", {
    shortNames: ["ns"],
    namespaced: false,
    status: false,
    verbs: ["get", "list"],
  }),
  crd("serving.kserve.io", "v1beta1", "InferenceService", { shortNames: ["isvc"] }),
  crd("serving.knative.dev", "v1", "Service", { shortNames: ["kservice", "ksvc"] }),
  crd("serving.knative.dev", "v1", "Revision", { shortNames: ["rev"] }),
  crd("serving.knative.dev", "v1", "Route", { shortNames: ["rt"] }),
  crd("serving.knative.dev", "v1", "Configuration", { shortNames: ["config", "cfg"] }),
  crd("networking.internal.knative.dev", "v1alpha1", "Ingress", {
    plural: "ingresses",
    shortNames: ["kingress", "king"],
  }),
  crd("argoproj.io", "v1alpha1", "Application", { shortNames: ["app", "apps"], status: false }),
  crd("authorization.k8s.io", "v1", "SelfSubjectAccessReview", {
    namespaced: false,
    status: false,
    verbs: ["create"],
  }),
];

export function groupKind(resource: Resource): GroupKind {
  return resource.group === "" ? resource.kind : `${resource.kind}.${resource.group}`;
}

export function apiVersion(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/** `inferenceservices.serving.kserve.io`, as messages name a resource. */
export function qualified(resource: { readonly group: string; readonly plural: string }): string {
  return resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
}
