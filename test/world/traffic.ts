/** Requests in a simulated world: who really answered which one, and when. */

import type { ProbeReply } from "../../src/ports.ts";
import type { Random } from "../bench/cutovers/random.ts";
import { isReady } from "../sandbox/cluster/conditions.ts";
import { noteRequest, splitForHost, splitInForce } from "../sandbox/cluster/dataplane.ts";
import { ANNOTATION_SOURCE_URI, annotationOf, LABEL_REVISION, labelOf } from "../sandbox/cluster/kinds.ts";
import { groupKindOf, type Json, type KubeObject, type ObjectStore } from "../sandbox/cluster/objects.ts";
import { isOthers, type Model, namespace } from "./course.ts";
import type { Faults } from "./faults.ts";
import type { Time } from "./time.ts";

export interface Answer {
  readonly at: number;
  readonly failed: boolean;
  /** It answers a run's own request. */
  readonly sent?: Sent;
}

/** A request that a run sent by itself. */
export interface Sent {
  /** The run. */
  readonly by: string;
  readonly at: number;
  /** Of the host it went to: the service's own leads wherever the traffic goes. */
  readonly host: "service" | "revision";
  /** The revision that answered it. */
  revision?: string;
  /** The status that the run was told. */
  told?: number;
}

/** A pod as it was. Times in milliseconds since the epoch. */
export interface PodLife {
  readonly name: string;
  readonly revision: string;
  readonly version: string;
  readonly born: number;
  gone: number | undefined;
  ready: boolean;
  /** When the container that runs now began; undefined while none runs. */
  runningSince: number | undefined;
  restarts: number;
  /** When a container ended. */
  readonly endings: number[];
  /** In order of time, and how many of them an earlier container gave. */
  readonly answers: Answer[];
  earlier: number;
}

export interface Traffic {
  readonly pods: ReadonlyMap<string, PodLife>;
  /** What runs sent by themselves, in their order. */
  readonly sent: readonly Sent[];
  /** A request to one host; `reply` may never be called. */
  send(host: string, by: string, reply: (reply: ProbeReply) => void): Sent;
  /** A run's request that a proxy answered by itself, with 503. */
  turnAway(by: string): void;
  /** Accounts for all requests until now. */
  flush(): void;
}

export interface TrafficSettings {
  /** Requests a second; 0: nobody asks anything. */
  readonly perSecond: number;
  /** Whether a revision may be without a pod until a request comes. */
  readonly scalesToZero: boolean;
  readonly leakShare: number;
}

/** Of one model. */
interface TrafficPlace {
  readonly time: Time;
  readonly store: ObjectStore;
  readonly faults: Faults;
  readonly model: Model;
}

/** A request waits this long (milliseconds) for a pod. */
const patienceMs = 60_000;

