/** One process of a run, from its start to its end, however it comes. */

import type { Action } from "../../src/core/intent.ts";
import type { ServiceRef } from "../../src/core/world.ts";
import type { ModelRequest } from "../../src/steps/mutate/request.ts";
import { createProbeSource } from "../../src/steps/verify/probing.ts";
import { createRandom } from "../bench/cutovers/random.ts";
import { createLog, type KeptLog } from "../steps/fakes.ts";
import { clusterPort, gitopsPort } from "./cluster.ts";
import { type Model, models, versionOf } from "./course.ts";
import type { FaultKind, Phase } from "./faults.ts";
import type { RunPlan } from "./plan.ts";
import { probePort } from "./probes.ts";
import { type Process, startProcess } from "./process.ts";
import { type Ending, type Kept, type Limits, type Order, runProgram } from "./program.ts";
import type { Setting } from "./setting.ts";
import { strike } from "./strike.ts";
import type { Time } from "./time.ts";

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

const limits: Limits = {
  rollout: { timeoutMs: 300_000, syncTimeoutMs: 180_000, syncGraceMs: 30_000, branchIntervalMs: 15_000 },
  verdict: { timeoutMs: 240_000, intervalMs: 2_000, settleSeconds: 5, maxErrors: 5 },
};
/** As by default. */
export const probeLimits = { count: 10, perSecond: 5 };
const pushTimeoutMs = 120_000;
const mergeTimeoutMs = 300_000;
/** SIGTERM is followed by this (milliseconds), as the program's own main does it. */
const patienceMs = 9_000;
/** Whoever takes longer than all limits of a run and its rollback together hangs. */
const longestMs =
  2 * (pushTimeoutMs + mergeTimeoutMs + limits.rollout.timeoutMs + limits.verdict.timeoutMs) + 180_000;

/** Met by a run in that step. */
export type Meet = (kind: FaultKind, phase: Phase) => void;

export interface RunPlace {
  readonly setting: Setting;
  /** Of the run in the story. */
  readonly index: number;
  readonly plan: RunPlan;
  readonly kept: Kept;
  readonly onMet: Meet;
}

/** Gives what became of the process as soon as it is no more. */
export function startAttempt(place: RunPlace, number: number): () => Attempt | undefined {
  const { setting, index, plan, kept } = place;
  const { time, story, faults } = setting;
  const log = createLog();
  const felt = new Set<FaultKind>();
  const seen = new Set<string>();
  const startedAt = time.now();
  let ending: Ending | undefined;
  const process = startProcess({
    time,
    random: createRandom(story.seed * 1_009 + index * 37 + number),
    slowestMs: story.slowestMs,
    onPhase: (phase) => {
      for (const kind of faults.since(time.now())) meet(kind, phase);
      if (number === 1) schedule(place, phase, process, meet);
    },
    onFelt: meet,
  });
  function meet(kind: FaultKind, phase: Phase): void {
    felt.add(kind);
    const key = `${kind} ${phase}`;
    if (seen.has(key)) return;
    seen.add(key);
    place.onMet(kind, phase);
  }
  const ports = { ...portsOf(setting, process), log, probe: probesOf(setting, process, plan, log) };
  void runProgram(process, ports, orderOf(plan, setting), kept, firstStep(plan, number, kept)).then((end) => {
    ending = end;
    process.end();
  });
  time.stir();
  return () => {
    const gaveUp = overdue(process, time);
    const hung = process.alive && !gaveUp && time.now() >= startedAt + longestMs;
    if (process.alive && !gaveUp && !hung) return undefined;
    const killed = ending === undefined && !hung;
    process.end();
    const { toldAt } = process;
    const times = { startedAt, endedAt: time.now(), toldAt };
    return { plan, number, ...times, ending, hung, killed, felt, log, kept: kept.text };
  };
}

function portsOf(setting: Setting, process: Process) {
  const { argocd } = setting.story;
  const { mayRefresh } = argocd;
  return {
    cluster: clusterPort(setting, process),
    git: setting.repository.port(process),
    proposals: setting.repository.proposals(process),
    gitops: (ref: ServiceRef) => (argocd.named ? gitopsPort(setting, process, ref, mayRefresh) : undefined),
    metrics: setting.prometheus.port(process),
  };
}

function probesOf(setting: Setting, process: Process, { id }: RunPlan, log: KeptLog) {
  const { probe } = setting.story;
  return (action: Action) => {
    if (probe === undefined) return undefined;
    const client = probePort(setting, process, id);
    const settings = { action, mode: probe.mode, payload: "{}", ...probeLimits };
    return createProbeSource({ client, clock: process.clock, log }, settings);
  };
}

/** Told to end, and still there after its own patience: it ends itself. */
function overdue({ toldAt }: Process, time: Time): boolean {
  return toldAt !== undefined && time.now() > toldAt + patienceMs;
}

function schedule({ setting, index }: RunPlace, phase: Phase, process: Process, meet: Meet): void {
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
  const each = [state, ...(state.also ?? [])];
  const undone = (step: "rollout" | "verdict") =>
    each.some((model) => model[step] === undefined || model[step].trouble?.reason === "CANCELLED");
  if (undone("rollout")) return "await";
  return undone("verdict") ? "verify" : "settle";
}

function orderOf(plan: RunPlan, { proof }: Setting): Order {
  const { id, onFailure, models: [first, ...others] = [0] } = plan;
  const requestFor = (place: number) => modelRequest(plan, models[place] as Model);
  return {
    request: {
      run: id,
      ...requestFor(first),
      ...(others.length > 0 && { also: others.map(requestFor) }),
      pushTimeoutMs,
      mergeTimeoutMs,
    },
    policy: { onFailure, causes: ["FAIL"] },
    limits: { ...limits, verdict: { ...limits.verdict, ...proof } },
  };
}

function modelRequest({ action, restore, onFailure, ...plan }: RunPlan, model: Model): ModelRequest {
  const version = plan.version === undefined ? undefined : versionOf(model, plan.version);
  return {
    service: model.ref,
    intent: {
      action,
      ...(action !== "promote" && { version }),
      sets: [],
      ...(restore === true && { restore }),
    },
    guard: { once: onFailure === "rollback", ...(action === "promote" && { version }) },
    location: model.location,
  };
}
