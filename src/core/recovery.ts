/**
 * Whether a run that failed is undone by itself. The default is to hold: an outage of a measuring tool must not move
 * traffic, and what was never proven broken stays where people put it.
 */
import { type Outcome, type ReasonId, reasons } from "../errors/catalogue.ts";
import { type ModelRun, modelsOf, type Recovery, type RunState } from "./run-state.ts";
import { fromTrouble, type Settlement, settlementOf, worstOf } from "./settlement.ts";
import { undoCommand } from "./stuck/finding.ts";

export interface RecoveryPolicy {
  readonly onFailure: "hold" | "rollback";
  /** Outcomes and reasons that are undone; the default is FAIL alone. */
  readonly causes: readonly (Outcome | ReasonId)[];
}

export type RecoveryDecision =
  | { readonly kind: "rollback" }
  /** `why` is for people; absent where nobody asked for more than to hold. */
  | { readonly kind: "hold"; readonly why?: string };

/** Outcomes that may be undone: a refused run changed nothing, and a superseded one is somebody else's. */
export const recoverable = ["FAIL", "INCONCLUSIVE", "ERROR"] as const satisfies readonly Outcome[];

/** Reasons that are never undone: the process is to end at once, or the state is not this run's. */
const excluded: ReadonlySet<ReasonId> = new Set(["CANCELLED", "STATE_FOREIGN", "STATE_UNREADABLE"]);

/** Whether a cause may be listed in a policy. */
export function isRecoverable(cause: string): cause is Outcome | ReasonId {
  if (recoverable.some((outcome) => outcome === cause)) return true;
  if (!Object.hasOwn(reasons, cause) || excluded.has(cause as ReasonId)) return false;
  return recoverable.some((outcome) => outcome === reasons[cause as ReasonId].outcome);
}

export function decideRecovery(state: RunState, { onFailure, causes }: RecoveryPolicy): RecoveryDecision {
  if (onFailure === "hold" || isProven(settlementOf(state))) return { kind: "hold" };
  const { action } = state.intent;
  if (action !== "promote") return hold(`a failed ${action} is never rolled back by itself`);
  if (modelsOf(state).every(({ mutation }) => mutation.kind === "unchanged"))
    return hold("this run made no commit, so there is nothing of it to undo");
  const [first, ...also] = changedModels(state);
  const settlement = settlementOf({ ...state, ...first, also });
  if (isProven(settlement)) return hold("what failed is a model that this run did not change");
  const { outcome, reason } = settlement;
  if (excluded.has(reason) || !isRecoverable(outcome)) return hold(`${reason} is never a cause to roll back`);
  if (!causes.includes(outcome) && !causes.includes(reason) && !causes.includes(generalOf(reason))) {
    return hold(`${outcome} (${reason}) is not among the causes to roll back (${causes.join(", ")})`);
  }
  return { kind: "rollback" };
}

/** The exact causes of a rollout that got stuck, and of an edit that did not arrive, count as these two as well. */
function generalOf(reason: ReasonId): ReasonId {
  const { outcome, class: exitClass } = reasons[reason];
  if (outcome !== "FAIL" || reason === "ROLLBACK_BLOCKED") return reason;
  if (exitClass === "timeout") return "ROLLOUT_TIMEOUT";
  return exitClass === "notReached" ? "EDIT_NOT_REACHED" : reason;
}

function isProven({ reason }: Settlement): boolean {
  return reasons[reason].class === "ok";
}

function hold(why: string): RecoveryDecision {
  return { kind: "hold", why };
}

/** A command that goes on with a rollback that did not come to its end; undefined: it did, or is not to be gone on with. */
export function recoveryCommand(state: RunState & { readonly recovery: Recovery }): string | undefined {
  const { outcome, command } = recoverySettlement(state.recovery);
  if (!recoverable.some((each) => each === outcome)) return undefined;
  if (command?.startsWith("bluegreen ")) return command;
  return undoCommand(state.run, changedModels(state));
}

/** What stood there before is not the run's to undo; of a run that changed nothing all of them. */
export function changedModels(state: RunState): readonly [ModelRun, ...ModelRun[]] {
  const all = modelsOf(state);
  const [first, ...others] = all.filter(({ mutation }) => mutation.kind !== "unchanged");
  return first === undefined ? all : [first, ...others];
}

/** How the rollback itself ended; the worse where only some of several models came as far as a commit. */
export function recoverySettlement({ run, trouble }: Recovery): Settlement {
  const ends = [run && settlementOf(run), trouble && fromTrouble(trouble)].filter((end) => end !== undefined);
  const [worst] = worstOf(ends);
  if (worst === undefined)
    return fromTrouble({ reason: "STEP_MISSING", evidence: "the rollback left no result" });
  return { ...worst, evidence: ends.map(({ evidence }) => evidence).join("; ") };
}
