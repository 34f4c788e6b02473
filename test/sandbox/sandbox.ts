/**
 * The embedded cluster: real Git over smart HTTP, a Kubernetes API over HTTPS, KServe, Knative and Argo CD as state
 * machines, pods with real `/metrics` pages, traffic that follows the split, and Prometheus.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeKubeconfig } from "./api/kubeconfig.ts";
import { type KubeApi, type KubeApiOptions, startKubeApi } from "./api/server.ts";
import { createStore } from "./api/store.ts";
import { applicationOf, type ModelConfig, toolingsNamespace } from "./application.ts";
import { createControllers } from "./cluster/controllers.ts";
import { readyPods, splitInForce } from "./cluster/dataplane.ts";
import { startDriver } from "./cluster/driver.ts";
import { INFERENCE_SERVICE, POD } from "./cluster/kinds.ts";
import type { KubeObject, ObjectStore } from "./cluster/objects.ts";
import { type ClusterSettings, DEFAULT_SETTINGS } from "./cluster/settings.ts";
import { type ForgeServer, startForge } from "./forge/server.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import type { FileChanges } from "./git/fast-import.ts";
import { jukeboxPath, seedRepository } from "./git/seed.ts";
import { type GitServer, startGitServer } from "./git/server.ts";
import { watchHead } from "./head-watch.ts";
import { type Prometheus, startPrometheus } from "./metrics/prometheus.ts";
import { startTraffic, type Traffic } from "./metrics/traffic.ts";
import { type PodFleet, startPodFleet } from "./pod-fleet.ts";
import { type ForwardProxy, startForwardProxy } from "./proxy/server.ts";

export interface SandboxOptions {
  readonly settings?: Partial<ClusterSettings>;
  readonly api?: Omit<KubeApiOptions, "store">;
  /** Seconds between scrapes. */
  readonly scrapeSeconds?: number;
  /** Client requests per second; 0: no traffic. */
  readonly requestsPerSecond?: number;
  /** `embedded` even where a real Prometheus is installed; `none` where a test needs no metrics. */
  readonly prometheus?: "auto" | "embedded" | "none";
  /**
   * The cluster's own hosts answer: over TLS, and through a proxy, because nobody resolves their names. Its URLs are
   * https then.
   */
  readonly gateway?: boolean;
  readonly password?: string;
  /** A server with pull requests in front of the repository, as this one speaks. */
  readonly forge?: "gitea" | "github";
  readonly files?: FileChanges;
  /** Models that Argo CD deploys; by default only jukebox. */
  readonly models?: readonly ModelConfig[];
}

export interface Sandbox {
  readonly store: ObjectStore;
  readonly api: KubeApi;
  readonly git: GitServer;
  readonly forge: ForgeServer | undefined;
  readonly pods: PodFleet;
  readonly traffic: Traffic | undefined;
  readonly prometheus: Prometheus | undefined;
  readonly gateway: Gateway | undefined;
  readonly kubeconfig: string;
  /** A folder for state files and the like; removed at the end. */
  readonly folder: string;
  /** The variables that point bluegreen at everything in here, secrets included. */
  readonly env: Readonly<Record<string, string>>;
  service(name?: string): KubeObject | undefined;
  /** Resolves as soon as `condition` holds; rejects after `ms` milliseconds. */
  until(condition: () => boolean, what: string, ms?: number): Promise<void>;
  stop(): Promise<void>;
}

export const jukebox: ModelConfig = { name: "jukebox", namespace: "user1-test", path: jukeboxPath };

export const sandboxUser = "user1";

/** Times short enough for a demo and long enough for every misleading transition to be seen. */
export const quickSettings: Partial<ClusterSettings> = {
  containerCreationMs: 300,
  modelStartMs: 300,
  scaleToZeroMs: 6_000,
  terminationMs: 2_000,
};

