/** From a raw Pod to its reading. What only explains is left out where it is malformed; it must not spoil the rest. */
import * as v from "valibot";
import { parseQuantity } from "../core/quantity.ts";
import type { ContainerEnd, ContainerReading, PodReading } from "../core/world.ts";
import { type Amounts, type Requesting, reserved } from "./requests.ts";
import { conditions, metadata, parse, readConditions, text } from "./schemas.ts";

const quantities = v.optional(v.record(v.string(), v.union([v.string(), v.number()])), {});
const resources = v.optional(v.object({ requests: quantities }), {});

const container = v.object({ resources, restartPolicy: text });
const spec = v.object({
  containers: v.optional(v.array(container), []),
  initContainers: v.optional(v.array(container), []),
  resources,
  overhead: quantities,
});

const time = v.optional(v.pipe(v.string(), v.maxLength(100)));
const termination = v.object({
  exitCode: v.pipe(v.number(), v.integer()),
  reason: text,
  message: text,
  startedAt: time,
  finishedAt: time,
});
const state = v.object({
  waiting: v.optional(v.object({ reason: text, message: text })),
  running: v.optional(v.object({ startedAt: time })),
  terminated: v.optional(termination),
});
const containerStatus = v.object({
  name: v.string(),
  restartCount: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  state: v.optional(state, {}),
  lastState: v.optional(state, {}),
});
const containerStatuses = v.fallback(v.optional(v.array(containerStatus), []), []);

const pod = v.object({
  metadata,
  spec: v.fallback(v.optional(spec), undefined),
  status: v.optional(
    v.object({
      phase: v.fallback(text, undefined),
      conditions,
      containerStatuses,
      initContainerStatuses: containerStatuses,
    }),
  ),
});

/** Throws Failure CLUSTER_ANSWER. */
export function readPod(raw: unknown): PodReading {
  const { metadata: meta, spec: asked, status } = parse(pod, raw, "Pod");
  const { Ready: ready, PodScheduled: scheduled } = readConditions(status?.conditions ?? []);
  return {
    name: meta.name,
    revision: meta.labels["serving.knative.dev/revision"],
    ready: ready?.status === "True",
    terminating: meta.deletionTimestamp !== undefined,
    finished: status?.phase === "Succeeded" || status?.phase === "Failed",
    requests: asked === undefined ? {} : reserved(readSpec(asked)),
    scheduled,
    containers: [
      ...(status?.initContainerStatuses ?? []).map((each) => readContainer(each, true)),
      ...(status?.containerStatuses ?? []).map((each) => readContainer(each, false)),
    ],
  };
}

function readSpec({ containers, initContainers, ...whole }: v.InferOutput<typeof spec>): Requesting {
  return {
    containers: containers.map(({ resources: { requests } }) => amountsOf(requests)),
    init: initContainers.map(({ resources: { requests }, restartPolicy }) => ({
      requests: amountsOf(requests),
      stays: restartPolicy === "Always",
    })),
    whole: amountsOf(whole.resources.requests),
    overhead: amountsOf(whole.overhead),
  };
}

/** JSON has numbers where YAML had them unquoted; what is no quantity is left out. */
function amountsOf(found: v.InferOutput<typeof quantities>): Amounts {
  const amounts = new Map<string, number>();
  for (const [resource, quantity] of Object.entries(found)) {
    const amount = parseQuantity(String(quantity));
    if (amount !== undefined) amounts.set(resource, amount);
  }
  return amounts;
}

function readContainer(status: v.InferOutput<typeof containerStatus>, init: boolean): ContainerReading {
  const { name, restartCount, state: now, lastState } = status;
  const ended = now.terminated ?? lastState.terminated;
  const common = { name, init, restarts: restartCount, ended: ended && readEnd(ended) };
  if (now.running !== undefined) {
    return { ...common, state: "running", startedAt: readTime(now.running.startedAt) };
  }
  if (now.waiting !== undefined) return { ...common, state: "waiting", ...now.waiting };
  if (now.terminated === undefined) return { ...common, state: "unknown" };
  const { reason, message } = now.terminated;
  return { ...common, state: "terminated", reason, message };
}

function readEnd({
  exitCode,
  reason,
  message,
  startedAt,
  finishedAt,
}: v.InferOutput<typeof termination>): ContainerEnd {
  const [from, to] = [readTime(startedAt), readTime(finishedAt)];
  const lifeMs = from === undefined || to === undefined ? undefined : to - from;
  return { exitCode, reason, message, lifeMs };
}

function readTime(text: string | undefined): number | undefined {
  const at = Date.parse(text ?? "");
  return Number.isNaN(at) ? undefined : at;
}
