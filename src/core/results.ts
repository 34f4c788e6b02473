import { recoverySettlement } from "./recovery.ts";
import type { RunState } from "./run-state.ts";
import type { Settlement } from "./settlement.ts";

/** What a pipeline gets of a run; an unknown value is an empty text, never a missing one. */
export interface Results {
  readonly outcome: string;
  readonly reason: string;
  readonly commit: string;
  readonly "commit-url": string;
  readonly "previous-commit": string;
  readonly "active-revision": string;
  readonly "standby-revision": string;
  /** Outcome of the automatic rollback; empty if there was none. */
  readonly rollback: string;
}

export function resultsOf(state: RunState | undefined, { outcome, reason }: Settlement): Results {
  const { mutation, recovery } = state ?? {};
  const rollout = recovery?.run?.rollout?.cutOverAt === undefined ? state?.rollout : recovery.run.rollout;
  return {
    outcome,
    reason,
    commit: mutation?.commit ?? "",
    "commit-url": mutation?.commitUrl ?? "",
    "previous-commit": mutation?.previousCommit ?? "",
    "active-revision": rollout?.active ?? "",
    "standby-revision": rollout?.standby ?? "",
    rollback: recovery === undefined ? "" : recoverySettlement(recovery).outcome,
  };
}
