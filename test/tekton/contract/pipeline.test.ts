import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { documentsIn, type JsonObject, listAt, namesOf, readTask, root } from "./documents.ts";
import { bluegreenTasks, pipelineRules } from "./pipeline-rules.ts";

const task = readTask();
const all = documentsIn("tekton");
const pipelines = all.filter(
  ({ content, file }) => content["kind"] === "Pipeline" && !file.includes("buildah"),
);
const metadataOf = (content: JsonObject) => content["metadata"] as JsonObject;

describe("Pipelines", () => {
  it("are the three that are installed, and samples", () => {
    assert.deepEqual(
      pipelines.map(({ content }) => metadataOf(content)["name"]),
      [
        "bluegreen-promote",
        "bluegreen-release",
        "bluegreen-rollback",
        "build-and-release",
        "ct-pipeline",
        "bluegreen-promote-several",
      ],
    );
    for (const { content } of pipelines) assert.ok(bluegreenTasks(content).length > 0);
  });

  for (const { file, content } of pipelines) {
    describe(file, () => {
      for (const [what, rule] of Object.entries(pipelineRules)) {
        it(what, () => assert.deepEqual(rule(content, task), []));
      }
    });
  }

  for (const { file, content } of pipelines.filter(({ file }) => file.startsWith("tekton/pipeline/"))) {
    it(`${file} bears its file's name and the version of package.json`, () => {
      const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      assert.equal(file, `tekton/pipeline/${metadataOf(content)["name"]}.yaml`);
      assert.equal((metadataOf(content)["labels"] as JsonObject)["app.kubernetes.io/version"], version);
    });
  }

  it("pass on what their tasks have in common: where the model is, how Git takes the commit, what proves it", () => {
    /** Not for every task of a release: values of the stage, checks of what got the traffic, a proof that is hurried. */
    const special = [
      "action",
      "model-version",
      "set",
      "min-requests",
      "max-error-ratio",
      "check",
      "undo-run",
    ];
    for (const { file, content } of pipelines.filter(({ file }) => file.startsWith("tekton/pipeline/"))) {
      const declared = namesOf(listAt(content, "spec", "params")).filter((name) => !special.includes(name));
      const workspaces = namesOf(listAt(content, "spec", "workspaces"));
      assert.deepEqual([...workspaces].sort(), [...namesOf(listAt(task, "spec", "workspaces"))].sort(), file);
      for (const each of bluegreenTasks(content)) {
        const where = `${file}: ${each["name"]}`;
        const given = listAt(each, "params").filter(({ value }) => String(value).startsWith("$(params."));
        for (const { name, value } of given) assert.equal(value, `$(params.${name})`, where);
        assert.deepEqual(
          declared.filter((name) => !namesOf(given).includes(name)),
          [],
          where,
        );
        assert.deepEqual(namesOf(listAt(each, "workspaces")), workspaces, where);
      }
    }
  });

  // None of `finally`: older Tektons fail the whole run over a result of a final task that was skipped.
  it("pass the results of a release's promote on, and the commit of its stage", () => {
    const release = pipelines.find(({ content }) => metadataOf(content)["name"] === "bluegreen-release");
    const results = listAt(release?.content, "spec", "results").map(({ name, value }) => [name, value]);
    const known = namesOf(listAt(task, "spec", "results"));
    for (const [name, value] of results) {
      const [, from = "", result = ""] = /^\$\(tasks\.(\w+)\.results\.([\w-]+)\)$/.exec(String(value)) ?? [];
      assert.ok(known.includes(result), String(value));
      assert.equal(name, from === "promote" ? result : `${from}-${result}`);
    }
    assert.equal(results.length, 8);
  });

  it("pass every result of the Task on, where they have one task", () => {
    for (const { content } of pipelines
      .slice(0, 3)
      .filter(({ content }) => listAt(content, "spec", "tasks").length === 1)) {
      const names = namesOf(listAt(content, "spec", "results"));
      assert.deepEqual(names, namesOf(listAt(task, "spec", "results")));
    }
  });
});

