import type { PodReading } from "../world.ts";

/**
 * What the API says of a pod: `ready`; `notReady` (present, so not in the route); `terminating`; `gone` (no longer
 * listed, or never, or its containers have ended for good, as an evicted pod's).
 */
export type Presence = "ready" | "notReady" | "terminating" | "gone";

export interface PodIdentity {
  readonly pod: string;
  /** Undefined where neither the API nor the name tells. */
  readonly revision?: string;
  readonly presence: Presence;
}

export interface PodDirectory {
  /** Name of the InferenceService. */
  readonly service: string;
  /** Predictor pods as the API lists them now. */
  readonly pods: readonly PodReading[];
  /** Pods that were listed earlier in this run; they only tell which revision a vanished pod belonged to. */
  readonly earlierPods?: readonly PodReading[];
}

/** A regular expression (RE2 and JavaScript, not anchored) for the pods Knative makes for a service's revisions. */
export function podPattern(service: string): string {
  return `${revisionPattern(service)}-deployment-.*`;
}

/** Knative numbers with at least five digits (`%05d`). */
function revisionPattern(service: string): string {
  return `${escapeRegex(service)}-predictor-[0-9]{5,}`;
}

/** Takes the meaning from every character that has one in Go's RE2 (and in JavaScript). */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}

/** Finds out what `pod` is: first by the API's labels, now or earlier, then by its name. */
export function identify(pod: string, directory: PodDirectory): PodIdentity {
  const listed = directory.pods.find(({ name }) => name === pod);
  const earlier = directory.earlierPods?.find(({ name }) => name === pod);
  const revision = listed?.revision ?? earlier?.revision ?? revisionFromName(pod, directory.service);
  return { pod, presence: presenceOf(listed), ...(revision === undefined ? {} : { revision }) };
}

/** Whether the API lists it, or did so earlier in this run. */
export function isListed(pod: string, { pods, earlierPods = [] }: PodDirectory): boolean {
  return [...pods, ...earlierPods].some(({ name }) => name === pod);
}

function presenceOf(pod: PodReading | undefined): Presence {
  if (pod === undefined || pod.finished === true) return "gone";
  if (pod.terminating) return "terminating";
  return pod.ready ? "ready" : "notReady";
}

function revisionFromName(pod: string, service: string): string | undefined {
  return new RegExp(`^(${revisionPattern(service)})-deployment-`).exec(pod)?.[1];
}
