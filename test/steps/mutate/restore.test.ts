import assert from "node:assert/strict";
import { commitMessage } from "../../../src/core/commit/message.ts";
import { pin } from "../../../src/core/expectation.ts";
import type { Intent } from "../../../src/core/intent.ts";
import type { RunState } from "../../../src/core/run-state.ts";
import type { World } from "../../../src/core/world.ts";
import { restore } from "../../../src/steps/mutate/restore.ts";
import { falseReadings, r23, r24, r25, readyPod, revision, worldIn } from "../../core/states.ts";
import { failureOf, fileWith, location, requestOf } from "../builders.ts";
import { createClock, createCluster, createGit, createLog, type Scene } from "../fakes.ts";

const r26 = "jukebox-predictor-00026";
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

/** T5, and the version of the right blue is staged and ready. */
const restaged: World = {
  service: {
    ...falseReadings.T5.service,
    sourceUri: "oci://registry:5000/user1-test/jukebox:v2",
    latestCreated: r26,
    latestReady: r26,
    traffic: [
      { revision: r26, percent: 0, latest: true },
      { revision: r23, percent: 100, latest: false, tag: "prev" },
    ],
  },
  revisions: [...falseReadings.T5.revisions, revision(r26, "v2")].map((each) => ({
    ...each,
    ready: { status: "True" },
  })),
  pods: [r23, r24, r25, r26].map((name) => readyPod(name)),
};

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

  it("does not go on over what somebody pushed since the version was staged, by a run that is new just as well", async () => {
    for (const isNew of [false, true]) {
      const git = createGit({ [location.path]: fileWith("v1", 100) });
      for (const [version, percent] of [["v2", 0], ["v2", 100], ["v3", 0]] as const) // biome-ignore format: short
        git.commit({ files: { [location.path]: fileWith(version, percent) } });
      const { ports } = setting(git, [{ at: 0, value: falseReadings.T5 }, { at: 2_000, value: restaged }]); // biome-ignore format: short
      let fetches = 0;
      const remote = {
        ...git,
        fetch: async () => {
          fetches += 1;
          // Later than the last look at the branch, which comes every 15 s.
          if (fetches === 2) git.commit({ files: { [location.path]: fileWith("v9", 0) } });
          return git.fetch();
        },
      };

      const { reason } = await failureOf(
        restore({ ...ports, git: remote }, { ...request, isNew }, limits, signal),
      );

      assert.equal(await textIn(git), fileWith("v9", 0));
      assert.equal(reason, "SUPERSEDED");
    }
  });
});
