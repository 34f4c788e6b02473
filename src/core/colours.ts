/** Which revision is blue and which is green: blue served before green came, and is what a rollback goes back to. */
import type { ModelRun } from "./run-state.ts";

export type Colour = "blue" | "green" | "other";

export interface Colours {
  readonly blue?: string | undefined;
  readonly green?: string | undefined;
}

/** As the cluster showed it, else as it was pinned beforehand. */
export function blueAndGreenOf({ expectation, rollout }: Pick<ModelRun, "expectation" | "rollout">): Colours {
  const active = rollout?.active ?? expectation.active;
  const standby = rollout?.standby ?? expectation.standby;
  return expectation.action === "promote"
    ? { blue: standby, green: active }
    : { blue: active, green: standby };
}

/** `other`: a third revision, or a pod that no revision is known of. */
export function colourOf(revision: string | undefined, { blue, green }: Colours): Colour {
  if (revision === undefined) return "other";
  if (revision === blue) return "blue";
  return revision === green ? "green" : "other";
}
