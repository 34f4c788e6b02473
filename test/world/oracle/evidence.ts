/** What the oracle looks at: one claim of one run, beside the whole truth. It shares no code with what it judges. */
import type { ModelRun } from "../../../src/core/run-state.ts";
import type { Attempt } from "../attempt.ts";
import type { CommitRecord } from "../git.ts";
import type { Lived } from "../simulate.ts";
import type { Moment } from "../truth.ts";

export type Model = ModelRun;

export interface Mistake {
  readonly kind:
    | "false PASS"
    | "false FAIL"
    | "false rollback"
    | "lost commit"
    | "doubled commit"
    | "half-done"
    | "hang"
    | "secret shown"
    | "unexplained exit"
    | "wrong cause";
  readonly detail: string;
}

/** A run or the rollback within it. */
export interface Claim {
  readonly lived: Lived;
  readonly attempt: Attempt;
  readonly run: ModelRun;
  /** How old (milliseconds) what the program saw may have been. */
  readonly lagMs: number;
}

export function claimOf(lived: Lived, attempt: Attempt, run: ModelRun): Claim {
  const { felt } = attempt;
  const requests = 4 * lived.story.slowestMs + 500;
  const outage = felt.has("api-down") || felt.has("watch-gone") ? 5_000 : 0;
  const late = felt.has("stale-cache") ? 25_000 : 0;
  const silent = felt.has("watch-silent") ? 40_000 : 0;
  return { lived, attempt, run, lagMs: requests + outage + late + silent };
}

/** What held at some time up to `until` that the program may have looked at then. */
export function seenUntil({ lived, lagMs }: Claim, until: number): readonly Moment[] {
  return lived.truth.between(until - lagMs, until);
}

export function commitOf({ lived, run }: Claim): CommitRecord | undefined {
  return lived.git.history.find(({ commit }) => commit === run.mutation.commit);
}

export function trailerOf({ message }: CommitRecord, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, "m").exec(message)?.[1];
}

export function isOf({ by, ...record }: CommitRecord, run: string, action?: string): boolean {
  if (by !== "program" || trailerOf({ by, ...record }, "Bluegreen-Run") !== run) return false;
  return action === undefined || trailerOf({ by, ...record }, "Bluegreen-Action") === action;
}

/** Whether a commit gave our values another form than the one before it. */
export function decides(history: readonly CommitRecord[], index: number): boolean {
  const [now, before] = [history[index], history[index - 1]];
  if (now === undefined || before === undefined) return true;
  return now.values.percent !== before.values.percent || now.values.version !== before.values.version;
}

/** What stands in Git for so long (milliseconds) is seen by a run that looks every 15 s. */
const seenForSureMs = 25_000;

/**
 * Since when our values had another form in Git than this run gave them; undefined: never up to `until`, or for a moment
 * between two looks only.
 */
export function overruledAt({ lived, run, attempt }: Claim, until: number): number | undefined {
  const { history } = lived.git;
  const own = history.findIndex(({ commit }) => commit === run.mutation.commit);
  if (own < 0) return undefined;
  let since: number | undefined;
  for (const record of history.slice(own + 1)) {
    if (record.at > until) break;
    if (!holds(record, run)) since ??= Math.max(record.at, attempt.startedAt);
    else if (since !== undefined && record.at - since > seenForSureMs) return since;
    else since = undefined;
  }
  return since;
}

/** Whether our values had one form in Git from this run's commit to its end. */
export function isLastWord({ lived, run, attempt }: Claim): boolean {
  const { history } = lived.git;
  const own = history.findIndex(({ commit }) => commit === run.mutation.commit);
  const later = history.slice(own).filter(({ at }) => at <= attempt.endedAt);
  return own >= 0 && !later.some((_, index) => index > 0 && decides(later, index));
}

function holds({ values }: CommitRecord, { intent, expectation }: ModelRun): boolean {
  return (
    values.percent === expectation.percent &&
    (intent.version === undefined || values.version === intent.version)
  );
}
