/** What the Task must hold to; each rule gives its problems, so that broken copies can show that it finds them. */
import { commands, stepNames } from "../../../src/cli/commands.ts";
import { type Option, type OptionName, options, variableOf } from "../../../src/cli/options.ts";
import { type Json, type JsonObject, listAt, namesOf, references, walk } from "./documents.ts";

export type Rule = (task: JsonObject) => readonly string[];

/** Options that a Task has no use for, each with its reason. */
export const notInTasks: Partial<Record<OptionName, string>> = {
  kubeconfig: "in a pod the ServiceAccount is who asks",
  context: "belongs to a kubeconfig",
  "ca-file": "the workspace ssl-ca-directory brings a folder",
  "git-username": "a secret comes by a Secret, never by a parameter",
  "git-password": "a secret comes by a Secret, never by a parameter",
  "signing-passphrase": "a secret comes by a Secret, never by a parameter",
  "signing-passphrase-file": "the workspace signing-key brings it",
  report: "the workspace report brings a folder for all kinds",
  watch: "belongs to status, which is no step",
};

/** Values that the Task itself knows: paths inside the pod, and who the run is. */
const notParams: ReadonlySet<OptionName> = new Set([
  "git-credentials-dir",
  "signing-key",
  "ca-dir",
  "prometheus-auth-dir",
  "state-file",
  "results-dir",
  "report-dir",
  "taskrun-uid",
]);

const optionNames = Object.keys(options) as OptionName[];

function variables(task: JsonObject): ReadonlyMap<string, string> {
  const entries = listAt(task, "spec", "stepTemplate", "env");
  return new Map(entries.map(({ name, value }) => [String(name), String(value)]));
}

