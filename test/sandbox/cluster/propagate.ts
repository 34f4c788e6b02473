import { type Condition, readyOver, renamed, written } from "./conditions.ts";
import type { Json, KubeObject } from "./objects.ts";

type Components = Json;
type ModelStatus = (components: Components, conditions: readonly Condition[]) => Json;

/**
 * The InferenceService's status out of the Knative Service's. `observedGeneration` is the Knative Service's own, as
 * in KServe. `modelStatus` is told the conditions as they are before IngressReady is looked at.
 */
export function propagated(
  isvc: KubeObject,
  service: Json | undefined,
  nowMs: number,
  modelStatus: ModelStatus,
): Json {
  const before = isvc.status ?? {};
  const predictor = componentsOf(before.components?.predictor ?? {}, service);
  const parts = partsOf(service);
  const ingressBefore = ingressReady(before.url !== undefined);
  const predictorReady = parts.find((part) => part.type === "PredictorReady") ?? UNKNOWN_PREDICTOR;
  const early = [predictorReady, ingressBefore, readyOver([ingressBefore, predictorReady])];
  const ingress = ingressReady(predictor.url !== undefined);
  const conditions = [
    ...parts,
    ingress,
    readyOver([ingress, predictorReady]),
    { type: "Stopped", status: "False", severity: "Info" } as const,
  ];
  return {
    address: predictor.url === undefined ? undefined : predictor.address,
    components: { predictor },
    conditions: written(isvc, conditions, nowMs),
    deploymentMode: "Knative",
    modelStatus: modelStatus(predictor, early),
    observedGeneration: service?.observedGeneration ?? before.observedGeneration,
    url: predictor.url,
  };
}

const UNKNOWN_PREDICTOR: Condition = { type: "PredictorReady", status: "Unknown" };

/** With KServe's own virtual host switched off, its ingress is there as soon as the predictor has a URL. */
function ingressReady(there: boolean): Condition {
  return { type: "IngressReady", status: there ? "True" : "Unknown" };
}

function componentsOf(before: Components, service: Json | undefined): Components {
  if (service === undefined) return before;
  const ready = conditionIn(service, "Ready")?.status === "True";
  return {
    address: ready ? service.address : before.address,
    latestCreatedRevision: service.latestCreatedRevisionName,
    latestReadyRevision: service.latestReadyRevisionName,
    ...rolledOut(before, service),
    traffic: service.traffic,
    url: ready ? service.url : before.url,
  };
}

/** The promotion rule and the rollback rule. */
function rolledOut(before: Components, service: Json): Components {
  const { latestRolledoutRevision, previousRolledoutRevision } = before;
  const { latestReadyRevisionName: ready, latestCreatedRevisionName: created } = service;
  const traffic: readonly Json[] = service.traffic ?? [];
  const target = traffic.find((entry) => entry.latestRevision && entry.revisionName === ready);
  if (target === undefined) return { latestRolledoutRevision, previousRolledoutRevision };
  if (latestRolledoutRevision !== ready) {
    return target.percent === 100
      ? { latestRolledoutRevision: ready, previousRolledoutRevision: latestRolledoutRevision }
      : { latestRolledoutRevision, previousRolledoutRevision };
  }
  // Split between two entries that both name the newest: it had been rolled out and is taken back.
  const split = ready === created && target.percent < 100 && percentOf(ready, traffic) === 100;
  const back = split && previousRolledoutRevision !== undefined;
  return {
    latestRolledoutRevision: back ? previousRolledoutRevision : latestRolledoutRevision,
    previousRolledoutRevision,
  };
}

function percentOf(revision: string, traffic: readonly Json[]): number {
  const mine = traffic.filter((entry) => entry.revisionName === revision);
  return mine.reduce((total, entry) => total + entry.percent, 0);
}

function conditionIn(service: Json | undefined, type: string): Condition | undefined {
  return service?.conditions?.find((condition: Condition) => condition.type === type);
}

/** The conditions that mirror the Knative Service's, and those over all components (there is only the predictor). */
function partsOf(service: Json | undefined): readonly Condition[] {
  const ready = conditionIn(service, "Ready");
  const routes = conditionIn(service, "RoutesReady");
  const configurations = conditionIn(service, "ConfigurationsReady");
  if (ready === undefined || routes === undefined || configurations === undefined) return [UNKNOWN_PREDICTOR];
  return [
    renamed(configurations, "PredictorConfigurationReady", "Info"),
    renamed(ready, "PredictorReady"),
    renamed(routes, "PredictorRouteReady", "Info"),
    across("LatestDeploymentReady", configurations, "PredictorConfigurationReady not ready"),
    across("RoutesReady", routes, "PredictorRouteReady not ready"),
  ];
}

function across(type: string, part: Condition, reason: string): Condition {
  const { status } = part;
  return status === "True" ? { type, status, severity: "Info" } : { type, status, reason, severity: "Info" };
}
