/** Real Git and a real HTTP API; only time is not real, and the cluster is a picture. */
import assert from "node:assert/strict";
import { parseTrailers } from "../../../src/core/commit/trailers.ts";
import type { World } from "../../../src/core/world.ts";
import type { Failure } from "../../../src/errors/failure.ts";
import type { MutateRequest } from "../../../src/steps/mutate/request.ts";
import { mutate } from "../../../src/steps/mutate.ts";
import { worldIn } from "../../core/states.ts";
import { type Stage, stageFor } from "../../forge/support.ts";
import { remoteOf, testLog } from "../../git/support.ts";
import { mergeStyles } from "../../sandbox/forge/merge.ts";
import { fastImport } from "../../sandbox/git/fast-import.ts";
import { failureOf, fileWith, location, requestOf } from "../builders.ts";

const branch = "bluegreen/user1-test/jukebox/promote-run-1";
const before = fileWith("v2", 0);
const after = fileWith("v2", 100);

for (const provider of ["gitea", "github"] as const) {
  describe(`a change by a pull request on ${provider}`, () => {
    let stage: Stage;
    let lines: readonly string[];
    beforeEach(async () => {
      stage = await stageFor(provider, { [location.path]: before, "other.yaml": "a: 1\n" });
    });
    afterEach(() => stage.stop());

    /** One attempt, by a process of its own. */
    async function attempt(
      changes: Partial<MutateRequest> = {},
      world: World = worldIn("S3"),
      signal = never,
    ) {
      const log = testLog();
      lines = log.lines;
      const { clock } = stage;
      const git = await remoteOf({ url: stage.server.gitUrl }, { clock });
      const proposals = { forge: stage.forge(), forks: git };
      const cluster = { read: async () => world, watch: () => assert.fail("nothing is watched") };
      const ports = { cluster, git, proposals, clock, log, random: () => 0.5 };
      return mutate(ports, requestOf("promote", { mergeTimeoutMs: 600_000, ...changes }), signal);
    }

    /** Does something just before the `look`th look at a pull request is answered. */
    function at(look: number, action: () => Promise<unknown> | unknown): void {
      let looks = 0;
      stage.server.onCall = async ({ method, path }) => {
        if (method !== "GET" || !/\/pulls\/\d+$/.test(path)) return;
        looks += 1;
        if (looks === look) await action();
      };
    }
    async function setOnMain(text: string, message = "By hand\n"): Promise<string> {
      return stage.git.commitAsOther({ [location.path]: text }, message);
    }
    const file = (ref: string) => stage.git.git(["cat-file", "blob", `${ref}:${location.path}`]);
    const countOn = async (ref: string) => Number(await stage.git.git(["rev-list", "--count", ref]));

    async function refused(reason: string, attempted: Promise<unknown>): Promise<Failure> {
      const failure = await failureOf(attempted);
      assert.equal(failure.reason, reason, failure.evidence);
      return failure;
    }

    for (const style of mergeStyles) {
      it(`goes on with the commit that a ${style} made, and a retry finds it as its own`, async () => {
        const base = await stage.git.head();
        let merged = "";
        at(3, async () => {
          merged = await stage.server.merge(1, style);
        });
        const state = await attempt();
        assert.deepEqual(
          { ...state.mutation, at: 0 },
          {
            kind: "committed",
            commit: merged,
            previousCommit: base,
            version: "v2",
            commitUrl: `${stage.server.origin}/user1/mlops-gitops/commit/${merged}`,
            at: 0,
          },
        );
        assert.equal(await file("main"), after);
        const own = await stage.git.git(["log", "-1", "--format=%B", branch]);
        assert.equal(parseTrailers(own)["Bluegreen-Run"], "run-1");

        const again = await attempt({}, worldIn("S5"));
        assert.deepEqual([again.mutation.kind, again.mutation.commit], ["resumed", merged]);
        assert.deepEqual(
          [again.expectation.active, again.expectation.standby],
          [state.expectation.active, state.expectation.standby],
        );
        assert.equal(stage.server.pulls.length, 1);
      });

      it(`knows a ${style} for what it may undo`, async () => {
        at(1, () => stage.server.merge(1, style));
        await attempt();
        at(1, () => stage.server.merge(2, style));
        const undo = requestOf("rollback", { guard: { undoRun: "run-1" } });
        const state = await attempt(undo, worldIn("S5"));
        assert.equal(state.mutation.kind, "committed");
        assert.equal(stage.server.pulls[1]?.branch, "bluegreen/user1-test/jukebox/rollback-run-1");
        assert.equal(await file("main"), before);
        const stranger = requestOf("rollback", { run: "x", guard: { undoRun: "run-9" } });
        await setOnMain(after);
        await refused("NOT_THE_RUNS_CHANGE", attempt(stranger, worldIn("S5")));
      });
    }

    it("asks for exactly one file, in the words of the commit", async () => {
      at(1, () => stage.server.merge(1, "merge"));
      await attempt({ message: "{name}: {action}\n\nBecause." });
      const [pull] = stage.server.pulls;
      assert.equal(pull?.title, "jukebox: promote");
      assert.match(pull?.body ?? "", /^Because\.\n\nBluegreen-Action: promote\n/);
      const changed = await stage.git.git(["diff-tree", "-r", "--name-only", "--no-commit-id", branch]);
      assert.equal(changed.trim(), location.path);
      await stage.git.git(["fsck", "--strict", "--full", "--no-dangling"]);
      assert.match(lines.join("\n"), /Somebody has to merge it within 10 min: http/);
    });

    it("goes on where the target branch moves meanwhile, before and after the merge", async () => {
      let merged = "";
      at(2, async () => {
        await stage.git.commitAsOther({ "other.yaml": "a: 2\n" });
        merged = await stage.server.merge(1, "squash");
        await stage.git.commitAsOther({ "other.yaml": "a: 3\n" });
      });
      assert.equal((await attempt()).mutation.commit, merged);
    });

    for (const style of mergeStyles) {
      it(`names the branch's head before a ${style}, whoever pushed meanwhile, and so does a retry`, async () => {
        let theirs = "";
        at(2, async () => {
          theirs = await stage.git.commitAsOther({ "other.yaml": "a: 2\n" }, "Somebody else's work\n");
          await stage.server.merge(1, style);
        });
        const { mutation } = await attempt();
        const again = await attempt({}, worldIn("S5"));
        assert.deepEqual([mutation.previousCommit, again.mutation.previousCommit], [theirs, theirs]);
      });
    }

    it("ends where somebody closes it, and a retry does not open another", async () => {
      at(2, () => stage.server.close(1));
      const failure = await refused("PULL_REQUEST_CLOSED", attempt());
      assert.match(failure.evidence, /#1 \(http.*\/pulls\/1\)/);
      await refused("PULL_REQUEST_CLOSED", attempt());
      assert.equal(stage.server.pulls.length, 1);
      assert.equal(await file("main"), before);
    });

    it("ends where it conflicts, and goes on once a person has resolved it", async () => {
      at(2, () => setOnMain(before.replace("update this", "careful")));
      await refused("PULL_REQUEST_CONFLICT", attempt());
      assert.equal(stage.server.pulls[0]?.state, "open");

      const resolved = before.replace("update this", "careful").replace("Percent: 0", "Percent: 100");
      await updateBranch(stage, resolved);
      at(1, () => stage.server.merge(1, "merge"));
      const state = await attempt();
      assert.equal(state.mutation.commit, await stage.git.head());
      assert.equal(await file("main"), resolved);
    });

    it("does not take a server that still checks for a conflict", async () => {
      stage.server.checking = true;
      at(3, () => {
        stage.server.checking = false;
        return stage.server.merge(1, "merge");
      });
      assert.equal((await attempt()).mutation.kind, "committed");
    });

    it("ends where somebody else changes our value meanwhile, and says who", async () => {
      at(2, () => setOnMain(fileWith("v2", 20), "Twenty, please\n"));
      const failure = await refused("SUPERSEDED", attempt());
      assert.match(failure.evidence, /Somebody Else: “Twenty, please”.*pull request #1 .* still open/);
      assert.equal(stage.server.pulls[0]?.state, "open");
    });

    it("ends where it was merged with other values than ours", async () => {
      at(2, async () => {
        await commitOn(stage, branch, fileWith("v2", 50));
        await stage.server.merge(1, "squash");
      });
      const failure = await refused("SUPERSEDED", attempt());
      assert.match(failure.evidence, /#1 .* was merged as commit [0-9a-f]{10} with percent 50, version v2/);
    });

    it("takes the same change by another way for what it is", async () => {
      let other = "";
      at(2, async () => {
        other = await setOnMain(after);
      });
      const { mutation } = await attempt();
      assert.deepEqual([mutation.kind, mutation.commit], ["unchanged", other]);
      assert.match(lines.join("\n"), /made the same change: pull request #1 .* not needed any more/);
    });

    it("ends when nobody merged it in time; a retry goes on with the same one", async () => {
      const begun = stage.clock.now();
      const failure = await refused("MERGE_TIMEOUT", attempt());
      assert.equal(stage.clock.now() - begun, 600_000);
      assert.match(failure.evidence, /#1 .* of run run-1$/);
      assert.ok(stage.clock.slept.length < 40, "it looks less and less often");

      at(1, () => stage.server.merge(1, "rebase"));
      const state = await attempt();
      assert.equal(state.mutation.commit, await stage.git.head());
      assert.equal(stage.server.pulls.length, 1);
      assert.equal(await countOn(`main..${branch}`), 1, "one commit of its own");
    });

    it("outlives an outage of the API, and names one that lasts", async () => {
      at(2, () => stage.server.fault({ method: "GET", times: 6, answer: { status: 502 } }));
      const passing = await refused("MERGE_TIMEOUT", attempt({ mergeTimeoutMs: 60_000 }));
      assert.doesNotMatch(passing.evidence, /the last look failed/);
      at(2, () => stage.server.fault({ method: "GET", times: 1e6, answer: { status: 502 } }));
      const lasting = await refused("MERGE_TIMEOUT", attempt({ mergeTimeoutMs: 60_000 }));
      assert.match(lasting.evidence, /the last look failed: .*HTTP 502/);
    });

    it("stops at once where the token is refused meanwhile", async () => {
      at(2, () => stage.server.fault({ times: 1e6, answer: { status: 401, body: '{"message":"revoked"}' } }));
      assert.match((await refused("FORGE_AUTH", attempt())).evidence, /revoked/);
    });

    it("takes up the branch of an attempt that died before the pull request was open", async () => {
      stage.server.fault({ method: "POST", answer: { status: 403, body: '{"message":"no scope"}' } });
      await refused("FORGE_AUTH", attempt());
      const commit = await stage.git.git(["rev-parse", branch]);
      assert.equal(await file("main"), before);

      at(1, () => stage.server.merge(1, "merge"));
      await attempt();
      assert.equal(await stage.git.git(["rev-parse", branch]), commit, "no second commit");
    });

    it("takes up its branch of a stage that changed other values only", async () => {
      await setOnMain(`${before}memory: 4Gi\n`);
      const sets = [{ path: "memory", value: "8Gi" }];
      const stages = { intent: { action: "stage", version: "v2", sets } } as const;
      await refused("MERGE_TIMEOUT", attempt({ ...stages, mergeTimeoutMs: 1_000 }));

      at(1, () => stage.server.merge(1, "merge"));
      await attempt(stages);
      assert.equal(await file("main"), `${before}memory: 8Gi\n`);
      assert.equal(stage.server.pulls.length, 1);
    });

    it("is not merged unawares when the live revisions have changed since", async () => {
      await refused("MERGE_TIMEOUT", attempt({ mergeTimeoutMs: 1_000 }));
      const world = worldIn("S3");
      const renamed = JSON.parse(JSON.stringify(world).replaceAll("00024", "00025")) as World;
      const failure = await refused("PULL_REQUEST_OUTDATED", attempt({}, renamed));
      assert.match(failure.evidence, /made for other revisions/);
    });

    it("is not adopted when somebody changed the branch", async () => {
      await refused("MERGE_TIMEOUT", attempt({ mergeTimeoutMs: 1_000 }));
      await commitOn(stage, branch, fileWith("v2", 50));
      const failure = await refused("PULL_REQUEST_OUTDATED", attempt());
      assert.match(failure.evidence, /no longer holds the wanted values/);
    });

    it("says when cancelled how to go on, and leaves everything as it is", async () => {
      const cancel = new AbortController();
      at(2, () => cancel.abort());
      const failure = await refused("CANCELLED", attempt({}, worldIn("S3"), cancel.signal));
      assert.match(
        failure.evidence,
        /waiting for pull request #1 \(http.*it stays open.*--run-id run-1 again/,
      );
      assert.equal(stage.server.pulls[0]?.state, "open");
    });
  });
}

const never = new AbortController().signal;

/** Somebody pushes onto a branch. */
async function commitOn({ git }: Stage, name: string, text: string): Promise<void> {
  const author = { name: "Somebody", email: "somebody@example.org" };
  const commit = { files: { [location.path]: text }, message: "By hand\n", author, time: 1_700_000_100 };
  await git.git(["fast-import", "--quiet", "--done"], fastImport(name, [commit], false));
}

/** As a server's "Update branch", the conflict resolved by hand. */
async function updateBranch(stage: Stage, resolved: string): Promise<void> {
  const { git } = stage;
  await git.git(["update-ref", "refs/heads/resolved", "refs/heads/main"]);
  await commitOn(stage, "resolved", resolved);
  const person = ["-c", "user.name=Somebody", "-c", "user.email=s@example.org"];
  const parents = ["-p", branch, "-p", "main"];
  const commit = await git.git([...person, "commit-tree", "resolved^{tree}", ...parents], "Update\n");
  await git.git(["update-ref", `refs/heads/${branch}`, commit.trim()]);
}
