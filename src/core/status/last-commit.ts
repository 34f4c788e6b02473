/** Whether the last change of bluegreen is in force, by the names that its trailers pinned. */
import type { Trailers } from "../commit/trailers.ts";
import type { Expectation } from "../expectation.ts";
import { actions, wantedPercent } from "../intent.ts";
import { decideRollout, type RolloutDecision } from "../rollout.ts";
import type { World } from "../world.ts";
import type { Reading } from "./readings.ts";

/**
 * Undefined where the trailers do not say what was meant. `version`: the file's; only a stage is held to it. Call it
 * only for the commit that gave the values their present form: of an older one the world need no longer know.
 */
export function standingOf(
  trailers: Trailers,
  version: string | undefined,
  world: World,
): RolloutDecision | undefined {
  const expected = expectationFrom(trailers, version);
  return expected === undefined ? undefined : decideRollout(expected, world);
}

function expectationFrom(trailers: Trailers, version: string | undefined): Expectation | undefined {
  const action = actions.find((each) => each === trailers["Bluegreen-Action"]);
  const from = trailers["Bluegreen-From-Revision"];
  const to = trailers["Bluegreen-To-Revision"];
  if (action === undefined) return undefined;
  const restored = trailers["Bluegreen-Restore-Version"];
  const base = { action, percent: wantedPercent({ action, restore: restored !== undefined }), known: [] };
  if (action === "stage") return { ...base, version, active: from };
  if (restored !== undefined && to === undefined) {
    return { ...base, version: restored, standby: from, known: from === undefined ? [] : [from] };
  }
  return to === undefined ? undefined : { ...base, active: to, standby: from };
}

/** T5: a stage moved the traffic to an older revision than the one that was live. */
export function wrongBlue(standing: RolloutDecision | undefined): Reading | undefined {
  if (standing?.kind !== "failed" || standing.reason !== "WRONG_BLUE") return undefined;
  return { id: "T5", detail: `the stage moved the traffic: ${standing.detail}` };
}
