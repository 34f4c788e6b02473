import { isDeepStrictEqual } from "node:util";
import { type Condition, conditionOf, readyOver, renamed, written } from "./conditions.ts";
import { DEPLOYMENT, key, LABEL_INFERENCE_SERVICE, labelOf, ownerReference, POD } from "./kinds.ts";
import { modelStatusOf } from "./modelstatus.ts";
import type { Json, KubeObject, ObjectView, Write } from "./objects.ts";
import type { ClusterSettings } from "./settings.ts";
import { minReplicasOf, predictorTemplate } from "./template.ts";

/** Standard (raw) mode: a Deployment. The percent is ignored without a word, and the status knows no traffic. */
export function reconcileRaw(
  isvc: KubeObject,
  view: ObjectView,
  settings: ClusterSettings,
  nowMs: number,
): Write[] {
  const { name, namespace } = isvc.metadata;
  const current = view.get(key(DEPLOYMENT, isvc, `${name}-predictor`));
  const spec = deploymentSpec(isvc);
  const writes: Write[] = [];
  if (!isDeepStrictEqual(current?.spec, spec)) {
    const metadata = current?.metadata ?? {
      name: `${name}-predictor`,
      namespace,
      labels: spec.selector.matchLabels,
      ownerReferences: [ownerReference(isvc)],
    };
    const deployment = { ...current, apiVersion: "apps/v1", kind: "Deployment", metadata, spec };
    writes.push({ op: "put", object: deployment });
  }
  const status = statusOf(isvc, current, view, settings, nowMs);
  writes.push({ op: "put", object: { ...isvc, status } });
  return writes;
}

function deploymentSpec(isvc: KubeObject): Json {
  const { metadata, spec } = predictorTemplate(isvc);
  const app = `isvc.${isvc.metadata.name}-predictor`;
  const labels = { ...metadata.labels, app };
  return {
    replicas: minReplicasOf(isvc),
    selector: { matchLabels: { app } },
    template: { metadata: { ...metadata, labels }, spec },
  };
}

function statusOf(
  isvc: KubeObject,
  deployment: KubeObject | undefined,
  view: ObjectView,
  settings: ClusterSettings,
  nowMs: number,
): Json {
  const { name, namespace } = isvc.metadata;
  const before = isvc.status ?? {};
  const predictor = predictorReady(deployment);
  const there = before.url !== undefined || predictor.status === "True";
  const ingress: Condition = there
    ? { type: "IngressReady", status: "True" }
    : { type: "IngressReady", status: "False", reason: "Predictor ingress not created" };
  const early = [predictor, readyOver([predictor, ingressBefore(before)])];
  const pods = view
    .list(POD, namespace)
    .filter(
      (pod) => labelOf(pod, LABEL_INFERENCE_SERVICE) === name && pod.metadata.deletionTimestamp === undefined,
    );
  const host = (part: string) => `${settings.urlScheme}://${part}-${namespace}.${settings.domain}`;
  const stopped: Condition = { type: "Stopped", status: "False", severity: "Info" };
  return {
    ...(there ? { address: { url: `http://${name}-predictor.${namespace}.svc.cluster.local` } } : {}),
    components: { predictor: there ? { url: host(`${name}-predictor`) } : {} },
    conditions: written(isvc, [ingress, predictor, readyOver([predictor, ingress]), stopped], nowMs),
    deploymentMode: "Standard",
    modelStatus: modelStatusOf(isvc, pods, early, true),
    observedGeneration: deployment?.status?.observedGeneration,
    ...(there ? { url: host(name) } : {}),
  };
}

function ingressBefore(before: Json): Condition {
  return { type: "IngressReady", status: before.url === undefined ? "False" : "True" };
}

/** What the Deployment says, in the words of its condition that says most. */
function predictorReady(deployment: KubeObject | undefined): Condition {
  const type = "PredictorReady";
  const available = conditionOf(deployment, "Available");
  const progressing = conditionOf(deployment, "Progressing");
  if (available === undefined) return { type, status: "False" };
  const done = available.status === "True" && progressing?.reason === "NewReplicaSetAvailable";
  return renamed(done && progressing !== undefined ? progressing : available, type);
}
