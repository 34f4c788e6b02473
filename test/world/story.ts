/** From a seed to its story. */
import type { Action } from "../../src/core/intent.ts";
import { createRandom, type Random } from "../bench/cutovers/random.ts";
import { runtimeNames } from "../bench/cutovers/scenario.ts";
import { withExtras } from "./extra.ts";
import { type FaultKind, type FaultPlan, faultKinds, phases } from "./faults.ts";
import { type Mood, type RunPlan, type Start, type Story, starts } from "./plan.ts";
import { withSeveral } from "./several.ts";
import { twisted } from "./twist.ts";

/** How much of a story there is: seeds keep theirs when there is more of them. */
export const depths = ["plain", "twisted", "extra", "several"] as const;
export type Depth = (typeof depths)[number];

/**
 * `plain`: as it was before there were twists; `twisted`: before there were extras; `extra`: before there were several
 * models.
 */
export function createStory(seed: number, depth: Depth = "several"): Story {
  const plain = plainStory(seed);
  if (depth === "plain") return plain;
  const story = twisted(plain, createRandom(seed * 7_907 + 5));
  if (depth === "twisted") return story;
  const rich = withExtras(story, (what) =>
    createRandom(seed * 6_151 + what.length * 101 + what.charCodeAt(0)),
  );
  return depth === "extra" ? rich : withSeveral(rich, createRandom(seed * 5_477 + 3));
}

function plainStory(seed: number): Story {
  const random = createRandom(seed * 7919 + 11);
  const mood = random.pick(["calm", "healing", "healing", "rough", "rough", "rough"] as const);
  // Out of step, controllers bring the wrong blue by themselves (T5), and that does not pass.
  const quiet = mood !== "rough" || random.chance(0.5);
  const start = random.pick(mood === "rough" ? starts : starts.slice(0, 4));
  const runs = createRuns(random, mood, start);
  const faults = createFaultPlans(random, mood, runs);
  return {
    seed,
    mood,
    pace: quiet ? [0.7, 1.3] : [0.3, random.pick([4, 12, 30])],
    slowestMs: random.pick([20, 60, 300, 1_000]),
    perSecond: requestsOf(random, mood, faults),
    scrapeMs: random.pick([2, 5, 5, 10, 15, 30]) * 1000,
    runtime: random.pick(["ovms", "ovms", "ovms", ...runtimeNames] as const),
    leftOpen: random.chance(0.5),
    pollsPerSecond: random.pick([0, 0.2, 1]),
    skew: random.chance(0.7) ? 0 : random.between(-20, 20),
    minReplicas: random.chance(0.1) ? 0 : 1,
    leakShare: random.pick([0.5, 0.1, 0.02]),
    argocd: {
      named: random.chance(0.8),
      mayRefresh: random.chance(0.8),
      pollMs: random.pick([20, 60, 120]) * 1000,
      webhook: random.chance(0.3),
    },
    start,
    runs,
    faults,
  };
}

/** Where scrapes cease for good, requests that are long in coming show whether old samples pass for new ones. */
function requestsOf(random: Random, mood: Mood, faults: readonly FaultPlan[]): number {
  const blind = faults.some(
    ({ kind, lastsMs }) => kind === "prometheus-stale" && lastsMs === Number.POSITIVE_INFINITY,
  );
  if (blind && random.chance(0.6)) return 0.02;
  return mood === "rough" && random.chance(0.1) ? 0 : random.pick([0.7, 2, 5]);
}

/** What people do next; in rough stories also what nobody should ask for. */
const sensible: Readonly<Record<Start, readonly (readonly Action[])[]>> = {
  deployed: [["stage"], ["stage", "promote"], ["stage", "promote", "rollback"]],
  staged: [["promote"], ["promote"], ["promote", "rollback"], ["stage", "promote"]],
  promoted: [["rollback"], ["stage"], ["stage", "promote"], ["rollback", "promote"]],
  "rolled back": [["promote"], ["stage"], ["stage", "promote"]],
  "staged over": [["promote"], ["rollback"], ["stage", "promote"]],
};

