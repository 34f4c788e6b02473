/** Lives a story through and keeps what happened, for the oracle. */

import { createRandom } from "../bench/cutovers/random.ts";
import { createStore } from "../sandbox/api/store.ts";
import { createControllers } from "../sandbox/cluster/controllers.ts";
import { DEFAULT_LATENCY_MS } from "../sandbox/cluster/driver.ts";
import { setFaults } from "../sandbox/cluster/faults.ts";
import type { KeptLog } from "../steps/fakes.ts";
import { createLog } from "../steps/fakes.ts";
import { startActors } from "./actors.ts";
import { clusterPort, gitopsPort } from "./cluster.ts";
import { application, location, modelName, ref } from "./course.ts";
import { createFaults, type FaultKind, type Phase } from "./faults.ts";
import { createWorldGit } from "./git.ts";
import { type Process, startProcess } from "./process.ts";
import { type Ending, type Kept, type Limits, runProgram } from "./program.ts";
import { startPrometheus } from "./prometheus.ts";
import type { Setting } from "./setting.ts";
import type { RunPlan, Story } from "./story.ts";
import { strike } from "./strike.ts";
import { createTime, type Time } from "./time.ts";
import { startTraffic } from "./traffic.ts";
import { observe } from "./truth.ts";

/** One process of a run. */
export interface Attempt {
  readonly plan: RunPlan;
  /** 1 for the first. */
  readonly number: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly toldAt: number | undefined;
  /** Undefined: killed, or it hung. */
  readonly ending: Ending | undefined;
  readonly hung: boolean;
  readonly killed: boolean;
  readonly felt: ReadonlySet<FaultKind>;
  readonly log: KeptLog;
  readonly kept: string | undefined;
}

export interface Lived extends Setting {
  readonly attempts: readonly Attempt[];
  /** `fault phase`: how often a run met that fault in that step. */
  readonly met: ReadonlyMap<string, number>;
  readonly unhandled: readonly unknown[];
}

export const limits: Limits = {
  rollout: { timeoutMs: 300_000, syncTimeoutMs: 180_000, syncGraceMs: 30_000, branchIntervalMs: 15_000 },
  verdict: { timeoutMs: 240_000, intervalMs: 2_000, settleSeconds: 5, maxErrors: 5 },
};
const pushTimeoutMs = 120_000;
/** By which factor; all alike where it is to pass, for out of step they bring the wrong blue. */
const slowness = { calm: [1, 1], healing: [20, 20], rough: [5, 60] } as const satisfies Record<
  Story["mood"],
  readonly [number, number]
>;
/** SIGTERM is followed by this (milliseconds), as the program's own main does it. */
const patienceMs = 9_000;
/** Whoever takes longer than all limits of a run and its rollback together hangs. */
const longestMs = 2 * (pushTimeoutMs + limits.rollout.timeoutMs + limits.verdict.timeoutMs) + 180_000;

export async function simulate(story: Story): Promise<Lived> {
  const setting = await createSetting(story);
  const { time } = setting;
  const attempts: Attempt[] = [];
  const met = new Map<string, number>();
  for (const [index, plan] of story.runs.entries()) {
    await time.run(() => false, time.now() + plan.afterMs);
    const kept: Kept = { text: undefined };
    for (let number = 1; number <= 1 + plan.retries; number += 1) {
      const attempt = await live(setting, index, plan, number, kept, met);
      attempts.push(attempt);
      if (!attempt.killed && attempt.toldAt === undefined && !isRetryable(attempt)) break;
      await time.run(() => false, time.now() + 3_000);
    }
  }
  setting.traffic.flush();
  time.stop();
  return { ...setting, attempts, met, unhandled: [] };
}

/** A Task is tried again when it fails; people and pipelines do so for what says that it may pass. */
function isRetryable({ ending }: Attempt): boolean {
  return ending === undefined;
}

async function createSetting(story: Story): Promise<Setting> {
  const { seed, pace, minReplicas, argocd, start } = story;
  const time = createTime(1_700_000_000_000);
  const store = createStore({ now: time.now, keptEvents: 1 });
  const faults = createFaults(time);
  const delays = createRandom(seed * 31 + 1);
  const controllers = createControllers({ argocdPollMs: argocd.pollMs, argocdWebhook: argocd.webhook });
  startActors(time, store, controllers, (controller) => {
    const [least, most] = faults.active("slow-controllers") ? slowness[story.mood] : [1, 1];
    return (DEFAULT_LATENCY_MS[controller] ?? 0) * delays.between(...pace) * delays.between(least, most);
  });
  const truth = observe(time, store);
  const traffic = startTraffic({ time, store, faults }, createRandom(seed * 31 + 2), {
    perSecond: story.perSecond,
    scalesToZero: minReplicas === 0,
    leakShare: story.leakShare,
  });
  const prometheus = startPrometheus({ time, traffic, faults, truth }, createRandom(seed * 31 + 3), {
    intervalMs: story.scrapeMs,
    runtime: story.runtime,
    leftOpen: story.leftOpen,
    pollsPerSecond: story.pollsPerSecond,
    skew: story.skew,
  });
  const git = createWorldGit(
    { time, store, faults, minReplicas },
    { version: "v1", percent: 100, owner: "nobody" },
  );
  store.put(application());
  const setting = { story, time, store, faults, git, truth, traffic, prometheus };
  await settleDown(setting, 100, 1);
  if (start !== "deployed") {
    git.change({ version: "v2", percent: 0 });
    await settleDown(setting, 0, 1, 2);
  }
  if (start === "promoted" || start === "rolled back") {
    git.change({ percent: 100 });
    await settleDown(setting, 100, 2);
  }
  if (start === "rolled back") {
    git.change({ percent: 0 });
    await settleDown(setting, 0, 1);
  }
  if (start === "staged over") {
    setFaults(store, { models: [{ match: "v3", kind: "never-ready" }] });
    git.change({ version: "v3" });
    await time.run(() => false, time.now() + argocd.pollMs + 60_000);
  }
  return setting;
}

