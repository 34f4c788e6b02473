/** From what the steps left behind to the one outcome of the run. What is not proven does not count. */
import { type Outcome, type ReasonId, reasons } from "../errors/catalogue.ts";
import type { RunState, Trouble } from "./run-state.ts";

export interface Settlement {
  readonly outcome: Outcome;
  readonly reason: ReasonId;
  readonly evidence: string;
}

export function settlementOf(state: RunState): Settlement {
  const { rollout, verdict } = state;
  if (rollout?.trouble !== undefined) return fromTrouble(rollout.trouble);
  if (rollout?.cutOverAt === undefined) return missing("await");
  if (verdict?.trouble !== undefined) return fromTrouble(verdict.trouble);
  if (verdict?.summary === undefined) return missing("verify");
  const reason = state.mutation.kind === "unchanged" ? "ALREADY_THERE" : "CUT_OVER_PROVEN";
  return { outcome: reasons[reason].outcome, reason, evidence: verdict.summary };
}

function missing(step: string): Settlement {
  return fromTrouble({ reason: "STEP_MISSING", evidence: `${step} left no result in the state file` });
}

export function fromTrouble({ reason, evidence }: Trouble): Settlement {
  return { outcome: reasons[reason].outcome, reason, evidence };
}
