import { type Condition, written } from "./conditions.ts";
import type { Held } from "./faults.ts";
import { suffixFor, timestamp } from "./kinds.ts";
import type { Json, KubeObject } from "./objects.ts";
import type { PodState } from "./podlife.ts";

const noNode = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu. preemption: 0/3 nodes are available";
const noModel =
  "RuntimeError: Failed to fetch model. No model found in s3://models/jukebox; (NoSuchKey) when calling GetObject";

/** The status of a pod that gets no further, as a scheduler and a kubelet write it. */
export function heldStatus(state: PodState, pod: KubeObject, nowMs: number): Json {
  const { held = "unschedulable", createdMs } = state;
  const notReady: readonly Condition[] = ["ContainersReady", "Ready"].map((type) => ({
    type,
    status: "False",
  }));
  if (held === "unschedulable") {
    const scheduled = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: noNode,
    } as const;
    return { phase: "Pending", conditions: written(pod, [scheduled], nowMs) };
  }
  const fetching = held === "model-not-found";
  const conditions: readonly Condition[] = [
    ...notReady,
    fetching
      ? {
          type: "Initialized",
          status: "False",
          reason: "ContainersNotInitialized",
          message: "containers with incomplete status: [storage-initializer]",
        }
      : { type: "Initialized", status: "True" },
    { type: "PodReadyToStartContainers", status: "True" },
    { type: "PodScheduled", status: "True" },
  ];
  const containers: readonly Json[] = pod.spec.containers;
  return {
    phase: "Pending",
    conditions: written(pod, conditions, nowMs),
    ...(fetching ? { initContainerStatuses: [initializer(state, pod)] } : {}),
    containerStatuses: containers.map(({ name, image }) => ({
      name,
      image,
      ready: false,
      restartCount: 0,
      state: containerState(name, image, state),
      lastState: {},
    })),
    startTime: timestamp(createdMs),
  };
}

function containerState(name: string, image: string, { held, sinceMs }: PodState): Json {
  if (held === "model-not-found") return { waiting: { reason: "PodInitializing" } };
  if (name === "queue-proxy") return { running: { startedAt: timestamp(sinceMs) } };
  return { waiting: { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}"` } };
}

function initializer(state: PodState, pod: KubeObject): Json {
  const { name, namespace } = pod.metadata;
  const finishedAt = timestamp(state.sinceMs);
  const message = `back-off 40s restarting failed container=storage-initializer pod=${name}_${namespace}`;
  return {
    name: "storage-initializer",
    ready: false,
    restartCount: 2,
    state: { waiting: { reason: "CrashLoopBackOff", message } },
    lastState: { terminated: { exitCode: 1, reason: "Error", message: noModel, finishedAt } },
  };
}

const warnings: Readonly<Record<Held, readonly [reason: string, message: string]>> = {
  unschedulable: ["FailedScheduling", noNode],
  "image-pull": ["Failed", "Error: ImagePullBackOff"],
  "model-not-found": ["BackOff", "Back-off restarting failed container storage-initializer"],
};

/** What is said about a pod that is held. */
export function heldEvent(state: PodState, namespace: string): KubeObject | undefined {
  if (state.phase !== "held" || state.held === undefined) return undefined;
  const [reason, message] = warnings[state.held];
  return warning({ kind: "Pod", namespace, name: state.name }, reason, message, state.sinceMs);
}

/** Nothing but this Event tells why there is no pod. */
export function quotaEvent(set: string, namespace: string, atMs: number): KubeObject {
  const message =
    `Error creating: pods "${set}-x" is forbidden: exceeded quota: gpus, requested: requests.nvidia.com/gpu=1, ` +
    "used: requests.nvidia.com/gpu=1, limited: requests.nvidia.com/gpu=1";
  return warning({ kind: "ReplicaSet", namespace, name: set }, "FailedCreate", message, atMs);
}

function warning(about: Json, reason: string, message: string, atMs: number): KubeObject {
  const { namespace, name } = about;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${name}.${suffixFor(`${name}/${reason}`, 16)}`, namespace },
    involvedObject: about,
    type: "Warning",
    reason,
    message,
    lastTimestamp: timestamp(atMs),
  } as KubeObject;
}
