/** Lets a fault happen to the world: those that no port acts out by itself. */
import { createRandom, type Random } from "../bench/cutovers/random.ts";
import {
  type ModelFault,
  readFaults,
  type Faults as Switches,
  setFaults,
} from "../sandbox/cluster/faults.ts";
import { INFERENCE_SERVICE } from "../sandbox/cluster/kinds.ts";
import { modelName, namespace } from "./course.ts";
import type { FaultKind, FaultPlan } from "./faults.ts";
import type { Process } from "./process.ts";
import type { Setting } from "./setting.ts";

interface Blow {
  readonly setting: Setting;
  readonly plan: FaultPlan;
  readonly process: Process;
  readonly random: Random;
}

export function strike(setting: Setting, plan: FaultPlan, process: Process): void {
  const random = createRandom(setting.story.seed * 53 + plan.run * 7 + plan.kind.length);
  blows[plan.kind]?.({ setting, plan, process, random });
}

const blows: Partial<Record<FaultKind, (blow: Blow) => void>> = {
  sigterm({ process }) {
    if (process.alive) process.sigterm();
  },
  "kill-9"({ process }) {
    process.end();
  },
  "other-commit-elsewhere"({ setting: { git }, random }) {
    git.changeElsewhere(random);
  },
  "other-commit-on-our-values"({ setting: { git }, random }) {
    const percent = git.values().percent === 0 ? 100 : 0;
    git.change(random.pick([{ percent }, { version: "x1" }, { version: "x1", percent }]));
  },
  "admission-slow"(blow) {
    const revisionAdmissionDelayMs = blow.random.between(250, 4_000);
    set(blow, { revisionAdmissionDelayMs }, { revisionAdmissionDelayMs: 0 });
  },
  "green-slow"(blow) {
    setModel(blow, { kind: "slow-start", startMs: blow.random.between(5_000, 60_000) });
  },
  "green-never-ready"(blow) {
    setModel(blow, { kind: "never-ready" });
  },
  "green-crashes"(blow) {
    setModel(blow, { kind: "crash-loop", ...(blow.random.chance(0.5) ? { leakMs: 800 } : {}) });
  },
  "chart-ignores-percent"(blow) {
    set(blow, { argocd: { chart: "ignores-canary" } }, { argocd: {} });
  },
  "argocd-stopped"(blow) {
    const denied = { syncError: "admission webhook denied the request" };
    set(blow, { argocd: blow.random.pick([{ stopped: true }, denied]) }, { argocd: {} });
  },
  /** Somebody deletes the InferenceService, and the chart that makes it anew is the newest one. */
  "raw-mode"(blow) {
    set(blow, { argocd: { chart: "raw" } }, { argocd: {} });
    blow.setting.store.delete({ kind: INFERENCE_SERVICE, namespace, name: modelName });
  },
  "revision-collected"({ setting: { truth, store }, random }) {
    const { split, revisions } = truth.now();
    // Never the newest: that one is kept, and made anew.
    const idle = [...revisions.keys()].slice(0, -1).filter((name) => !split.has(name));
    const victim = random.pick([...idle, undefined]);
    if (victim !== undefined) setFaults(store, { collectedRevisions: [victim] });
  },
};

type Unmatched = ModelFault extends infer F ? (F extends ModelFault ? Omit<F, "match"> : never) : never;

/** What the newest version, staged or on its way, does from now on. */
function setModel(blow: Blow, fault: Unmatched): void {
  const { setting, plan } = blow;
  const match = setting.story.runs[plan.run]?.version ?? setting.git.values().version;
  const all = readFaults(setting.store).models.filter((one) => one.match !== match);
  set(blow, { models: [...all, { match, ...fault } as ModelFault] }, { models: all });
}

function set(
  { setting: { store, time }, plan: { lastsMs } }: Blow,
  during: Partial<Switches>,
  after: Partial<Switches>,
): void {
  setFaults(store, during);
  if (Number.isFinite(lastsMs)) time.after(lastsMs, () => setFaults(store, after));
}
