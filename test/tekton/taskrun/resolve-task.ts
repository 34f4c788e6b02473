/** From a Task and a TaskRun to containers, as Tekton's reconciler and its webhook do it. */
import type { Container, Mount, ParamSpec, Step, Task, WorkspaceDeclaration } from "./definitions.ts";
import { type Replacements, replaceDeep, replacementsFor } from "./substitution.ts";

/** Files of a bound Secret or ConfigMap, by key. */
export type BoundFiles = Readonly<Record<string, string>>;

export interface TaskRun {
  readonly name: string;
  readonly namespace: string;
  /** The same for every retry. */
  readonly uid: string;
  readonly params: Readonly<Record<string, string>>;
  readonly workspaces?: Readonly<Record<string, BoundFiles>>;
}

export interface ResolvedTask {
  readonly steps: readonly Step[];
  readonly results: readonly string[];
  /** Writable, empty at first, shared by the pod's containers. */
  readonly emptyDirs: readonly string[];
  readonly bound: readonly {
    readonly path: string;
    readonly readOnly: boolean;
    readonly files: BoundFiles;
  }[];
}

/** What Tekton mounts into every step of itself. */
const implicitDirs = ["/workspace", "/tekton/home", "/tekton/results"];

/** Throws what the webhook or the reconciler would refuse. */
export function resolveTask(task: Task, run: TaskRun): ResolvedTask {
  const { params = [], workspaces = [], results = [], volumes = [], stepTemplate = {}, steps } = task.spec;
  const bindings = run.workspaces ?? {};
  checkWorkspaces(workspaces, Object.keys(bindings));
  // In this order, each over the result of the one before: a param's value may hold a context variable.
  const passes = [
    replacementsFor("params", valuesOf(params, run.params)),
    contextOf(task, run),
    pathsOfResults(results.map(({ name }) => name)),
    pathsOfWorkspaces(workspaces, bindings),
  ];
  const apply = <T extends object>(container: T): T =>
    passes.reduce((text, replacements) => replaceDeep(text, replacements), container);
  const template = apply(stepTemplate);
  const merged = steps.map((step) => merge(template, apply(step)));
  return {
    steps: merged,
    results: results.map(({ name }) => name),
    emptyDirs: [...implicitDirs, ...mountedDirs(merged, volumes)],
    bound: workspaces
      .filter(({ name }) => name in bindings)
      .map((declared) => ({
        path: mountPathOf(declared),
        readOnly: declared.readOnly === true,
        files: bindings[declared.name] ?? {},
      })),
  };
}

/** The values of all declared params. Throws for one that has neither a value nor a default. */
export function valuesOf(specs: readonly ParamSpec[], given: Readonly<Record<string, string>>): Replacements {
  const missing = specs.filter((spec) => spec.default === undefined && given[spec.name] === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(", ");
    throw new Error(`missing values for these params which have no default values: ${names}`);
  }
  return Object.fromEntries(specs.map((spec) => [spec.name, given[spec.name] ?? spec.default ?? ""]));
}

function contextOf(task: Task, run: TaskRun): Replacements {
  return {
    "context.task.name": task.metadata.name,
    "context.taskRun.name": run.name,
    "context.taskRun.namespace": run.namespace,
    "context.taskRun.uid": run.uid,
  };
}

function pathsOfResults(names: readonly string[]): Replacements {
  const forms = (name: string) => [
    `results.${name}.path`,
    `results["${name}"].path`,
    `results['${name}'].path`,
  ];
  return Object.fromEntries(
    names.flatMap((name) => forms(name).map((form) => [form, `/tekton/results/${name}`])),
  );
}

function checkWorkspaces(declared: readonly WorkspaceDeclaration[], bound: readonly string[]): void {
  const unbound = declared.filter(({ name, optional }) => optional !== true && !bound.includes(name));
  const foreign = bound.filter((name) => !declared.some((each) => each.name === name));
  if (unbound.length > 0) throw new Error(`workspace ${unbound[0]?.name} is declared but not bound`);
  if (foreign.length > 0) throw new Error(`workspace ${foreign[0]} is bound but not declared`);
}

/** An optional workspace that is not bound has the empty path. */
function pathsOfWorkspaces(declared: readonly WorkspaceDeclaration[], bindings: object): Replacements {
  return Object.fromEntries(
    declared.flatMap((each) => {
      const bound = each.name in bindings;
      return [
        [`workspaces.${each.name}.bound`, `${bound}`],
        [`workspaces.${each.name}.path`, bound ? mountPathOf(each) : ""],
      ];
    }),
  );
}

function mountPathOf({ name, mountPath }: WorkspaceDeclaration): string {
  return mountPath ?? `/workspace/${name}`;
}

/** The step wins over the template; environment by name, mounts by path, a list otherwise as a whole. */
function merge(template: Container, step: Step): Step {
  return {
    ...template,
    ...step,
    env: mergeBy("name", template.env ?? [], step.env ?? []),
    volumeMounts: mergeBy("mountPath", template.volumeMounts ?? [], step.volumeMounts ?? []),
  };
}

function mergeBy<K extends string, T extends { readonly [P in K]: string }>(
  key: K,
  base: readonly T[],
  own: readonly T[],
): readonly T[] {
  const replaced = base.map((item) => own.find((each) => each[key] === item[key]) ?? item);
  return [...replaced, ...own.filter((item) => !base.some((each) => each[key] === item[key]))];
}

function mountedDirs(
  steps: readonly Step[],
  volumes: readonly { readonly name: string; readonly emptyDir?: object }[],
): readonly string[] {
  const mounts = steps.flatMap(({ volumeMounts = [] }) => volumeMounts);
  for (const { name } of mounts) requireEmptyDir(name, volumes);
  return [...new Set(mounts.map(({ mountPath }: Mount) => mountPath))];
}

function requireEmptyDir(
  name: string,
  volumes: readonly { readonly name: string; readonly emptyDir?: object }[],
): void {
  const volume = volumes.find((each) => each.name === name);
  if (volume?.emptyDir === undefined)
    throw new Error(`volume ${name} is not an emptyDir: teach the harness first`);
}