describe("runs", () => {
  const embedded = all
    .filter(({ content }) => content["kind"] === "ConsoleYAMLSample")
    .map(({ file, content }) => ({ file, content: parse(String((content["spec"] as JsonObject)["yaml"])) }));
  const triggered = all
    .filter(({ content }) => content["kind"] === "TriggerTemplate")
    .flatMap(({ file, content }) =>
      listAt(content, "spec", "resourcetemplates").map((run) => ({ file, content: run })),
    );
  const runs = [...all, ...embedded, ...triggered].filter(({ content }) => content["kind"] === "TaskRun");
  const params = listAt(task, "spec", "params");
  const required = namesOf(params.filter((param) => param["default"] === undefined));

  it("are there to promote, to roll back and to stage", () => {
    const actions = runs.map(({ content }) => listAt(content, "spec", "params")[0]?.["value"]);
    assert.deepEqual([...new Set(actions)].sort(), ["promote", "rollback", "stage"]);
  });

  for (const { file, content } of runs) {
    it(`${file}, ${metadataOf(content)["generateName"]}: gives the Task what it needs and nothing else`, () => {
      const given = namesOf(listAt(content, "spec", "params"));
      assert.deepEqual(
        given.filter((name) => !namesOf(params).includes(name)),
        [],
      );
      assert.deepEqual(
        required.filter((name) => !given.includes(name)),
        [],
      );
      assert.equal((content["spec"] as JsonObject)["serviceAccountName"], "bluegreen");
    });
  }
});

// biome-ignore lint/suspicious/noExplicitAny: the copies are broken on purpose
type Mutable = any;

const guard = "a rollback in finally runs after FAIL only, needs no result, and undoes this very run";
const gate = "a promote after a stage is for the staged version, and skipped for a first deployment";
const broken: readonly (readonly [what: string, rule: string, edit: (spec: Mutable) => void])[] = [
  ["an undeclared param", "every reference is declared", (spec) => spec.params.pop()],
  [
    "a result that the Task has not",
    "every reference is declared",
    (spec) => (spec.tasks[1].when[0].input = "$(tasks.stage.results.color)"),
  ],
  ["an unused param", "everything declared is used", (spec) => spec.params.push({ name: "x" })],
  ["an unused workspace", "everything declared is used", (spec) => spec.workspaces.push({ name: "x" })],
  [
    "a param that bluegreen has not",
    "bluegreen is given params that it has, all required ones among them",
    (spec) => spec.tasks[0].params.push({ name: "colour", value: "blue" }),
  ],
  [
    "a required param left out",
    "bluegreen is given params that it has, all required ones among them",
    (spec) => spec.tasks[0].params.shift(),
  ],
  [
    "another default",
    "params are strings, described, and default to what the Task does",
    (spec) => (spec.params.find((p: Mutable) => p.name === "timeout").default = "1h"),
  ],
  ["a rollback after INCONCLUSIVE", guard, (spec) => spec.finally[0].when[0].values.push("INCONCLUSIVE")],
  ["a rollback after anything", guard, (spec) => delete spec.finally[0].when],
  ["a rollback of whatever is live", guard, (spec) => spec.finally[0].params.splice(2, 1)],
  [
    "a rollback that needs a result",
    guard,
    (spec) => (spec.finally[0].params[3].value = "$(tasks.promote.results.commit)"),
  ],
  [
    "tasks with ids of their own",
    "the tasks of a release share the run's id",
    (spec) => spec.tasks[0].params.splice(3, 1),
  ],
  ["a promote of whatever is staged", gate, (spec) => spec.tasks[1].params.splice(1, 1)],
  ["a promote of a first deployment", gate, (spec) => delete spec.tasks[1].when],
  ["a promote beside the stage", gate, (spec) => delete spec.tasks[1].runAfter],
];

describe("a broken release is found out:", () => {
  const release = pipelines.find(({ content }) => metadataOf(content)["name"] === "bluegreen-release");
  for (const [what, name, edit] of broken) {
    it(what, () => {
      const copy = structuredClone(release?.content) as Mutable;
      edit(copy.spec);
      assert.notDeepEqual(pipelineRules[name]?.(copy, task), []);
    });
  }
});
