import {
  ANNOTATION_ROUTES,
  ANNOTATION_ROUTING_MODIFIED,
  CONFIGURATION,
  key,
  LABEL_CONFIGURATION,
  LABEL_ROUTING_STATE,
  labelOf,
  REVISION,
  ROUTE,
  timestamp,
} from "./kinds.ts";
import {
  groupKindOf,
  type Json,
  type KubeObject,
  type ObjectView,
  type Reconciler,
  type Write,
} from "./objects.ts";

/** Marks the revisions that a Route names, a 0 % entry included; the autoscaler reads the marks. */
export function labelerController(): Reconciler {
  return {
    name: "labeler",
    keysFor: (changed) =>
      [ROUTE, CONFIGURATION].includes(groupKindOf(changed)) ? [key(ROUTE, changed)] : [],
    reconcile(at, view, nowMs) {
      const route = view.get(at);
      if (route === undefined) return { writes: [] };
      const named = namedBy(route, view);
      const writes = view
        .list(REVISION, at.namespace)
        .filter((revision) => labelOf(revision, LABEL_CONFIGURATION) === at.name)
        .flatMap((revision) => marked(revision, named.has(revision.metadata.name), at.name, nowMs));
      return { writes };
    },
  };
}

function namedBy(route: KubeObject, view: ObjectView): Set<string> {
  const named = new Set<string>();
  const targets: Json[] = [...route.spec.traffic, ...(route.status?.traffic ?? [])];
  for (const { revisionName, configurationName } of targets) {
    if (revisionName !== undefined) named.add(revisionName);
    if (configurationName === undefined) continue;
    // The newest one is to be running when it gets ready and takes over.
    const status = view.get(key(CONFIGURATION, route, configurationName))?.status;
    if (status?.latestCreatedRevisionName !== undefined) named.add(status.latestCreatedRevisionName);
    if (status?.latestReadyRevisionName !== undefined) named.add(status.latestReadyRevisionName);
  }
  return named;
}

function marked(revision: KubeObject, named: boolean, route: string, nowMs: number): Write[] {
  const state = named ? "active" : "reserve";
  if (labelOf(revision, LABEL_ROUTING_STATE) === state) return [];
  const { [ANNOTATION_ROUTES]: _, ...others } = revision.metadata.annotations ?? {};
  const metadata = {
    ...revision.metadata,
    labels: { ...revision.metadata.labels, [LABEL_ROUTING_STATE]: state },
    annotations: {
      ...others,
      ...(named ? { [ANNOTATION_ROUTES]: route } : {}),
      [ANNOTATION_ROUTING_MODIFIED]: timestamp(nowMs),
    },
  };
  return [{ op: "put", object: { ...revision, metadata } }];
}
