import { isDeepStrictEqual } from "node:util";
import { type Condition, conditionOf, isReady, readyOver, written } from "./conditions.ts";
import { urlOf } from "./hosts.ts";
import { ingressSpecFor } from "./ingress.ts";
import {
  CONFIGURATION,
  INGRESS,
  key,
  LABEL_CONFIGURATION,
  labelOf,
  ownerReference,
  REVISION,
  ROUTE,
} from "./kinds.ts";
import {
  groupKindOf,
  type Json,
  type KubeObject,
  type ObjectView,
  type Reconciler,
  type Write,
} from "./objects.ts";
import type { ClusterSettings } from "./settings.ts";

/** A target that cannot be routed to, as Knative says it. */
interface BadTarget {
  readonly status: "False" | "Unknown";
  readonly message: string;
}

/**
 * Resolves the targets to revisions, programs the ingress and waits for it. Nothing at all is programmed while one
 * of the targets is not ready, even one that gets 0 %.
 */
export function routeController(settings: ClusterSettings): Reconciler {
  return {
    name: "route",
    keysFor(changed) {
      const kind = groupKindOf(changed);
      if ([ROUTE, CONFIGURATION, INGRESS].includes(kind)) return [key(ROUTE, changed)];
      const name = kind === REVISION ? labelOf(changed, LABEL_CONFIGURATION) : undefined;
      return name === undefined ? [] : [key(ROUTE, changed, name)];
    },
    reconcile(at, view, nowMs) {
      const route = view.get(at);
      if (route === undefined) return { writes: [] };
      const bad = route.spec.traffic
        .map((target: Json) => problemWith(target, route, view))
        .find((problem: BadTarget | undefined) => problem !== undefined);
      return {
        writes: bad === undefined ? programmed(route, view, settings, nowMs) : refused(route, bad, nowMs),
      };
    },
  };
}

function problemWith(target: Json, route: KubeObject, view: ObjectView): BadTarget | undefined {
  const name = resolve(target, route, view);
  if (name === undefined) {
    const configuration = view.get(key(CONFIGURATION, route, target.configurationName));
    const quoted = `Configuration "${target.configurationName}"`;
    if (conditionOf(configuration, "Ready")?.status === "False") {
      return { status: "False", message: `${quoted} does not have any ready Revision.` };
    }
    return { status: "Unknown", message: `${quoted} is waiting for a Revision to become ready.` };
  }
  const revision = view.get(key(REVISION, route, name));
  if (revision === undefined) {
    return { status: "False", message: `Revision "${name}" referenced in traffic not found.` };
  }
  if (isReady(revision)) return undefined;
  return conditionOf(revision, "Ready")?.status === "False"
    ? { status: "False", message: `Revision "${name}" failed to become ready.` }
    : { status: "Unknown", message: `Revision "${name}" is not yet ready.` };
}

function resolve(target: Json, route: KubeObject, view: ObjectView): string | undefined {
  if (target.revisionName !== undefined) return target.revisionName;
  return view.get(key(CONFIGURATION, route, target.configurationName))?.status?.latestReadyRevisionName;
}

/** The traffic of the last time stays in the status, and in the ingress. */
function refused(route: KubeObject, bad: BadTarget, nowMs: number): Write[] {
  const assigned: Condition = { type: "AllTrafficAssigned", reason: "RevisionMissing", ...bad };
  const certificate = conditionOf(route, "CertificateProvisioned") ?? {
    type: "CertificateProvisioned",
    status: "Unknown",
  };
  const ingress = conditionOf(route, "IngressReady") ?? { type: "IngressReady", status: "Unknown" };
  const conditions = [assigned, certificate, ingress, readyOver([ingress, assigned])];
  const status = {
    ...route.status,
    conditions: written(route, conditions, nowMs),
    observedGeneration: route.metadata.generation,
  };
  return [{ op: "put", object: { ...route, status } }];
}

function programmed(route: KubeObject, view: ObjectView, settings: ClusterSettings, nowMs: number): Write[] {
  const { name, namespace, generation } = route.metadata;
  const traffic = route.spec.traffic.map((target: Json) => resolved(target, route, view, settings));
  const current = view.get(key(INGRESS, route));
  const spec = ingressSpecFor(route, traffic, settings);
  const changed = !isDeepStrictEqual(current?.spec, spec);
  const inForce = !changed && current?.status?.observedGeneration === current?.metadata.generation;
  const ingress: Condition = inForce
    ? { type: "IngressReady", status: "True" }
    : {
        type: "IngressReady",
        status: "Unknown",
        reason: "IngressNotConfigured",
        message: "Ingress has not yet been reconciled.",
      };
  const assigned: Condition = { type: "AllTrafficAssigned", status: "True" };
  const certificate: Condition = {
    type: "CertificateProvisioned",
    status: "True",
    reason: "TLSNotEnabled",
    message: "external-domain-tls is not enabled",
  };
  const status = {
    address: { url: `http://${name}.${namespace}.svc.cluster.local` },
    conditions: written(route, [assigned, certificate, ingress, readyOver([assigned, ingress])], nowMs),
    observedGeneration: generation,
    traffic,
    url: urlOf(route, "", settings),
  };
  const writes: Write[] = [{ op: "put", object: { ...route, status } }];
  if (changed) writes.push({ op: "put", object: ingressFor(route, current, spec) });
  return writes;
}

function resolved(target: Json, route: KubeObject, view: ObjectView, settings: ClusterSettings): Json {
  const { configurationName: _, ...rest } = target;
  const url = target.tag === undefined ? undefined : urlOf(route, `${target.tag}-`, settings);
  return { ...rest, revisionName: resolve(target, route, view), ...(url === undefined ? {} : { url }) };
}

function ingressFor(route: KubeObject, current: KubeObject | undefined, spec: Json): KubeObject {
  const { name, namespace } = route.metadata;
  return {
    ...current,
    apiVersion: "networking.internal.knative.dev/v1alpha1",
    kind: "Ingress",
    metadata: current?.metadata ?? {
      name,
      namespace,
      labels: {
        "serving.knative.dev/route": name,
        "serving.knative.dev/routeNamespace": namespace,
        "serving.knative.dev/service": name,
      },
      ownerReferences: [ownerReference(route)],
    },
    spec,
  };
}
