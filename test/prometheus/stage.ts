/** Cut-overs side by side in namespaces of their own: real pods, real requests, one real Prometheus. */
import { Agent, request } from "node:http";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunState } from "../../src/core/run-state.ts";
import type { PodReading } from "../../src/core/world.ts";
import type { Cluster } from "../../src/ports.ts";
import { createMetrics } from "../../src/prometheus/metrics.ts";
import { type VerifyLimits, verify } from "../../src/steps/verify.ts";
import { r23, r24, worldIn } from "../core/states.ts";
import { jukeboxRequest } from "../sandbox/metrics/jukebox.ts";
import { type PodServer, startPod } from "../sandbox/metrics/pod-server.ts";
import type { Target } from "../sandbox/metrics/targets.ts";
import { fileWith, location, stateOf } from "../steps/builders.ts";
import { createGit, createLog, type KeptLog } from "../steps/fakes.ts";

export type Colour = "blue" | "green";

/** Promoted: green is to serve. */
const revisions: Readonly<Record<Colour, string>> = { blue: r23, green: r24 };

export interface Stage {
  readonly namespace: string;
  /** Scraped and listed by the API; taken out when the pod vanishes. */
  readonly pods: Map<Colour, PodServer>;
  /** Pages that a test writes itself. */
  readonly pages: Target[];
  /** Whether the pods themselves are scraped. */
  scraped: boolean;
  targets(): readonly Target[];
  /** Sends one inference request. */
  infer(colour: Colour): Promise<void>;
  /** Sends without pause, `width` at a time; every n-th request goes to blue. Runs until `stop`. */
  load(width: number, everyNthToBlue?: number): void;
  poll(colour: Colour): void;
  stop(): Promise<void>;
}

export async function createStage(namespace: string): Promise<Stage> {
  const pods = new Map<Colour, PodServer>();
  for (const colour of ["blue", "green"] as const) {
    const pod = podName(colour);
    pods.set(colour, await startPod({ namespace, pod, revision: revisions[colour], model: "jukebox" }));
  }
  const all = [...pods.values()];
  const pages: Target[] = [];
  const agent = new Agent({ keepAlive: true });
  const ended = new AbortController();
  const work: Promise<void>[] = [];
  let count = 0;

  async function call(pod: PodServer | undefined, method: string, path: string): Promise<void> {
    if (pod === undefined) return;
    await new Promise<void>((resolve) => {
      const outgoing = request({ host: "127.0.0.1", port: pod.port, agent, method, path }, (response) => {
        response.resume().on("close", resolve);
      });
      outgoing.on("error", () => resolve());
      outgoing.end(method === "POST" ? jukeboxRequest(Math.random) : undefined);
    });
  }
  const infer = (colour: Colour) => call(pods.get(colour), "POST", "/v2/models/jukebox/infer");
  async function repeat(send: () => Promise<void>): Promise<void> {
    while (!ended.signal.aborted) {
      await send();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const stage: Stage = {
    namespace,
    pods,
    pages,
    scraped: true,
    targets: () => [...(stage.scraped ? pods.values() : []), ...pages],
    infer,
    load(width, everyNthToBlue = Number.POSITIVE_INFINITY) {
      const next = () => {
        count += 1;
        return infer(count % everyNthToBlue === 0 ? "blue" : "green");
      };
      for (let each = 0; each < width; each++) work.push(repeat(next));
    },
    poll(colour) {
      work.push(repeat(() => call(pods.get(colour), "GET", "/v2/models/jukebox/ready")));
    },
    async stop() {
      ended.abort();
      await Promise.all(work);
      agent.destroy();
      await Promise.all(all.map((pod) => pod.stop()));
    },
  };
  return stage;
}

export function podName(colour: Colour): string {
  return `${revisions[colour]}-deployment-5c9f-${colour}`;
}

export interface Proof {
  readonly state: RunState;
  readonly log: KeptLog;
}

/** Verifies a promote that was seen in force now. */
export async function prove(stage: Stage, url: string, limits: Partial<VerifyLimits> = {}): Promise<Proof> {
  const clock = systemClock();
  const log = createLog();
  const at = clock.now();
  const rollout = { startedAt: at, endedAt: at, cutOverAt: at, active: r24, standby: r23, notes: [] };
  const state = stateOf({ rollout, service: { namespace: stage.namespace, name: "jukebox" } });
  const cluster: Cluster = {
    read: async () => ({ ...worldIn("S5"), pods: listed(stage) }),
    watch() {
      throw new Error("verify does not watch");
    },
  };
  const metrics = createMetrics({
    url,
    extraCa: [],
    tenancyNamespace: stage.namespace,
    timeoutMs: 5000,
    clock,
    log,
  });
  const usual = { timeoutMs: 15_000, intervalMs: 250, settleSeconds: 0.5, maxErrors: 100 };
  const next = await verify(
    { cluster, git: createGit({ [location.path]: fileWith("v2", 100) }), metrics, clock, log },
    state,
    { ...usual, ...limits },
    new AbortController().signal,
  );
  return { state: next, log };
}

function listed({ pods }: Stage): readonly PodReading[] {
  return [...pods.values()].map(({ pod, revision }) => ({
    name: pod,
    revision,
    ready: true,
    terminating: false,
  }));
}
