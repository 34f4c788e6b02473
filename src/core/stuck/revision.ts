/** Why a revision's pods do not get ready: from its pods, its own condition, Events and modelStatus. */
import type { PodReading, RevisionReading, World } from "../world.ts";
import { containerFinding } from "./containers.ts";
import { type EventReading, type Finding, oc, said, word } from "./finding.ts";
import { isQuota, isRefusal, whyNotLoaded } from "./words.ts";

export interface Subject {
  readonly namespace: string;
  /** The revision's name. */
  readonly revision: string;
  readonly world: World;
  readonly events: readonly EventReading[];
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

type Look = (subject: Subject) => Finding | undefined;

/** The first cause that shows; undefined where nothing does. */
export function revisionFinding(subject: Subject): Finding | undefined {
  for (const look of looks) {
    const finding = look(subject);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

const looks: readonly Look[] = [
  fromPods,
  refusedPods,
  cannotMount,
  fromCondition,
  fromModelStatus,
  gone,
  loading,
];

/** Pods that are wanted and not ready. */
export function hangingPods({ revision, world }: Pick<Subject, "revision" | "world">): readonly PodReading[] {
  return world.pods.filter((pod) => pod.revision === revision && !pod.ready && !pod.terminating);
}

function fromPods(subject: Subject): Finding | undefined {
  for (const pod of hangingPods(subject)) {
    const finding = unscheduled(subject, pod) ?? ofContainers(subject, pod);
    if (finding !== undefined) return finding;
  }
  return undefined;
}

function ofContainers({ namespace, nowMs }: Subject, pod: PodReading): Finding | undefined {
  for (const container of pod.containers ?? []) {
    const finding = containerFinding({ namespace, pod, container, nowMs });
    if (finding !== undefined) return finding;
  }
  return undefined;
}

function unscheduled({ namespace }: Subject, pod: PodReading): Finding | undefined {
  const { scheduled } = pod;
  if (scheduled?.status !== "False") return undefined;
  return {
    reason: "UNSCHEDULABLE",
    evidence: `pod ${pod.name}: ${said(scheduled.reason, scheduled.message)}`,
    command: oc(namespace, `describe pod ${word(pod.name)}`),
  };
}

/** A pod that may not be made leaves no pod, only an Event of its ReplicaSet. */
function refusedPods(subject: Subject): Finding | undefined {
  const { namespace } = subject;
  const event = about(subject).find(({ reason, message }) => reason === "FailedCreate" && isRefusal(message));
  if (event === undefined) return undefined;
  return refusal(namespace, `${event.kind} ${event.name}: ${said(event.message)}`);
}

function refusal(namespace: string, evidence: string): Finding {
  return isQuota(evidence)
    ? { reason: "QUOTA_EXCEEDED", evidence, command: oc(namespace, "describe quota") }
    : {
        reason: "ADMISSION_REFUSED",
        evidence,
        command: oc(namespace, "get events --field-selector reason=FailedCreate"),
      };
}

const mounting = ["FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"];

function cannotMount(subject: Subject): Finding | undefined {
  const waiting = hangingPods(subject).map(({ name }) => name);
  const event = subject.events.find(
    ({ reason, name }) => mounting.includes(reason) && waiting.includes(name),
  );
  if (event === undefined) return undefined;
  return {
    reason: "CONTAINER_NOT_STARTED",
    evidence: `pod ${event.name}: ${said(event.reason, event.message)}`,
    command: oc(subject.namespace, `describe pod ${word(event.name)}`),
  };
}

/** Of the revision's pods, ReplicaSet or Deployment. */
function about({ revision, events }: Subject): readonly EventReading[] {
  return events.filter(({ name }) => name === revision || name.startsWith(`${revision}-`));
}

/** KServe speaks of the newest revision only. */
function modelFailure(revision: string, service: World["service"]) {
  return service?.latestCreated === revision ? service.modelFailure : undefined;
}

/** Knative copies what its pods told it, and keeps it when it has taken them away. */
function fromCondition({ namespace, revision, world }: Subject): Finding | undefined {
  const ready = conditionOf(world, revision);
  if (ready?.status !== "False") return undefined;
  const command = oc(namespace, `describe revision ${word(revision)}`);
  const evidence = `revision ${revision}: ${said(ready.reason, ready.message)}`;
  const text = `${ready.reason ?? ""} ${ready.message ?? ""}`;
  if (isQuota(text) || (isRefusal(text) && !exited.test(text))) return refusal(namespace, evidence);
  for (const [pattern, reason] of byWords) {
    if (pattern.test(text)) return { reason, evidence, command };
  }
  return undefined;
}

const exited = /^ExitCode/;
const byWords = [
  [/ImagePull|ErrImage|InvalidImageName|Unable to fetch image|ContainerMissing/, "IMAGE_PULL_FAILED"],
  [/Unschedulable|nodes are available/, "UNSCHEDULABLE"],
  [/OOMKilled/, "OUT_OF_MEMORY"],
  [/^ExitCode|CrashLoopBackOff/, "CRASH_LOOP"],
  [/CreateContainer|RunContainerError/, "CONTAINER_NOT_STARTED"],
] as const;

function conditionOf(world: World, revision: string): RevisionReading["ready"] {
  return world.revisions.find(({ name }) => name === revision)?.ready;
}

function fromModelStatus({ namespace, revision, world: { service } }: Subject): Finding | undefined {
  const failure = modelFailure(revision, service);
  if (service?.modelTransition !== "BlockedByFailedLoad" || failure === undefined) return undefined;
  const words = said(failure.reason, failure.message);
  const cause = whyNotLoaded(words);
  return {
    reason: cause === "MODEL_DOWNLOAD_FAILED" ? "CRASH_LOOP" : cause,
    evidence: `modelStatus: ${words}`,
    command: oc(namespace, `describe revision ${word(revision)}`),
  };
}

/** Knative deletes what no route names; then no percent brings it back. */
function gone({ namespace, revision, world }: Subject): Finding | undefined {
  if (world.revisions.some(({ name }) => name === revision)) return undefined;
  return {
    reason: "REVISION_MISSING",
    evidence: `revision ${revision} is not listed by the API`,
    command: oc(namespace, "get revisions"),
  };
}

/** Not stuck: slow. */
function loading(subject: Subject): Finding | undefined {
  for (const pod of hangingPods(subject)) {
    const running = pod.containers?.find(({ state, name }) => state === "running" && name !== "queue-proxy");
    if (running === undefined) continue;
    const { name, startedAt } = running;
    const since = startedAt === undefined ? "" : ` for ${Math.round((subject.nowMs - startedAt) / 1000)} s`;
    return {
      reason: "STILL_LOADING",
      evidence: `container ${name} of pod ${pod.name} runs${since} and is not ready yet`,
      command: oc(subject.namespace, `logs ${word(pod.name)} -c ${word(name)} --tail=50`),
    };
  }
  return undefined;
}
