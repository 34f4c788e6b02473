/** From raw Kubernetes objects to readings. Objects are hostile until parsed: only known fields of known types pass. */
import * as v from "valibot";
import { printable } from "../core/text.ts";
import type {
  Condition,
  DeploymentMode,
  PodReading,
  RevisionReading,
  ServiceReading,
  TrafficEntry,
} from "../core/world.ts";
import { Failure } from "../errors/failure.ts";

const text = v.optional(v.string());
const textMap = v.optional(v.record(v.string(), v.string()), {});
const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)));
const percent = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100));

const condition = v.object({
  type: v.string(),
  status: v.picklist(["True", "False", "Unknown"]),
  reason: text,
  message: text,
});
const conditions = v.optional(v.array(condition), []);

const metadata = v.object({
  name: v.string(),
  namespace: v.optional(v.string(), ""),
  generation: count,
  deletionTimestamp: text,
  labels: textMap,
  annotations: textMap,
});

const container = v.object({
  image: text,
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
      modelStatus: v.optional(v.object({ transitionStatus: text })),
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

const pod = v.object({ metadata, status: v.optional(v.object({ conditions })) });

const sourceUriAnnotation = "internal.serving.kserve.io/storage-initializer-sourceuri";
const modeAnnotation = "serving.kserve.io/deploymentMode";

/** Throws Failure CLUSTER_ANSWER for an object that is no InferenceService v1beta1. */
export function readService(raw: unknown): ServiceReading {
  const { metadata: meta, spec, status } = parse(inferenceService, raw, "InferenceService");
  const predictor = status?.components?.predictor;
  const entries = (predictor?.traffic ?? []).map(readTraffic);
  return {
    ref: { namespace: meta.namespace, name: meta.name },
    generation: meta.generation,
    mode: readMode(status?.deploymentMode ?? meta.annotations[modeAnnotation], entries),
    specPercent: spec.predictor.canaryTrafficPercent,
    sourceUri: readSourceUri(spec.predictor),
    minReplicas: spec.predictor.minReplicas,
    latestCreated: predictor?.latestCreatedRevision,
    latestReady: predictor?.latestReadyRevision,
    latestRolledout: predictor?.latestRolledoutRevision,
    previousRolledout: predictor?.previousRolledoutRevision,
    traffic: entries,
    conditions: readConditions(status?.conditions ?? []),
    url: status?.url,
    modelTransition: status?.modelStatus?.transitionStatus,
  };
}

/** Throws Failure CLUSTER_ANSWER. */
export function readRevision(raw: unknown): RevisionReading {
  const { metadata: meta, spec, status } = parse(revision, raw, "Revision");
  return {
    name: meta.name,
    sourceUri: meta.annotations[sourceUriAnnotation],
    images: (spec?.containers ?? []).flatMap((each) => each.image ?? []),
    ready: readConditions(status?.conditions ?? [])["Ready"],
  };
}

/** Throws Failure CLUSTER_ANSWER. */
export function readPod(raw: unknown): PodReading {
  const { metadata: meta, status } = parse(pod, raw, "Pod");
  return {
    name: meta.name,
    revision: meta.labels["serving.knative.dev/revision"],
    ready: readConditions(status?.conditions ?? [])["Ready"]?.status === "True",
    terminating: meta.deletionTimestamp !== undefined,
  };
}

function parse<S extends v.GenericSchema>(schema: S, raw: unknown, kind: string): v.InferOutput<S> {
  const result = v.safeParse(schema, raw);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const where = v.getDotPath(issue) ?? "the object";
  throw new Failure("CLUSTER_ANSWER", printable(`${kind}: ${where}: ${issue.message}`));
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

function readConditions(list: v.InferOutput<typeof conditions>): Record<string, Condition> {
  return Object.fromEntries(
    list.map(({ type, status, reason, message }) => [type, { status, reason, message }] as const),
  );
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
