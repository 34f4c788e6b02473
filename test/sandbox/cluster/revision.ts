import { type Condition, conditionOf, isReady, type Status, written } from "./conditions.ts";
import { readFaults } from "./faults.ts";
import {
  ANNOTATION_MIN_SCALE,
  annotationOf,
  FAULTS,
  key,
  LABEL_REVISION,
  LABEL_ROUTING_STATE,
  labelOf,
  POD,
  REVISION,
  suffixFor,
} from "./kinds.ts";
import { groupKindOf, type Json, type KubeObject, type Reconciler } from "./objects.ts";
import type { ClusterSettings } from "./settings.ts";

/** What a Revision's pods come to. */
interface Situation {
  readonly ready: number;
  readonly alive: number;
  /** How the container ended, where it did and no pod is ready. */
  readonly failure: Pick<Condition, "reason" | "message"> | undefined;
  readonly late: boolean;
}

/** A Revision's conditions, from its pods. Once ready it stays so without pods; it fails when its container exits. */
export function revisionController(settings: ClusterSettings): Reconciler {
  return {
    name: "revision",
    keysFor(changed, view) {
      const kind = groupKindOf(changed);
      if (kind === REVISION) return [key(REVISION, changed)];
      if (kind === FAULTS) return view.list(REVISION).map((revision) => key(REVISION, revision));
      const name = kind === POD ? labelOf(changed, LABEL_REVISION) : undefined;
      return name === undefined ? [] : [key(REVISION, changed, name)];
    },
    reconcile(at, view, nowMs) {
      const revision = view.get(at);
      if (revision === undefined) return { writes: [] };
      if (readFaults(view).collectedRevisions.includes(at.name))
        return { writes: [{ op: "delete", key: at }] };
      const pods = view.list(POD, at.namespace).filter((pod) => labelOf(pod, LABEL_REVISION) === at.name);
      const sinceMs = nowMs - Date.parse(revision.metadata.creationTimestamp ?? "");
      const late = sinceMs >= settings.progressDeadlineMs;
      const status = statusOf(revision, situationOf(pods, late), nowMs);
      const writes = [{ op: "put", object: { ...revision, status } }] as const;
      const waiting = conditionOf({ ...revision, status }, "Ready")?.status === "Unknown";
      return waiting ? { writes, againAfterMs: settings.progressDeadlineMs - sinceMs } : { writes };
    },
  };
}

function situationOf(pods: readonly KubeObject[], late: boolean): Situation {
  const alive = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const ready = alive.filter(isReady).length;
  return { ready, alive: alive.length, failure: ready > 0 ? undefined : failureOf(alive), late };
}

function failureOf(pods: readonly KubeObject[]): Situation["failure"] {
  for (const pod of pods) {
    const containers: readonly Json[] = pod.status?.containerStatuses ?? [];
    const { state = {}, lastState = {} } = containers.find((c) => c.name === "kserve-container") ?? {};
    const ended = state.terminated ?? (state.waiting === undefined ? undefined : lastState.terminated);
    if (ended?.exitCode > 0) {
      return {
        reason: `ExitCode${ended.exitCode}`,
        message: `Container failed with: ${ended.message ?? ""}`,
      };
    }
  }
  return undefined;
}

function statusOf(revision: KubeObject, now: Situation, nowMs: number): Json {
  const before = conditionOf(revision, "Ready")?.status;
  const ready = readyOf(before, now);
  const conditions = [
    activeOf(now, ready),
    healthOf(ready, now, revision),
    ready === "Unknown" ? deploying("Ready") : endOf("Ready", ready, now, revision),
    ready === "Unknown" ? deploying("ResourcesAvailable") : resourcesOf(ready, revision),
  ];
  return {
    actualReplicas: now.ready,
    conditions: written(revision, conditions, nowMs),
    desiredReplicas: desiredOf(revision, now),
    observedGeneration: revision.metadata.generation,
  };
}

function readyOf(before: Status | undefined, now: Situation): Status {
  if (now.ready > 0) return "True";
  if (before === "True") return now.failure === undefined ? "True" : "False";
  if (before === "False") return "False";
  return now.late ? "False" : "Unknown";
}

function desiredOf(revision: KubeObject, now: Situation): number {
  const reserved = labelOf(revision, LABEL_ROUTING_STATE) === "reserve";
  return reserved
    ? now.alive
    : Math.max(now.alive, Number(annotationOf(revision, ANNOTATION_MIN_SCALE) ?? 0));
}

function deploying(type: string): Condition {
  return { type, status: "Unknown", reason: "Deploying" };
}

function activeOf(now: Situation, ready: Status): Condition {
  const active = { type: "Active", severity: "Info" };
  if (now.ready > 0) return { ...active, status: "True" };
  if (now.alive > 0) {
    const message = "Requests to the target are being buffered as resources are provisioned.";
    return { ...active, status: "Unknown", reason: "Queued", message };
  }
  if (ready === "Unknown") return { ...active, status: "Unknown", reason: "Deploying" };
  return { ...active, status: "False", reason: "NoTraffic", message: "The target is not receiving traffic." };
}

function healthOf(ready: Status, now: Situation, revision: KubeObject): Condition {
  const type = "ContainerHealthy";
  if (ready === "True") return { type, status: "True" };
  if (ready === "Unknown") return now.alive > 0 ? { type, status: "Unknown" } : deploying(type);
  if (now.failure !== undefined) return { type, status: "False", ...now.failure };
  return conditionOf(revision, type) ?? { type, status: "Unknown" };
}

function endOf(type: string, ready: Status, now: Situation, revision: KubeObject): Condition {
  if (ready === "True") return { type, status: "True" };
  if (now.failure !== undefined) return { type, status: "False", ...now.failure };
  const old = conditionOf(revision, type);
  return old?.status === "False" ? old : timedOut(type, revision);
}

/** A container that exits after it had been ready says nothing about the resources. */
function resourcesOf(ready: Status, revision: KubeObject): Condition {
  const type = "ResourcesAvailable";
  const old = conditionOf(revision, type);
  if (ready === "True" || old?.status === "True") return { type, status: "True" };
  return timedOut(type, revision);
}

function timedOut(type: string, revision: KubeObject): Condition {
  const set = `${revision.metadata.name}-deployment-${suffixFor(revision.metadata.name, 9)}`;
  const message = `ReplicaSet "${set}" has timed out progressing.`;
  return { type, status: "False", reason: "ProgressDeadlineExceeded", message };
}
