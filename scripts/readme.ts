// Brings what the pages say of reasons, params, results and dependencies up to date with the code and the Task.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };
import { withTable } from "../src/report/catalogue.ts";
import { packagesBeside } from "./build/beside.ts";
import { bundle } from "./build/bundle.ts";
import { dependenciesDocument } from "./build/dependencies.ts";
import { bundledPackages } from "./build/packages.ts";
import { withReasons } from "./docs/runbook.ts";
import { withPipelineTable } from "./pipeline-tables.ts";
import { withTaskTables } from "./task-tables.ts";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

for (const [page, table] of [
  ["README.md", "exit codes"],
  ["docs/outcomes.md", "outcomes"],
  ["docs/runbook.md", "reason index"],
] as const) {
  writeFileSync(new URL(page, root), withTable(read(page), table));
}

const task = "tekton/task/bluegreen";
const taskReadme = withTaskTables(read(`${task}/README.md`), read(`${task}/bluegreen.yaml`));
writeFileSync(new URL(`${task}/README.md`, root), taskReadme);

const pipelines = readdirSync(new URL("tekton/pipeline", root)).sort();
const pipelinePage = withPipelineTable(
  read("docs/pipelines.md"),
  read(`${task}/bluegreen.yaml`),
  pipelines.map((name) => read(`tekton/pipeline/${name}`)),
);
writeFileSync(new URL("docs/pipelines.md", root), pipelinePage);

const runbook = "docs/runbook.md";
writeFileSync(new URL(runbook, root), withReasons(read(runbook)));

const folder = mkdtempSync(join(tmpdir(), "bluegreen-readme-"));
try {
  const built = await bundle(join(folder, "bluegreen.mjs"));
  const [inside, beside] = await Promise.all([bundledPackages(built), packagesBeside()]);
  const direct = Object.keys(manifest.dependencies);
  const text = dependenciesDocument({ bundle: built, inside, beside, direct });
  writeFileSync(new URL("docs/dependencies.md", root), text);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
