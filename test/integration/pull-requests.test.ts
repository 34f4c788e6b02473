import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { splitInForce } from "../sandbox/cluster/dataplane.ts";
import { setFaults } from "../sandbox/cluster/faults.ts";
import type { MergeStyle } from "../sandbox/forge/merge.ts";
import { jukeboxPath } from "../sandbox/git/seed.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { program, splitText } from "./program.ts";

describe("pull-request mode on the embedded cluster", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  afterEach(() => sandbox.stop());

  const byPull = ["--push", "pull-request"];
  const split = () => splitText(splitInForce(sandbox.store, "user1-test", "jukebox"));
  const file = () => sandbox.git.git(["cat-file", "blob", `main:${jukeboxPath}`]);

  /** People who merge whatever is asked for, as soon as it is looked at. */
  function mergeAll(style: MergeStyle): void {
    const { forge } = sandbox;
    assert.ok(forge);
    forge.onCall = async ({ method, path }) => {
      const number = Number(/\/pulls\/(\d+)$/.exec(path)?.[1] ?? Number.NaN);
      if (method !== "GET" || forge.pulls[number - 1]?.state !== "open") return;
      await forge.merge(number, style);
    };
  }

  for (const [provider, style] of [
    ["gitea", "merge"],
    ["github", "squash"],
  ] as const) {
    it(`${provider}, ${style}: stages, promotes and rolls back, each merged by somebody and proven`, async () => {
      sandbox = await startSandbox({ requestsPerSecond: 40, prometheus: "embedded", forge: provider });
      mergeAll(style);
      const staged = await program(sandbox, ["stage", "--model-version", "v2", ...byPull]);
      assert.equal(staged.code, 0, staged.text);
      assert.equal(split(), "1:100");
      const results = join(sandbox.folder, "results");
      const promoted = await program(sandbox, ["promote", "--results-dir", results, ...byPull]);
      assert.equal(promoted.code, 0, promoted.text);
      assert.equal(split(), "2:100");
      assert.equal(await readFile(join(results, "commit"), "utf8"), await sandbox.git.head());
      assert.equal(await readFile(join(results, "outcome"), "utf8"), "PASS");
      const back = await program(sandbox, ["rollback", ...byPull]);
      assert.equal(back.code, 0, back.text);
      assert.equal(split(), "1:100");
      assert.equal(sandbox.forge?.pulls.length, 3);
    });
  }

  it("rolls a failed promote back by a pull request of its own, though the merge says nothing of the run", async () => {
    sandbox = await startSandbox({ requestsPerSecond: 40, prometheus: "embedded", forge: "gitea" });
    mergeAll("merge");
    const staged = await program(sandbox, ["stage", "--model-version", "v2"]);
    assert.equal(staged.code, 0, staged.text);
    setFaults(sandbox.store, { argocd: { chart: "ignores-canary" } });
    const ended = await program(sandbox, [
      ...["promote", "--sync-grace", "1s", "--on-failure", "rollback"],
      ...byPull,
    ]);
    assert.equal(ended.code, 33, ended.text);
    assert.deepEqual(
      sandbox.forge?.pulls.map(({ branch }) => branch.split("/").at(-1)?.split("-")[0]),
      ["promote", "rollback"],
    );
    assert.match(await file(), /trafficPercent: 0/);
  });

  it("says on SIGTERM how to go on, and the same run goes on from there", async () => {
    sandbox = await startSandbox({ prometheus: "none", forge: "gitea" });
    const { forge } = sandbox;
    assert.ok(forge);
    const argv = ["mutate", "--action", "stage", "--model-version", "v2", "--run-id", "run-7", ...byPull];
    const state = join(sandbox.folder, "run.json");
    const looked = new Promise<void>((resolve) => {
      forge.onCall = async ({ path }) => {
        if (path.endsWith("/pulls/1")) resolve();
      };
    });
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "src/main.ts", ...argv, "--state-file", state],
      { env: { ...sandbox.env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part: Buffer) => {
        output += part.toString();
      });
    }
    const ended = once(child, "exit");
    await looked;
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [37, null], output);
    assert.match(output, /CANCELLED.*waiting for pull request #1 .*it stays open.*--run-id run-7 again/s);
    assert.equal(forge.pulls[0]?.state, "open");

    mergeAll("rebase");
    const again = await program(sandbox, [...argv, "--state-file", state]);
    assert.equal(again.code, 0, again.text);
    assert.equal(forge.pulls.length, 1);
    const { mutation } = JSON.parse(await readFile(state, "utf8"));
    assert.equal(mutation.commit, await sandbox.git.head());
  });

  it("finds out before anything is pushed that no pull request could be opened for this repository", async () => {
    sandbox = await startSandbox({ prometheus: "none" });
    const ended = await program(sandbox, [
      ...[
        "mutate",
        "--action",
        "stage",
        "--model-version",
        "v2",
        "--state-file",
        `${sandbox.folder}/run.json`,
      ],
      ...byPull,
    ]);
    assert.equal(ended.code, 20, ended.text);
    assert.match(ended.text, /--git-url must end in \/owner\/repository/);
    const branches = await sandbox.git.git(["for-each-ref", "--format=%(refname)"]);
    assert.equal(branches.trim(), "refs/heads/main");
  });
});
