/** Lets a fault happen to the world: those that no port acts out by itself. */
import { createRandom, type Random } from "../bench/cutovers/random.ts";
import {
  type ArgoFaults,
  type ModelFault,
  readFaults,
  type Faults as Switches,
  setFaults,
} from "../sandbox/cluster/faults.ts";
import { INFERENCE_SERVICE } from "../sandbox/cluster/kinds.ts";
import { application, namespace, versionOf } from "./course.ts";
import type { FaultKind, FaultPlan } from "./faults.ts";
import type { Process } from "./process.ts";
import { type Setting, seenBy } from "./setting.ts";

interface Blow {
  readonly setting: Setting;
  readonly plan: FaultPlan;
  readonly process: Process;
  readonly random: Random;
}

export function strike(setting: Setting, plan: FaultPlan, process: Process): void {
  const random = createRandom(setting.story.seed * 53 + plan.run * 7 + plan.kind.length);
  const struck = plan.model === undefined ? setting.views : setting.views.slice(plan.model, plan.model + 1);
  for (const { model } of struck) {
    blows[plan.kind]?.({ setting: seenBy(setting, model.index), plan, process, random });
  }
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
    set(blow, { revisionAdmissionDelayMs }, () => ({ revisionAdmissionDelayMs: 0 }));
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
    setArgocd(blow, { chart: "ignores-canary" });
  },
  "argocd-stopped"(blow) {
    const denied = { syncError: "admission webhook denied the request" };
    setArgocd(blow, blow.random.pick([{ stopped: true }, denied]));
  },
  /** Somebody deletes the InferenceService, and the chart that makes it anew is the newest one. */
  "raw-mode"(blow) {
    setArgocd(blow, { chart: "raw" });
    const { store, model } = blow.setting;
    store.delete({ kind: INFERENCE_SERVICE, namespace, name: model.name });
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
  const run = setting.story.runs[plan.run];
  const isMeant = (run?.models ?? [0]).includes(setting.model.index);
  const staged = isMeant ? run?.version : undefined;
  const match = staged === undefined ? setting.git.values().version : versionOf(setting.model, staged);
  const others = () => readFaults(setting.store).models.filter((one) => one.match !== match);
  const before = others();
  set(blow, { models: [...before, { match, ...fault } as ModelFault] }, () => ({
    // Of one model alone as it always was: seeds keep their stories.
    models: setting.views.length === 1 ? before : others(),
  }));
}

/** Of one Application where there are several. */
function setArgocd(blow: Blow, fault: ArgoFaults): void {
  const { store, model, views } = blow.setting;
  const { name } = application(model).metadata;
  const withFault = (argocd: ArgoFaults) =>
    views.length === 1 ? { argocd } : { applications: { ...readFaults(store).applications, [name]: argocd } };
  set(blow, withFault(fault), () => withFault({}));
}

function set(
  { setting: { store, time }, plan: { lastsMs } }: Blow,
  during: Partial<Switches>,
  after: () => Partial<Switches>,
): void {
  setFaults(store, during);
  if (Number.isFinite(lastsMs)) time.after(lastsMs, () => setFaults(store, after()));
}
