/**
 * Step 4: runs after every `mutate` that did not fail. Turns what the steps left into the one outcome and its results,
 * and undoes a failed promote where the policy says so. The outcome stays that of the run; the rollback's own stands
 * beside it.
 */
import { decideRecovery, type RecoveryPolicy } from "../core/recovery.ts";
import { type Results, resultsOf } from "../core/results.ts";
import type { Recovery, RunState } from "../core/run-state.ts";
import { type Settlement, settlementOf } from "../core/settlement.ts";
import { reasons } from "../errors/catalogue.ts";
import { Failure } from "../errors/failure.ts";
import type { Log } from "../ports.ts";

export interface ResultsSink {
  write(results: Results): Promise<void>;
}

/** Rolls the run back through Git, and awaits and verifies that (see `recover.ts`). */
export type Undo = (state: RunState) => Promise<Recovery>;

export interface Settled {
  readonly state: RunState;
  readonly settlement: Settlement;
}

export async function settle(
  { sink, log, undo }: { readonly sink: ResultsSink; readonly log: Log; readonly undo: Undo },
  state: RunState,
  policy: RecoveryPolicy,
): Promise<Settled> {
  const settlement = settlementOf(state);
  const decision = decideRecovery(state, policy);
  if (decision.kind === "hold" && decision.why !== undefined)
    log.info(`No automatic rollback: ${decision.why}`);
  const end = decision.kind === "hold" ? state : { ...state, recovery: await begin(undo, state) };
  await sink.write(resultsOf(end, settlement));
  return { state: end, settlement };
}

/** A rollback that fails, or cannot even begin, must not take the place of the run's own outcome. */
async function begin(undo: Undo, state: RunState): Promise<Recovery> {
  try {
    return await undo(state);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { trouble: { reason: error.reason, evidence: error.evidence } };
  }
}

/** For a run that broke off: the results say why, and what was reached (`state`) before it did. */
export async function settleFailed(
  sink: ResultsSink,
  failure: Failure,
  state?: RunState,
): Promise<Settlement> {
  const { reason, evidence } = failure;
  const settlement = { outcome: reasons[reason].outcome, reason, evidence };
  await sink.write(resultsOf(state, settlement));
  return settlement;
}
