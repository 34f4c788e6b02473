import assert from "node:assert/strict";
import { commitMessage } from "../../../src/core/commit/message.ts";
import { pin } from "../../../src/core/expectation.ts";
import type { Intent } from "../../../src/core/intent.ts";
import type { RunState } from "../../../src/core/run-state.ts";
import type { World } from "../../../src/core/world.ts";
import { restore } from "../../../src/steps/mutate/restore.ts";
import { falseReadings, worldIn } from "../../core/states.ts";
import { failureOf, fileWith, location, requestOf } from "../builders.ts";
import { createClock, createCluster, createGit, createLog, type Scene } from "../fakes.ts";

const intent: Intent = { action: "rollback", restore: true, sets: [] };
const limits = { timeoutMs: 600_000, syncTimeoutMs: 360_000, syncGraceMs: 30_000, branchIntervalMs: 15_000 };

/** v1 was live, then v2; v3 is staged to be restored, by a run that broke off. */
function begun() {
  const git = createGit({ [location.path]: fileWith("v1", 100) });
  git.commit({ files: { [location.path]: fileWith("v2", 0) } });
  git.commit({ files: { [location.path]: fileWith("v2", 100) } });
  const staging: Intent = { action: "stage", restore: true, version: "v3", sets: [] };
  const message = commitMessage(
    requestOf("stage", { intent: staging }),
    {},
    pin({ ...staging, action: "stage" }, worldIn("S3")),
  );
  git.commit({ files: { [location.path]: fileWith("v3", 0) }, message });
  return git;
}

function setting(git: ReturnType<typeof createGit>, worlds: readonly Scene<World>[]) {
  const clock = createClock();
  const log = createLog();
  const told: RunState[] = [];
  const cluster = createCluster(clock, worlds);
  const noted = (state: RunState) => void told.push(state);
  return { ports: { clock, log, git, cluster, random: () => 0.5, noted }, told, log, clock };
}

const request = requestOf("rollback", { intent });
const signal = new AbortController().signal;
const textIn = async (git: ReturnType<typeof createGit>) =>
  new TextDecoder().decode(await (await git.fetch()).readFile(location.path));

describe("restoring a version", () => {
  it("takes one commit where no other revision can come in", async () => {
    const git = createGit({ [location.path]: fileWith("v1", 100) });
    for (const [version, percent] of [["v2", 0], ["v2", 100], ["v2", 0]] as const) // biome-ignore format: short
      git.commit({ files: { [location.path]: fileWith(version, percent) } });
    const { ports, told } = setting(git, [{ at: 0, value: falseReadings.T4 }]);

    const state = await restore(ports, request, limits, signal);

    assert.deepEqual([state.intent.action, state.intent.version], ["rollback", "v1"]);
    assert.equal(await textIn(git), fileWith("v1", 100));
    assert.deepEqual(told, []);
  });

  it("lets a staged version in when its revision is ready, and tells of the first commit before it waits", async () => {
    const git = begun();
    const staged = (await git.fetch()).commit;
    const worlds = [{ at: 0, value: worldIn("S8") }, { at: 60_000, value: worldIn("S9") }]; // biome-ignore format: short
    const { ports, told, log } = setting(git, worlds);

    const state = await restore(ports, request, limits, signal);

    assert.deepEqual(
      [state.intent.action, state.intent.version, state.expectation.percent],
      ["rollback", "v3", 100],
    );
    assert.equal(await textIn(git), fileWith("v3", 100));
    assert.deepEqual(
      told.map(({ intent, mutation }) => [intent.action, mutation.commit]),
      [["stage", staged]],
    );
    assert.ok(log.of("info").includes("Version v3 gets the traffic when its new revision is ready"));
    await restore({ ...setting(begun(), worlds).ports, noted: undefined as never }, request, limits, signal);
  });

  it("ends where the staged revision does not get ready, and lets nothing in", async () => {
    const git = begun();
    const { ports } = setting(git, [{ at: 0, value: worldIn("S8") }]);

    const failure = await failureOf(restore(ports, request, limits, signal));

    assert.match(failure.evidence, /^while version v3 was staged: /);
    assert.equal(await textIn(git), fileWith("v3", 0));
  });

  it("ends where the revision was ready and is no longer, and lets nothing in", async () => {
    const git = begun();
    const { ports } = setting(git, [{ at: 0, value: worldIn("S8") }, { at: 60_000, value: worldIn("S9") }]); // biome-ignore format: short
    const cluster = { ...ports.cluster, read: async () => worldIn("S8") };

    const failure = await failureOf(restore({ ...ports, cluster }, request, limits, signal));

    assert.equal(failure.reason, "GREEN_NOT_READY");
    assert.match(failure.evidence, /version v3 was ready, and is no longer$/);
    assert.equal(await textIn(git), fileWith("v3", 0));
  });
});
