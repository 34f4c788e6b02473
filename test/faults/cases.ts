/** What goes wrong, when, and what may come of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { createCertificates } from "../sandbox/api/certificates.ts";
import { writeKubeconfig } from "../sandbox/api/kubeconfig.ts";
import { type ArgoFaults, setFaults } from "../sandbox/cluster/faults.ts";
import type { FaultScope, GitFault } from "../sandbox/git/faults.ts";
import type { PrometheusFault } from "../sandbox/metrics/gate.ts";
import type { Running } from "./processes.ts";
import type { Action, Scene } from "./scene.ts";
import { until } from "./scene.ts";

export interface Strike {
  readonly scene: Scene;
  readonly run: Running;
  /** The branch before the run. */
  readonly base: string;
  /** Requests to the API before the run. */
  readonly requests: number;
}

export interface FaultCase {
  readonly name: string;
  /** By default whatever the model is ready for: promote or rollback. */
  readonly action?: Action;
  readonly env?: Readonly<Record<string, string>>;
  /** Further variables that can be told only in the sandbox. */
  prepare?(scene: Scene): Promise<Readonly<Record<string, string>>>;
  /** Before the process starts. */
  before?(scene: Scene): Promise<unknown> | unknown;
  /** While it runs. */
  strike?(strike: Strike): Promise<unknown>;
  /** Exit codes that it may end with. */
  readonly codes: readonly number[];
  /** Commits of this run when it has ended. */
  readonly commits: 0 | 1 | 2;
  /**
   * Exit codes of the same command once all is well; `no`: the world is not as it was; `as it says`: the command that it
   * ended with has to end well.
   */
  readonly again: readonly number[] | "no" | "as it says";
  /** Spoils the sandbox for others: gets one of its own, where nothing is staged unless it says so. */
  readonly alone?: "fresh" | "staged" | "promoted";
  /** For CI as well: ends within a few seconds. */
  readonly quick?: true;
}

const committed = ({ scene, run, base }: Strike) =>
  until(async () => run.hasEnded || (await scene.head()) !== base, "the run has committed");
/** A signal before the program has begun to listen for one ends it as any process. */
const asked = ({ scene, run, requests }: Strike) =>
  until(() => run.hasEnded || scene.sandbox.api.requests.length > requests, "the cluster is asked");
const rolledOut = ({ run }: Strike) => run.says(/Rolled out/);

function api(change: Partial<Scene["sandbox"]["api"]["faults"]>) {
  return (scene: Scene) => Object.assign(scene.sandbox.api.faults, change);
}
function argocd(faults: ArgoFaults) {
  return (scene: Scene) => setFaults(scene.sandbox.store, { argocd: faults });
}
function git(fault: GitFault, scope: FaultScope = "any", times = Number.POSITIVE_INFINITY) {
  return (scene: Scene) => scene.sandbox.git.fault(fault, { scope, times });
}
function prometheus(mode: PrometheusFault) {
  return (scene: Scene) => Object.assign(scene.sandbox.prometheus?.faults ?? {}, { mode });
}
/** A fault that begins with the commit and is over soon. */
function passing(fault: (scene: Scene) => unknown, ms = 1_500): NonNullable<FaultCase["strike"]> {
  return async (strike) => {
    await committed(strike);
    await fault(strike.scene);
    await sleep(ms);
    await strike.scene.heal();
  };
}
async function terminate({ run }: Strike): Promise<void> {
  run.signal("SIGTERM");
}
const shortly = { BLUEGREEN_VERIFY_TIMEOUT: "2s" };
const shortSync = { BLUEGREEN_SYNC_TIMEOUT: "2s" };
const other = "model-deployments/test/model-00004/config.yaml";

