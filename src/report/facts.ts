/** Rows of the tables that HTML and Markdown share. */
import { heldAtEnd } from "../core/holdings.ts";
import { formatQuantity } from "../core/quantity.ts";
import type { ModelRun, VerdictReport } from "../core/run-state.ts";
import { printable } from "../core/text.ts";

export interface PodFacts {
  readonly pod: string;
  readonly revision: string | undefined;
  /** What its revision was to do. */
  readonly role: string;
  readonly requests: number | undefined;
  readonly failed: number | undefined;
  readonly samples: number | undefined;
}

const mostPods = 50;
const roles: Readonly<Record<string, string>> = { active: "to serve", other: "to be idle" };

/** The record was written for people, by whichever step: nothing in it is taken for granted. */
export function podFacts(verdict: VerdictReport | undefined): readonly PodFacts[] {
  return (verdict?.pods ?? [])
    .slice(0, mostPods)
    .map(({ pod, revision, role, requests, failed, samples }) => ({
      pod: printable(String(pod ?? "")) || "(no name)",
      revision: typeof revision === "string" ? printable(revision) : undefined,
      role: roles[String(role)] ?? "unknown",
      requests: numberOf(requests),
      failed: numberOf(failed),
      samples: numberOf(samples),
    }));
}

export interface HoldingFacts {
  readonly revision: string;
  readonly traffic: string;
  readonly state: string;
  readonly replicas: string;
  readonly resources: string;
}

/** What both colours held when the run ended. */
export function holdingFacts(model: Pick<ModelRun, "rollout" | "verdict">): readonly HoldingFacts[] {
  return heldAtEnd(model).map(({ revision, role, warmth, replicas, requests }) => ({
    revision: printable(revision),
    traffic: role === "active" ? "to have all" : "to have none",
    state: warmthWords[warmth],
    replicas: `${replicas.ready} ready, ${replicas.unready} not ready, ${replicas.ending} ending`,
    resources: Object.entries(requests)
      .map(([resource, amount]) => `${printable(resource, 80)} ${formatQuantity(resource, amount)}`)
      .join(", "),
  }));
}

const warmthWords = {
  warm: "warm: can answer at once",
  cold: "cold: the first request waits for a pod",
  gone: "gone: no percent brings it back",
} as const;

export interface CheckFacts {
  readonly name: string;
  readonly condition: string;
  readonly result: string;
  readonly detail: string;
}

export function checkFacts(verdict: VerdictReport | undefined): readonly CheckFacts[] {
  return (verdict?.checks?.checks ?? []).map(({ name, condition, phase, dryRun, measurements }) => {
    const decisive = measurements.findLast((each) => each.phase === phase) ?? measurements.at(-1);
    return {
      name: printable(name),
      condition: printable(condition),
      result: dryRun ? `${phase} (dry run, decides nothing)` : phase,
      detail: printable(decisive?.detail ?? "not measured"),
    };
  });
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
