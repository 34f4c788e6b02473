/** A run of a story with all its attempts, one after the other; other runs may go on beside it. */
import { type Attempt, type Meet, type RunPlace, startAttempt } from "./attempt.ts";
import type { RunPlan } from "./plan.ts";
import type { Setting } from "./setting.ts";

/** Between a process that was cut off and the next one of its run, in milliseconds. */
const breakMs = 3_000;

/** `afterMs`: until the first attempt begins. Gives whether the last one has ended. */
export function startLane(
  setting: Setting,
  index: number,
  afterMs: number,
  { attempts, onMet }: { readonly attempts: Attempt[]; readonly onMet: Meet },
): () => boolean {
  const { time, story } = setting;
  const plan = story.runs[index] as RunPlan;
  const place: RunPlace = { setting, index, plan, kept: { text: undefined }, onMet };
  let ended: (() => Attempt | undefined) | undefined;
  let number = 0;
  let done = false;

  function goOn(): void {
    if (number > plan.retries) {
      done = true;
      return;
    }
    number += 1;
    ended = startAttempt(place, number);
  }
  if (afterMs === 0) goOn();
  else time.after(afterMs, goOn);
  return () => {
    const attempt = ended?.();
    if (attempt === undefined) return done;
    ended = undefined;
    attempts.push(attempt);
    if (isCutOff(attempt)) time.after(breakMs, goOn);
    else done = true;
    return done;
  };
}

/** A Task is tried again when it fails, and people do so with what was cut off. */
function isCutOff({ ending, toldAt }: Attempt): boolean {
  return ending === undefined || toldAt !== undefined;
}
