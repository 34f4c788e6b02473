/** One seed: its story lived through and judged. */
import type { Mistake } from "./oracle/evidence.ts";
import { judge } from "./oracle/oracle.ts";
import { type Lived, simulate } from "./simulate.ts";
import { createStory, type Depth } from "./story.ts";

export interface Judged {
  readonly seed: number;
  readonly lived: Lived;
  readonly mistakes: readonly Mistake[];
}

export async function runSeed(seed: number, depth?: Depth): Promise<Judged> {
  const lived = await simulate(createStory(seed, depth));
  return { seed, lived, mistakes: judge(lived) };
}

/** How to see one story again. */
export function replayHint(seed: number): string {
  return `npm run chaos -- --seed ${seed}`;
}