/** Until a revision has everything at a percent, and the newest is ready; and a little more. */
async function settleDown(
  { time, truth, story }: Setting,
  percent: number,
  live: number,
  newest = live,
): Promise<void> {
  const name = (revision: number) => `${modelName}-predictor-0000${revision}`;
  const isThere = () => {
    const { split, service, revisions, serving } = truth.now();
    const ready =
      revisions.get(name(newest))?.ready === true && (story.minReplicas === 0 || serving.has(name(live)));
    return split.get(name(live)) === 100 && service?.percent === percent && ready;
  };
  const inForce = await time.run(isThere, time.now() + 600_000);
  if (!inForce) throw new Error(`${name(live)} was never live`);
  await time.run(() => false, time.now() + 30_000);
}

async function live(
  setting: Setting,
  index: number,
  plan: RunPlan,
  number: number,
  kept: Kept,
  met: Map<string, number>,
): Promise<Attempt> {
  const { time, story, git, faults } = setting;
  const log = createLog();
  const felt = new Set<FaultKind>();
  const seen = new Set<string>();
  const startedAt = time.now();
  const process = startProcess({
    time,
    random: createRandom(story.seed * 1_009 + index * 37 + number),
    slowestMs: story.slowestMs,
    onPhase: (phase) => {
      for (const kind of faults.since(time.now())) meet(kind, phase);
      if (number === 1) schedule(setting, index, phase, process, meet);
    },
    onFelt: meet,
  });
  function meet(kind: FaultKind, phase: Phase): void {
    felt.add(kind);
    const key = `${kind} ${phase}`;
    if (seen.has(key)) return;
    seen.add(key);
    met.set(key, (met.get(key) ?? 0) + 1);
  }
  let ending: Ending | undefined;
  const ports = {
    cluster: clusterPort(setting, process),
    git: git.port(process),
    gitops: story.argocd.named ? gitopsPort(setting, process, story.argocd.mayRefresh) : undefined,
    metrics: setting.prometheus.port(process),
    log,
  };
  void runProgram(process, ports, orderOf(plan), kept, firstStep(plan, number, kept)).then((end) => {
    ending = end;
    process.end();
  });
  time.stir();
  await time.run(() => !process.alive || overdue(process, time), startedAt + longestMs);
  const hung = process.alive && !overdue(process, time);
  const killed = ending === undefined && !hung;
  process.end();
  return {
    ...{
      plan,
      number,
      startedAt,
      endedAt: time.now(),
      toldAt: process.toldAt,
      ending,
      hung,
      killed,
      felt,
      log,
    },
    kept: kept.text,
  };
}

/** Told to end, and still there after its own patience: it ends itself. */
function overdue({ toldAt }: Process, time: Time): boolean {
  return toldAt !== undefined && time.now() > toldAt + patienceMs;
}

function schedule(
  setting: Setting,
  index: number,
  phase: Phase,
  process: Process,
  meet: (kind: FaultKind, phase: Phase) => void,
): void {
  const due = setting.story.faults.filter((fault) => fault.run === index && fault.phase === phase);
  for (const plan of due) {
    setting.time.after(plan.afterMs, () => {
      setting.faults.begin(plan);
      if (process.alive) meet(plan.kind, process.phase);
      strike(setting, plan, process);
    });
  }
}

function firstStep({ resumes }: RunPlan, number: number, { text }: Kept): Phase {
  if (number === 1 || !resumes || text === undefined) return "mutate";
  const state = JSON.parse(text);
  const undone = (step: { trouble?: { reason: string } } | undefined) =>
    step === undefined || step.trouble?.reason === "CANCELLED";
  if (undone(state.rollout)) return "await";
  return undone(state.verdict) ? "verify" : "settle";
}

function orderOf({ id, action, version, onFailure }: RunPlan) {
  return {
    request: {
      run: id,
      service: ref,
      intent: { action, version, sets: [] },
      guard: { once: onFailure === "rollback" },
      location,
      pushTimeoutMs,
    },
    policy: { onFailure, causes: ["FAIL"] as const },
    limits,
  };
}
