/** What can go wrong in a simulated world, when it does, and which step of a run it met. */
import type { Model } from "./course.ts";
import type { Time } from "./time.ts";

export const phases = ["mutate", "await", "verify", "settle"] as const;
export type Phase = (typeof phases)[number];

export const faultKinds = [
  // Between the program and the cluster.
  "api-down",
  "watch-silent",
  "watch-gone",
  "stale-cache",
  // Between the program and Git.
  "git-down",
  "push-answer-lost",
  "push-race",
  "push-contested",
  "other-commit-elsewhere",
  "other-commit-on-our-values",
  // Between the program and Prometheus.
  "prometheus-down",
  "prometheus-partial",
  "prometheus-stale",
  // In the cluster.
  "slow-controllers",
  "admission-slow",
  "green-slow",
  "green-never-ready",
  "green-crashes",
  "green-answers-500",
  "leak",
  "revision-collected",
  "chart-ignores-percent",
  "raw-mode",
  "argocd-stopped",
  // To the program itself.
  "sigterm",
  "kill-9",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Lasting `lastsMs` from a moment of a run on: `afterMs` after its `attempt` began with a step. */
export interface FaultPlan {
  readonly kind: FaultKind;
  /** Index of the run in the story. */
  readonly run: number;
  readonly phase: Phase;
  readonly afterMs: number;
  /** Infinity: to the end. */
  readonly lastsMs: number;
  /** The only model that it is about, by its place; absent: all of them. */
  readonly model?: number;
}

export interface Faults {
  /** Of one model, or of any. */
  active(kind: FaultKind, model?: Model): boolean;
  /** Milliseconds until the fault of this kind ends; 0 where there is none. */
  begin(plan: FaultPlan): void;
  /** Calls back at every begin and end. */
  subscribe(listener: (kind: FaultKind, begins: boolean) => void): () => void;
  /** Since a moment (milliseconds since the epoch): kinds that were active. */
  since(from: number): ReadonlySet<FaultKind>;
}

interface Spell {
  readonly kind: FaultKind;
  readonly model: number | undefined;
  readonly from: number;
  readonly to: number;
}

export function createFaults(time: Time): Faults {
  const spells: Spell[] = [];
  const listeners = new Set<(kind: FaultKind, begins: boolean) => void>();
  const tell = (kind: FaultKind, begins: boolean) => {
    for (const listener of [...listeners]) listener(kind, begins);
  };
  const active = (kind: FaultKind, of?: Model) =>
    spells.some(
      ({ model = of?.index, ...spell }) =>
        spell.kind === kind &&
        time.now() >= spell.from &&
        time.now() < spell.to &&
        (of === undefined || model === of.index),
    );
  return {
    active,
    begin({ kind, lastsMs, model }) {
      spells.push({ kind, model, from: time.now(), to: time.now() + lastsMs });
      tell(kind, true);
      if (Number.isFinite(lastsMs)) {
        time.after(lastsMs, () => {
          if (!active(kind)) tell(kind, false);
        });
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    since: (from) => new Set(spells.filter(({ to }) => to > from).map(({ kind }) => kind)),
  };
}
