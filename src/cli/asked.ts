/** What the options ask for: the action with its values, and under which condition it is still meant. */
import type { Action, Guard, Intent } from "../core/intent.ts";
import { parsePath } from "../core/yaml/path.ts";
import { isFor } from "./commands.ts";
import type { OptionName, Values } from "./options.ts";
import { configurationFailure, label } from "./resolve.ts";

export interface Asked {
  readonly intent: Intent;
  readonly guard: Guard;
  /** The same for the further models, in the order of their names. */
  readonly also?: readonly Asked[];
}

/** `command`: the action where the command is one. Throws Failure INVALID_OPTION that names every problem. */
export function askedOf(values: Values, command: Action | undefined): Asked {
  const action = command ?? values.action;
  if (action === undefined) throw configurationFailure([`${label("action")} is required`]);
  const versions = values["model-version"];
  const problems = (Object.keys(values) as OptionName[])
    .filter((name) => isGiven(values, name) && !isFor(name, action))
    .map((name) => `${label(name)} cannot be used to ${action}`);
  if (action === "stage" && versions.length === 0) {
    problems.push(`${label("model-version")} is required to stage`);
  }
  if (isGiven(values, "commit-subject") && isGiven(values, "commit-message")) {
    problems.push(`${label("commit-message")} begins with the subject: leave ${label("commit-subject")} out`);
  }
  if (action === "stage" && values.name.length > 1 && isGiven(values, "probe-url")) {
    const own = `${label("probe-url")} is green's own in a stage`;
    problems.push(`${own}, so it takes one --name: start a run a model`);
  }
  problems.push(...countProblems(values), ...restoreProblems(values, action), ...setProblems(values));
  if (problems.length > 0) throw configurationFailure(problems);
  const [first, ...also] = models(values).map((_, index): Asked => {
    const version = ofModel(versions, index);
    return {
      intent: intentOf(values, action, version),
      guard: {
        version: action === "promote" ? version : undefined,
        undoRun: values["undo-run"],
        once: values["on-failure"] === "rollback",
      },
    };
  }) as [Asked, ...Asked[]];
  return also.length === 0 ? first : { ...first, also };
}

/** What is asked for and will not happen, for a warning. A Task's params serve all actions, so it is no mistake. */
export function meaningless(values: Values, action: Action): string | undefined {
  if (action === "promote" || values["on-failure"] !== "rollback") return undefined;
  return `${label("on-failure")} rollback means nothing to ${action}: only a promote that fails is rolled back by itself`;
}

function intentOf(values: Values, action: Action, version: string | undefined): Intent {
  if (action === "stage") return { action, version, sets: values.set };
  return values["restore-version"] ? { action, version, sets: [], restore: true } : { action, sets: [] };
}

/** A person chooses to restore, for one model: what is to be brought back is not the same for two. */
function restoreProblems(values: Values, action: Action): readonly string[] {
  const option = label("restore-version");
  if (!values["restore-version"]) {
    const version = action === "rollback" && isGiven(values, "model-version");
    return version ? [`${label("model-version")} cannot be used to rollback without ${option}`] : [];
  }
  const problems: string[] = [];
  if (values.name.length > 1) problems.push(`${option} takes one --name: start a run a model`);
  if (values.push === "pull-request")
    problems.push(`${option} can need two commits, so ${label("push")} must be direct`);
  if (isGiven(values, "undo-run")) problems.push(`${option} cannot be used with ${label("undo-run")}`);
  return problems;
}

/** What a run holds to itself has an option of its own; a value set twice would be whichever came last. */
function setProblems(values: Values): readonly string[] {
  const own = [values["percent-path"], values["version-path"]].flatMap((path) => path ?? []);
  const paths = values.set.map(({ path }) => path);
  return paths.flatMap((path, index) => {
    const other = [...own, ...paths.slice(0, index)].find((each) => overlap(each, path));
    if (other === undefined) return [];
    const use = own.includes(other)
      ? `; the percent follows from the action, the version from ${label("model-version")}`
      : "";
    return [`${label("set")} ${path} would change ${other}${use}`];
  });
}

/** Equal, or one leads to the other. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => {
    const parsed = parsePath(path);
    return parsed.kind === "refused" ? [path] : parsed.segments;
  }) as [readonly string[], readonly string[]];
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short.every((segment, index) => segment === long[index]);
}

/** At least one: that a name is required is not this file's to say. */
function models(values: Values): readonly (string | undefined)[] {
  return values.name.length === 0 ? [undefined] : values.name;
}

/** A value that is given once for all models, or once for each. */
export function ofModel<T>(given: readonly T[], index: number): T | undefined {
  return given.length === 1 ? given[0] : given[index];
}

/** What is given once for each model must be given as often as models. */
export function countProblems(values: Values): readonly string[] {
  const count = models(values).length;
  const problems = (["model-version", "argocd-application"] as const)
    .filter((name) => values[name].length > 1 && values[name].length !== count)
    .map(
      (name) =>
        `${label(name)} is given ${values[name].length} times for ${count} --name: one for all, or one each`,
    );
  const paths = values["config-path"];
  if (paths.length > 0 && paths.length !== count)
    problems.push(
      `${label("config-path")} is given ${paths.length} times for ${count} --name: each has its own file`,
    );
  for (const name of ["name", "config-path"] as const) {
    const double = values[name].find((value, index) => values[name].indexOf(value) !== index);
    if (double !== undefined) problems.push(`${label(name)} holds ${double} twice`);
  }
  if (count > 1 && values.push === "pull-request")
    problems.push(`${label("push")} pull-request takes one --name: start a run a model`);
  return problems;
}

function isGiven(values: Values, name: OptionName): boolean {
  const value = values[name];
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
