/** What some stories have besides, by choices of their own: the others stay as they are when there are more of these. */
import type { Random } from "../bench/cutovers/random.ts";
import type { FaultPlan } from "./faults.ts";
import type { RunPlan, Story } from "./plan.ts";

export function twisted(story: Story, random: Random): Story {
  const place = random.next();
  if (story.mood !== "rough") {
    if (place < 0.1) return twice(story, random);
    return place < 0.2 ? { ...story, twist: "pull requests" } : story;
  }
  if (place < 0.25) return twoAtOnce(story, random);
  if (place < 0.5) return toBeUndone(story, random);
  if (place < 0.57) return overruled(story, random);
  return place < 0.7 ? { ...story, twist: "pull requests" } : story;
}

/** Killed after its push, and tried again with nothing left but the commit, over which somebody has decided since. */
function overruled(story: Story, random: Random): Story {
  const run = random.whole(0, story.runs.length - 1);
  const afterMs = random.between(0, 2_000);
  const blow = { run, phase: "await", lastsMs: 1_000 } as const;
  return {
    ...story,
    twist: "overruled",
    runs: story.runs.map((plan, index) => (index === run ? { ...plan, retries: 1, resumes: false } : plan)),
    // With anything else it seldom comes to a second commit.
    faults: [
      { ...blow, kind: "kill-9", afterMs },
      { ...blow, kind: "other-commit-on-our-values", afterMs: afterMs * random.next() },
    ],
  };
}

/** Two people ask for the same, or two Tasks were started: one commit, and both prove it. */
function twice(story: Story, random: Random): Story {
  const index = random.whole(0, story.runs.length - 1);
  return withSecond(story, index, story.runs[index] as RunPlan, random);
}

/** The second may ask for the same, or for anything else. */
function twoAtOnce(story: Story, random: Random): Story {
  const index = random.whole(0, story.runs.length - 1);
  const first = story.runs[index] as RunPlan;
  const action = random.pick([first.action, "stage", "promote", "rollback"] as const);
  const version = action !== "stage" ? undefined : random.pick([first.version ?? "v8", "v8"]);
  return withSecond(story, index, { ...first, action, version }, random);
}

function withSecond(story: Story, index: number, plan: RunPlan, random: Random): Story {
  const second: RunPlan = {
    ...plan,
    id: `run-${story.runs.length + 1}`,
    besides: true,
    afterMs: random.pick([0, 50, 1_000, 10_000, 60_000]) * random.next(),
    onFailure: random.pick(["hold", "rollback"]),
  };
  return {
    ...story,
    twist: "two at once",
    runs: story.runs.toSpliced(index + 1, 0, second),
    faults: story.faults.map((fault) => (fault.run > index ? { ...fault, run: fault.run + 1 } : fault)),
  };
}

/** Requests go astray after the cut-over, for all to see: that is a FAIL, and where the run may it goes back. */
function toBeUndone(story: Story, random: Random): Story {
  const run = story.runs.findIndex(({ action }) => action === "promote");
  if (run < 0) return story;
  const lastsMs = random.pick([20_000, 60_000, Number.POSITIVE_INFINITY]);
  const leak: FaultPlan = { kind: "leak", run, phase: "verify", afterMs: random.between(0, 3_000), lastsMs };
  return {
    ...story,
    twist: "to be undone",
    leakShare: 0.5,
    perSecond: Math.max(story.perSecond, 2),
    runs: story.runs.map((plan, index) => (index === run ? { ...plan, onFailure: "rollback" } : plan)),
    faults: [...story.faults, leak],
  };
}
