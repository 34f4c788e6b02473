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

/**
 * v2, promoted, crashes, which blocks the way back by the percent (T4); or v3 was staged over it, and KServe fell back to
 * v1 in its stead (T5).
 */
export type Ruin = "crashing" | "wrong blue";

export interface RunPlan {
  readonly id: string;
  readonly action: Action;
  /** Only `stage` has one, and a rollback that restores may. */
  readonly version: string | undefined;
  /** A rollback that commits the version which was live again; `version`: the one that people named, if they did. */
  readonly restore?: true;
  /** The places of the models that it is about, in its order; absent: the first alone. */
  readonly models?: readonly [number, ...number[]];
  readonly onFailure: "hold" | "rollback";
  /** Milliseconds after the end of the run before; with `besides`, after its beginning. */
  readonly afterMs: number;
  /** Begins only where the run before has passed, and promotes no other version than that one's. */
  readonly gated?: true;
  /** Begins while the run before is under way. */
  readonly besides?: true;
  /** How often a run that was cut off is begun again, with the same id. */
  readonly retries: number;
  /** What a retry does: all steps again, or those that left nothing in the state file. */
  readonly resumes: boolean;
}

/** A user's own query (`--promql`). */
export interface UserQuery {
  readonly text: string;
  /** Which answers its counters count. */
  readonly counts: "all" | "succeeded";
  /** Milliseconds between two looks, in the place of the others' (see `simulate.ts`). */
  readonly everyMs?: number;
}

/** Checks of the revision that a run is about (`--check`). */
export interface CheckOrder {
  /** One a line; of those that are named `errors` and `drift` any failed request counts, of `served` any that succeeded. */
  readonly text: string;
  readonly count: number;
  readonly failureLimit: number;
}

/** Requests that runs send by themselves. */
export interface ProbePlan {
  readonly mode: "auto" | "always";
  /** Whether the staged revision has a URL of its own. */
  readonly tags: boolean;
  /** How many the gateway answers by itself, and how many answers get lost (0 to 1). */
  readonly gatewayShare: number;
  readonly lostShare: number;
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
  /** What had gone wrong with a promoted model before the first run: see `Ruin`. */
  readonly ruin?: Ruin;
  readonly twist?: Twist;
  /** Cut-overs are proven by this in the place of bluegreen's own reading. */
  readonly query?: UserQuery;
  readonly probe?: ProbePlan;
  readonly checks?: CheckOrder;
  /** There is a second model, and runs may be about both. */
  readonly second?: { readonly start: Start };
  readonly runs: readonly RunPlan[];
  readonly faults: readonly FaultPlan[];
}
