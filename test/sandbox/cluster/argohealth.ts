import type { Condition } from "./conditions.ts";
import type { Json, KubeObject } from "./objects.ts";

/** Argo CD's own check for InferenceServices. It knows nothing of traffic, of revisions or of generations. */
export function healthOf(isvc: KubeObject | undefined): Json {
  if (isvc === undefined) return { status: "Missing" };
  const conditions: readonly Condition[] = isvc.status?.conditions ?? [];
  if (conditions.length === 0) {
    return { status: "Progressing", message: "Waiting for InferenceService to report status..." };
  }
  const transition = isvc.status?.modelStatus?.transitionStatus;
  const failed = conditions.some((c) => c.status === "False" && c.type !== "Stopped");
  const unknown = conditions.some((c) => c.status === "Unknown");
  if (transition === "UpToDate" && !failed && !unknown) {
    return { status: "Healthy", message: "InferenceService is healthy." };
  }
  if (transition === "InProgress" || (unknown && !failed)) {
    return { status: "Progressing", message: `transitionStatus: ${transition}` };
  }
  return { status: "Degraded", message: `transitionStatus: ${transition}` };
}
