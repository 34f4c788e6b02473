import type { ServiceRef } from "../world.ts";
import { escapeRegex, podPattern } from "./pods.ts";

export interface SamplesQuery {
  readonly service: ServiceRef;
  /** Names of pods the API lists or listed; hashed long names match no pattern, so they are asked for by name. */
  readonly podNames: readonly string[];
  /** Milliseconds since the epoch. */
  readonly cutOverAt: number;
  readonly nowMs: number;
}

/**
 * Seconds of samples asked for from before the cut-over. They are not counted: they show how often a pod is scraped
 * (OpenShift: every 30 s) and that a counter was there before, and they absorb a Prometheus clock that runs ahead.
 */
const marginSeconds = 120;

/**
 * Readiness and metadata calls are counted by the same metrics and are no traffic. Failures count like successes:
 * a revision that answers 500 serves too.
 */
const metricNames = ["ovms_requests_success", "ovms_requests_fail"];
const inferenceMethods = ["ModelInfer", "Predict"];

/**
 * The instant query for OVMS' inference counters of one InferenceService: a bare range selector, which Prometheus
 * answers with the raw samples. `rate()` would show the losing revision for a whole range after a clean cut-over.
 */
export function samplesQuery(query: SamplesQuery): string {
  const pattern = podPattern(query.service.name);
  const anchored = new RegExp(`^(?:${pattern})$`);
  const unusual = [...new Set(query.podNames)].filter((name) => !anchored.test(name)).sort();
  const matchers = [
    `__name__=~${quote(metricNames.join("|"))}`,
    `namespace=${quote(query.service.namespace)}`,
    `pod=~${quote([pattern, ...unusual.map(escapeRegex)].join("|"))}`,
    `method=~${quote(inferenceMethods.join("|"))}`,
  ];
  return `{${matchers.join(",")}}[${rangeSeconds(query)}s]`;
}

function rangeSeconds({ cutOverAt, nowMs }: SamplesQuery): number {
  return Math.max(0, Math.ceil((nowMs - cutOverAt) / 1000)) + marginSeconds;
}

/** A double-quoted PromQL string; its escapes are Go's. */
function quote(text: string): string {
  const escaped = text
    .replace(/[\\"]/g, "\\$&")
    .replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${escaped}"`;
}
