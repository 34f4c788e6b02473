import type { ServiceRef } from "../world.ts";
import { escapeRegex, podPattern } from "./pods.ts";
import { type Runtime, type RuntimeChoice, runtimes, runtimesOf } from "./runtimes.ts";

export interface SamplesQuery {
  readonly service: ServiceRef;
  /** Names of pods the API lists or listed; hashed long names match no pattern, so they are asked for by name. */
  readonly podNames: readonly string[];
  /** Milliseconds since the epoch. */
  readonly cutOverAt: number;
  readonly nowMs: number;
  /** `auto` if absent. */
  readonly runtime?: RuntimeChoice | undefined;
}

/**
 * Seconds of samples asked for from before the cut-over. They are not counted: they show how often a pod is scraped
 * (OpenShift: every 30 s) and that a counter was there before, and they absorb a Prometheus clock that runs ahead.
 * They also keep the range's left border, which belongs to the range in Prometheus 2 and not in Prometheus 3, far from
 * every sample that counts.
 */
const marginSeconds = 120;

/**
 * The instant query for the inference counters of one InferenceService and the `up` of what they are read from: a bare
 * range selector, which Prometheus answers with the raw samples. `rate()` would show the losing revision for a whole
 * range after a clean cut-over.
 */
export function samplesQuery(query: SamplesQuery): string {
  const pattern = podPattern(query.service.name);
  const anchored = new RegExp(`^(?:${pattern})$`);
  const unusual = [...new Set(query.podNames)].filter((name) => !anchored.test(name)).sort();
  const chosen = runtimesOf(query.runtime ?? "auto");
  const matchers = [
    `__name__=~${quote([...metricsOf(chosen), "up"].join("|"))}`,
    `namespace=${quote(query.service.namespace)}`,
    `pod=~${quote([pattern, ...unusual.map(escapeRegex)].join("|"))}`,
    ...filtersOf(chosen),
  ];
  const range = Math.max(0, Math.ceil((query.nowMs - query.cutOverAt) / 1000)) + marginSeconds;
  return `{${matchers.join(",")}}[${range}s]`;
}

/** Seconds in which a look around finds whoever is scraped at all, on OpenShift every 30 s. */
const lookAroundSeconds = 120;

/**
 * The wider question that tells "no scrape", "wrong label", "wrong runtime" and "no traffic" apart: every known
 * request counter and every `up` of the namespace, whatever its pod label and its method.
 */
export function diagnosisQuery(service: ServiceRef): string {
  const names = quote([...metricsOf(runtimes), "up"].join("|"));
  return `{__name__=~${names},namespace=${quote(service.namespace)}}[${lookAroundSeconds}s]`;
}

function metricsOf(chosen: readonly Runtime[]): readonly string[] {
  return chosen.flatMap(({ counters }) => counters.map(({ metric }) => metric));
}

/** An absent label is an empty one to Prometheus: `up`, and other runtimes' counters, do not have these labels. */
function filtersOf(chosen: readonly Runtime[]): readonly string[] {
  return chosen.flatMap(({ filter }) =>
    Object.entries(filter).map(([label, pattern]) => `${label}=~${quote(`${pattern}|`)}`),
  );
}

/** A double-quoted PromQL string; its escapes are Go's. */
function quote(text: string): string {
  const escaped = text
    .replace(/[\\"]/g, "\\$&")
    .replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${escaped}"`;
}