/** Resolves when every model is deployed, ready and, with traffic, answering. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const models = options.models ?? [jukebox];
  const password = options.password ?? "sandbox-password";
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-sandbox-"));
  const store = createStore();
  const api = await startKubeApi({ ...options.api, store });
  const plain = await startGitServer({
    files: options.files ?? seedRepository(),
    user: sandboxUser,
    password,
  });
  const forge = await forgeBefore(plain, options.forge, password);
  const git = forge === undefined ? plain : { ...plain, url: forge.gitUrl };
  const scheme: Partial<ClusterSettings> = options.gateway ? { urlScheme: "https" } : {};
  const driver = startDriver({
    store,
    controllers: createControllers({ ...quickSettings, ...scheme, ...options.settings }),
  });
  const pods = startPodFleet(store);
  const head = await watchHead(
    git,
    store,
    models.map(({ path }) => path),
  );
  const traffic = trafficTo(options.requestsPerSecond ?? 0, models, store, pods);
  const prometheus = await metricsOf(options, pods);
  const front = options.gateway ? await startFront(store, pods, folder) : undefined;
  const kubeconfig = await writeKubeconfig(folder, { url: api.url, ca: api.ca, token: "admin-token" });
  const until = waitOn(store);
  for (const model of models) store.put(applicationOf(model, git.url));
  await until(() => models.every((model) => isServing(store, model)), "every model is ready", 30_000);
  return {
    store,
    api,
    git,
    forge,
    pods,
    traffic,
    prometheus,
    gateway: front?.gateway,
    kubeconfig,
    folder,
    env: { ...environment(git, password, kubeconfig, prometheus), ...front?.env },
    service: (name = "jukebox") => store.list(INFERENCE_SERVICE).find((each) => each.metadata.name === name),
    until,
    async stop() {
      await traffic?.stop();
      driver.stop();
      await head.stop();
      await front?.stop();
      await Promise.all([pods.stop(), prometheus?.stop(), api.stop(), forge?.stop(), git.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function forgeBefore(
  git: GitServer,
  provider: SandboxOptions["forge"],
  password: string,
): Promise<ForgeServer | undefined> {
  if (provider === undefined) return undefined;
  const basic = Buffer.from(`${sandboxUser}:${password}`).toString("base64");
  return startForge({ provider, git, authorized: [`Basic ${basic}`, `Bearer ${password}`] });
}

interface Front {
  readonly gateway: Gateway;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

async function startFront(store: ObjectStore, pods: PodFleet, folder: string): Promise<Front> {
  const gateway = await startGateway({ store, pods, domain: DEFAULT_SETTINGS.domain });
  const proxy: ForwardProxy = await startForwardProxy({ ports: { 443: gateway.port } });
  const ca = join(folder, "gateway-ca.crt");
  await writeFile(ca, gateway.ca);
  return {
    gateway,
    env: { HTTPS_PROXY: proxy.url, BLUEGREEN_CA_FILE: ca },
    async stop() {
      await proxy.stop();
      await gateway.stop();
    },
  };
}

function environment(
  git: GitServer,
  password: string,
  kubeconfig: string,
  prometheus: Prometheus | undefined,
) {
  return {
    BLUEGREEN_NAMESPACE: jukebox.namespace,
    BLUEGREEN_NAME: jukebox.name,
    BLUEGREEN_GIT_URL: git.url,
    BLUEGREEN_GIT_USERNAME: sandboxUser,
    BLUEGREEN_GIT_PASSWORD: password,
    BLUEGREEN_KUBECONFIG: kubeconfig,
    BLUEGREEN_ARGOCD_APPLICATION: `${toolingsNamespace}/${jukebox.name}-test`,
    // Port 9 (discard): a Prometheus that is named, as it must be outside of a cluster, and not there.
    BLUEGREEN_PROMETHEUS_URL: prometheus?.url ?? "http://127.0.0.1:9",
  };
}

function trafficTo(
  requestsPerSecond: number,
  models: readonly ModelConfig[],
  store: ObjectStore,
  pods: PodFleet,
): Traffic | undefined {
  if (requestsPerSecond === 0) return undefined;
  const all = models.map((model) => trafficToModel(requestsPerSecond, model, store, pods));
  const [first] = all;
  const stop = async () => {
    await Promise.all(all.map((traffic) => traffic.stop()));
  };
  return first === undefined ? undefined : { ...first, stop };
}

function trafficToModel(
  requestsPerSecond: number,
  { namespace, name }: ModelConfig,
  store: ObjectStore,
  pods: PodFleet,
): Traffic {
  return startTraffic({
    requestsPerSecond,
    model: name,
    route: () =>
      splitInForce(store, namespace, name).map(({ revision, percent }) => ({
        revision,
        percent,
        pods: readyPods(store, namespace, revision).flatMap((pod) => {
          const server = pods.find(namespace, pod.metadata.name)?.server;
          return server === undefined ? [] : [{ port: server.port }];
        }),
      })),
  });
}

async function metricsOf(options: SandboxOptions, pods: PodFleet): Promise<Prometheus | undefined> {
  const { prometheus = "auto", scrapeSeconds = 1 } = options;
  if (prometheus === "none") return undefined;
  return startPrometheus({
    scrapeSeconds,
    embedded: prometheus === "embedded",
    targets: () => pods.running.map(({ namespace, pod, server }) => ({ namespace, pod, port: server.port })),
  });
}

function isServing(store: ObjectStore, { namespace, name }: ModelConfig): boolean {
  const split = splitInForce(store, namespace, name);
  const served = split.some(({ revision }) => readyPods(store, namespace, revision).length > 0);
  const ready = store
    .get({ kind: INFERENCE_SERVICE, namespace, name })
    ?.status?.conditions?.some(
      (each: { type: string; status: string }) => each.type === "Ready" && each.status === "True",
    );
  return served && ready === true && store.list(POD, namespace).length > 0;
}

function waitOn(store: ObjectStore): Sandbox["until"] {
  return (condition, what, ms = 15_000) =>
    new Promise((resolve, reject) => {
      // Not every condition is about the store; a slow look besides its events finds the others.
      const poll = setInterval(look, 50);
      const deadline = setTimeout(() => end(() => reject(new Error(`not within ${ms} ms: ${what}`))), ms);
      const unsubscribe = store.subscribe(look);
      look();
      function look(): void {
        if (condition()) end(resolve);
      }
      function end(finish: () => void): void {
        clearInterval(poll);
        clearTimeout(deadline);
        unsubscribe();
        finish();
      }
    });
}