export const taskRules: Readonly<Record<string, Rule>> = {
  "every reference is declared"(task) {
    const params = namesOf(listAt(task, "spec", "params"));
    const workspaces = namesOf(listAt(task, "spec", "workspaces"));
    const known = new Set([
      ...params.map((name) => `params.${name}`),
      ...workspaces.map((name) => `workspaces.${name}.path`),
      "context.taskRun.uid",
    ]);
    return references(task)
      .filter(({ name }) => !known.has(name))
      .map(({ path, name }) => `${path}: $(${name})`);
  },

  "everything declared is used"(task) {
    const used = new Set(references((task["spec"] as JsonObject) ?? {}).map(({ name }) => name));
    return [
      ...namesOf(listAt(task, "spec", "params")).map((name) => `params.${name}`),
      ...namesOf(listAt(task, "spec", "workspaces")).map((name) => `workspaces.${name}.path`),
    ].filter((name) => !used.has(name));
  },

  "every variable that the program reads is set, from the param of its name"(task) {
    const set = variables(task);
    return optionNames.flatMap((name) => {
      const value = set.get(variableOf(name));
      if (name in notInTasks) return value === undefined ? [] : [`${name} is set: ${notInTasks[name]}`];
      if (value === undefined) return [`${variableOf(name)} is not set`];
      const right = notParams.has(name) ? !value.includes("params.") : value === `$(params.${name})`;
      return right ? [] : [`${variableOf(name)} is ${value}`];
    });
  },

  "every variable that is set is read"(task) {
    const read = new Set([...optionNames.map(variableOf), "HOME"]);
    return [...variables(task).keys()].filter((name) => !read.has(name));
  },

  "no variable is set twice"(task) {
    const names = namesOf(listAt(task, "spec", "stepTemplate", "env"));
    return names.filter((name, index) => names.indexOf(name) !== index);
  },

  "params are strings with a description of one sentence and an example, and default to what the program does"(
    task,
  ) {
    return listAt(task, "spec", "params").flatMap(({ name, type, description, default: given }) => {
      const option: Option<unknown> | undefined = options[name as OptionName];
      const fallback = option?.fallback ?? "";
      return [
        ...(type === "string" ? [] : [`${name}: type ${type}`]),
        ...(/^[A-Z].*[^.]\.$/s.test(String(description)) ? [] : [`${name}: description`]),
        ...(/e\.g\. \S/.test(String(description)) ? [] : [`${name}: no example`]),
        ...(given === undefined || option === undefined || given === fallback
          ? []
          : [`${name}: default ${given}, the program's is ${fallback}`]),
        ...(/^[a-z]+(-[a-z]+)*$/.test(String(name)) ? [] : [`${name}: not in kebab case`]),
      ];
    });
  },

  "at most four params have no default"(task) {
    const required = listAt(task, "spec", "params").filter((param) => param["default"] === undefined);
    return required.length <= 4 ? [] : namesOf(required);
  },

  "steps have names of their own and run commands that exist"(task) {
    const steps = listAt(task, "spec", "steps");
    const names = namesOf(steps);
    return steps.flatMap(({ name, command, args }, index) => [
      ...(names.indexOf(String(name)) === index ? [] : [`${name} twice`]),
      ...(JSON.stringify(command) === '["node","/opt/bluegreen/bluegreen.mjs"]' ? [] : [`${name}: command`]),
      ...(Array.isArray(args) && args.length === 1 && String(args[0]) in commands ? [] : [`${name}: args`]),
      ...(references(command ?? []).length + references(args ?? []).length === 0
        ? []
        : [`${name}: a reference`]),
    ]);
  },

  "the steps are the program's, in its order"(task) {
    const order = listAt(task, "spec", "steps").map(({ args }) => (args as readonly string[])[0]);
    return JSON.stringify(order) === JSON.stringify(stepNames) ? [] : [order.join(", ")];
  },

  "a step whose failure a later one handles goes on, and no other"(task) {
    return listAt(task, "spec", "steps").flatMap(({ name, onError }) => {
      const handled = name === "await" || name === "verify";
      return (onError === "continue") === handled ? [] : [`${name}: onError ${onError}`];
    });
  },

  "nothing that OpenShift Pipelines refuses or that fails in the wrong way": (task) => forbiddenIn(task),

  "workspaces are optional and read-only, but for the one that takes the report"(task) {
    return listAt(task, "spec", "workspaces")
      .filter(
        ({ name, optional, readOnly }) => optional !== true || (readOnly === true) === (name === "report"),
      )
      .map(({ name }) => String(name));
  },

  "results are described strings of allowed names"(task) {
    return listAt(task, "spec", "results").flatMap(({ name, type, description }) => {
      const reserved = /^CHAINS-GIT_|IMAGE_URL$|IMAGE_DIGEST$|IMAGES$|^ARTIFACT_/i.test(String(name));
      return [
        ...(type === "string" && /\S/.test(String(description ?? "")) ? [] : [`${name}: type, description`]),
        ...(/^[a-z]+(-[a-z]+)*$/.test(String(name)) && !reserved ? [] : [`${name}: name`]),
      ];
    });
  },
};

/** Fields that must stand nowhere, with the reason; by name, or by the path's end. */
const forbidden: Readonly<Record<string, string>> = {
  enum: "alpha: the webhook refuses the Task where the flag is off",
  script: "adds an init container and needs a shell",
  workingDir: "the state has a path of its own",
  runAsUser: "restricted-v2 refuses it",
  seccompProfile: "pipelines-scc refuses it",
  displayName: "of a step only from 1.6 on",
  resources: "of a step is computeResources in v1",
};

/** The problems of a Task, or of a Pipeline's tasks. */
export function forbiddenIn(document: JsonObject): readonly string[] {
  const inSteps = /^spec\.(steps\.\d+|stepTemplate)\./;
  return [...walk((document["spec"] as Json) ?? {}, "spec")].flatMap(({ path }) => {
    const key = path.split(".").at(-1) ?? "";
    if (key in forbidden) return [`${path}: ${forbidden[key]}`];
    if (!inSteps.test(path)) return [];
    if (key === "timeout") return [`${path}: kills, and skips the later steps`];
    if (key === "results" || key === "when") return [`${path}: a missing reference stays a literal`];
    return [];
  });
}
