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
  /** Of several models one each, in the order of the models, separated by commas; of many the first, and how many more. */
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
  const undone = recovery?.run === undefined ? [] : modelsOf(recovery.run);
  // Not every model was rolled back, nor did every rollback come into force.
  const ends = models.map(
    (model) =>
      undone.find(({ service: { name }, rollout }) => name === model.service.name && rollout?.cutOverAt) ??
      model,
  );
  return {
    outcome,
    reason,
    commit: mutation?.commit ?? "",
    "commit-url": mutation?.commitUrl ?? "",
    "previous-commit": mutation?.previousCommit ?? "",
    "active-revision": listed(ends.map(({ rollout }) => rollout?.active ?? "")),
    "standby-revision": listed(ends.map(({ rollout }) => rollout?.standby ?? "")),
    rollback: recovery === undefined ? "" : recoverySettlement(recovery).outcome,
  };
}

/**
 * Characters of one list. Every step of a Task repeats every result, and a pod has 12 KiB for all of it: the results
 * together stay below 1 KB. The whole list is in the report.
 */
const longestList = 200;

/** `a,b,c`, or `a,b,… (7 more)`. */
function listed(names: readonly string[]): string {
  const whole = names.join(",");
  if (whole.length <= longestList) return whole;
  const more = (kept: number) => `… (${names.length - kept} more)`;
  let kept = names.length;
  do kept -= 1;
  while ([...names.slice(0, kept), more(kept)].join(",").length > longestList);
  return [...names.slice(0, kept), more(kept)].join(",");
}
