/** What a run found, for machines. Stable keys; times in milliseconds since the epoch. */
import { recoverySettlement } from "../core/recovery.ts";
import { resultsOf } from "../core/results.ts";
import { type ModelRun, modelsOf, type Recovery, type RunState } from "../core/run-state.ts";
import { type Settlement, settlementOfModel } from "../core/settlement.ts";
import { exitCodes, type ReasonId, reasons } from "../errors/catalogue.ts";
import type { Failure } from "../errors/failure.ts";
import type { WholeRun } from "./whole.ts";

export function failureAsJson(failure: Failure): object {
  return {
    ...causeAsJson(failure.reason, failure.evidence),
    shown: failure.shown,
    also: failure.also.map(({ reason, evidence }) => causeAsJson(reason, evidence)),
  };
}

/** As `--output json`, with when it was written and the figures of the picture. */
export function wholeAsJson({ version, at, state, settlement, failure, found, traffic }: WholeRun): object {
  const report = { version, at };
  if (state !== undefined && failure === undefined)
    return { ...runAsJson(state, settlement), report, traffic };
  const cause =
    failure === undefined ? causeAsJson(settlement.reason, settlement.evidence) : failureAsJson(failure);
  return state === undefined
    ? { ...cause, report, found }
    : { ...runAsJson(state, settlement), ...cause, report, traffic };
}

export function runAsJson(state: RunState, settlement: Settlement): object {
  const { recovery, run } = state;
  const models = modelsOf(state);
  const [first, ...others] = models;
  return {
    ...causeAsJson(settlement.reason, settlement.evidence, settlement.command),
    results: resultsOf(state, settlement),
    run,
    // The outcome above is that of the worst.
    models:
      others.length === 0
        ? undefined
        : models.map((model) => ({ service: model.service, ...outcomeOf(model) })),
    ...modelAsJson(first),
    also:
      others.length === 0
        ? undefined
        : others.map((model) => ({ ...outcomeOf(model), ...modelAsJson(model) })),
    recovery: recovery && { ...recoveryAsJson(recovery), ...recovery },
  };
}

function modelAsJson(model: ModelRun): object {
  const { service, intent, git, before, expectation, mutation, diff, rollout, verdict } = model;
  return { service, intent, git, before, expectation, mutation, diff, rollout, verdict };
}

function outcomeOf(model: ModelRun): object {
  const { reason, evidence, command } = settlementOfModel(model);
  return causeAsJson(reason, evidence, command);
}

function recoveryAsJson(recovery: Recovery): object {
  const { reason, evidence, command } = recoverySettlement(recovery);
  return causeAsJson(reason, evidence, command);
}

function causeAsJson(reason: ReasonId, evidence: string, command?: string): object {
  const { outcome, class: exitClass, retryable, what, why, next } = reasons[reason];
  return { outcome, reason, exitCode: exitCodes[exitClass], retryable, what, evidence, why, next, command };
}
