import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments } from "../../src/cli/arguments.ts";
import { commands } from "../../src/cli/commands.ts";
import { completionsFor } from "../../src/cli/completion.ts";
import { builtBundle } from "../tekton/taskrun/bundle.ts";

function offered(...words: readonly string[]): readonly string[] {
  return completionsFor(["bluegreen", ...words]);
}

describe("the Tab key", () => {
  it("offers every command", () => {
    assert.deepEqual(offered(""), [...Object.keys(commands), "completion", "--help", "--version"]);
    assert.deepEqual(offered("st"), ["stage", "status"]);
  });

  it("offers the options of the command, those not yet given", () => {
    assert.deepEqual(offered("promote", "--git-u"), ["--git-url"]);
    assert.deepEqual(offered("promote", "--git-url", "x", "--git-u"), []);
    assert.deepEqual(offered("promote", "--name", "x", "--nam"), ["--namespace", "--name"]);
    assert.ok(offered("stage", "").includes("--set"));
    assert.ok(!offered("rollback", "").includes("--set"));
    assert.ok(offered("status", "--").includes("--help-all"));
  });

  it("offers no option for what is a secret", () => {
    assert.deepEqual(offered("promote", "--git-pass"), []);
  });

  it("offers choices where there are some, and leaves values to the shell elsewhere", () => {
    assert.deepEqual(offered("promote", "--output", ""), ["text", "json"]);
    assert.deepEqual(offered("promote", "--probe", "a"), ["auto", "always"]);
    assert.deepEqual(offered("promote", "--state-file", ""), []);
    assert.ok(offered("promote", "--verbose", "").includes("--output"), "a switch takes no value");
  });

  it("offers the actions of a plan", () => {
    assert.deepEqual(offered("plan", "pro"), ["promote"]);
    assert.deepEqual(offered("plan", "promote", "pro"), []);
    assert.deepEqual(offered("plan", "--na"), ["--namespace", "--name"]);
  });

  it("offers nothing for a command that there is not", () => {
    assert.deepEqual(offered("constructor", ""), []);
    assert.deepEqual(completionsFor([]).length > 0, true);
  });

  it("is asked by the flag of the script", async () => {
    const parsed = await parseArguments(["--get-yargs-completions", "bluegreen", "roll"], "1");
    assert.deepEqual(parsed, { kind: "text", text: "rollback" });
  });
});

describe("the script for bash", function () {
  this.timeout(60_000);
  let folder: string;
  before(async function () {
    if (spawnSync("bash", ["--version"]).status !== 0) return this.skip();
    folder = await mkdtemp(join(tmpdir(), "bluegreen-completion-"));
    const program = join(folder, "bluegreen");
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${await builtBundle()}' "$@"\n`);
    await chmod(program, 0o755);
  });
  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  /** What bash fills in, by the function that the sourced script registered for the program. */
  function complete(...words: readonly string[]): readonly string[] {
    const script = `
      source <(bluegreen completion) || exit 1
      [[ "$(complete -p bluegreen)" =~ -F\\ ([^ ]+) ]] || exit 2
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      "\${BASH_REMATCH[1]}"
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { PATH: `${folder}:${process.env["PATH"]}`, SHELL: "/bin/bash" };
    const ended = spawnSync("bash", ["--norc", "-c", script, "bash", "bluegreen", ...words], {
      env,
      encoding: "utf8",
    });
    assert.deepEqual([ended.status, ended.stderr], [0, ""]);
    return ended.stdout.split("\n").filter((line) => line !== "");
  }

  it("completes commands, options and choices", () => {
    assert.deepEqual(complete("pro"), ["promote"]);
    assert.deepEqual(complete("promote", "--argo"), ["--argocd-application"]);
    assert.deepEqual(complete("promote", "--on-failure", "h"), ["hold"]);
    assert.deepEqual(complete("plan", "roll"), ["rollback"]);
    assert.deepEqual(complete("promote", "--state-file", ""), []);
  });
});
