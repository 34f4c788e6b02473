import { parse } from "yaml";
import type { ChartVariant } from "./faults.ts";
import { ANNOTATION_MODE } from "./kinds.ts";
import type { Json } from "./objects.ts";

/**
 * What the course's chart makes of a values file: one InferenceService. Throws an Error in Helm's manner for a file
 * that is not YAML or lacks a value.
 */
export function renderChart(values: string, variant: ChartVariant, namespace: string): Json {
  const parsed: Json = parse(values);
  if (parsed === null || typeof parsed !== "object") throw new Error("cannot unmarshal values into a map");
  const name = text(parsed, "name");
  const uri = `oci://${text(parsed, "image_repository")}/${text(parsed, "image_namespace")}/${name}`;
  const percent = variant === "normal" ? (parsed.canary?.trafficPercent ?? undefined) : undefined;
  return {
    apiVersion: "serving.kserve.io/v1beta1",
    kind: "InferenceService",
    metadata: {
      name,
      namespace,
      labels: { "app.kubernetes.io/instance": name },
      annotations: {
        "openshift.io/display-name": name,
        [ANNOTATION_MODE]: variant === "raw" ? "RawDeployment" : "Serverless",
        ...parsed.annotations,
      },
    },
    spec: {
      predictor: {
        ...(percent === undefined ? {} : { canaryTrafficPercent: Number(percent) }),
        minReplicas: parsed.minReplicas ?? 1,
        model: {
          modelFormat: { name: "onnx", version: "1" },
          runtime: name,
          storageUri: `${uri}:${text(parsed, "version")}`,
          ...(parsed.env === undefined ? {} : { env: parsed.env }),
        },
      },
    },
  };
}

function text(values: Json, path: string): string {
  const value = values[path];
  if (value === undefined || value === null) throw new Error(`nil pointer evaluating .Values.${path}`);
  return typeof value === "number" ? asGoPrints(value) : `${value}`;
}

/** Helm reads every number as a float64: from seven digits on, templates print it with an exponent. */
function asGoPrints(value: number): string {
  const [, mantissa, sign, exponent = "0"] = /^(.*)e([+-])(\d+)$/.exec(value.toExponential()) ?? [];
  const power = Number(exponent) * (sign === "-" ? -1 : 1);
  if (value !== 0 && (power < -4 || power >= 6)) return `${mantissa}e${sign}${exponent.padStart(2, "0")}`;
  return `${value}`;
}
