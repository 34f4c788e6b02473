/** As much of Tekton's PipelineRun as the Pipelines here need: order, guards, references, `finally`. */
import type { Pipeline, PipelineTask, When } from "./definitions.ts";
import { type BoundFiles, valuesOf } from "./resolve-task.ts";
import { type Replacements, referencesIn, replaceDeep, replacementsFor } from "./substitution.ts";
import type { TaskRun, TaskRunEnded } from "./taskrun.ts";

export interface PipelineRun {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly params: Readonly<Record<string, string>>;
  readonly workspaces?: Readonly<Record<string, BoundFiles>>;
}

/** `guard`: a `when` did not hold. `missing`: it refers to a result that is not there. `stopped`: a task failed before. */
export type Skipped = "guard" | "missing" | "parent" | "stopped";

export interface PipelineRunEnded {
  readonly succeeded: boolean;
  readonly tasks: ReadonlyMap<string, TaskRunEnded | Skipped>;
  readonly results: Readonly<Record<string, string>>;
}

export type RunTask = (task: PipelineTask, run: Omit<TaskRun, "uid">) => Promise<TaskRunEnded>;

/** Throws what the webhook would refuse. Tasks run one at a time, in an order that their dependencies allow. */
export async function runPipeline(
  pipeline: Pipeline,
  run: PipelineRun,
  runTask: RunTask,
): Promise<PipelineRunEnded> {
  const { tasks, finally: last = [], params = [], results = [] } = pipeline.spec;
  const known = { ...replacementsFor("params", valuesOf(params, run.params)), ...contextOf(pipeline, run) };
  const done = new Map<string, TaskRunEnded | Skipped>();
  const execute = async (task: PipelineTask) => {
    const replacements = { ...known, ...resultsOf(done) };
    const ready = replaceDeep(task, replacements);
    done.set(task.name, skips(ready) ?? (await runTask(ready, taskRunOf(run, ready))));
  };
  for (const task of inOrder(tasks)) {
    const skip = heldBack(task, done);
    if (skip === undefined) await execute(task);
    else done.set(task.name, skip);
  }
  const statuses = statusesOf(tasks, done);
  for (const task of last) await execute(replaceDeep(task, statuses));
  return {
    succeeded: ![...done.values()].some((each) => typeof each === "object" && !each.succeeded),
    tasks: done,
    results: pipelineResults(results, resultsOf(done)),
  };
}

function contextOf(pipeline: Pipeline, run: PipelineRun): Replacements {
  return {
    "context.pipeline.name": pipeline.metadata.name,
    "context.pipelineRun.name": run.name,
    "context.pipelineRun.namespace": run.namespace,
    "context.pipelineRun.uid": run.uid,
  };
}

/** Results of tasks that failed count as well: that is what `finally` looks at. */
function resultsOf(done: ReadonlyMap<string, TaskRunEnded | Skipped>): Replacements {
  return Object.assign(
    {},
    ...[...done].map(([name, ended]) =>
      typeof ended === "object" ? replacementsFor(`tasks.${name}.results`, ended.results) : {},
    ),
  );
}

const resultReference = /^tasks\.([^.]+)\.results[.[]/;

function dependenciesOf({ runAfter = [], params = [], when = [] }: PipelineTask): readonly string[] {
  const named = referencesIn({ params, when }).flatMap((each) => resultReference.exec(each)?.[1] ?? []);
  return [...runAfter, ...named];
}

function inOrder(tasks: readonly PipelineTask[]): readonly PipelineTask[] {
  const ordered: PipelineTask[] = [];
  while (ordered.length < tasks.length) {
    const next = tasks.find(
      (task) =>
        !ordered.includes(task) &&
        dependenciesOf(task).every((name) => ordered.some((each) => each.name === name)),
    );
    if (next === undefined) throw new Error("the tasks depend on each other, or on one that is not there");
    ordered.push(next);
  }
  return ordered;
}

/** After a failure nothing new starts. What only comes after a task whose guard did not hold runs all the same. */
function heldBack(
  { runAfter = [] }: PipelineTask,
  done: ReadonlyMap<string, TaskRunEnded | Skipped>,
): Skipped | undefined {
  const ended = [...done.values()];
  if (ended.some((each) => typeof each === "object" && !each.succeeded)) return "stopped";
  const parents = runAfter.map((name) => done.get(name));
  return parents.some((each) => typeof each === "string" && each !== "guard") ? "parent" : undefined;
}

/** A reference that is still there has no value: the task is skipped before its guards are looked at. */
function skips(task: PipelineTask): Skipped | undefined {
  const open = referencesIn([task.params ?? [], task.when ?? []]).some((each) => resultReference.test(each));
  if (open) return "missing";
  return (task.when ?? []).every(holds) ? undefined : "guard";
}

function holds({ input, operator, values }: When): boolean {
  return values.includes(input) === (operator === "in");
}

function taskRunOf(run: PipelineRun, task: PipelineTask): Omit<TaskRun, "uid"> {
  const bound = run.workspaces ?? {};
  const workspaces = (task.workspaces ?? []).flatMap(({ name, workspace }) => {
    const files = bound[workspace];
    return files === undefined ? [] : [[name, files] as const];
  });
  return {
    name: `${run.name}-${task.name}`,
    namespace: run.namespace,
    params: Object.fromEntries((task.params ?? []).map(({ name, value }) => [name, value])),
    workspaces: Object.fromEntries(workspaces),
  };
}

/** `tasks.<name>.status` and `tasks.status`, as `finally` may ask for them. */
function statusesOf(
  tasks: readonly PipelineTask[],
  done: ReadonlyMap<string, TaskRunEnded | Skipped>,
): Replacements {
  const each = tasks.map(({ name }) => [name, statusOf(done.get(name))] as const);
  const all = each.map(([, status]) => status);
  const completed = all.includes("None") ? "Completed" : "Succeeded";
  return {
    ...Object.fromEntries(each.map(([name, status]) => [`tasks.${name}.status`, status])),
    "tasks.status": all.includes("Failed") ? "Failed" : completed,
  };
}

function statusOf(ended: TaskRunEnded | Skipped | undefined): "Succeeded" | "Failed" | "None" {
  if (typeof ended !== "object") return "None";
  return ended.succeeded ? "Succeeded" : "Failed";
}

/** A result of the Pipeline whose reference has no value is left out. */
function pipelineResults(
  declared: readonly { readonly name: string; readonly value: string }[],
  known: Replacements,
): Readonly<Record<string, string>> {
  const filled = declared.map(({ name, value }) => [name, replaceDeep(value, known)] as const);
  return Object.fromEntries(filled.filter(([, value]) => referencesIn(value).length === 0));
}
