import { ANNOTATION_MIN_SCALE, ANNOTATION_SOURCE_URI, LABEL_INFERENCE_SERVICE } from "./kinds.ts";
import type { Json, KubeObject } from "./objects.ts";

/** Annotations of the InferenceService that do not reach its pods. */
const OWN_ANNOTATIONS = [/^kubectl\.kubernetes\.io\//, /^argocd\.argoproj\.io\//];

/** Where the model comes from: `…/<name>:<version>`. Custom predictors say it in their environment. */
export function sourceUriOf(isvc: KubeObject): string | undefined {
  const { model, containers } = isvc.spec.predictor;
  const env: readonly Json[] = containers?.[0]?.env ?? [];
  return model?.storageUri ?? env.find((variable) => variable.name === "STORAGE_URI")?.value;
}

export function minReplicasOf(isvc: KubeObject): number {
  return isvc.spec.predictor.minReplicas ?? 1;
}

/** The pod template. Whatever changes it makes a new revision: the annotations of the InferenceService too. */
export function predictorTemplate(isvc: KubeObject): Json {
  const { name, annotations = {}, labels = {} } = isvc.metadata;
  const kept = Object.entries(annotations).filter(([name]) => !OWN_ANNOTATIONS.some((own) => own.test(name)));
  const sourceUri = sourceUriOf(isvc);
  return {
    metadata: {
      annotations: {
        ...Object.fromEntries(kept),
        "autoscaling.knative.dev/class": "kpa.autoscaling.knative.dev",
        [ANNOTATION_MIN_SCALE]: `${minReplicasOf(isvc)}`,
        ...(sourceUri === undefined ? {} : { [ANNOTATION_SOURCE_URI]: sourceUri }),
      },
      labels: { ...labels, component: "predictor", [LABEL_INFERENCE_SERVICE]: name },
    },
    spec: { containers: containersOf(isvc) },
  };
}

/** What KServe gives a model that asks for nothing (its ConfigMap inferenceservice-config, key inferenceService). */
const usualResources = { limits: { cpu: "1", memory: "2Gi" }, requests: { cpu: "1", memory: "2Gi" } };

function containersOf(isvc: KubeObject): Json[] {
  const { model, containers } = isvc.spec.predictor;
  if (containers !== undefined) return containers;
  const { env = [], image = "sandbox/model-server:1", resources = usualResources } = model ?? {};
  return [
    {
      name: "kserve-container",
      image,
      args: [`--model_name=${isvc.metadata.name}`, "--port=8001", "--rest_port=8888"],
      env,
      resources,
    },
  ];
}
