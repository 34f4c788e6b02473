/** What Pipelines must hold to, ours and those of the samples. */
import { type JsonObject, listAt, namesOf, references } from "./documents.ts";
import { forbiddenIn } from "./task-rules.ts";

export type PipelineRule = (pipeline: JsonObject, task: JsonObject) => readonly string[];

function tasksOf(pipeline: JsonObject): readonly JsonObject[] {
  return [...listAt(pipeline, "spec", "tasks"), ...listAt(pipeline, "spec", "finally")];
}

/** The pipeline's tasks that run bluegreen, by name or by a resolver. */
export function bluegreenTasks(pipeline: JsonObject): readonly JsonObject[] {
  return tasksOf(pipeline).filter(({ taskRef }) => {
    const { name, params } = taskRef as JsonObject;
    const resolved = (params as unknown as readonly JsonObject[] | undefined)?.find(
      (param) => param["name"] === "name",
    );
    return name === "bluegreen" || resolved?.["value"] === "bluegreen";
  });
}

function argument(task: JsonObject, param: string): string | undefined {
  const found = listAt(task, "params").find(({ name }) => name === param);
  return found === undefined ? undefined : String(found["value"]);
}

export const pipelineRules: Readonly<Record<string, PipelineRule>> = {
  "every reference is declared"(pipeline, task) {
    const params = namesOf(listAt(pipeline, "spec", "params")).flatMap((name) => [
      `params.${name}`,
      `params.${name}[*]`,
    ]);
    const results = namesOf(tasksOf(pipeline)).flatMap((name) =>
      namesOf(listAt(task, "spec", "results")).map((result) => `tasks.${name}.results.${result}`),
    );
    const known = new Set([...params, ...results, "context.pipelineRun.uid"]);
    return references(pipeline)
      .filter(({ name }) => !known.has(name))
      .map(({ path, name }) => `${path}: $(${name})`);
  },

  "everything declared is used"(pipeline) {
    const used = references(pipeline["spec"] ?? {}).map(({ name }) => name.replace("[*]", ""));
    const bound = tasksOf(pipeline).flatMap((task) =>
      listAt(task, "workspaces").map(({ workspace }) => String(workspace)),
    );
    return [
      ...namesOf(listAt(pipeline, "spec", "params")).filter((name) => !used.includes(`params.${name}`)),
      ...namesOf(listAt(pipeline, "spec", "workspaces")).filter((name) => !bound.includes(name)),
    ];
  },

  "bluegreen is given params that it has, all required ones among them"(pipeline, task) {
    const params = listAt(task, "spec", "params");
    const required = namesOf(params.filter((param) => param["default"] === undefined));
    return bluegreenTasks(pipeline).flatMap((each) => {
      const fanned = namesOf(listAt(each, "matrix", "params"));
      const given = [...namesOf(listAt(each, "params")), ...fanned];
      return [
        ...given
          .filter((name) => !namesOf(params).includes(name))
          .map((name) => `${each["name"]}: ${name} unknown`),
        ...required.filter((name) => !given.includes(name)).map((name) => `${each["name"]}: ${name} missing`),
      ];
    });
  },

  "params are strings, described, and default to what the Task does"(pipeline, task) {
    return listAt(pipeline, "spec", "params").flatMap(({ name, type, description, default: given }) => {
      const same = listAt(task, "spec", "params").find((param) => param["name"] === name);
      return [
        ...(type === "string" || name === "names" ? [] : [`${name}: type ${type}`]),
        ...(/^[A-Z].*[^.]\.$/s.test(String(description)) ? [] : [`${name}: description`]),
        ...(same?.["default"] === undefined || given === undefined || given === same["default"]
          ? []
          : [`${name}: default ${given}, the Task's is ${same["default"]}`]),
      ];
    });
  },

  "a rollback in finally runs after FAIL only, needs no result, and undoes this very run"(pipeline) {
    return listAt(pipeline, "spec", "finally").flatMap((task) => {
      const guard = JSON.stringify(task["when"]);
      const wanted = JSON.stringify([
        { input: "$(tasks.promote.results.outcome)", operator: "in", values: ["FAIL"] },
      ]);
      const fromResults = references(task["params"] ?? []).filter(({ name }) => name.startsWith("tasks."));
      return [
        ...(guard === wanted ? [] : [`${task["name"]}: when ${guard}`]),
        ...(argument(task, "action") === "rollback" ? [] : [`${task["name"]}: action`]),
        ...(argument(task, "undo-run") === "$(context.pipelineRun.uid)" ? [] : [`${task["name"]}: undo-run`]),
        ...fromResults.map(({ name }) => `${task["name"]}: needs ${name}`),
      ];
    });
  },

  "the tasks of a release share the run's id"(pipeline) {
    if (listAt(pipeline, "spec", "finally").length === 0) return [];
    return bluegreenTasks(pipeline)
      .filter((task) => argument(task, "run-id") !== "$(context.pipelineRun.uid)")
      .map(({ name }) => String(name));
  },

  "a promote after a stage is for the staged version, and skipped for a first deployment"(pipeline) {
    const tasks = bluegreenTasks(pipeline);
    const stage = tasks.find((task) => argument(task, "action") === "stage");
    const promote = tasks.find((task) => argument(task, "action") === "promote");
    if (stage === undefined || promote === undefined) return [];
    const version = argument(stage, "model-version");
    const wanted = JSON.stringify([
      { input: `$(tasks.${stage["name"]}.results.standby-revision)`, operator: "notin", values: [""] },
    ]);
    return [
      ...(version !== undefined && argument(promote, "model-version") === version ? [] : ["model-version"]),
      ...(JSON.stringify(promote["when"]) === wanted ? [] : ["when"]),
      ...(JSON.stringify(promote["runAfter"]) === JSON.stringify([stage["name"]]) ? [] : ["runAfter"]),
    ];
  },

  "nothing that OpenShift Pipelines refuses": (pipeline) => forbiddenIn(pipeline),
};
