// Brings what the pages say of reasons, params and results up to date with the code and the Task.
import { readFileSync, writeFileSync } from "node:fs";
import { withOutcomeTable } from "../src/report/catalogue.ts";
import { withReasons } from "./docs/runbook.ts";
import { withTaskTables } from "./task-tables.ts";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

const readme = withOutcomeTable(read("README.md"));
if (readme === undefined) {
  throw new Error("README.md lacks the markers <!-- outcomes --> and <!-- /outcomes -->");
}
writeFileSync(new URL("README.md", root), readme);

const task = "tekton/task/bluegreen";
const taskReadme = withTaskTables(read(`${task}/README.md`), read(`${task}/bluegreen.yaml`));
writeFileSync(new URL(`${task}/README.md`, root), taskReadme);

const runbook = "docs/runbook.md";
writeFileSync(new URL(runbook, root), withReasons(read(runbook)));