const kubernetes: readonly FaultCase[] = [
  { name: "API 500 before the commit", before: api({ status: 500 }), codes: [32], commits: 0, again: [0] },
  { name: "API 401 before the commit", before: api({ rejectTokens: true }), codes: [31], commits: 0, again: [0] },
  { name: "API 403 before the commit", before: ({ sandbox }) => sandbox.api.authorize(() => false), codes: [31], commits: 0, again: [0] },
  { name: "API sends half of every answer", before: api({ half: true }), codes: [32], commits: 0, again: [0] },
  {
    name: "API behind a certificate of an unknown CA",
    async prepare({ sandbox }) {
      const { ca } = await createCertificates();
      const path = `${sandbox.folder}/other-ca`;
      return { BLUEGREEN_KUBECONFIG: await writeKubeconfig(path, { url: sandbox.api.url, ca, token: "admin-token" }) };
    },
    codes: [32],
    commits: 0,
    again: "no",
    quick: true,
  },
  {
    name: "API down",
    async prepare({ sandbox }) {
      const path = `${sandbox.folder}/closed`;
      const closed = { url: "https://127.0.0.1:1", ca: sandbox.api.ca, token: "admin-token" };
      return { BLUEGREEN_KUBECONFIG: await writeKubeconfig(path, closed) };
    },
    codes: [32],
    commits: 0,
    again: "no",
  },
  { name: "API hangs, then SIGTERM", before: api({ mute: true }), strike: async (s) => { await asked(s); await terminate(s); }, codes: [37], commits: 0, again: [0] },
  { name: "API 500 for a while after the commit", strike: passing(api({ status: 500 })), codes: [0], commits: 1, again: [0] },
  { name: "API 401 for a while after the commit", strike: passing(api({ rejectTokens: true })), codes: [0, 31], commits: 1, again: [0] },
  { name: "API hangs for a while after the commit", strike: passing(api({ mute: true }), 3_000), codes: [0], commits: 1, again: [0] },
  { name: "API sends halves for a while after the commit", strike: passing(api({ half: true })), codes: [0], commits: 1, again: [0] },
  { name: "watches silent for a while after the commit", strike: passing(api({ silent: true }), 3_000), codes: [0], commits: 1, again: [0] },
  {
    name: "410 Gone for every watch after the commit",
    strike: async (strike) => {
      await committed(strike);
      for (let round = 0; round < 5; round++) {
        strike.scene.sandbox.api.cutWatches("cut");
        strike.scene.sandbox.api.expireHistory();
        await sleep(150);
      }
    },
    codes: [0],
    commits: 1,
    again: [0],
    quick: true,
  },
]; // biome-ignore format: a table

const gitServer: readonly FaultCase[] = [
  { name: "Git 401", before: git({ kind: "status", status: 401 }), codes: [27], commits: 0, again: [0] },
  { name: "Git 403", before: git({ kind: "status", status: 403 }), codes: [27], commits: 0, again: [0] },
  { name: "Git 429 twice", before: git({ kind: "status", status: 429, headers: { "retry-after": "1" } }, "any", 2), codes: [0], commits: 1, again: [0] },
  { name: "Git 500 twice", before: git({ kind: "status", status: 500 }, "read", 2), codes: [0], commits: 1, again: [0] },
  { name: "Git 502 to every push", before: git({ kind: "status", status: 502 }, "push"), codes: [28], commits: 0, again: [0] },
  { name: "Git cuts twice", before: git({ kind: "cut" }, "any", 2), codes: [0], commits: 1, again: [0] },
  { name: "Git sends half an answer", before: git({ kind: "half" }, "read", 1), codes: [0], commits: 1, again: [0] },
  { name: "the push's answer is lost", before: git({ kind: "lost-answer" }, "receive", 1), codes: [0], commits: 1, again: [0], quick: true },
  { name: "every push's answer is lost", before: git({ kind: "lost-answer" }, "receive"), codes: [0], commits: 1, again: [0] },
  { name: "a captive portal before Git", before: git({ kind: "login-page" }), codes: [28], commits: 0, again: [0] },
  { name: "a hook declines the push", before: git({ kind: "declined", lines: ["not today", "\u001b[2Jreally"] }), codes: [27], commits: 0, again: [0], quick: true },
  { name: "Git redirects to another host", before: git({ kind: "redirect", origin: "http://127.0.0.1:1" }), codes: [28], commits: 0, again: [0] },
  { name: "Git hangs, then SIGTERM", before: git({ kind: "stall" }), strike: async (s) => { await asked(s); await terminate(s); }, codes: [37], commits: 0, again: [0] },
  { name: "Git 500 for a while after the commit", strike: passing(git({ kind: "status", status: 500 })), codes: [0], commits: 1, again: [0] },
]; // biome-ignore format: a table

