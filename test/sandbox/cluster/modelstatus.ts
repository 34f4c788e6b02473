import { type Condition, isReady } from "./conditions.ts";
import type { Json, KubeObject } from "./objects.ts";

/**
 * `status.modelStatus` from the pods of the newest revision. KServe does not watch pods, so this is only as new as
 * its last reconcile: a crash may show much later.
 */
export function modelStatusOf(
  isvc: KubeObject,
  pods: readonly KubeObject[],
  conditions: readonly Condition[],
  settled: boolean,
): Json {
  const before = isvc.status?.modelStatus;
  const total = pods.filter(isReady).length;
  const copies = { failedCopies: 0, ...(total === 0 ? {} : { totalCopies: total }) };
  const active = before?.states?.activeModelState ?? "";
  const kept = before?.lastFailureInfo === undefined ? {} : { lastFailureInfo: before.lastFailureInfo };
  if (pods.length === 0) return status("InProgress", copies, active, "Pending", kept);
  const ready = conditions.find((condition) => condition.type === "Ready")?.status === "True";
  if (ready && settled) return status("UpToDate", copies, "Loaded", "Loaded", kept);
  const failure = failureOf(pods[0]);
  if (failure === undefined) return status("InProgress", copies, active, "Pending", kept);
  return status("BlockedByFailedLoad", copies, active, "FailedToLoad", { lastFailureInfo: failure });
}

function status(transitionStatus: string, copies: Json, active: string, target: string, more: Json): Json {
  const states = { activeModelState: active, targetModelState: target };
  return { copies, ...more, states, transitionStatus };
}

function failureOf(pod: KubeObject | undefined): Json | undefined {
  const containers: readonly Json[] = pod?.status?.containerStatuses ?? [];
  const { state, lastState } = containers.find((c) => c.name === "kserve-container") ?? {};
  const crashing = state?.waiting?.reason === "CrashLoopBackOff" ? lastState?.terminated : undefined;
  const ended = state?.terminated ?? crashing;
  if (ended?.reason !== "Error") return undefined;
  return { exitCode: ended.exitCode, message: ended.message, reason: "ModelLoadFailed" };
}
