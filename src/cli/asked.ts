/** What the options ask for: the action with its values, and under which condition it is still meant. */
import type { Action, Guard, Intent } from "../core/intent.ts";
import { isFor } from "./commands.ts";
import type { OptionName, Values } from "./options.ts";
import { configurationFailure, label } from "./resolve.ts";

export interface Asked {
  readonly intent: Intent;
  readonly guard: Guard;
}

/** `command`: the action where the command is one. Throws Failure INVALID_OPTION that names every problem. */
export function askedOf(values: Values, command: Action | undefined): Asked {
  const action = command ?? values.action;
  if (action === undefined) throw configurationFailure([`${label("action")} is required`]);
  const version = values["model-version"];
  const problems = (Object.keys(values) as OptionName[])
    .filter((name) => isGiven(values, name) && !isFor(name, action))
    .map((name) => `${label(name)} cannot be used to ${action}`);
  if (action === "stage" && version === undefined) {
    problems.push(`${label("model-version")} is required to stage`);
  }
  if (isGiven(values, "commit-subject") && isGiven(values, "commit-message")) {
    problems.push(`${label("commit-message")} begins with the subject: leave ${label("commit-subject")} out`);
  }
  if (problems.length > 0) throw configurationFailure(problems);
  return {
    intent: action === "stage" ? { action, version, sets: values.set } : { action, sets: [] },
    guard: {
      version: action === "promote" ? version : undefined,
      undoRun: values["undo-run"],
      once: values["on-failure"] === "rollback",
    },
  };
}

function isGiven(values: Values, name: OptionName): boolean {
  const value = values[name];
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}
