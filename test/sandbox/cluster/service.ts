import { isDeepStrictEqual } from "node:util";
import { type Condition, conditionOf, readyOver, renamed, written } from "./conditions.ts";
import { CONFIGURATION, key, LABEL_SERVICE, ownerReference, ROUTE, SERVICE } from "./kinds.ts";
import { groupKindOf, type Json, type KubeObject, type Reconciler, type Write } from "./objects.ts";

/** A Knative Service keeps a Configuration and a Route of its own name, and its status is made of theirs. */
export function serviceController(): Reconciler {
  return {
    name: "service",
    keysFor(changed) {
      return [SERVICE, CONFIGURATION, ROUTE].includes(groupKindOf(changed)) ? [key(SERVICE, changed)] : [];
    },
    reconcile(at, view, nowMs) {
      const service = view.get(at);
      if (service === undefined) return { writes: [] };
      const configuration = view.get(key(CONFIGURATION, at));
      const route = view.get(key(ROUTE, at));
      const wantedConfiguration = { template: service.spec.template };
      const wantedRoute = { traffic: targetsFor(service) };
      const writes: Write[] = [
        ...child(service, configuration, "Configuration", wantedConfiguration),
        ...child(service, route, "Route", wantedRoute),
      ];
      // What was written just now has not been reconciled yet; its status still tells of the generation before.
      const settledConfiguration = settled(configuration, wantedConfiguration);
      const settledRoute = settled(route, wantedRoute);
      const status = statusOf(service, settledConfiguration, settledRoute, nowMs);
      writes.push({ op: "put", object: { ...service, status } });
      return { writes };
    },
  };
}

function targetsFor(service: KubeObject): Json[] {
  return service.spec.traffic.map((target: Json) =>
    target.latestRevision ? { ...target, configurationName: service.metadata.name } : target,
  );
}

function child(service: KubeObject, current: KubeObject | undefined, kind: string, spec: Json): Write[] {
  if (current !== undefined && isDeepStrictEqual(current.spec, spec)) return [];
  const { name, namespace } = service.metadata;
  const metadata = current?.metadata ?? {
    name,
    namespace,
    labels: { [LABEL_SERVICE]: name },
    ownerReferences: [ownerReference(service)],
  };
  const object = { ...current, apiVersion: "serving.knative.dev/v1", kind, metadata, spec };
  return [{ op: "put", object }];
}

function settled(current: KubeObject | undefined, spec: Json): KubeObject | undefined {
  if (current === undefined || !isDeepStrictEqual(current.spec, spec)) return undefined;
  return current.status?.observedGeneration === current.metadata.generation ? current : undefined;
}

const CONFIGURATION_OUT_OF_DATE: Condition = {
  type: "ConfigurationsReady",
  status: "Unknown",
  reason: "OutOfDate",
  message: "The Configuration is still working to reflect the latest desired specification.",
};

const ROUTE_OUT_OF_DATE: Condition = {
  type: "RoutesReady",
  status: "Unknown",
  reason: "OutOfDate",
  message: "The Route is still working to reflect the latest desired specification.",
};

function statusOf(
  service: KubeObject,
  configuration: KubeObject | undefined,
  route: KubeObject | undefined,
  nowMs: number,
): Json {
  const before = service.status ?? {};
  const configurations = propagated(configuration, "ConfigurationsReady") ?? CONFIGURATION_OUT_OF_DATE;
  const routes = routesReady(configuration, route);
  const conditions = [configurations, routes, readyOver([configurations, routes])];
  return {
    address: route?.status?.address ?? before.address,
    conditions: written(service, conditions, nowMs),
    latestCreatedRevisionName:
      configuration?.status?.latestCreatedRevisionName ?? before.latestCreatedRevisionName,
    latestReadyRevisionName: configuration?.status?.latestReadyRevisionName ?? before.latestReadyRevisionName,
    observedGeneration: service.metadata.generation,
    traffic: route?.status?.traffic ?? before.traffic,
    url: route?.status?.url ?? before.url,
  };
}

function propagated(from: KubeObject | undefined, type: string): Condition | undefined {
  const ready = conditionOf(from, "Ready");
  return ready === undefined ? undefined : renamed(ready, type);
}

/** A Route that is ready for something older than the newest ready revision is not ready for the Service. */
function routesReady(configuration: KubeObject | undefined, route: KubeObject | undefined): Condition {
  if (route === undefined) return ROUTE_OUT_OF_DATE;
  const ready = propagated(route, "RoutesReady") ?? ROUTE_OUT_OF_DATE;
  if (ready.status !== "True" || configuration === undefined) return ready;
  const latest = configuration.status?.latestReadyRevisionName;
  const wanted = route.spec.traffic.map((target: Json) => target.revisionName ?? latest);
  const got = (route.status?.traffic ?? []).map((target: Json) => target.revisionName);
  if (isDeepStrictEqual(wanted, got)) return ready;
  const message = "Traffic is not yet migrated to the latest revision.";
  return { type: "RoutesReady", status: "Unknown", reason: "TrafficNotMigrated", message };
}
