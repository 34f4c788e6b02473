import { printable } from "../text.ts";
import type { Finding, JudgeInput, PodEvidence } from "./judge.ts";

/**
 * One line for logs and results, e.g. "142 requests on jukebox-predictor-00024, 0 on jukebox-predictor-00023
 * (2 pods, samples up to 12.3 s after the cut-over)"; what is still missing comes first.
 */
export function summarize(
  input: Pick<JudgeInput, "active" | "cutOverAt">,
  pods: readonly PodEvidence[],
  finding: Finding,
): string {
  const missing = finding.verdict === "NOT_YET" ? `${finding.detail}; ` : "";
  return `${missing}${requestsByRevision(input.active, pods)} (${reach(input.cutOverAt, pods)})`;
}

/** The active revision first, the others by name. */
function requestsByRevision(active: string, pods: readonly PodEvidence[]): string {
  const others = new Map<string, number>();
  let served = 0;
  for (const { role, revision = "no known revision", requests } of pods) {
    if (role === "active") served += requests;
    else others.set(revision, (others.get(revision) ?? 0) + requests);
  }
  const rest = [...others].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    `${served} ${served === 1 ? "request" : "requests"} on ${printable(active, 100)}`,
    ...rest.map(([revision, requests]) => `${requests} on ${printable(revision, 100)}`),
  ].join(", ");
}

function reach(cutOverAt: number, pods: readonly PodEvidence[]): string {
  const count = `${pods.length} ${pods.length === 1 ? "pod" : "pods"}`;
  // What was proven reaches to the pod that was seen least recently, vanished ones aside.
  const times = pods.filter(({ presence }) => presence === "ready").flatMap(({ last }) => last?.time ?? []);
  if (times.length === 0) return `${count}, no samples`;
  return `${count}, samples up to ${(Math.min(...times) - cutOverAt / 1000).toFixed(1)} s after the cut-over`;
}