function createRuns(random: Random, mood: Mood, start: Start): readonly RunPlan[] {
  const actions = [...random.pick(sensible[start])];
  if (mood === "rough" && random.chance(0.3)) {
    actions.splice(
      random.whole(0, actions.length),
      0,
      random.pick(["stage", "promote", "rollback"] as const),
    );
  }
  let version = start === "deployed" ? 1 : start === "staged over" ? 3 : 2;
  return actions.map((action, index) => {
    if (action === "stage") version += 1;
    return {
      id: `run-${index + 1}`,
      action,
      version: action === "stage" ? `v${version}` : undefined,
      onFailure: random.chance(0.6) ? "rollback" : "hold",
      afterMs: random.pick([0, 500, 5_000, 60_000, 120_000]),
      retries: mood === "rough" ? random.pick([0, 1, 1, 2]) : 2,
      resumes: random.chance(0.3),
    } as const;
  });
}

/** What seldom comes together by chance: a promoted green that breaks when it is to be rolled back, a contested push. */
function plotted(random: Random, runs: readonly RunPlan[]): readonly FaultPlan[] {
  const run = random.whole(0, runs.length - 1);
  const from = { run, phase: "mutate", afterMs: 0, lastsMs: Number.POSITIVE_INFINITY } as const;
  if (runs[run]?.action === "rollback" && random.chance(0.2)) return [{ ...from, kind: "green-crashes" }];
  if (random.chance(0.1)) {
    const afterMs = random.between(10_000, 60_000);
    return [{ ...from, phase: "verify", kind: "prometheus-stale", afterMs }];
  }
  return random.chance(0.05) ? [{ ...from, kind: "push-contested", lastsMs: 2_000 }] : [];
}

/** Faults that pass, and how long they last at most (seconds), so that what is owed can still be reached. */
const healing: readonly (readonly [FaultKind, number])[] = [
  // One reading of the world is tried for 20 s.
  ["api-down", 18],
  ["watch-silent", 60],
  ["watch-gone", 1],
  ["stale-cache", 40],
  ["push-answer-lost", 4],
  ["push-race", 4],
  ["other-commit-elsewhere", 1],
  ["prometheus-down", 8],
  ["prometheus-partial", 40],
  ["prometheus-stale", 60],
  ["slow-controllers", 30],
  ["green-slow", 60],
  ["sigterm", 1],
  ["kill-9", 1],
];

function createFaultPlans(random: Random, mood: Mood, runs: readonly RunPlan[]): readonly FaultPlan[] {
  if (mood === "calm") return [];
  const count = random.pick([1, 1, 2, 3]);
  const plans = Array.from({ length: count }, (): FaultPlan => {
    const phase = random.pick(phases);
    const run = random.whole(0, runs.length - 1);
    const afterMs = random.pick([0, 100, 1_000, phase === "mutate" ? 300 : 20_000]) * random.next();
    if (mood === "healing") {
      const [kind, seconds] = random.pick(healing);
      return { kind, run, phase, afterMs, lastsMs: random.between(0.2, 1) * seconds * 1000 };
    }
    const lastsMs = random.pick([2_000, 20_000, 120_000, Number.POSITIVE_INFINITY]);
    return { kind: random.pick(faultKinds), run, phase, afterMs, lastsMs };
  });
  if (mood === "rough") plans.push(...plotted(random, runs));
  // Requests that go astray while nobody counts them: what is not looked at again is not seen.
  return plans.flatMap((plan) =>
    plan.kind === "leak" && random.chance(0.4)
      ? [plan, { ...plan, kind: "prometheus-stale", afterMs: plan.afterMs + random.between(0, 30_000) }]
      : [plan],
  );
}
