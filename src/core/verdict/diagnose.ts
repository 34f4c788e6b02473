/**
 * Why the counters show nothing, found by looking: what a wider query (`diagnosisQuery`) sees of our pods tells "no
 * scrape", "wrong label", "wrong runtime", "no counters" and "no traffic" apart.
 */
import type { ReasonId } from "../../errors/catalogue.ts";
import type { QueryAnswer, Series } from "../../ports.ts";
import { printable } from "../text.ts";
import type { PodDirectory } from "./pods.ts";
import { riseOf } from "./rise.ts";
import {
  countsInference,
  isCounterOf,
  type Runtime,
  type RuntimeChoice,
  runtimes,
  runtimesOf,
} from "./runtimes.ts";

export interface DiagnosisInput extends PodDirectory {
  /** What the look lacked. */
  readonly reason: "NO_SCRAPE" | "NO_TRAFFIC";
  /** `auto` if absent. */
  readonly runtime?: RuntimeChoice | undefined;
  readonly active: string;
  /** Answer to `diagnosisQuery`. */
  readonly answer: QueryAnswer;
}

export interface Diagnosis {
  readonly reason: Extract<
    ReasonId,
    "NO_SCRAPE" | "NO_TRAFFIC" | "NO_COUNTERS" | "WRONG_LABEL" | "WRONG_RUNTIME"
  >;
  /** What was seen, printable. */
  readonly detail: string;
}

/** Undefined: the wider look shows nothing that the narrow one did not. */
export function diagnose(input: DiagnosisInput): Diagnosis | undefined {
  const ready = input.pods.filter((pod) => pod.ready && !pod.terminating).map(({ name }) => name);
  if (input.reason === "NO_SCRAPE") {
    const found = ready.flatMap((pod) => unseen(pod, input) ?? []);
    // What is wrong with one pod's counters says more than that another has no target.
    return found.find(({ reason }) => reason !== "NO_SCRAPE") ?? found[0];
  }
  const serving = new Set(
    input.pods.filter(({ revision }) => revision === input.active).map(({ name }) => name),
  );
  return firstOf([...serving], (pod) => unmoved(pod, input)) ?? onlyOthersRise(serving, input);
}

function firstOf<T, U>(all: readonly T[], find: (one: T) => U | undefined): U | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Why one pod is not seen; undefined where its counters are there. */
function unseen(pod: string, { answer, runtime = "auto" }: DiagnosisInput): Diagnosis | undefined {
  const own = answer.series.filter(({ labels }) => labels["pod"] === pod);
  const up = own.filter(isUp);
  const name = printable(pod, 100);
  if (up.length > 0 && up.every(({ samples }) => samples.at(-1)?.value === 0)) {
    return { reason: "NO_SCRAPE", detail: `the target of pod ${name} is down (up is 0, ${jobOf(up)})` };
  }
  if (own.some((series) => runtimesOf(runtime).some((known) => isCounterOf(known, series.labels))))
    return undefined;
  return (
    otherRuntime(pod, own) ??
    otherLabel(pod, answer) ??
    (up.length > 0 ? withoutCounters(`pod ${name} is scraped (${jobOf(up)})`, runtime) : unnamed(answer)) ??
    noTarget(name, answer)
  );
}

/** Of a server that is known to export them with the first request, missing counters mean that there was none. */
function withoutCounters(scraped: string, runtime: RuntimeChoice): Diagnosis {
  return runtimesOf(runtime).some(({ fromZero }) => fromZero)
    ? { reason: "NO_COUNTERS", detail: `${scraped}, without request counters` }
    : { reason: "NO_TRAFFIC", detail: `${scraped}, and shows no counters before its first request` };
}

function otherRuntime(pod: string, own: readonly Series[]): Diagnosis | undefined {
  const found = runtimes.find((runtime) => own.some(({ labels }) => isCounterOf(runtime, labels)));
  if (found === undefined) return undefined;
  return wrongRuntime(pod, found, "shows");
}

function wrongRuntime(pod: string, { name }: Runtime, what: string): Diagnosis {
  return {
    reason: "WRONG_RUNTIME",
    detail: `pod ${printable(pod, 100)} ${what} counters of ${name}: use --runtime ${name}`,
  };
}

/** Federation and exporters that speak for others leave the pod's name under a label such as `exported_pod`. */
function otherLabel(pod: string, { series }: QueryAnswer): Diagnosis | undefined {
  return firstOf(series.filter(isKnownCounter), ({ labels }) => {
    const found = Object.entries(labels).find(([, value]) => value === pod);
    if (found === undefined) return undefined;
    const detail = `${metricOf(labels)} names pod ${printable(pod, 100)} in the label ${printable(found[0], 100)}`;
    return { reason: "WRONG_LABEL" as const, detail };
  });
}

/** Counters that name no pod at all could be ours. */
function unnamed({ series }: QueryAnswer): Diagnosis | undefined {
  const found = series.find((one) => isKnownCounter(one) && one.labels["pod"] === undefined);
  if (found === undefined) return undefined;
  const labels = Object.keys(found.labels).filter((label) => label !== "__name__");
  const detail = `${metricOf(found.labels)} names no pod; its labels are ${printable(labels.join(", "), 300)}`;
  return { reason: "WRONG_LABEL", detail };
}

function noTarget(pod: string, { series }: QueryAnswer): Diagnosis {
  const detail = series.some(isUp)
    ? `Prometheus has no target for pod ${pod}, though it has others in the namespace`
    : `Prometheus has no target for pod ${pod}, nor any other in the namespace`;
  return { reason: "NO_SCRAPE", detail };
}

/** Why a pod's counters rest, where another runtime's do not. A layer around the server counts readiness calls too. */
function unmoved(pod: string, { answer, runtime = "auto" }: DiagnosisInput): Diagnosis | undefined {
  if (runtime === "auto") return undefined;
  const moving = runtimes.find(
    (other) =>
      other.name !== runtime &&
      other.name !== "knative" &&
      answer.series.some(
        (series) => series.labels["pod"] === pod && countsInference(other, series.labels) && rises(series),
      ),
  );
  return moving === undefined ? undefined : wrongRuntime(pod, moving, "shows rising");
}

function onlyOthersRise(serving: ReadonlySet<string>, { answer }: DiagnosisInput): Diagnosis | undefined {
  const methods = answer.series
    .filter((series) => serving.has(series.labels["pod"] ?? "") && isKnownCounter(series) && rises(series))
    // The look reaches back before the cut-over: inference of then is no finding.
    .filter(({ labels }) => !runtimes.some((runtime) => countsInference(runtime, labels)))
    .flatMap(({ labels }) => labels["method"] || []);
  if (methods.length === 0) return undefined;
  const names = [...new Set(methods)].sort().join(", ");
  return {
    reason: "NO_TRAFFIC",
    detail: `only calls of ${printable(names, 200)} are counted, which are no inference`,
  };
}

function rises({ samples }: Series): boolean {
  return riseOf(samples).increase > 0;
}

function isUp({ labels }: Series): boolean {
  return labels["__name__"] === "up";
}

function isKnownCounter({ labels }: Series): boolean {
  return runtimes.some((runtime) => isCounterOf(runtime, labels));
}

function metricOf(labels: Series["labels"]): string {
  return printable(String(labels["__name__"]), 100);
}

function jobOf(up: readonly Series[]): string {
  const jobs = [...new Set(up.map(({ labels }) => labels["job"] ?? "without a name"))].sort();
  return `job ${printable(jobs.join(", "), 200)}`;
}
