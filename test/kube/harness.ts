/** What the tests of the Kubernetes adapters share: a sandbox API, ways to reach it, and a clock that does not wait. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeAccess } from "../../src/kube/access.ts";
import { loadKubeAccess } from "../../src/kube/load-access.ts";
import type { Clock, Log, Observation } from "../../src/ports.ts";
import { writeKubeconfig, writeServiceAccount } from "../sandbox/api/kubeconfig.ts";
import { type KubeApi, type KubeApiOptions, startKubeApi } from "../sandbox/api/server.ts";
import { until } from "../sandbox/api/until.ts";
import type { KubeObject } from "../sandbox/cluster/objects.ts";

export const jukebox = { namespace: "user1-test", name: "jukebox" };

/** A clock whose time passes only by `pass`, except for back-offs: those end at once and are counted. */
export interface TestClock extends Clock {
  /** The length of every sleep so far, in milliseconds. */
  readonly sleeps: readonly number[];
  /** How many sleeps are pending. */
  readonly pending: number;
  pass(ms: number): void;
}

/** Sleeps longer than `instantMs` wait for `pass`; shorter ones end at once, and the time passes. */
export function testClock(instantMs = 1000): TestClock {
  let time = 1_000_000;
  const sleeps: number[] = [];
  const pending = new Set<{ readonly at: number; readonly end: () => void }>();
  return {
    sleeps,
    get pending() {
      return pending.size;
    },
    now: () => time,
    async sleep(ms, signal) {
      if (signal?.aborted) return;
      sleeps.push(ms);
      if (ms <= instantMs) {
        time += ms;
        await new Promise((resolve) => setImmediate(resolve));
        return;
      }
      await new Promise<void>((resolve) => {
        const entry = { at: time + ms, end };
        function end(): void {
          pending.delete(entry);
          signal?.removeEventListener("abort", end);
          resolve();
        }
        pending.add(entry);
        signal?.addEventListener("abort", end);
      });
    },
    pass(ms) {
      time += ms;
      for (const entry of [...pending]) if (entry.at <= time) entry.end();
    },
  };
}

export interface TestLog extends Log {
  readonly lines: readonly string[];
}

export function testLog(): TestLog {
  const lines: string[] = [];
  const keep = (level: string) => (message: string) => void lines.push(`${level}: ${message}`);
  return { lines, info: keep("info"), warn: keep("warn"), debug: keep("debug") };
}

export interface Setup {
  readonly api: KubeApi;
  readonly folder: string;
  readonly access: KubeAccess;
  readonly clock: TestClock;
  readonly log: TestLog;
  readonly random: () => number;
  /** An access with other parts than the right ones. */
  reach(other: { token?: string; ca?: string; url?: string }): Promise<KubeAccess>;
  stop(): Promise<void>;
}

/** A sandbox API, reached by a pod's ServiceAccount (the way that does not load the client). */
export async function setUp(options: KubeApiOptions = {}): Promise<Setup> {
  const api = await startKubeApi(options);
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-kube-"));
  async function reach(other: { token?: string; ca?: string; url?: string }): Promise<KubeAccess> {
    const { url, ca, token } = { url: api.url, ca: api.ca, token: "admin-token", ...other };
    const serviceAccountFolder = await writeServiceAccount(folder, { url, ca, token });
    const { hostname, port } = new URL(url);
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    return loadKubeAccess({ env, serviceAccountFolder });
  }
  return {
    api,
    folder,
    access: await reach({}),
    clock: testClock(),
    log: testLog(),
    random: () => 0.5,
    reach,
    async stop() {
      await api.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export { until, writeKubeconfig };

/** Reads observations one at a time. */
export function reader<T>(observations: AsyncIterable<Observation<T>>) {
  const iterator = observations[Symbol.asyncIterator]();
  async function next(): Promise<Observation<T>> {
    const result = await iterator.next();
    if (result.done) throw new Error("the observations have ended");
    return result.value;
  }
  return {
    next,
    /** The next value seen for which `wanted` holds; anything else is passed over. */
    async value(wanted: (value: T) => boolean = () => true): Promise<T> {
      while (true) {
        const observation = await next();
        if (observation.kind === "seen" && wanted(observation.value)) return observation.value;
      }
    },
    /** Whether the observations end. */
    async ended(): Promise<boolean> {
      while (!(await iterator.next()).done);
      return true;
    },
  };
}

export function isvc(percent: number, more: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return {
    apiVersion: "serving.kserve.io/v1beta1",
    kind: "InferenceService",
    metadata: { ...jukebox, ...more },
    spec: { predictor: { canaryTrafficPercent: percent } },
  };
}

const labels = { "serving.kserve.io/inferenceservice": "jukebox" };

export function revision(name: string): KubeObject {
  return {
    apiVersion: "serving.knative.dev/v1",
    kind: "Revision",
    metadata: { namespace: jukebox.namespace, name, labels },
    spec: { containers: [] },
  };
}

export function pod(name: string, owner = "jukebox-predictor-00001"): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: jukebox.namespace,
      name,
      labels: { ...labels, "serving.knative.dev/revision": owner },
    },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  };
}

/** As KServe labels what belongs to one component of an InferenceService; `object` has no such label, as of old. */
export function ofComponent(component: string, object: KubeObject): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, component } } };
}

/** Everything that `jukebox` consists of, and something that is not its own. */
export function putJukebox(api: KubeApi, percent = 100): void {
  api.store.put(isvc(percent));
  api.store.put(isvc(50, { name: "other" }));
  api.store.put(revision("jukebox-predictor-00001"));
  api.store.put(pod("jukebox-predictor-00001-deployment-a"));
  const foreign = pod("other-pod");
  api.store.put({ ...foreign, metadata: { ...foreign.metadata, labels: {} } });
}