const metrics: readonly FaultCase[] = [
  { name: "Prometheus down", before: prometheus("down"), codes: [26], commits: 1, again: [0] },
  { name: "Prometheus 500", before: prometheus("error"), codes: [26], commits: 1, again: [0] },
  { name: "Prometheus 422", before: prometheus("unprocessable"), codes: [26], commits: 1, again: [0] },
  { name: "a login page before Prometheus", before: prometheus("html"), codes: [26], commits: 1, again: [0] },
  { name: "Prometheus without samples", before: prometheus("empty"), env: shortly, codes: [25], commits: 1, again: [0] },
  { name: "Prometheus with part of the samples", before: prometheus("partial"), env: shortly, codes: [25], commits: 1, again: [0] },
  { name: "Prometheus with old samples", before: prometheus("stale"), env: shortly, codes: [25], commits: 1, again: [0], quick: true },
  { name: "Prometheus with NaN", before: prometheus("nan"), env: shortly, codes: [25], commits: 1, again: [0] },
  {
    name: "Prometheus hangs, then SIGTERM",
    before: (scene) => Object.assign(scene.sandbox.prometheus?.faults ?? {}, { mode: "hang", hung: 0 }),
    strike: async (strike) => {
      await until(() => strike.run.hasEnded || (strike.scene.sandbox.prometheus?.faults.hung ?? 0) > 0, "a question hangs");
      await terminate(strike);
    },
    codes: [37],
    commits: 1,
    again: [0],
    quick: true,
  },
  { name: "Prometheus without samples for a while", before: prometheus("empty"), strike: async (s) => { await rolledOut(s); await sleep(1_500); await s.scene.heal(); }, codes: [0], commits: 1, again: [0] },
]; // biome-ignore format: a table

/** To the wrong value for this run: the opposite of what it wants. */
const opposite = (text: string) =>
  text.includes("trafficPercent: 100")
    ? text.replace("trafficPercent: 100", "trafficPercent: 0")
    : text.replace("trafficPercent: 0", "trafficPercent: 100");
const unrelated = (text: string) => `${text}# touched\n`;
const fivePercent = (text: string) => text.replace(/trafficPercent: \d+/, "trafficPercent: 5");

const people: readonly FaultCase[] = [
  {
    name: "somebody commits elsewhere during the push",
    before: (scene) => git({ kind: "race", run: () => scene.commitAsOther(other, unrelated, "Theirs\n") }, "receive", 1)(scene),
    codes: [0],
    commits: 1,
    again: [0],
  },
  {
    name: "somebody changes the same value during the push",
    before: (scene) => {
      const theirs = () => scene.sandbox.git.commitAsOther(async (read) => ({ [scene.model.path]: fivePercent(await read(scene.model.path)) }), "Theirs\n");
      return git({ kind: "race", run: theirs }, "receive", 1)(scene);
    },
    codes: [29],
    commits: 0,
    again: "no",
    alone: "staged",
  },
  {
    name: "somebody commits elsewhere during the rollout",
    strike: async (strike) => {
      await committed(strike);
      await strike.scene.commitAsOther(other, unrelated, "Theirs\n");
    },
    codes: [0],
    commits: 1,
    again: [0],
  },
  {
    name: "somebody changes the value back during the rollout",
    before: argocd({ stopped: true }),
    strike: async (strike) => {
      await committed(strike);
      await strike.scene.commitAsOther(strike.scene.model.path, opposite, "Not tonight\n");
    },
    codes: [30],
    commits: 1,
    again: "no",
    quick: true,
  },
  {
    name: "somebody changes the value back during the proof",
    before: prometheus("empty"),
    strike: async (strike) => {
      const { scene } = strike;
      await rolledOut(strike);
      const before = scene.split();
      await scene.commitAsOther(scene.model.path, opposite, "Not tonight\n");
      await until(() => strike.run.hasEnded || scene.split() !== before, "their value is in force");
      await sleep(500);
      await scene.heal();
    },
    // Never a PASS. SUPERSEDED (30) would be best; verify does not look at the branch, and takes it for 33 or 34.
    codes: [24, 25, 30, 33, 34],
    commits: 1,
    again: "no",
  },
]; // biome-ignore format: a table

