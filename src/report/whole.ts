/** All that a report can show of a run, however far it got. HTML, Markdown and JSON are made of it. */
import type { Action } from "../core/intent.ts";
import { type ModelRun, modelsOf, type RunState } from "../core/run-state.ts";
import type { Settlement } from "../core/settlement.ts";
import type { Failure } from "../errors/failure.ts";
import type { Found } from "../steps/mutate.ts";
import type { Traffic } from "../steps/settle/traffic.ts";

export interface WholeRun {
  /** Of the program. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly settlement: Settlement;
  /** What was asked for, as far as the options told; the state knows better. */
  readonly asked: Asked;
  /** What a run that broke off broke off with. */
  readonly failure?: Failure | undefined;
  /** Absent where no step left one. */
  readonly state?: RunState | undefined;
  /** What `mutate` saw before it refused. */
  readonly found: readonly Found[];
  /** One a model, in their order; empty where none was asked for. */
  readonly traffic: readonly Traffic[];
}

export interface Asked {
  readonly action?: Action | undefined;
  readonly namespace?: string | undefined;
  readonly names: readonly string[];
}

/** E.g. `promote user1-test/jukebox, user1-test/lyrics`. */
export function subjectOf({ state, asked }: WholeRun): string {
  const action = state?.intent.action ?? asked.action ?? "run";
  const names =
    state === undefined
      ? asked.names.map((name) => `${asked.namespace ?? "?"}/${name}`)
      : modelsOf(state).map(nameOf);
  return [action, names.join(", ")].filter((part) => part !== "").join(" ");
}

/** Namespace and name. */
export function nameOf({ service }: Pick<ModelRun, "service">): string {
  return `${service.namespace}/${service.name}`;
}
