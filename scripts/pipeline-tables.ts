/** The table of docs/pipelines.md, made from the Task and the Pipelines: which param of the Task which Pipeline has. */
import { parse } from "yaml";

interface Param {
  readonly name: string;
  readonly default?: string;
}

interface PipelineTask {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly value: string }[];
}

interface Pipeline {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly params: readonly Param[];
    readonly tasks: readonly PipelineTask[];
    readonly finally?: readonly PipelineTask[];
  };
}

const markers = /(<!-- pipeline params -->\n).*?(<!-- \/pipeline params -->)/s;

/** The page with the table between its markers brought up to date. Throws Error where it has none. */
export function withPipelineTable(page: string, taskYaml: string, pipelineYamls: readonly string[]): string {
  if (!markers.test(page)) throw new Error("the page lacks the markers of pipeline params");
  const { spec } = parse(taskYaml) as { readonly spec: { readonly params: readonly Param[] } };
  const pipelines = pipelineYamls.map((text) => parse(text) as Pipeline);
  const names = spec.params.map(({ name }) => name);
  const has = (pipeline: Pipeline, name: string) =>
    [...tasksOf(pipeline)].some((task) => task.params.some((param) => param.name === name));
  const passed = names.filter((name) => pipelines.some((pipeline) => has(pipeline, name)));
  const rows = passed.map((name) => [`\`${name}\``, ...pipelines.map((each) => cell(each, name))]);
  const heads = ["param", ...pipelines.map(({ metadata }) => `\`${metadata.name}\``)];
  const lines = [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  const others = names.filter((name) => !passed.includes(name)).map((name) => `\`${name}\``);
  const text = [...lines, "", `Of the Task only: ${others.join(", ")}.`].join("\n");
  return page.replace(markers, (_, open: string, close: string) => `${open}${text}\n${close}`);
}

function tasksOf({ spec }: Pipeline): readonly PipelineTask[] {
  return [...spec.tasks, ...(spec.finally ?? [])];
}

/** `yes` or `required` for a field of the form, with the tasks that get it where not all do; else what is passed. */
function cell(pipeline: Pipeline, name: string): string {
  const tasks = tasksOf(pipeline);
  const given = tasks.filter(({ params }) => params.some((param) => param.name === name));
  if (given.length === 0) return "–";
  const only = given.length === tasks.length ? "" : ` (${given.map((task) => task.name).join(", ")})`;
  const declared = pipeline.spec.params.find((param) => param.name === name);
  if (declared !== undefined) return `${declared.default === undefined ? "required" : "yes"}${only}`;
  const values = new Set(
    given.flatMap(({ params }) => params.filter((param) => param.name === name)).map(shownValue),
  );
  return `${[...values].join(", ")}${only}`;
}

function shownValue({ value }: { readonly value: string }): string {
  return value === "$(context.pipelineRun.uid)" ? "the run's id" : `\`${value}\``;
}
