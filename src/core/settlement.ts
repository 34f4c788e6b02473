/** From what the steps left behind to the one outcome of the run. What is not proven does not count. */
import { type Outcome, type ReasonId, reasons } from "../errors/catalogue.ts";
import { type ModelRun, modelsOf, type RunState, type Trouble } from "./run-state.ts";

export interface Settlement {
  readonly outcome: Outcome;
  readonly reason: ReasonId;
  readonly evidence: string;
  /** A command line that shows more, or mends it. */
  readonly command?: string | undefined;
}

/** The worst first: a run is proven only if each of its models is. */
const severity: readonly Outcome[] = [
  "FAIL",
  "ERROR",
  "SUPERSEDED",
  "INCONCLUSIVE",
  "REFUSED",
  "PASS",
  "UNCHANGED",
];

/** Of several models the worst one's, which its evidence names. */
export function settlementOf(state: RunState): Settlement {
  const [first, ...others] = modelsOf(state);
  if (others.length === 0) return settlementOfModel(first);
  const all = [first, ...others].map((model) => {
    const { evidence, ...settlement } = settlementOfModel(model);
    const { namespace, name } = model.service;
    return { ...settlement, evidence: `${namespace}/${name}: ${evidence}` };
  });
  const deciding = worstOf(all);
  const [{ evidence: _, ...decided }] = deciding as [Settlement];
  const proven = reasons[decided.reason].class === "ok";
  return { ...decided, evidence: (proven ? all : deciding).map(({ evidence }) => evidence).join("; ") };
}

/** Those of the worst outcome, in their order. */
export function worstOf(settlements: readonly Settlement[]): readonly Settlement[] {
  const worst = Math.min(...settlements.map(({ outcome }) => severity.indexOf(outcome)));
  return settlements.filter(({ outcome }) => outcome === severity[worst]);
}

export function settlementOfModel(state: ModelRun): Settlement {
  const { rollout, verdict } = state;
  if (rollout?.trouble !== undefined) return fromTrouble(rollout.trouble);
  if (rollout?.cutOverAt === undefined) return missing("await");
  if (verdict?.trouble !== undefined) return fromTrouble(verdict.trouble);
  if (verdict?.summary === undefined) return missing("verify");
  const reason = provenReason(state);
  return { outcome: reasons[reason].outcome, reason, evidence: verdict.summary };
}

/** A stage cuts nothing over, and must not be told as if it had. */
function provenReason({ mutation, intent }: ModelRun): ReasonId {
  if (mutation.kind === "unchanged") return "ALREADY_THERE";
  return intent.action === "stage" ? "STAGE_PROVEN" : "CUT_OVER_PROVEN";
}

function missing(step: string): Settlement {
  return fromTrouble({ reason: "STEP_MISSING", evidence: `${step} left no result in the state file` });
}

export function fromTrouble({ reason, ...seen }: Trouble): Settlement {
  return { outcome: reasons[reason].outcome, reason, ...seen };
}
