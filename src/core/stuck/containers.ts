/** What one container tells: a table of tiny functions, the most telling first. */
import type { ContainerReading, PodReading } from "../world.ts";
import { type Finding, oc, said, word } from "./finding.ts";
import { whyNotLoaded } from "./words.ts";

interface Subject {
  readonly namespace: string;
  readonly pod: PodReading;
  readonly container: ContainerReading;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** Reasons of the kubelet (pkg/kubelet/images/types.go, pkg/kubelet/kuberuntime). */
const pulling = [
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
  "SignatureValidationFailed",
];
const creating = [
  "CreateContainerConfigError",
  "CreateContainerError",
  "PreCreateHookError",
  "PostStartHookError",
  "RunContainerError",
  "StartError",
];

/** Why this container is not ready, as far as its status tells. */
export function containerFinding(subject: Subject): Finding | undefined {
  for (const look of [imagePull, notStarted, outOfMemory, notLoaded, crashing]) {
    const finding = look(subject);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

/** Whether it crashes again and again, as far as one look can tell. */
export function isCrashLooping(container: ContainerReading, nowMs: number): boolean {
  return container.restarts >= 2 && hasFailed(container, nowMs);
}

/** Whether nothing will come of it unless somebody acts, as the kubelet sees it. */
export function isBlocked({ state, reason = "" }: ContainerReading): boolean {
  return state === "waiting" && [...pulling, ...creating, "CrashLoopBackOff"].includes(reason);
}

/**
 * Whether its latest end counts. One that has run for longer this time than the time before has got further, and is
 * given the benefit of the doubt; and an init container is meant to end.
 */
function hasFailed({ state, init, ended, startedAt }: ContainerReading, nowMs: number): boolean {
  if (ended === undefined || (init && ended.exitCode === 0)) return false;
  if (state !== "running" || startedAt === undefined || ended.lifeMs === undefined) return true;
  return nowMs - startedAt <= ended.lifeMs;
}

function imagePull({ namespace, pod, container }: Subject): Finding | undefined {
  if (container.state !== "waiting" || !pulling.includes(container.reason ?? "")) return undefined;
  return {
    reason: "IMAGE_PULL_FAILED",
    evidence: `container ${container.name} of pod ${pod.name}: ${said(container.reason, container.message)}`,
    command: describe(namespace, pod),
  };
}

function notStarted({ namespace, pod, container }: Subject): Finding | undefined {
  if (container.state !== "waiting" || !creating.includes(container.reason ?? "")) return undefined;
  return {
    reason: "CONTAINER_NOT_STARTED",
    evidence: `container ${container.name} of pod ${pod.name}: ${said(container.reason, container.message)}`,
    command: describe(namespace, pod),
  };
}

function outOfMemory({ namespace, pod, container, nowMs }: Subject): Finding | undefined {
  const { ended, restarts, name } = container;
  if (ended?.reason !== "OOMKilled" || !hasFailed(container, nowMs)) return undefined;
  return {
    reason: "OUT_OF_MEMORY",
    evidence: `container ${name} of pod ${pod.name} was OOMKilled${lived(ended.lifeMs)}, restarts: ${restarts}`,
    command: oc(namespace, `get pod ${word(pod.name)} -o jsonpath='{.spec.containers[*].resources}'`),
  };
}

/** Init containers fetch the model: KServe's storage-initializer, or the image that holds it. */
function notLoaded({ namespace, pod, container, nowMs }: Subject): Finding | undefined {
  const { init, ended, name, restarts } = container;
  if (!init || ended === undefined || !hasFailed(container, nowMs)) return undefined;
  const words = said(ended.message ?? ended.reason);
  return {
    reason: whyNotLoaded(words),
    evidence: `init container ${name} of pod ${pod.name} exited with ${ended.exitCode}, restarts: ${restarts}: ${words}`,
    command: logs(namespace, pod, container),
  };
}

function crashing({ namespace, pod, container, nowMs }: Subject): Finding | undefined {
  const { ended, restarts, reason, name } = container;
  if (ended === undefined ? reason !== "CrashLoopBackOff" : !hasFailed(container, nowMs)) return undefined;
  const end =
    ended === undefined
      ? said(container.message)
      : `exited with ${ended.exitCode}${lived(ended.lifeMs)}: ${said(ended.message ?? ended.reason)}`;
  return {
    reason: "CRASH_LOOP",
    evidence: `container ${name} of pod ${pod.name}, restarts: ${restarts}, ${end}`,
    command: logs(namespace, pod, container),
  };
}

function lived(lifeMs: number | undefined): string {
  return lifeMs === undefined ? "" : ` after ${Math.round(lifeMs / 1000)} s`;
}

function describe(namespace: string, pod: PodReading): string {
  return oc(namespace, `describe pod ${word(pod.name)}`);
}

function logs(namespace: string, pod: PodReading, { name, restarts }: ContainerReading): string {
  const previous = restarts > 0 ? " --previous" : "";
  return oc(namespace, `logs ${word(pod.name)} -c ${word(name)}${previous}`);
}
