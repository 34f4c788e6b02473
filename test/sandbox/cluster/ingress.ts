import { type Condition, written } from "./conditions.ts";
import { hostOf } from "./hosts.ts";
import { INGRESS, key, ownerReference, SANDBOX_API } from "./kinds.ts";
import { groupKindOf, type Json, type KubeObject, type Reconciler } from "./objects.ts";
import type { ClusterSettings } from "./settings.ts";

/** Sums the targets by revision: two targets may name the same one. Nothing is said about what gets 0 %. */
export function ingressSpecFor(route: KubeObject, traffic: readonly Json[], settings: ClusterSettings): Json {
  const { name, namespace } = route.metadata;
  const percents = new Map<string, number>();
  for (const { revisionName, percent = 0 } of traffic) {
    percents.set(revisionName, (percents.get(revisionName) ?? 0) + percent);
  }
  const main = [...percents].filter(([, percent]) => percent > 0);
  const local = ["", ".svc", ".svc.cluster.local"].map((end) => `${name}.${namespace}${end}`);
  const tagged = traffic.filter((target) => target.tag !== undefined);
  return {
    httpOption: "Enabled",
    rules: [
      rule([hostOf(route, "", settings)], "ExternalIP", main, namespace),
      rule(local, "ClusterLocal", main, namespace),
      ...tagged.map(({ tag, revisionName }) =>
        rule([hostOf(route, `${tag}-`, settings)], "ExternalIP", [[revisionName, 100]], namespace),
      ),
    ],
  };
}

function rule(
  hosts: string[],
  visibility: string,
  split: readonly (readonly [string, number])[],
  serviceNamespace: string,
) {
  const splits = split.map(([serviceName, percent]) => ({
    percent,
    serviceName,
    serviceNamespace,
    servicePort: 80,
  }));
  return { hosts, http: { paths: [{ splits }] }, visibility };
}

/**
 * The data plane: takes over a new generation and says so, in one step. What it really does is in the DataPlane
 * object; between a change of the Ingress and this reconcile, requests still go the old way.
 */
export function ingressController(): Reconciler {
  return {
    name: "ingress",
    keysFor: (changed) => (groupKindOf(changed) === INGRESS ? [key(INGRESS, changed)] : []),
    reconcile(at, view, nowMs) {
      const ingress = view.get(at);
      if (ingress === undefined) return { writes: [] };
      const { name, namespace, generation } = ingress.metadata;
      if (ingress.status?.observedGeneration === generation) return { writes: [] };
      const conditions: Condition[] = ["LoadBalancerReady", "NetworkConfigured", "Ready"].map((type) => ({
        type,
        status: "True",
      }));
      const status = {
        conditions: written(ingress, conditions, nowMs),
        observedGeneration: generation,
        publicLoadBalancer: { ingress: [{ domainInternal: "ingress.sandbox.svc.cluster.local" }] },
      };
      const metadata = { name, namespace, ownerReferences: [ownerReference(ingress)] };
      const table = {
        apiVersion: SANDBOX_API,
        kind: "DataPlane",
        metadata,
        spec: { rules: ingress.spec.rules },
      };
      return {
        writes: [
          { op: "put", object: table },
          { op: "put", object: { ...ingress, status } },
        ],
      };
    },
  };
}
