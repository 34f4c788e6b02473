/** What a seed stands for: a cluster, its traffic, runs one after the other, and what goes wrong meanwhile. */
import type { Action } from "../../src/core/intent.ts";
import type { SimRuntime } from "../bench/cutovers/scenario.ts";
import type { FaultPlan } from "./faults.ts";

/** `calm`: nothing goes wrong. `healing`: what goes wrong passes in time. `rough`: anything, for as long as it likes. */
export type Mood = "calm" | "healing" | "rough";

/**
 * How people left the model before the first run: v1 deployed; then v2 staged; promoted; rolled back; or v3, which does
 * not start, staged over v2.
 */
export const starts = ["deployed", "staged", "promoted", "rolled back", "staged over"] as const;
export type Start = (typeof starts)[number];

/**
 * What is not in every story: two runs at once; a promote that fails while everything is there to undo it; a run that is
 * killed while somebody overrules it; changes by pull requests. */
export type Twist = "two at once" | "to be undone" | "overruled" | "pull requests";

export interface RunPlan {
  readonly id: string;
  readonly action: Action;
  /** Only `stage` has one. */
  readonly version: string | undefined;
  readonly onFailure: "hold" | "rollback";
  /** Milliseconds after the end of the run before; with `besides`, after its beginning. */
  readonly afterMs: number;
  /** Begins while the run before is under way. */
  readonly besides?: true;
  /** How often a run that was cut off is begun again, with the same id. */
  readonly retries: number;
  /** What a retry does: all steps again, or those that left nothing in the state file. */
  readonly resumes: boolean;
}

export interface Story {
  readonly seed: number;
  readonly mood: Mood;
  /** Controllers look late by this factor, at least and at most. */
  readonly pace: readonly [number, number];
  /** Milliseconds that a request of the program takes at most. */
  readonly slowestMs: number;
  readonly perSecond: number;
  readonly scrapeMs: number;
  readonly runtime: SimRuntime;
  readonly leftOpen: boolean;
  readonly pollsPerSecond: number;
  readonly skew: number;
  readonly minReplicas: 0 | 1;
  readonly leakShare: number;
  readonly argocd: {
    readonly named: boolean;
    readonly mayRefresh: boolean;
    readonly pollMs: number;
    readonly webhook: boolean;
  };
  readonly start: Start;
  readonly twist?: Twist;
  readonly runs: readonly RunPlan[];
  readonly faults: readonly FaultPlan[];
}
