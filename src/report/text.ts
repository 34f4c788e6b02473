/** What a run found, for people: the last lines of a log are often all that anybody sees of it. */
import { describeHolding, heldAtEnd } from "../core/holdings.ts";
import { recoveryCommand, recoverySettlement } from "../core/recovery.ts";
import { type ModelRun, modelsOf, type RunState } from "../core/run-state.ts";
import { type Settlement, settlementOfModel } from "../core/settlement.ts";
import { printable } from "../core/text.ts";
import { exitCodes, type ReasonId, reasons } from "../errors/catalogue.ts";
import type { Failure } from "../errors/failure.ts";

/** At most five lines: what, evidence, why, what to do. */
export function explain(reason: ReasonId, evidence: string, command?: string): readonly string[] {
  const { outcome, class: exitClass, what, why, next } = reasons[reason];
  return [
    `${outcome} ${reason} (exit ${exitCodes[exitClass]}): ${what}`,
    `  Evidence: ${printable(evidence, 600)}`,
    `  Why:      ${why}`,
    `  Next:     ${next}`,
    ...(command === undefined ? [] : [`  Command:  ${printable(command)}`]),
  ];
}

/** Further causes first, each on a line of its own; the main one last, because the end of a log is what is read. */
export function explainFailure(failure: Failure): readonly string[] {
  const others = failure.also.map(({ reason, evidence }) => {
    const what = reason === failure.reason ? "" : `${reason}: ${reasons[reason].what}: `;
    return `Also: ${what}${printable(evidence, 400)}`;
  });
  const shown = failure.shown.map((line) => `    ${line}`);
  return [...others, ...shown, ...explain(failure.reason, failure.evidence)];
}

/** The end of a run that reached `settle`. */
export function describeRun(state: RunState, settlement: Settlement): readonly string[] {
  const { reason, evidence, command } = settlement;
  const good = exitCodes[reasons[reason].class] === 0;
  const text = explain(reason, evidence, command);
  const models = modelsOf(state);
  const chains = models.flatMap((model) => chainOf(model, models.length > 1));
  if (good) return [...chains, ...text.slice(0, 2)];
  return [...chains, ...recoveryOf(state), ...text];
}

/** One line, so that the cause itself stays within the last five. */
function recoveryOf({ recovery, ...state }: RunState): readonly string[] {
  if (recovery === undefined) return [];
  const { outcome, reason, evidence } = recoverySettlement(recovery);
  const commit = recovery.run?.mutation.commit?.slice(0, 10);
  const command = recoveryCommand({ ...state, recovery });
  const goOn = command === undefined ? "" : `. To go on with it: ${printable(command, 2_000)}`;
  return [
    `Automatic rollback: ${outcome} ${reason}${commit ? `, commit ${commit}` : ""}: ${printable(evidence, 400)}${goOn}`,
  ];
}

/** The links of the chain that hold, in one line; what each colour holds before it. */
function chainOf(model: ModelRun, several: boolean): readonly string[] {
  const { service, intent, mutation, rollout, verdict } = model;
  const links = [`${intent.action} ${service.namespace}/${service.name}`];
  if (mutation.commit !== undefined) links.push(`commit ${mutation.commit.slice(0, 10)} (${mutation.kind})`);
  if (rollout?.cutOverAt !== undefined) {
    const took = Math.round((rollout.cutOverAt - rollout.startedAt) / 100) / 10;
    links.push(`${rollout.active} at 100 % after ${took} s`);
  }
  if (several) {
    // The outcome below is that of the worst.
    const { outcome, reason } = settlementOfModel(model);
    links.push(`${outcome} ${reason}`);
  }
  const notes = (rollout?.notes ?? []).map((note) => `Note: ${printable(note)}`);
  const holdings = heldAtEnd({ rollout, verdict }).map((held) => printable(describeHolding(held), 400));
  return [...notes, ...holdings, links.join(" → ")];
}
