import { type Condition, written } from "./conditions.ts";
import { suffixFor, timestamp } from "./kinds.ts";
import type { Json, KubeObject } from "./objects.ts";
import { heldStatus } from "./podheld.ts";
import { isServing, type PodState } from "./podlife.ts";

/** What a pod is made from. */
export interface PodTemplate {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly containers: readonly Json[];
  readonly ownerReferences: readonly Json[];
}

/** Knative gives a pod five minutes to end; deletionTimestamp is the end of that time. */
const GRACE_SECONDS = 300;

/** The Pod object for a state; `current` keeps what the pod was made from. */
export function podObject(
  state: PodState,
  template: PodTemplate,
  current: KubeObject | undefined,
  nowMs: number,
): KubeObject {
  const { namespace, labels, annotations, containers, ownerReferences } = template;
  const base = current ?? {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: state.name, namespace, labels, annotations, ownerReferences },
    spec: { containers, nodeName: "sandbox", restartPolicy: "Always" },
  };
  const deletion =
    state.deletedMs === undefined
      ? {}
      : {
          deletionTimestamp: timestamp(state.deletedMs + GRACE_SECONDS * 1000),
          deletionGracePeriodSeconds: GRACE_SECONDS,
        };
  return { ...base, metadata: { ...base.metadata, ...deletion }, status: statusOf(state, base, nowMs) };
}

function statusOf(state: PodState, pod: KubeObject, nowMs: number): Json {
  if (state.phase === "held") return heldStatus(state, pod, nowMs);
  const running = state.phase !== "creating";
  const ready = isServing(state) ? "True" : "False";
  const conditions: Condition[] = [
    { type: "ContainersReady", status: ready },
    { type: "Initialized", status: "True" },
    { type: "PodReadyToStartContainers", status: running ? "True" : "False" },
    { type: "PodScheduled", status: "True" },
    { type: "Ready", status: ready },
  ];
  const names: string[] = (pod.spec.containers as readonly Json[]).map((container) => container.name);
  return {
    conditions: written(pod, conditions, nowMs),
    containerStatuses: names.map((name) => containerStatus(name, state, pod.metadata.namespace)),
    phase: running ? "Running" : "Pending",
    podIP: running ? addressFor(state.name) : undefined,
    startTime: timestamp(state.createdMs),
  };
}

/** Only the model's own container crashes; the sidecar waits for it. */
function containerStatus(name: string, state: PodState, namespace: string): Json {
  const model = name !== "queue-proxy";
  const ready = isServing(state);
  if (state.phase === "creating") {
    return {
      name,
      ready,
      restartCount: 0,
      started: false,
      state: { waiting: { reason: "ContainerCreating" } },
      lastState: {},
    };
  }
  const restartCount = model ? state.restarts : 0;
  const lastState = model && state.restarts > 0 ? { terminated: terminated(state) } : {};
  const running = { running: { startedAt: timestamp(state.sinceMs) } };
  if (!model || state.phase !== "exited") {
    const startedAt = state.phase === "ready" || !model ? timestamp(state.createdMs) : undefined;
    const now = startedAt === undefined ? running : { running: { startedAt } };
    return { name, ready, restartCount, started: true, state: now, lastState };
  }
  // The first restart comes at once; before the later ones the kubelet backs off.
  const message = `back-off restarting failed container=${name} pod=${state.name}_${namespace}`;
  const ended =
    state.restarts === 0
      ? { terminated: terminated(state) }
      : { waiting: { reason: "CrashLoopBackOff", message } };
  return {
    name,
    ready,
    restartCount,
    started: false,
    state: ended,
    lastState: { terminated: terminated(state) },
  };
}

function terminated(state: PodState): Json {
  const finishedAt = timestamp(state.lastExitMs ?? state.sinceMs);
  if (state.oomKilled) return { exitCode: 137, reason: "OOMKilled", finishedAt };
  return { exitCode: 1, reason: "Error", message: "the model server has crashed", finishedAt };
}

function addressFor(name: string): string {
  const [a = 98, b = 99] = suffixFor(name, 2);
  return `10.88.${`${a}`.charCodeAt(0)}.${`${b}`.charCodeAt(0)}`;
}
