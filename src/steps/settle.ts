/**
 * Step 4: runs after every `mutate` that did not fail. Turns what the steps left into the one outcome and its results.
 * This is where the policy on failure acts; today it always holds: the world stays as it is, and the report says so.
 */
import { type Results, resultsOf } from "../core/results.ts";
import type { RunState } from "../core/run-state.ts";
import { type Settlement, settlementOf } from "../core/settlement.ts";
import { reasons } from "../errors/catalogue.ts";
import type { Failure } from "../errors/failure.ts";

export interface ResultsSink {
  write(results: Results): Promise<void>;
}

export async function settle(sink: ResultsSink, state: RunState): Promise<Settlement> {
  const settlement = settlementOf(state);
  await sink.write(resultsOf(state, settlement));
  return settlement;
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
