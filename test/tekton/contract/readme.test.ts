import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { withPipelineTable } from "../../../scripts/pipeline-tables.ts";
import { withTaskTables } from "../../../scripts/task-tables.ts";
import { root, taskFile } from "./documents.ts";

const read = (file: string) => readFileSync(join(root, file), "utf8");

describe("the Task's README", () => {
  const text = read("tekton/task/bluegreen/README.md");
  it("has the tables that the Task gives (npm run readme)", () => {
    assert.equal(withTaskTables(text, read(taskFile)), text);
  });

  it("needs its markers", () => {
    assert.throws(() => withTaskTables(text.replace("<!-- results -->", ""), read(taskFile)), /results/);
  });
});

describe("the page of the Pipelines", () => {
  const text = read("docs/pipelines.md");
  const pipelines = readdirSync(join(root, "tekton/pipeline"))
    .sort()
    .map((name) => read(`tekton/pipeline/${name}`));

  it("has the table that the Task and the Pipelines give (npm run readme)", () => {
    assert.equal(withPipelineTable(text, read(taskFile), pipelines), text);
  });

  it("says what a form has, what is fixed, and what the Task has alone", () => {
    const page = "<!-- pipeline params -->\n<!-- /pipeline params -->";
    const task =
      "spec: {params: [{name: action}, {name: name}, {name: check, default: ''}, {name: verbose}]}";
    const pipeline = `
      metadata: {name: p}
      spec:
        params: [{name: name}, {name: check, default: ""}]
        tasks: [{name: one, params: [{name: action, value: promote}, {name: name, value: $(params.name)}, {name: check, value: $(params.check)}]}]
        finally: [{name: two, params: [{name: action, value: rollback}, {name: name, value: $(params.name)}]}]`;
    assert.equal(
      withPipelineTable(page, task, [pipeline]),
      [
        "<!-- pipeline params -->",
        "| param | `p` |",
        "| --- | --- |",
        "| `action` | `promote`, `rollback` |",
        "| `name` | required |",
        "| `check` | yes (one) |",
        "",
        "Of the Task only: `verbose`.",
        "<!-- /pipeline params -->",
      ].join("\n"),
    );
    assert.throws(() => withPipelineTable("", task, [pipeline]), /markers/);
  });
});
