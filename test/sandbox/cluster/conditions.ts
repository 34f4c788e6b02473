import { timestamp } from "./kinds.ts";
import type { KubeObject } from "./objects.ts";

export type Status = "True" | "False" | "Unknown";

export interface Condition {
  readonly type: string;
  readonly status: Status;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly severity?: string | undefined;
  readonly lastTransitionTime?: string | undefined;
}

export function conditionOf(object: KubeObject | undefined, type: string): Condition | undefined {
  const all: readonly Condition[] = object?.status?.conditions ?? [];
  return all.find((condition) => condition.type === type);
}

export function isReady(object: KubeObject | undefined): boolean {
  return conditionOf(object, "Ready")?.status === "True";
}

/**
 * The conditions as Knative and KServe keep them: sorted by type; a condition's time changes when anything in it
 * changes, its reason included.
 */
export function written(
  before: KubeObject | undefined,
  conditions: readonly Condition[],
  nowMs: number,
): readonly Condition[] {
  return conditions
    .map((condition) => {
      const { type, status, reason, message, severity } = condition;
      const old = conditionOf(before, type);
      const same =
        old?.status === status &&
        old.reason === reason &&
        old.message === message &&
        old.severity === severity;
      const lastTransitionTime = same ? old.lastTransitionTime : timestamp(nowMs);
      return { lastTransitionTime, message, reason, severity, status, type };
    })
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** The same under another name: `Ready` of a Configuration is `ConfigurationsReady` of its Service. */
export function renamed(condition: Condition, type: string, severity?: string): Condition {
  const { status, reason, message } = condition;
  return { type, status, reason, message, severity };
}

/**
 * `Ready` over its parts: False trumps Unknown trumps True, and of equals the one marked last speaks. That is why a
 * Service whose Configuration and Route have both failed gives the Route's reason.
 */
export function readyOver(parts: readonly Condition[]): Condition {
  const worst = parts.findLast((c) => c.status === "False") ?? parts.findLast((c) => c.status === "Unknown");
  return worst === undefined ? { type: "Ready", status: "True" } : renamed(worst, "Ready");
}
