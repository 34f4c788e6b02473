/**
 * Clients, like the course's load generator: inference requests at a steady rate, each to a revision drawn by the
 * split in force at that moment. A request to a revision without a ready pod is held, as Knative's activator does.
 */
import { setMaxListeners } from "node:events";
import { Agent, request } from "node:http";
import { jukeboxRequest } from "./jukebox.ts";

export interface RouteEntry {
  readonly revision: string;
  /** 0–100. */
  readonly percent: number;
  /** Ready pods. */
  readonly pods: readonly { readonly port: number }[];
}

export interface TrafficOptions {
  readonly requestsPerSecond: number;
  readonly route: () => readonly RouteEntry[];
  /** Model name in the path. */
  readonly model?: string;
  /** From 0 to below 1. */
  readonly random?: () => number;
  /** How long the activator holds a request, in milliseconds. */
  readonly holdMs?: number;
}

export interface TrafficCount {
  /** Drawn for this revision. */
  readonly sent: number;
  readonly ok: number;
  /** Answered with an error, cut off, or held for too long. */
  readonly failed: number;
}

export interface Traffic {
  /** Per revision, since the start. A request under way is sent, but neither ok nor failed yet. */
  counts(): ReadonlyMap<string, TrafficCount>;
  /** Sends no more, gives up what is under way, and resolves when nothing is left. */
  stop(): Promise<void>;
}

const tickMs = 20;
const holdStepMs = 50;
const defaultHoldMs = 10_000;
/** Against a sandbox that cannot keep up. */
const mostUnderWay = 500;

type MutableCount = { -readonly [Key in keyof TrafficCount]: TrafficCount[Key] };

export function startTraffic(options: TrafficOptions): Traffic {
  const { random = Math.random } = options;
  const counts = new Map<string, MutableCount>();
  const underWay = new Set<Promise<void>>();
  const abort = new AbortController();
  // Every request under way listens; Node would warn of a leak.
  setMaxListeners(0, abort.signal);
  const agent = new Agent({ keepAlive: true });
  let due = 0;
  let last = performance.now();

  function tick(): void {
    const now = performance.now();
    due += ((now - last) / 1000) * options.requestsPerSecond;
    last = now;
    for (; due >= 1; due -= 1) if (underWay.size < mostUnderWay) begin();
  }
  function begin(): void {
    const revision = draw(options.route(), random());
    if (revision === undefined) return;
    const sending = send(revision).finally(() => underWay.delete(sending));
    underWay.add(sending);
  }
  async function send(revision: string): Promise<void> {
    const count = counts.get(revision) ?? { sent: 0, ok: 0, failed: 0 };
    counts.set(revision, count);
    count.sent += 1;
    const port = await findPod(revision, options, random, abort.signal);
    const ok =
      port !== undefined && (await infer(port, options.model ?? "jukebox", agent, random, abort.signal));
    if (abort.signal.aborted) return;
    if (ok) count.ok += 1;
    else count.failed += 1;
  }

  const timer = setInterval(tick, tickMs);
  return {
    counts: () => new Map([...counts].map(([revision, count]) => [revision, { ...count }])),
    async stop() {
      clearInterval(timer);
      abort.abort();
      await Promise.all(underWay);
      agent.destroy();
    },
  };
}

/** `at` from 0 to below 1 along the entries' shares. */
function draw(route: readonly RouteEntry[], at: number): string | undefined {
  let rest = at * route.reduce((total, { percent }) => total + percent, 0);
  for (const { revision, percent } of route) {
    if (rest < percent) return revision;
    rest -= percent;
  }
  return undefined;
}

/** A ready pod's port; waits for one until the activator's patience ends, then undefined. */
async function findPod(
  revision: string,
  { route, holdMs = defaultHoldMs }: TrafficOptions,
  random: () => number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const deadline = performance.now() + holdMs;
  while (!signal.aborted) {
    const pods = route()
      .filter((entry) => entry.revision === revision)
      .flatMap((entry) => entry.pods);
    const pod = pods[Math.floor(random() * pods.length)];
    if (pod !== undefined) return pod.port;
    if (performance.now() >= deadline) return undefined;
    await pause(holdStepMs, signal);
  }
  return undefined;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

/** Whether the answer was 200; never rejects. */
function infer(
  port: number,
  model: string,
  agent: Agent,
  random: () => number,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        agent,
        signal,
        method: "POST",
        path: `/v2/models/${encodeURIComponent(model)}/infer`,
        headers: { "content-type": "application/json" },
      },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode === 200));
        response.on("close", () => resolve(false));
      },
    );
    outgoing.on("error", () => resolve(false));
    outgoing.end(jukeboxRequest(random));
  });
}
