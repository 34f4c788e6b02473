/** The parts of Tekton's objects that the harness understands; anything else in a step or a pipeline task is an error. */
import { readDocuments, taskFile } from "../contract/documents.ts";

export interface ParamSpec {
  readonly name: string;
  readonly type?: string;
  readonly default?: string;
}

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
}

export interface Container {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts?: readonly Mount[];
}

export interface Step extends Container {
  readonly name: string;
  readonly onError?: "continue" | "stopAndFail";
}

export interface WorkspaceDeclaration {
  readonly name: string;
  readonly optional?: boolean;
  readonly readOnly?: boolean;
  readonly mountPath?: string;
}

export interface Task {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly params?: readonly ParamSpec[];
    readonly workspaces?: readonly WorkspaceDeclaration[];
    readonly results?: readonly { readonly name: string }[];
    readonly volumes?: readonly { readonly name: string; readonly emptyDir?: object }[];
    readonly stepTemplate?: Container;
    readonly steps: readonly Step[];
  };
}

export interface When {
  readonly input: string;
  readonly operator: "in" | "notin";
  readonly values: readonly string[];
}

export interface PipelineTask {
  readonly name: string;
  readonly taskRef: { readonly name: string };
  readonly runAfter?: readonly string[];
  readonly when?: readonly When[];
  readonly params?: readonly { readonly name: string; readonly value: string }[];
  readonly workspaces?: readonly { readonly name: string; readonly workspace: string }[];
}

export interface Pipeline {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly params?: readonly ParamSpec[];
    readonly workspaces?: readonly WorkspaceDeclaration[];
    readonly tasks: readonly PipelineTask[];
    readonly finally?: readonly PipelineTask[];
    readonly results?: readonly { readonly name: string; readonly value: string }[];
  };
}

/** The Task that users install. */
export function loadTask(): Task {
  const [document] = readDocuments(taskFile);
  if (document === undefined) throw new Error(`${taskFile} is empty`);
  return understood(document.content as unknown as Task);
}

/** Throws where there is no such Pipeline, and for a field that the harness would ignore. */
export function loadPipeline(name: string): Pipeline {
  const [document] = readDocuments(`tekton/pipeline/${name}.yaml`);
  const pipeline = document?.content as unknown as Pipeline | undefined;
  if (pipeline?.metadata.name !== name) throw new Error(`no Pipeline ${name}`);
  const { tasks, finally: last = [] } = pipeline.spec;
  for (const task of [...tasks, ...last]) {
    refuseUnknown(task, ["name", "taskRef", "runAfter", "when", "params", "workspaces"]);
  }
  return pipeline;
}

/** The Task as a team would shorten it for a quick run: other defaults, the rest as it is. */
export function withDefaults(task: Task, defaults: Readonly<Record<string, string>>): Task {
  const { params = [] } = task.spec;
  const unknown = Object.keys(defaults).filter((name) => !params.some((param) => param.name === name));
  if (unknown.length > 0) throw new Error(`the Task has no param ${unknown.join(", ")}`);
  const changed = params.map((param) => {
    const value = defaults[param.name];
    return value === undefined ? param : { ...param, default: value };
  });
  return { ...task, spec: { ...task.spec, params: changed } };
}

const ofContainers = [
  "image",
  "command",
  "args",
  "env",
  "volumeMounts",
  "securityContext",
  "computeResources",
];

function understood(task: Task): Task {
  refuseUnknown(task.spec, [
    ...["description", "params", "workspaces", "results", "volumes", "stepTemplate", "steps"],
  ]);
  refuseUnknown(task.spec.stepTemplate ?? {}, ofContainers);
  for (const step of task.spec.steps) refuseUnknown(step, ["name", "onError", ...ofContainers]);
  return task;
}

function refuseUnknown(object: object, known: readonly string[]): void {
  const unknown = Object.keys(object).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`the harness does not know ${unknown.join(", ")}: teach it first`);
}
