/** The run's own branch: what an earlier attempt left of it, what another attempt does meanwhile, and cancelling. */
import assert from "node:assert/strict";
import { commitMessage } from "../../../src/core/commit/message.ts";
import type { PullRequestReading } from "../../../src/core/pull-request.ts";
import type { World } from "../../../src/core/world.ts";
import { Failure } from "../../../src/errors/failure.ts";
import type { GitForks, GitSnapshot, PushResult } from "../../../src/ports.ts";
import { type CommitPlan, prepare } from "../../../src/steps/mutate/prepare.ts";
import { propose } from "../../../src/steps/mutate/propose.ts";
import type { MutateRequest } from "../../../src/steps/mutate/request.ts";
import { worldIn } from "../../core/states.ts";
import { failureOf, fileWith, location, requestOf } from "../builders.ts";
import { createClock, createGit, createLog, type KeptLog, type MemoryGit } from "../fakes.ts";
import { after, before, bury, first, forgeWith, pullOf } from "./pulls.ts";

const branch = "bluegreen/user1-test/jukebox/promote-run-1";
const request = requestOf("promote");
const taken: PushResult = { kind: "overtaken", detail: `there is a branch ${branch}` };

describe("a run's own branch", () => {
  let git: MemoryGit;
  let plan: CommitPlan;
  /** What the branch is at each look at it. */
  let branches: (GitSnapshot | undefined)[];
  let pushed: PushResult;
  let found: PullRequestReading | undefined;
  let asked: (readonly string[] | undefined)[];
  let opened: string[];
  let forked: Parameters<GitForks["fork"]>[];
  let log: KeptLog;
  beforeEach(async () => {
    git = createGit({ [location.path]: before });
    plan = await planIn(worldIn("S3"));
    branches = [];
    pushed = { kind: "pushed", commit: "c".repeat(40) };
    found = undefined;
    asked = [];
    opened = [];
    forked = [];
    log = createLog();
  });

  async function planIn(world: World): Promise<CommitPlan> {
    const made = await prepare(request, await git.fetch(), world);
    assert.ok(made.kind === "commit");
    return made;
  }
  /** An attempt's branch; `text` and further commits: what people made of it. */
  function branchOf({ values, expectation }: CommitPlan, text = after): MemoryGit {
    const made = createGit({ [location.path]: before });
    const message = commitMessage(request, values, expectation);
    made.commit({ files: { [location.path]: after }, message });
    if (text !== after) made.commit({ files: { [location.path]: text } });
    return made;
  }
  /** An attempt that found other revisions to be live. */
  async function strange(): Promise<CommitPlan> {
    const renamed = JSON.stringify(worldIn("S3")).replaceAll("00024", "00025");
    return planIn(JSON.parse(renamed) as World);
  }
  /** Whoever looks at the pull request finds it merged. */
  async function attempt(changes: Partial<MutateRequest> = {}, signal = never) {
    const forks: GitForks = {
      fetchBranch: async (_, paths) => {
        asked.push(paths);
        return branches.shift();
      },
      fork: async (...made) => {
        forked.push(made);
        return pushed;
      },
    };
    const clock = createClock();
    const forge = forgeWith({
      find: async (_, patience) => {
        assert.deepEqual(patience, { deadline: clock.now() + request.pushTimeoutMs, signal });
        return found;
      },
      open: async (pull) => {
        opened.push(pull.branch);
        return pullOf();
      },
      read: async () =>
        pullOf({ state: "merged", mergeCommit: git.commit({ files: { [location.path]: after } }) }),
    });
    const ports = { forge, forks, git, clock, log, random: () => 0.5 };
    const proposal = { snapshot: await git.fetch(), plan };
    return propose(ports, { ...request, ...changes }, proposal, signal);
  }
  async function outdated(evidence: string): Promise<void> {
    const failure = await failureOf(attempt());
    assert.deepEqual([failure.reason, failure.evidence], ["PULL_REQUEST_OUTDATED", evidence]);
    assert.deepEqual(opened, [], "nobody is asked to merge it");
  }

  it("is told by a checksum from that of a run whose id looks the same to Git", async () => {
    await attempt({ run: "nightly #7" });
    assert.deepEqual(opened, ["bluegreen/user1-test/jukebox/promote-nightly-7-b287cf12593c"]);
  });

  it("gets the planned file and message on top of what the plan was made from", async () => {
    await attempt();
    const { values, expectation } = plan;
    const message = commitMessage(request, values, expectation);
    const [[base, name, change] = [], ...more] = forked;
    assert.deepEqual([base?.commit, name, more], [(await git.fetch()).parents[0], branch, []]);
    assert.deepEqual(change, { files: new Map([[location.path, plan.after]]), message });
    assert.deepEqual(log.of("info").slice(0, 2), [
      `Pushed commit cccccccccc to ${branch}, to be merged into main`,
      `Opened ${first} from ${branch} into main`,
    ]);
  });

  it("is left alone with its pull request where that is open already", async () => {
    found = pullOf();
    branches = [await branchOf(plan).fetch()];
    assert.equal((await attempt()).kind, "committed");
    assert.deepEqual([forked, opened], [[], []]);
    assert.equal(log.of("info")[0], `This run's ${first} is there already`);
  });

  it("is not looked at where the pull request is decided", async () => {
    const mergeCommit = git.commit({ files: { [location.path]: after } });
    found = pullOf({ state: "merged", mergeCommit });
    assert.equal((await attempt()).kind, "resumed");
    assert.deepEqual([asked, forked, opened], [[], [], []]);
  });

  it("is taken as another attempt of the run made it meanwhile", async () => {
    pushed = taken;
    branches = [undefined, await branchOf(plan).fetch()];
    assert.equal((await attempt()).kind, "committed");
    assert.deepEqual(opened, [branch]);
    assert.deepEqual(asked, [[location.path], [location.path]], "each look names the file that it reads");
  });

  it("is not taken where the other attempt found other revisions live", async () => {
    pushed = taken;
    const other = await branchOf(await strange()).fetch();
    branches = [undefined, other];
    await outdated(`branch ${branch} was made for other revisions: its commit ${other.commit.slice(0, 10)}`);
  });

  it("is a lost race where it was there a moment ago, and is not now", async () => {
    pushed = taken;
    const failure = await failureOf(attempt());
    assert.deepEqual([failure.reason, failure.evidence], ["GIT_RACE_LOST", taken.detail]);
  });

  it("is not taken where somebody changed it before a pull request was open", async () => {
    branches = [await branchOf(plan, fileWith("v2", 50)).fetch()];
    await outdated(`branch ${branch} no longer holds the wanted values`);
  });

  it("is not taken where its commit lies too far back to be read", async () => {
    const buried = branchOf(plan);
    bury(buried, after);
    branches = [await buried.fetch()];
    await outdated(`branch ${branch} was made for other revisions: its commit cannot be found`);
  });

  it("is not taken where somebody changed it under an open pull request", async () => {
    found = pullOf();
    branches = [await branchOf(plan, fileWith("v2", 50)).fetch()];
    await outdated(`${first} no longer holds the wanted values`);
  });

  it("is not made again where a pull request from it is open and somebody deleted it", async () => {
    found = pullOf();
    await outdated(`${first} is open, and its branch ${branch} is gone`);
  });

  describe("when the run is cancelled before a pull request was seen to be open", () => {
    const goOn = `run the same command with --run-id run-1 again, which takes up what is there`;

    for (const at of ["find", "fetchBranch", "fork", "open"] as const) {
      it(`says how to go on: while it waits for ${at}`, async () => {
        const cancel = new AbortController();
        async function stop(): Promise<never> {
          cancel.abort();
          throw new Failure("GIT_UNREACHABLE", "the request was ended");
        }
        const forks = { fetchBranch: async () => undefined, fork: async () => pushed, [at]: stop };
        const forge = forgeWith({ find: async () => undefined, [at]: stop });
        const ports = { forge, forks, git, clock: createClock(), log: createLog(), random: () => 0.5 };
        const proposal = { snapshot: await git.fetch(), plan };
        const failure = await failureOf(propose(ports, request, proposal, cancel.signal));
        const evidence = `before a pull request from ${branch} was seen to be open; ${goOn}`;
        assert.deepEqual([failure.reason, failure.evidence], ["CANCELLED", evidence]);
      });
    }
  });
});

const never = new AbortController().signal;
