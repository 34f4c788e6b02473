import assert from "node:assert/strict";
import { parseTrailers } from "../../../src/core/commit/trailers.ts";
import { recoverySettlement } from "../../../src/core/recovery.ts";
import type { Recovery, RunState } from "../../../src/core/run-state.ts";
import type { World } from "../../../src/core/world.ts";
import { Failure } from "../../../src/errors/failure.ts";
import { mutate } from "../../../src/steps/mutate.ts";
import { recover } from "../../../src/steps/settle/recover.ts";
import { r23, r24, readyPod, worldIn, worldOf } from "../../core/states.ts";
import { failureOf, fileWith, location, requestOf } from "../builders.ts";
import {
  createClock,
  createCluster,
  createGit,
  createLog,
  createMetrics,
  type MemoryGit,
  type Scene,
} from "../fakes.ts";

const limits = {
  pushTimeoutMs: 60_000,
  rollout: { timeoutMs: 600_000, syncTimeoutMs: 360_000, syncGraceMs: 30_000, branchIntervalMs: 15_000 },
  verdict: { timeoutMs: 120_000, intervalMs: 2_000, settleSeconds: 5, maxErrors: 5 },
};
const never = new AbortController().signal;
const both = [r23, r24];
const promoted = worldOf(worldIn("S5").service, both);
const rolledBack: Scene<World> = { at: 5_000, value: worldOf(worldIn("S6").service, both) };

/** A promote was committed by this very program; what the cluster shows next is the script's. */
async function start(script: readonly Scene<World>[] = [rolledBack]) {
  const clock = createClock();
  const git = createGit({ [location.path]: fileWith("v2", 0) });
  const log = createLog();
  const ports = { git, clock, log, random: () => 0 };
  const staged = createCluster(clock, [{ at: 0, value: worldIn("S3") }]);
  const failed = await mutate({ ...ports, cluster: staged }, requestOf("promote"), never);
  const begun = clock.now();
  const metrics = createMetrics(clock, [
    { pod: readyPod(r23).name, requests: (time) => Math.max(0, Math.floor(time - begun / 1000 - 6)) },
    { pod: readyPod(r24).name, requests: () => 7 },
  ]);
  const cluster = createCluster(clock, [{ at: 0, value: promoted }, ...script]);
  const undo = (state: RunState = failed) =>
    recover({ ...ports, cluster, metrics, ofModels: new Map() }, state, limits, never);
  return { undo, git, failed, ports, cluster, metrics };
}

function commitOf(git: MemoryGit, recovery: Recovery) {
  return git.look(recovery.run?.mutation.commit ?? "");
}

describe("the automatic rollback", () => {
  it("commits, awaits and proves as any rollback does", async () => {
    const { undo, git, failed } = await start();

    const recovery = await undo();

    assert.equal(recoverySettlement(recovery).outcome, "PASS");
    assert.equal(git.text(location.path), fileWith("v2", 0));
    const { message, parent } = commitOf(git, recovery);
    assert.equal(parent, failed.mutation.commit);
    assert.equal(parseTrailers(message)["Bluegreen-Run"], failed.run);
    assert.equal(recovery.run?.rollout?.active, r23);
  });

  it("bears the trailers and the sign-off that every commit has to", async () => {
    const { git, failed, ports, cluster, metrics } = await start();
    const signatures = {
      trailers: [{ token: "Ticket", value: "ML-42" }],
      signOff: { name: "Ann", email: "ann@example.com" },
    };
    const recovery = await recover(
      { ...ports, cluster, metrics, ofModels: new Map() },
      failed,
      { ...limits, signatures },
      never,
    );
    const { message } = commitOf(git, recovery);
    assert.match(message, /^Ticket: ML-42$/m);
    assert.match(message, /^Signed-off-by: Ann <ann@example\.com>$/m);
  });

  it("happens once: a second try proves the commit of the first", async () => {
    const { undo, git } = await start();
    const first = await undo();

    const second = await undo();

    assert.equal(second.run?.mutation.kind, "resumed");
    assert.equal(second.run?.mutation.commit, first.run?.mutation.commit);
    assert.equal(git.counts.push, 2);
  });

  it("never goes over somebody else's later change", async () => {
    const { undo, git } = await start();
    git.commit({ files: { [location.path]: fileWith("v3", 100) }, message: "Hotfix" });

    const { reason, evidence } = await failureOf(undo());

    assert.equal(reason, "NOT_THE_RUNS_CHANGE");
    assert.match(evidence, /Ada Lovelace: “Hotfix”/);
    assert.equal(git.text(location.path), fileWith("v3", 100));
  });

  it("does not go back to what it is to undo, where another revision was made since", async () => {
    const { git, ports, failed, metrics } = await start();
    const newer = createCluster(ports.clock, [{ at: 0, value: worldIn("S11") }]);
    git.commit({
      files: { [location.path]: `${fileWith("v2", 100)}memory: 8Gi\n` },
      message: "More memory",
    });
    const there = { ...ports, cluster: newer, metrics, ofModels: new Map() };

    const { reason, evidence } = await failureOf(recover(there, failed, limits, never));

    assert.equal(reason, "NO_PREVIOUS_REVISION");
    assert.match(evidence, new RegExp(`percent 0 goes back to ${r24}; .* ${r23} served`));
    assert.equal(git.counts.push, 1);
  });

  it("reports that it could not be done", async () => {
    const { undo, git } = await start();
    git.outage = new Failure("GIT_UNREACHABLE", "502");
    const { reason, evidence } = await failureOf(undo());

    assert.deepEqual([reason, evidence], ["GIT_UNREACHABLE", "502"]);
  });

  it("reports a rollback that does not come into force", async () => {
    const { undo } = await start([]);
    const recovery = await undo();
    assert.equal(recovery.run?.mutation.kind, "committed");
    assert.equal(recoverySettlement(recovery).reason, "EDIT_NOT_REACHED");
  });

  it("lets no bug pass for a finding", async () => {
    const { undo, git } = await start();
    git.fetch = () => Promise.reject(new TypeError("x is not a function"));
    await assert.rejects(undo(), TypeError);
  });

  it("is not followed by a second promote of the same run", async () => {
    const { undo, ports, git } = await start();
    await undo();
    const cluster = createCluster(ports.clock, [{ at: 0, value: worldIn("S6") }]);
    const again = requestOf("promote", { guard: { once: true } });

    const failure = await failureOf(mutate({ ...ports, cluster }, again, never));

    assert.equal(failure.reason, "RUN_ROLLED_BACK");
    const other = await mutate({ ...ports, cluster }, { ...again, run: "run-2" }, never);
    assert.equal(other.mutation.kind, "committed");
    assert.equal(git.text(location.path), fileWith("v2", 100));
  });
});
