/** One model in the sandbox, and what the cluster and Git truly say of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { exitCodes } from "../../src/errors/catalogue.ts";
import { splitText } from "../integration/program.ts";
import { noFaults } from "../sandbox/api/faults.ts";
import type { ModelConfig } from "../sandbox/application.ts";
import { readyPods, splitInForce } from "../sandbox/cluster/dataplane.ts";
import { clearFaults } from "../sandbox/cluster/faults.ts";
import { readGitHead } from "../sandbox/cluster/githead.ts";
import { until } from "../sandbox/metrics/until.ts";
import { jukebox, type Sandbox, type SandboxOptions, startSandbox } from "../sandbox/sandbox.ts";
import { builtBundle } from "../tekton/taskrun/bundle.ts";
import { type Ended, type Running, startProcess } from "./processes.ts";

export type Action = "stage" | "promote" | "rollback";

export const password = "canary-Password-Zq7";

/** Short times where the defaults are for a real cluster. */
const quickly = {
  BLUEGREEN_TIMEOUT: "25s",
  BLUEGREEN_SYNC_TIMEOUT: "20s",
  BLUEGREEN_SYNC_GRACE: "2s",
  BLUEGREEN_BRANCH_INTERVAL: "200ms",
  BLUEGREEN_VERIFY_TIMEOUT: "25s",
  BLUEGREEN_VERIFY_INTERVAL: "200ms",
  // Requests under way are still answered by the old revision, on a busy machine for a while.
  BLUEGREEN_SETTLE_TIME: "1s",
  BLUEGREEN_MAX_ERRORS: "2",
  BLUEGREEN_PUSH_TIMEOUT: "30s",
};

export interface Scene {
  readonly sandbox: Sandbox;
  readonly model: ModelConfig;
  start(action: Action, run: string, env?: Readonly<Record<string, string>>): Running;
  /** A command line that the program printed, as a person pastes it; the rest of the environment is as ever. */
  paste(line: string): Running;
  /** The revision that is to have everything after an action. */
  wanted(action: Action): string;
  /** Percent by revision number as the proxies really send it: `1:100`. */
  split(): string;
  /** Whether a revision has all the traffic, and a pod to answer it. */
  serves(revision: string): boolean;
  /** Commits of a run, by their trailer. */
  commitsOf(run: string): Promise<number>;
  head(): Promise<string>;
  file(): Promise<string>;
  /** Somebody else commits; Argo CD looks at once. */
  commitAsOther(path: string, change: (text: string) => string, message: string): Promise<string>;
  /** Argo CD looks at the branch, as if a person had pressed the button. */
  refresh(): void;
  /** Switches every fault off, and waits until the cluster is as the file says. */
  heal(): Promise<void>;
}

export async function startScenes(
  models: readonly ModelConfig[] = [jukebox],
  options: SandboxOptions = {},
): Promise<readonly Scene[]> {
  const bundle = await builtBundle();
  const sandbox = await startSandbox({
    requestsPerSecond: models.length > 1 ? 10 : 20,
    prometheus: "embedded",
    scrapeSeconds: 0.6,
    password,
    models,
    ...options,
  });
  return models.map((model) => sceneOf(sandbox, model, bundle));
}

function sceneOf(sandbox: Sandbox, model: ModelConfig, bundle: string): Scene {
  const { store, git, env } = sandbox;
  const { namespace, name, path } = model;
  const application = `${name}-test`;
  const own = { BLUEGREEN_NAME: name, BLUEGREEN_ARGOCD_APPLICATION: `user1-toolings/${application}` };
  const scene: Scene = {
    sandbox,
    model,
    start: (action, run, more = {}) =>
      startProcess(bundle, [action], { ...env, ...quickly, ...own, BLUEGREEN_RUN_ID: run, ...more }),
    paste: (line) => startProcess(bundle, line.split(" ").slice(1), { ...env, ...quickly, ...own }),
    wanted: (action) => `${name}-predictor-0000${action === "promote" ? 2 : 1}`,
    split: () => splitText(splitInForce(store, namespace, name)),
    serves(revision) {
      const split = splitInForce(store, namespace, name);
      const whole = split.every((share) => share.revision === revision || share.percent === 0);
      return split.length > 0 && whole && readyPods(store, namespace, revision).length > 0;
    },
    async commitsOf(run) {
      const format = "--format=%(trailers:key=Bluegreen-Run,valueonly,separator=%x2C)";
      return (await git.git(["log", format, "main"])).split("\n").filter((line) => line === run).length;
    },
    head: () => git.head(),
    file: () => git.git(["cat-file", "blob", `main:${path}`]),
    async commitAsOther(file, change, message) {
      const commit = await git.commitAsOther(async (read) => ({ [file]: change(await read(file)) }), message);
      // The cluster has to have heard of the commit before a refresh finds it.
      await until(() => readGitHead(store, git.url)?.commit === commit, "the cluster knows the new head");
      scene.refresh();
      return commit;
    },
    refresh() {
      const found = store.get({
        kind: "Application.argoproj.io",
        namespace: "user1-toolings",
        name: application,
      });
      if (found === undefined) return;
      const { resourceVersion: _, ...metadata } = found.metadata;
      const annotations = { "argocd.argoproj.io/refresh": "normal" };
      store.put({ ...found, metadata: { ...metadata, annotations } });
    },
    async heal() {
      clearFaults(store);
      Object.assign(sandbox.api.faults, noFaults());
      sandbox.api.authorize(() => true);
      sandbox.api.cutWatches("close");
      Object.assign(sandbox.prometheus?.faults ?? {}, { mode: "none" });
      for (const { server } of sandbox.pods.running) server.faults.failing = false;
      await git.heal();
      // A condition of before stands until Argo CD has looked again.
      const key = { kind: "Application.argoproj.io", namespace: "user1-toolings", name: application };
      if (store.get(key)?.status?.conditions?.length > 0) {
        scene.refresh();
        await until(() => store.get(key)?.status?.conditions?.length === 0, "Argo CD has looked again");
      }
    },
  };
  return scene;
}

/** Waits until the cluster is as the file says. */
export async function settled(scene: Scene): Promise<void> {
  const percent = /trafficPercent: (\d+)/.exec(await scene.file())?.[1];
  const revision = scene.wanted(percent === "100" ? "promote" : "rollback");
  const deadline = Date.now() + 30_000;
  while (!scene.serves(revision)) {
    if (Date.now() > deadline) throw new Error(`not settled: ${percent} percent, ${scene.split()}`);
    scene.refresh();
    await sleep(200);
  }
}

/** Stages a second version, so that there is something to promote and to roll back. */
export async function staged(scene: Scene): Promise<void> {
  const all = await untilProven(scene, "stage", `stage-${scene.model.name}`, {
    BLUEGREEN_MODEL_VERSION: "v2",
  });
  const last = all.at(-1);
  if (last?.code !== 0) throw new Error(`the stage ended with ${last?.code}\n${last?.text}`);
}

/**
 * The same command until it does not end as inconclusive, three times at most: on a machine that is busy enough,
 * scrapes fail. How often that was so is part of the report.
 */
export async function untilProven(
  scene: Scene,
  action: Action,
  run: string,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly Ended[]> {
  const all: Ended[] = [];
  do all.push(await scene.start(action, run, env).ended);
  while (all.length < 3 && all.at(-1)?.code === exitCodes.inconclusive);
  return all;
}

export function next(scene: Scene): Action {
  return scene.split() === "1:100" ? "promote" : "rollback";
}

export { until };
