import assert from "node:assert/strict";
import { mutate } from "../../../src/steps/mutate.ts";
import { worldIn } from "../../core/states.ts";
import { failureOf, fileWith, location, requestOf } from "../builders.ts";
import { createClock, createCluster, createGit, createLog } from "../fakes.ts";

const never = new AbortController().signal;

describe("a promote that a person brought back after the run's own rollback (git cherry-pick keeps the trailers)", () => {
  async function start() {
    const git = createGit({ [location.path]: fileWith("v2", 0) });
    const clock = createClock();
    const run = (state: string, action: "promote" | "rollback", request = {}) => {
      const cluster = createCluster(clock, [{ at: 0, value: worldIn(state) }]);
      return mutate(
        { cluster, git, clock, log: createLog(), random: () => 0.5 },
        requestOf(action, request),
        never,
      );
    };
    const { mutation } = await run("S3", "promote", { guard: { once: true } });
    await run("S5", "rollback", { guard: { undoRun: "run-1" } });
    const { message } = git.look(mutation.commit ?? "");
    const theirs = git.commit({ files: { [location.path]: fileWith("v2", 100) }, message });
    return { git, run, theirs };
  }

  it("is theirs: a late rollback of that run leaves it alone", async () => {
    const { git, run, theirs } = await start();
    const failure = await failureOf(run("S5", "rollback", { run: "run-2", guard: { undoRun: "run-1" } }));
    assert.equal(failure.reason, "NOT_THE_RUNS_CHANGE");
    assert.equal(await git.head(), theirs);
  });

  it("is theirs: a retry of the run does not take it for its own, to be undone", async () => {
    const { run } = await start();
    const { mutation } = await run("S5", "promote", { guard: { once: true } });
    assert.equal(mutation.kind, "unchanged");
  });

  it("is the run's where the earlier commit of that id was about other revisions", async () => {
    const { git, run, theirs } = await start();
    const { message } = git.look(theirs);
    git.commit({ files: { [location.path]: fileWith("v2", 0) } });
    const other = message.replace(/^(Bluegreen-To-Revision: ).*$/m, "$1jukebox-predictor-00099");
    assert.notEqual(other, message);
    git.commit({ files: { [location.path]: fileWith("v2", 100) }, message: other });
    const { mutation } = await run("S5", "rollback", { run: "run-2", guard: { undoRun: "run-1" } });
    assert.equal(mutation.kind, "committed");
  });
});
