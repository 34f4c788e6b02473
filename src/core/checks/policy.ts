/** From measurements to a decision: one check's state machine, with the rules of Argo Rollouts' analysis. */
import type { CheckPolicy } from "./plan.ts";

/** `Inconclusive`: too little data to compare. `Error`: the measuring failed, which says nothing of the model. */
export type MeasurementPhase = "Successful" | "Failed" | "Inconclusive" | "Error";

/** One value that was compared. */
export interface MeasuredValue {
  /** Of the series, where the check has several. */
  readonly labels?: Readonly<Record<string, string>>;
  /** JSON has no NaN and no infinity: those are text. */
  readonly value: number | "NaN" | "+Inf" | "-Inf";
}

export interface Measurement {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly phase: MeasurementPhase;
  readonly values: readonly MeasuredValue[];
  /** What the values were compared with. */
  readonly limit?: number;
  /** One line, printable. */
  readonly detail: string;
}

export type CheckPhase = "Running" | MeasurementPhase;

export interface CheckState {
  readonly phase: CheckPhase;
  readonly measurements: readonly Measurement[];
  readonly successful: number;
  readonly failed: number;
  readonly consecutiveSuccess: number;
  readonly consecutiveErrors: number;
}

export const initialState: CheckState = {
  phase: "Running",
  measurements: [],
  successful: 0,
  failed: 0,
  consecutiveSuccess: 0,
  consecutiveErrors: 0,
};

/**
 * The state after one more measurement; a check that has ended stays as it is. Inconclusive measurements count for
 * nothing but end a row of successes: data that is not there yet is waited for until the caller's deadline.
 */
export function advance(state: CheckState, measurement: Measurement, policy: CheckPolicy): CheckState {
  if (state.phase !== "Running") return state;
  const { phase } = measurement;
  const next = {
    measurements: [...state.measurements, measurement],
    successful: state.successful + (phase === "Successful" ? 1 : 0),
    failed: state.failed + (phase === "Failed" ? 1 : 0),
    consecutiveSuccess: phase === "Successful" ? state.consecutiveSuccess + 1 : 0,
    consecutiveErrors: phase === "Error" ? state.consecutiveErrors + 1 : 0,
  };
  return { ...next, phase: assess(next, policy) };
}

function assess(state: Omit<CheckState, "phase">, policy: CheckPolicy): CheckPhase {
  const { consecutiveSuccessLimit } = policy;
  if (state.failed > policy.failureLimit) return "Failed";
  if (state.consecutiveErrors > policy.consecutiveErrorLimit) return "Error";
  if (consecutiveSuccessLimit !== undefined && state.consecutiveSuccess >= consecutiveSuccessLimit) {
    return "Successful";
  }
  if (state.successful + state.failed < policy.count) return "Running";
  return consecutiveSuccessLimit === undefined ? "Successful" : "Inconclusive";
}

/** What a check that is still running comes to when there is no more time. */
export function expire(state: CheckState): CheckState {
  if (state.phase !== "Running") return state;
  return { ...state, phase: state.consecutiveErrors > 0 ? "Error" : "Inconclusive" };
}

/**
 * When the next measurement is due, in milliseconds since the epoch; undefined: never again.
 *
 * @param startedAt milliseconds since the epoch; the initial delay counts from here
 */
export function dueAt(state: CheckState, policy: CheckPolicy, startedAt: number): number | undefined {
  if (state.phase !== "Running") return undefined;
  const last = state.measurements.at(-1);
  return last === undefined ? startedAt + policy.initialDelayMs : last.at + policy.intervalMs;
}