const cancelled: readonly FaultCase[] = [
  { name: "SIGTERM before the commit",
    before: api({ delayMs: 1_500 }),
    strike: async (strike) => {
      await asked(strike);
      await terminate(strike);
    },
    codes: [37], commits: 0, again: [0] },
  { name: "SIGTERM during the rollout", before: argocd({ stopped: true }), strike: async (s) => { await committed(s); await sleep(500); await terminate(s); }, codes: [37], commits: 1, again: [0], quick: true },
  {
    name: "SIGTERM during a slow push",
    before: git({ kind: "late", ms: 1_500 }, "receive", 1),
    strike: async (strike) => {
      const { scene, run } = strike;
      const since = scene.sandbox.git.requests.length;
      const isPush = ({ method, path }: { method: string; path: string }) => method === "POST" && path.endsWith("git-receive-pack");
      await until(() => run.hasEnded || scene.sandbox.git.requests.slice(since).some(isPush), "the push is under way");
      await terminate(strike);
    },
    codes: [37], commits: 1, again: [0] },
  {
    name: "SIGTERM during the automatic rollback",
    action: "promote",
    before: prometheus("error"),
    env: { BLUEGREEN_ON_FAILURE: "rollback", BLUEGREEN_ROLLBACK_ON: "ERROR" },
    strike: async (strike) => {
      const { scene, run } = strike;
      await rolledOut(strike);
      await argocd({ stopped: true })(scene);
      await until(async () => run.hasEnded || (await scene.file()).includes("trafficPercent: 0"), "its rollback is in Git");
      await run.says(/Waiting: spec\.predictor\.canaryTrafficPercent is 100, wanted 0/);
      await terminate(strike);
    },
    // Of what made it roll back: that it was cancelled stands beside it.
    codes: [26], commits: 2, again: "as it says", quick: true },
  { name: "SIGTERM during the proof", before: prometheus("empty"), strike: async (s) => { await rolledOut(s); await sleep(500); await terminate(s); }, codes: [37], commits: 1, again: [0] },
]; // biome-ignore format: a table

const v2 = { BLUEGREEN_MODEL_VERSION: "v2", BLUEGREEN_TIMEOUT: "5s" };
const models =
  (...faults: Parameters<typeof setFaults>[1]["models"] & object) =>
  (scene: Scene) =>
    setFaults(scene.sandbox.store, { models: faults });

const cluster: readonly FaultCase[] = [
  { name: "Argo CD does not run", before: argocd({ stopped: true }), env: shortSync, codes: [36], commits: 1, again: [0] },
  { name: "Argo CD cannot make the manifests", before: argocd({ comparisonError: "helm template failed\u001b[31m" }), env: shortSync, codes: [36], commits: 1, again: [0] },
  { name: "the chart ignores the key", before: argocd({ chart: "ignores-canary" }), env: shortSync, codes: [33], commits: 1, again: [0] },
  { name: "the chart deploys in raw mode", before: argocd({ chart: "raw" }), env: { ...shortSync, BLUEGREEN_TIMEOUT: "8s" }, codes: [33, 34, 35], commits: 1, again: "no", alone: "staged" },
  { name: "green never gets ready", action: "stage", before: models({ match: "v2", kind: "never-ready" }), env: v2, codes: [35], commits: 1, again: "no", alone: "fresh" },
  { name: "green crashes", action: "stage", before: models({ match: "v2", kind: "crash-loop" }), env: v2, codes: [35], commits: 1, again: "no", alone: "fresh" },
  { name: "green that crashes is not promoted", action: "promote", before: async (scene) => { models({ match: "v2", kind: "crash-loop" })(scene); await scene.start("stage", "stage", v2).ended; }, codes: [22], commits: 0, again: "no", alone: "fresh" },
  {
    name: "green answers nothing but 500",
    action: "promote",
    env: shortly,
    before: ({ sandbox }) => {
      for (const { server, revision } of sandbox.pods.running) server.faults.failing = revision.endsWith("2");
    },
    codes: [25],
    commits: 1,
    again: "no",
    alone: "staged",
  },
  {
    name: "blue's revision is gone before a rollback",
    action: "rollback",
    before: async ({ sandbox, serves }) => {
      setFaults(sandbox.store, { collectedRevisions: ["jukebox-predictor-00001"] });
      await until(() => sandbox.store.get({ kind: "Revision.serving.knative.dev", namespace: "user1-test", name: "jukebox-predictor-00001" }) === undefined, "it is gone");
      return serves("jukebox-predictor-00002");
    },
    codes: [22],
    commits: 0,
    again: "no",
    alone: "promoted",
  },
]; // biome-ignore format: a table

export const cases: readonly FaultCase[] = [
  ...kubernetes,
  ...gitServer,
  ...metrics,
  ...people,
  ...cancelled,
  ...cluster,
];
