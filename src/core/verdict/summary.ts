import { printable } from "../text.ts";
import type { PodEvidence } from "./evidence.ts";
import { type Facts, type Finding, percent } from "./findings.ts";
import type { JudgeInput } from "./judge-input.ts";
import type { Strength } from "./strength.ts";

/**
 * One line for logs and results, e.g. "142 requests on jukebox-predictor-00024 (12 of them our own probes), 0 on
 * jukebox-predictor-00023; excludes a leak of 2.1 % and more at 95 % (2 pods, samples up to 12.3 s after the cut-over)"
 * What is still missing comes first.
 */
export function summarize(
  input: Pick<JudgeInput, "active" | "cutOverAt" | "probes">,
  { pods, strength }: Facts,
  finding: Finding,
): string {
  const missing = finding.verdict === "NOT_YET" ? `${finding.detail}; ` : "";
  const excluded = finding.verdict === "PASS" ? exclusion(strength) : "";
  return `${missing}${requestsByRevision(input, pods, strength)}${excluded} (${reach(input.cutOverAt, pods)})`;
}

/** The active revision first, the others by name. */
function requestsByRevision(
  { active, probes = [] }: Pick<JudgeInput, "active" | "probes">,
  pods: readonly PodEvidence[],
  strength: Strength,
): string {
  const others = new Map<string, number>();
  for (const { role, revision = "no known revision", requests } of pods) {
    if (role !== "active") others.set(revision, (others.get(revision) ?? 0) + requests);
  }
  const rest = [...others].sort(([a], [b]) => (a < b ? -1 : 1));
  const { requests } = strength;
  return [
    `${requests} ${requests === 1 ? "request" : "requests"} on ${printable(active, 100)}${remarks(strength)}`,
    ...rest.map(([revision, seen]) => {
      const batches = probes.filter((batch) => batch.revision === revision);
      const sent = batches.reduce((total, batch) => total + batch.sent, 0);
      const expected = batches.length === 0 ? "" : ` (we sent ${sent} probes there)`;
      return `${seen} on ${printable(revision, 100)}${expected}`;
    }),
  ].join(", ");
}

function remarks({ probes, failed }: Strength): string {
  const all = [
    ...(probes > 0 ? [`${probes} of them our own probes`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  return all.length === 0 ? "" : ` (${all.join(", ")})`;
}

function exclusion({ requests, comparable, leakBelow }: Strength): string {
  if (leakBelow === undefined) return "; too few to exclude a leak by numbers";
  const base = comparable === requests ? "" : `, from ${comparable} requests while all pods were watched`;
  return `; excludes a leak of ${percent(leakBelow)} and more (95 %${base})`;
}

function reach(cutOverAt: number, pods: readonly PodEvidence[]): string {
  const count = `${pods.length} ${pods.length === 1 ? "pod" : "pods"}`;
  // What was proven reaches to the pod that was seen least recently, vanished ones aside.
  const times = pods.filter(({ presence }) => presence === "ready").flatMap(({ last }) => last?.time ?? []);
  if (times.length === 0) return `${count}, no samples`;
  return `${count}, samples up to ${(Math.min(...times) - cutOverAt / 1000).toFixed(1)} s after the cut-over`;
}
