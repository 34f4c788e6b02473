/** Stories with a second model, which has a file of its own in the same repository: one commit is about both. */
import type { Random } from "../bench/cutovers/random.ts";
import type { FaultPlan } from "./faults.ts";
import { type RunPlan, type Start, type Story, starts } from "./plan.ts";

export function withSeveral(story: Story, random: Random): Story {
  // The command line has one model where there are pull requests, and where a version is restored.
  const single = story.twist === "pull requests" || story.runs.some(({ restore }) => restore);
  if (!random.chance(0.14) || single || story.ruin !== undefined) return story;
  const second = { start: startOfSecond(story, random) };
  const runs: RunPlan[] = [];
  for (const run of story.runs) runs.push({ ...run, models: modelsOf(run, runs.at(-1), story, random) });
  const faults = story.faults.map((fault) => {
    const model = random.pick([0, 1, 1, undefined]);
    return model === undefined ? fault : { ...fault, model };
  });
  const joined = { ...story, second, runs, faults };
  return story.mood === "rough" && random.chance(0.6) ? plotted(joined, random) : joined;
}

/** One further than the first, so that the run has nothing to change there; in rough stories any. */
const further: Partial<Record<Start, Start>> = {
  deployed: "staged",
  staged: "promoted",
  promoted: "rolled back",
};

function startOfSecond({ mood, start, runs }: Story, random: Random): Start {
  if (mood === "rough" && random.chance(0.2)) return random.pick(starts);
  const [first] = runs;
  const next = first?.action === nextOf[start] ? further[start] : undefined;
  return next !== undefined && random.chance(0.25) ? next : start;
}

/** What people do next with a model. */
const nextOf: Partial<Record<Start, RunPlan["action"]>> = {
  deployed: "stage",
  staged: "promote",
  promoted: "rollback",
};

function modelsOf(
  { besides, gated }: RunPlan,
  before: RunPlan | undefined,
  { mood }: Story,
  random: Random,
): NonNullable<RunPlan["models"]> {
  if (gated && before?.models !== undefined) return before.models;
  const both = random.pick([
    [0, 1],
    [0, 1],
    [1, 0],
  ] as const);
  const one = random.pick([[0], [1]] as const);
  // What two ask for at once is the same in worlds that are to end well.
  const alone = mood === "rough" ? (besides ? 0.6 : 0.12) : besides ? 0.4 : 0;
  return random.chance(alone) ? one : both;
}

/** What seldom comes together by chance. */
function plotted(story: Story, random: Random): Story {
  const run = story.runs.findIndex(({ action, models = [] }) => action === "promote" && models.length > 1);
  if (run < 0) return overruled(story, random);
  const [broken, sound] = random.pick([
    [0, 1],
    [1, 0],
  ] as const);
  const lastsMs = random.pick([20_000, 60_000, Number.POSITIVE_INFINITY]);
  const leak: FaultPlan = {
    kind: "leak",
    model: broken,
    run,
    phase: "verify",
    afterMs: random.between(0, 3_000),
    lastsMs,
  };
  const plot = random.next();
  // One model's requests go astray, and both are taken back; but for the one that somebody has changed meanwhile.
  const others: readonly FaultPlan[] =
    plot < 0.45
      ? [
          {
            kind: "other-commit-on-our-values",
            model: random.chance(0.8) ? sound : broken,
            run,
            phase: "settle",
            afterMs: random.between(0, 1_500),
            lastsMs: 1_000,
          },
        ]
      : plot < 0.6
        ? [{ kind: "kill-9", run, phase: "settle", afterMs: random.between(0, 40_000), lastsMs: 1_000 }]
        : [];
  const undone: Story = {
    ...story,
    leakShare: 0.5,
    perSecond: Math.max(story.perSecond, 2),
    runs: story.runs.map((plan, index) =>
      index === run ? { ...plan, onFailure: "rollback", retries: Math.max(1, plan.retries) } : plan,
    ),
    faults: [...story.faults.filter((fault) => fault.run !== run), leak, ...others],
  };
  return plot < 0.75 ? undone : overruled(story, random);
}

/** Somebody decides otherwise about one of the models while the run goes on, or after it was killed. */
function overruled(story: Story, random: Random): Story {
  const run = story.runs.findIndex(({ models = [] }) => models.length > 1);
  if (run < 0) return story;
  const afterMs = random.between(0, 30_000);
  const model = random.whole(0, 1);
  const theirs: FaultPlan = {
    kind: "other-commit-on-our-values",
    model,
    run,
    phase: random.pick(["await", "verify"] as const),
    afterMs,
    lastsMs: 1_000,
  };
  const kill: FaultPlan = { kind: "kill-9", run, phase: "await", afterMs: afterMs + 500, lastsMs: 1_000 };
  return {
    ...story,
    runs: story.runs.map((plan, index) =>
      index === run ? { ...plan, retries: Math.max(1, plan.retries) } : plan,
    ),
    faults: [
      ...story.faults.filter((fault) => fault.run !== run),
      theirs,
      ...(random.chance(0.5) ? [kill] : []),
    ],
  };
}
