/** From raw Kubernetes objects to readings. Objects are hostile until parsed: only known fields of known types pass. */
import * as v from "valibot";
import type {
  DeploymentMode,
  RevisionReading,
  ServiceReading,
  Template,
  TrafficEntry,
} from "../core/world.ts";
import { conditions, count, metadata, parse, readConditions, text } from "./schemas.ts";

const percent = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100));

const container = v.object({
  image: text,
  args: v.fallback(v.optional(v.array(v.string()), []), []),
  env: v.optional(v.array(v.object({ name: v.string(), value: text })), []),
});

const traffic = v.object({
  latestRevision: v.optional(v.boolean(), false),
  percent: v.optional(percent, 0),
  revisionName: v.optional(v.string(), ""),
  tag: text,
  url: text,
});

const inferenceService = v.object({
  metadata,
  spec: v.object({
    predictor: v.looseObject({
      canaryTrafficPercent: v.optional(percent),
      minReplicas: count,
      containers: v.optional(v.array(container), []),
    }),
  }),
  status: v.optional(
    v.object({
      url: text,
      deploymentMode: text,
      conditions,
      modelStatus: v.optional(
        v.object({
          transitionStatus: text,
          lastFailureInfo: v.fallback(v.optional(v.object({ reason: text, message: text })), undefined),
        }),
      ),
      components: v.optional(
        v.object({
          predictor: v.optional(
            v.object({
              latestCreatedRevision: text,
              latestReadyRevision: text,
              latestRolledoutRevision: text,
              previousRolledoutRevision: text,
              traffic: v.optional(v.array(traffic), []),
            }),
          ),
        }),
      ),
    }),
  ),
});

const revision = v.object({
  metadata,
  spec: v.optional(v.object({ containers: v.optional(v.array(container), []) })),
  status: v.optional(v.object({ conditions })),
});

const component = v.object({ metadata: v.object({ labels: v.object({ component: v.string() }) }) });

/**
 * Whether a revision or pod belongs to the predictor, which alone is cut over. KServe labels those of a transformer or an
 * explainer with the InferenceService's name as well; only the label `component` tells them apart.
 */
export function isPredictors(raw: unknown): boolean {
  return !v.is(component, raw) || raw.metadata.labels.component === "predictor";
}

const sourceUriAnnotation = "internal.serving.kserve.io/storage-initializer-sourceuri";
const modeAnnotation = "serving.kserve.io/deploymentMode";

/** Throws Failure CLUSTER_ANSWER for an object that is no InferenceService v1beta1. */
export function readService(raw: unknown): ServiceReading {
  const { metadata: meta, spec, status } = parse(inferenceService, raw, "InferenceService");
  const predictor = status?.components?.predictor;
  const entries = (predictor?.traffic ?? []).map(readTraffic);
  return {
    ref: { namespace: meta.namespace, name: meta.name },
    uid: meta.uid,
    generation: meta.generation,
    mode: readMode(status?.deploymentMode ?? meta.annotations[modeAnnotation], entries),
    specPercent: spec.predictor.canaryTrafficPercent,
    sourceUri: readSourceUri(spec.predictor),
    custom: spec.predictor.containers.length === 0 ? undefined : readTemplate(spec.predictor.containers),
    minReplicas: spec.predictor.minReplicas,
    latestCreated: predictor?.latestCreatedRevision,
    latestReady: predictor?.latestReadyRevision,
    latestRolledout: predictor?.latestRolledoutRevision,
    previousRolledout: predictor?.previousRolledoutRevision,
    traffic: entries,
    conditions: readConditions(status?.conditions ?? []),
    url: status?.url,
    modelTransition: status?.modelStatus?.transitionStatus,
    modelFailure: status?.modelStatus?.lastFailureInfo,
  };
}

/** Throws Failure CLUSTER_ANSWER. */
export function readRevision(raw: unknown): RevisionReading {
  const { metadata: meta, spec, status } = parse(revision, raw, "Revision");
  return {
    name: meta.name,
    sourceUri: meta.annotations[sourceUriAnnotation],
    ...readTemplate(spec?.containers ?? []),
    ready: readConditions(status?.conditions ?? [])["Ready"],
  };
}

function readTemplate(containers: readonly v.InferOutput<typeof container>[]): Template {
  return {
    images: containers.flatMap(({ image }) => image ?? []),
    args: containers.flatMap(({ args }) => args),
    env: containers.flatMap(({ env }) =>
      env.flatMap(({ name, value }) => (value === undefined ? [] : { name, value })),
    ),
  };
}

function readTraffic(entry: v.InferOutput<typeof traffic>): TrafficEntry {
  return {
    revision: entry.revisionName,
    percent: entry.percent,
    latest: entry.latestRevision,
    tag: entry.tag,
    url: entry.url,
  };
}

/** `status.deploymentMode` (KServe ≥ 0.15.2) binds; then the annotation; traffic in the status is evidence of Knative. */
function readMode(declared: string | undefined, entries: readonly TrafficEntry[]): DeploymentMode {
  if (declared === "Knative" || declared === "Serverless") return "Knative";
  if (declared === "Standard" || declared === "RawDeployment") return "Standard";
  if (declared === "ModelMesh") return "ModelMesh";
  return entries.length > 0 ? "Knative" : "unknown";
}

const storage = v.object({ storageUri: v.string() });

/** `model.storageUri`, a framework's own (`sklearn.storageUri` …), or STORAGE_URI of a custom container. */
function readSourceUri(
  predictor: v.InferOutput<typeof inferenceService>["spec"]["predictor"],
): string | undefined {
  for (const value of Object.values(predictor)) {
    if (v.is(storage, value)) return value.storageUri;
  }
  const env = predictor.containers.flatMap((each) => each.env);
  return env.find((each) => each.name === "STORAGE_URI")?.value;
}