export function startTraffic(
  { time, store, faults, model }: TrafficPlace,
  random: Random,
  { perSecond, scalesToZero, leakShare }: TrafficSettings,
): Traffic {
  const pods = new Map<string, PodLife>();
  const waiting = new Map<string, Arrival[]>();
  const sent: Sent[] = [];
  let split = splitInForce(store, namespace, model.name);
  let under: { readonly pod: PodLife; readonly answer: Answer; readonly probe: Probe | undefined }[] = [];
  let next = time.now() + gap();

  function gap(): number {
    return perSecond === 0 ? Number.POSITIVE_INFINITY : (-Math.log(1 - random.next()) / perSecond) * 1000;
  }
  function chosen(): string | undefined {
    if (faults.active("leak", model) && random.chance(leakShare)) {
      const others = [...pods.values()].filter(
        ({ ready, revision }) =>
          ready && !split.some((share) => share.revision === revision && share.percent > 0),
      );
      if (others.length > 0) return random.pick(others).revision;
    }
    let place = random.between(0, 100);
    for (const { revision, percent } of split) {
      place -= percent;
      if (place < 0) return revision;
    }
    return split.at(-1)?.revision;
  }
  function readyOf(revision: string): readonly PodLife[] {
    return [...pods.values()].filter((pod) => pod.ready && pod.revision === revision);
  }
  function answer(revision: string, { at, probe }: Arrival): boolean {
    const able = readyOf(revision);
    if (able.length === 0) return false;
    const pod = random.pick(able);
    const failed = faults.active("green-answers-500", model) && pod.version === newestVersion();
    const took = random.chance(0.02) ? random.between(200, 1_500) : random.between(5, 60);
    under.push({ pod, answer: { at: at + took, failed, ...(probe && { sent: probe.sent }) }, probe });
    if (probe !== undefined) time.after(at + took - time.now(), complete);
    return true;
  }
  function newestVersion(): string | undefined {
    return [...pods.values()].sort((a, b) => (a.revision < b.revision ? 1 : -1))[0]?.version;
  }
  function arrive(at: number): void {
    const revision = chosen();
    if (revision !== undefined) take(revision, { at, probe: undefined });
  }
  function take(revision: string, arrival: Arrival): void {
    if (answer(revision, arrival)) return;
    const queue = waiting.get(revision) ?? [];
    waiting.set(revision, queue);
    queue.push(arrival);
  }
  function send(host: string, by: string, reply: Probe["reply"]): Sent {
    flush();
    const at = time.now();
    const found = splitForHost(store, host)?.split;
    const isTag = host !== mainHostOf(model);
    const one: Sent = { by, at, host: isTag ? "revision" : "service" };
    sent.push(one);
    const revision = isTag ? found?.[0]?.revision : chosen();
    if (found === undefined || revision === undefined) {
      reply({ kind: "answered", status: 404, body: "" });
      return one;
    }
    if (scalesToZero) noteRequest(store, namespace, revision, at);
    take(revision, { at, probe: { sent: one, reply } });
    return one;
  }
  function turnAway(by: string): void {
    sent.push({ by, at: time.now(), host: "service", told: 503 });
  }
  function serveWaiting(): void {
    for (const [revision, queue] of waiting) {
      if (readyOf(revision).length === 0) continue;
      waiting.delete(revision);
      for (const { at, probe } of queue)
        if (time.now() - at < patienceMs) answer(revision, { at: time.now(), probe });
    }
  }
  function complete(): void {
    const now = time.now();
    const done = under.filter(({ answer: { at } }) => at <= now).sort((a, b) => a.answer.at - b.answer.at);
    if (done.length === 0) return;
    under = under.filter(({ answer: { at } }) => at > now);
    for (const { pod, answer, probe } of done) {
      if (answer.at >= (pod.gone ?? Number.POSITIVE_INFINITY)) continue;
      pod.answers.push(answer);
      if (probe !== undefined) answered(probe, pod, answer);
    }
  }
  function flush(): void {
    for (; next <= time.now(); next += gap()) arrive(next);
    complete();
  }
  function wakeSleepers(): void {
    for (const { revision, percent } of split)
      if (percent > 0) noteRequest(store, namespace, revision, time.now());
  }
  function tick(): void {
    flush();
    if (scalesToZero && perSecond > 0) wakeSleepers();
    time.after(scalesToZero ? 2_000 : 5_000, tick);
  }
  store.subscribe(({ type, object }) => {
    const kind = groupKindOf(object);
    if (kind === "DataPlane.sandbox" && object.metadata.name === `${model.name}-predictor`) {
      flush();
      split = splitInForce(store, namespace, model.name);
    } else if (kind === "Pod" && !isOthers(object, model)) {
      flush();
      notePod(pods, object, type === "DELETED", time.now());
      serveWaiting();
    }
  });
  tick();
  return { pods, sent, send, turnAway, flush };
}

interface Probe {
  readonly sent: Sent;
  readonly reply: (reply: ProbeReply) => void;
}

interface Arrival {
  readonly at: number;
  readonly probe: Probe | undefined;
}

function answered({ sent, reply }: Probe, { revision }: PodLife, { failed }: Answer): void {
  sent.revision = revision;
  reply(failed ? failure : inference);
}

/** The service's own; a tag stands before it. */
export function mainHostOf({ name }: Model): string {
  return `${name}-predictor-${namespace}.apps.example.com`;
}

const outputs = [{ name: "label", shape: [1], datatype: "FP32", data: [1] }];
const inference: ProbeReply = {
  kind: "answered",
  status: 200,
  body: JSON.stringify({ model_name: "jukebox", outputs }),
};
const failure: ProbeReply = { kind: "answered", status: 500, body: JSON.stringify({ error: "out of tune" }) };

function notePod(pods: Map<string, PodLife>, object: KubeObject, gone: boolean, now: number): void {
  const pod = pods.get(object.metadata.name) ?? newPod(object, now);
  pods.set(pod.name, pod);
  const containers: readonly Json[] = object.status?.containerStatuses ?? [];
  const server = containers.find((container) => container.name === "kserve-container");
  noteContainer(pod, !gone && server?.state?.running !== undefined, server?.restartCount ?? 0, now);
  pod.ready = !gone && isReady(object);
  if (gone) pod.gone = now;
}

function newPod(object: KubeObject, now: number): PodLife {
  return {
    name: object.metadata.name,
    revision: labelOf(object, LABEL_REVISION) ?? "",
    version: annotationOf(object, ANNOTATION_SOURCE_URI)?.replace(/^.*:/, "") ?? "",
    born: now,
    gone: undefined,
    ready: false,
    runningSince: undefined,
    restarts: 0,
    endings: [],
    answers: [],
    earlier: 0,
  };
}

function noteContainer(pod: PodLife, running: boolean, restarts: number, now: number): void {
  if (restarts !== pod.restarts || !running) {
    if (pod.runningSince !== undefined) pod.endings.push(now);
    pod.runningSince = undefined;
    pod.earlier = pod.answers.length;
  }
  if (running) pod.runningSince ??= now;
  pod.restarts = restarts;
}
