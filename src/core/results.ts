import { recoverySettlement } from "./recovery.ts";
import { modelsOf, type RunState } from "./run-state.ts";
import type { Settlement } from "./settlement.ts";

/** What a pipeline gets of a run; an unknown value is an empty text, never a missing one. */
export interface Results {
  readonly outcome: string;
  readonly reason: string;
  readonly commit: string;
  readonly "commit-url": string;
  readonly "previous-commit": string;
  /** Of several models one each, in the order of the models, separated by commas. */
  readonly "active-revision": string;
  readonly "standby-revision": string;
  /** Outcome of the automatic rollback; empty if there was none. */
  readonly rollback: string;
}

export function resultsOf(state: RunState | undefined, { outcome, reason }: Settlement): Results {
  const { recovery } = state ?? {};
  const models = state === undefined ? [] : modelsOf(state);
  // One commit made all that was not there already.
  const mutation = (models.find((model) => model.mutation.kind !== "unchanged") ?? state)?.mutation;
  const undone = recovery?.run?.rollout?.cutOverAt === undefined ? models : modelsOf(recovery.run);
  return {
    outcome,
    reason,
    commit: mutation?.commit ?? "",
    "commit-url": mutation?.commitUrl ?? "",
    "previous-commit": mutation?.previousCommit ?? "",
    "active-revision": undone.map(({ rollout }) => rollout?.active ?? "").join(","),
    "standby-revision": undone.map(({ rollout }) => rollout?.standby ?? "").join(","),
    rollback: recovery === undefined ? "" : recoverySettlement(recovery).outcome,
  };
}
