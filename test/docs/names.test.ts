/** The command of docs/install-openshift.md that puts a user's own names into the files, run on a copy of them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandLines } from "../../scripts/docs/commands.ts";
import { readPages, root } from "../../scripts/docs/project.ts";

const page = readPages().find(({ file }) => file === "docs/install-openshift.md");
const lines = (page?.blocks ?? []).flatMap(({ language, text }) =>
  language === "sh" ? commandLines(text) : [],
);
const examples = /user1-|jukebox|gitea\.example\.com/;

describe("the names in tekton/", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bluegreen-names-"));
    cpSync(join(root, "tekton"), join(folder, "tekton"), { recursive: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function withExamples(): readonly string[] {
    return readdirSync(join(folder, "tekton"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".yaml"))
      .filter((name) => examples.test(readFileSync(join(folder, "tekton", name), "utf8")))
      .sort();
  }

  it("are changed by one command, except where they are examples in a description", () => {
    const command = lines.find((line) => line.startsWith("perl "));
    assert.ok(command);
    assert.ok(withExamples().length > 10);
    execFileSync("sh", ["-c", command], { cwd: folder });
    assert.deepEqual(withExamples(), [
      // Says how the Pipelines and the Task are applied.
      "kustomization.yaml",
      "pipeline/bluegreen-promote.yaml",
      "pipeline/bluegreen-release.yaml",
      "pipeline/bluegreen-rollback.yaml",
      "task/bluegreen/bluegreen.yaml",
    ]);
  });
});
