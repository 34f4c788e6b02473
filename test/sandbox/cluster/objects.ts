/**
 * What the parts of the embedded cluster share: the objects, a read-only view of them, and the form of a pure
 * reconciler. The HTTPS sandbox and the world simulator run the same reconcilers; only who picks the next one differs.
 */

// biome-ignore lint/suspicious/noExplicitAny: Kubernetes objects are open; each reconciler knows its own kinds.
export type Json = any;

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly uid?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [key: string]: Json;
  };
  readonly spec?: Json;
  readonly status?: Json;
  readonly [key: string]: Json;
}

/**
 * A kind with its API group, as kubectl prints it for resources: `InferenceService.serving.kserve.io`,
 * `Service.serving.knative.dev`, `Configuration.serving.knative.dev`, `Revision.serving.knative.dev`,
 * `Route.serving.knative.dev`, `Ingress.networking.internal.knative.dev`, `Application.argoproj.io`, `Pod`, `Event`.
 */
export type GroupKind = string;

export interface ObjectKey {
  readonly kind: GroupKind;
  readonly namespace: string;
  readonly name: string;
}

export interface ObjectView {
  get(key: ObjectKey): KubeObject | undefined;
  list(kind: GroupKind, namespace?: string): readonly KubeObject[];
}

/** What a reconciler wants written. `put` creates or replaces spec, metadata labels/annotations and status as given. */
export type Write =
  | { readonly op: "put"; readonly object: KubeObject }
  | { readonly op: "delete"; readonly key: ObjectKey };

export interface ReconcileResult {
  readonly writes: readonly Write[];
  /** Ask to be run again after this many milliseconds even if nothing changes. */
  readonly againAfterMs?: number;
}

/** One controller. `reconcile` is pure: one call = one reconcile of one object over one view at one time. */
export interface Reconciler {
  readonly name: string;
  /** Which objects to reconcile when `changed` changes. */
  keysFor(changed: KubeObject, view: ObjectView): readonly ObjectKey[];
  /** `nowMs`: milliseconds since the epoch. */
  reconcile(key: ObjectKey, view: ObjectView, nowMs: number): ReconcileResult;
}

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
}

/**
 * The cluster's memory. Sets uid, resourceVersion, creationTimestamp and generation (+1 when spec changes) itself;
 * a `put` that changes nothing writes nothing and sends no event.
 */
export interface ObjectStore extends ObjectView {
  /** Throws a `Conflict` where `object.metadata.resourceVersion` is set and is not the current one. */
  put(object: KubeObject): KubeObject;
  delete(key: ObjectKey): void;
  /** The newest resourceVersion given out. */
  readonly version: number;
  /** Calls `listener` for every event from now on; returns how to stop. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
  /** The events after `version` (for watches that resume); undefined when they are no longer kept (410). */
  since(version: number): readonly StoreEvent[] | undefined;
}

export function groupKindOf(object: KubeObject): GroupKind {
  const slash = object.apiVersion.indexOf("/");
  return slash < 0 ? object.kind : `${object.kind}.${object.apiVersion.slice(0, slash)}`;
}

export function keyOf(object: KubeObject): ObjectKey {
  return {
    kind: groupKindOf(object),
    namespace: object.metadata.namespace,
    name: object.metadata.name,
  };
}
