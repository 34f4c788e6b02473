import assert from "node:assert/strict";
import { parseTrailers } from "../../src/core/commit/trailers.ts";
import type { Guard } from "../../src/core/intent.ts";
import { isvcRow } from "../../src/core/isvc.ts";
import { decideRollout } from "../../src/core/rollout.ts";
import type { World } from "../../src/core/world.ts";
import { Failure } from "../../src/errors/failure.ts";
import { reachOf } from "../../src/steps/mutate/overruled.ts";
import type { Proposals } from "../../src/steps/mutate/propose.ts";
import type { MutateRequest } from "../../src/steps/mutate/request.ts";
import { type Found, mutate } from "../../src/steps/mutate.ts";
import { falseReadings, r23, r24, r25, worldIn } from "../core/states.ts";
import { failureOf, fileWith, intentOf, location, requestOf } from "./builders.ts";
import { createClock, createCluster, createGit, createLog, type MemoryGit, person } from "./fakes.ts";

function scene(text: string, world: World, random: () => number = () => 0.5, proposals?: Proposals) {
  const clock = createClock();
  const git = createGit({ "README.md": "# GitOps\n", [location.path]: text });
  const log = createLog();
  const cluster = createCluster(clock, [{ at: 0, value: world }]);
  const found: (readonly Found[])[] = [];
  const run = (request: MutateRequest, signal: AbortSignal = new AbortController().signal) =>
    mutate(
      { cluster, git, clock, log, random, proposals, found: (models) => found.push(models) },
      request,
      signal,
    );
  return { clock, git, log, run, found };
}

const staged = fileWith("v2", 0);
const promoted = fileWith("v2", 100);

describe("mutate", () => {
  it("promotes: one commit of one value, with the names pinned before it", async () => {
    const { git, log, run } = scene(staged, worldIn("S3"));
    const before = await git.head();

    const state = await run(requestOf("promote"));

    const commit = await git.head();
    assert.equal(git.text(location.path), promoted);
    assert.deepEqual(state.mutation, {
      kind: "committed",
      commit,
      previousCommit: before,
      version: "v2",
      commitUrl: `https://gitea.example.com/user1/mlops-gitops/commit/${commit}`,
      at: state.mutation.at,
    });
    assert.equal(git.look(commit).parent, before);
    assert.deepEqual(parseTrailers(git.look(commit).message), {
      "Bluegreen-Action": "promote",
      "Bluegreen-Run": "run-1",
      "Bluegreen-Service": "user1-test/jukebox",
      "Bluegreen-From-Revision": r23,
      "Bluegreen-To-Revision": r24,
      "Bluegreen-From-Value": "0",
      "Bluegreen-To-Value": "100",
    });
    assert.deepEqual(state.expectation, {
      action: "promote",
      percent: 100,
      version: undefined,
      active: r24,
      standby: r23,
      known: [],
    });
    assert.deepEqual(log.of("info"), [
      `Pushed commit ${commit.slice(0, 10)} to main: canary.trafficPercent 0 → 100`,
    ]);
  });

  it("rolls back: pins blue although KServe has not named it yet", async () => {
    const { git, run } = scene(promoted, worldIn("S5"));

    const state = await run(requestOf("rollback"));

    assert.equal(git.text(location.path), staged);
    assert.deepEqual([state.expectation.active, state.expectation.standby], [r23, r24]);
  });

  it("stages version, percent and further values in one commit, and notes who is no green", async () => {
    const { git, log, run } = scene(promoted, worldIn("S5"));
    const intent = {
      action: "stage",
      version: "v3",
      sets: [{ path: "image_namespace", value: "user1-test" }],
    } as const;

    const state = await run(requestOf("stage", { intent }));

    assert.equal(git.text(location.path), `${fileWith("v3", 0)}image_namespace: user1-test\n`);
    assert.deepEqual(state.intent, intent);
    assert.deepEqual([state.expectation.active, state.expectation.known], [r24, [r23, r24]]);
    assert.match(log.of("info").join(), /version v2 → v3, canary\.trafficPercent 100 → 0$/);
    assert.equal(git.counts.push, 1);
  });

  it("makes no commit when Git holds the value, and names the commit that made it so", async () => {
    const { git, log, run } = scene(staged, worldIn("S5"));
    const change = git.commit({
      files: { [location.path]: promoted },
      message: "Promote by hand\n\nBecause.",
    });
    git.commit({ files: { [location.path]: `${promoted}# later\n` } });
    git.commit({ files: { "README.md": "else" } });

    const state = await run(requestOf("promote"));

    assert.equal(git.counts.push, 0);
    assert.equal(state.mutation.kind, "unchanged");
    assert.equal(state.mutation.commit, change);
    assert.equal(state.mutation.commitUrl, `https://gitea.example.com/user1/mlops-gitops/commit/${change}`);
    assert.equal(state.expectation.active, r24);
    assert.deepEqual(log.of("info"), [
      `Git holds the wanted value already since commit ${change.slice(0, 10)} (Ada Lovelace: “Promote by hand”); no commit is made`,
    ]);
  });

  it("skips the pre-flight checks when it makes no commit", async () => {
    const { run } = scene(promoted, falseReadings.T3);

    const state = await run(requestOf("promote"));

    assert.equal(state.mutation.kind, "unchanged");
  });

  describe("a retry", () => {
    it("of the same run finds its own commit and the names it pinned", async () => {
      const { git, log, run } = scene(staged, worldIn("S3"));
      const first = await run(requestOf("promote"));

      const second = await run(requestOf("promote"));

      assert.equal(git.counts.push, 1);
      assert.equal(second.mutation.kind, "resumed");
      assert.equal(second.mutation.commit, first.mutation.commit);
      assert.equal(second.mutation.previousCommit, first.mutation.previousCommit);
      assert.deepEqual(second.expectation, first.expectation);
      assert.match(log.of("info")[1] ?? "", /^This run's commit is there already since commit /);
    });

    it("of another run makes no commit and takes the pinned names over", async () => {
      const { git, run } = scene(staged, worldIn("S3"));
      const first = await run(requestOf("promote"));

      const second = await run(requestOf("promote", { run: "run-2" }));

      assert.equal(git.counts.push, 1);
      assert.equal(second.mutation.kind, "unchanged");
      assert.equal(second.mutation.commit, first.mutation.commit);
      assert.deepEqual(second.expectation, first.expectation);
    });

    it("drops names that the world has left behind", async () => {
      const before = scene(staged, worldIn("S3"));
      await before.run(requestOf("promote"));
      const message = before.git.look(await before.git.head()).message;
      const { git, run } = scene(staged, worldIn("S11"));
      git.commit({ files: { [location.path]: fileWith("v3", 100) }, message });

      const state = await run(requestOf("promote"));

      assert.equal(state.mutation.kind, "resumed");
      assert.deepEqual([state.expectation.active, state.expectation.standby], [r25, undefined]);
    });

    it("of a stage that changed other values only does not take the revision of before for green", async () => {
      const memory = (size: string) => `${staged}memory: ${size}\n`;
      const { git, run } = scene(memory("4Gi"), worldIn("S3"));
      const intent = { action: "stage", version: "v2", sets: [{ path: "memory", value: "8Gi" }] } as const;
      const first = await run(requestOf("stage", { intent }));
      assert.equal(git.text(location.path), memory("8Gi"));
      assert.ok(first.expectation.known.includes(r24));

      for (const [id, kind] of [
        ["run-1", "resumed"],
        ["run-2", "unchanged"],
      ] as const) {
        const { expectation, mutation } = await run(requestOf("stage", { intent, run: id }));
        assert.deepEqual([mutation.kind, mutation.commit], [kind, first.mutation.commit]);
        assert.deepEqual([expectation.active, expectation.known], [r23, [r24]]);
        assert.equal(decideRollout(expectation, worldIn("S3")).kind, "waiting");
      }
    });

    it("of a stage knows blue by its name while KServe has not moved", async () => {
      const { run } = scene(promoted, worldIn("S5"));
      await run(requestOf("stage"));

      const again = await run(requestOf("stage"));

      assert.equal(again.mutation.kind, "resumed");
      assert.equal(again.expectation.active, r24);
    });
  });

  describe("a retry that finds its own commit overruled", () => {
    const again = requestOf("promote");

    /** This run promoted, and then others committed these versions of its file. */
    async function overruled(...texts: readonly string[]) {
      const setting = scene(staged, worldIn("S3"));
      const first = await setting.run(again);
      const theirs = texts.map((text) =>
        setting.git.commit({ files: { [location.path]: text }, message: "Not tonight" }),
      );
      return { ...setting, own: first.mutation.commit ?? "", theirs };
    }

    for (const [what, text, told] of [
      ["", staged, "percent 0, version v2"],
      [
        " where another version was let in behind its 100 percent",
        fileWith("v3", 100),
        "percent 100, version v3",
      ],
    ] as const) {
      it(`is SUPERSEDED, commits nothing and names the commit of who overruled it${what}`, async () => {
        const { git, run, own, theirs } = await overruled(text);

        const failure = await failureOf(run(again));

        assert.equal(failure.reason, "SUPERSEDED");
        assert.equal(
          failure.evidence,
          `commit ${theirs[0]?.slice(0, 10)} (Ada Lovelace: “Not tonight”) set ${told} ` +
            `after this run's own commit ${own.slice(0, 10)}`,
        );
        assert.equal(git.counts.push, 1);
      });
    }

    it("names the last of several, however often they changed other things since", async () => {
      const v9 = fileWith("v9", 0);
      const { run, theirs } = await overruled(staged, v9, `# 1\n${v9}`, `# 2\n${v9}`);

      const { reason, evidence } = await failureOf(run(again));

      assert.equal(reason, "SUPERSEDED");
      assert.match(evidence, new RegExp(`^commit ${theirs[1]?.slice(0, 10)} .* version v9 after`));
    });

    it("is that where its rollback was promoted over, and 0 percent are there of another stage", async () => {
      const { git, run } = scene(promoted, worldIn("S5"));
      for (const text of [fileWith("v1", 100), staged, promoted])
        git.commit({ files: { [location.path]: text }, message: "By hand" });
      const { mutation } = await run(requestOf("rollback"));
      const put = (text: string) => git.commit({ files: { [location.path]: text }, message: "Not tonight" });

      put(fileWith("v3", 0));
      assert.equal((await run(requestOf("rollback"))).mutation.kind, "unchanged");
      put(promoted);
      const theirs = put(fileWith("v3", 0));
      assert.match(
        (await failureOf(run(requestOf("rollback")))).message,
        new RegExp(`${theirs.slice(0, 10)} .* after this run's own commit ${mutation.commit?.slice(0, 10)}`),
      );
    });

    it("is not where its version was brought back, nor of a run that only finds 100 percent", async () => {
      const back = await overruled(fileWith("v3", 0), fileWith("v2", 100));
      assert.equal((await back.run(again)).mutation.kind, "unchanged");
      const other = await overruled(fileWith("v3", 100));
      assert.equal((await other.run(requestOf("promote", { run: "run-2" }))).mutation.kind, "unchanged");
    });

    it("is that before it is any finding of the pre-flight checks", async () => {
      const { run } = await overruled(fileWith("v9", 0));
      assert.equal(
        (await failureOf(run(requestOf("promote", { run: "run-2" })))).reason,
        "STAGED_VERSION_DIFFERS",
      );
      assert.equal((await failureOf(run(again))).reason, "SUPERSEDED");
    });

    it("goes on where the later change is the same run's too", async () => {
      const { git, run } = scene(staged, worldIn("S3"));
      await run(again);
      const message = git.look(await git.head()).message.replace("Action: promote", "Action: rollback");
      git.commit({ files: { [location.path]: staged }, message });

      assert.equal((await run(again)).mutation.kind, "committed");
    });

    for (const [what, changes] of [
      ["of another run", { run: "run-2" }],
      ["with an id that was made just now", { isNew: true }],
    ] as const) {
      it(`is nothing to one ${what}`, async () => {
        const { run } = await overruled(staged);
        assert.equal((await run(requestOf("promote", changes))).mutation.kind, "committed");
      });
    }

    it("is that also where an earlier attempt's push arrives, and is overruled, while this one loses a race", async () => {
      const { git, run } = scene(staged, worldIn("S3"));
      const message = await messageOfPromote();
      git.onPush = (attempt) => {
        if (attempt > 1) return;
        git.commit({ files: { [location.path]: promoted }, message });
        git.commit({ files: { [location.path]: staged }, message: "Not tonight" });
      };

      const failure = await failureOf(run(again));

      assert.equal(failure.reason, "SUPERSEDED");
      assert.match(failure.evidence, /“Not tonight”/);
      assert.equal(git.counts.push, 1);
    });

    /** As this run's commit has it. */
    async function messageOfPromote(): Promise<string> {
      const { git, run } = scene(staged, worldIn("S3"));
      await run(again);
      return git.look(await git.head()).message;
    }

    it("is not looked for where the rollback of one run follows nothing but its promote", () => {
      const reach = (guard?: Guard) => reachOf(requestOf("rollback", guard && { guard }), 0);
      assert.notEqual(reach(), undefined);
      assert.equal(reach({ undoRun: "run-1" }), undefined);
    });

    it("looks for its own commit after each lost race, and not where its id was made just now", async () => {
      for (const [isNew, expected] of [
        [false, 4],
        [true, 0],
      ] as const) {
        const { git, run } = scene(staged, worldIn("S3"));
        let looks = 0;
        const { fetch } = git;
        git.fetch = async () => {
          const snapshot = await fetch();
          return {
            ...snapshot,
            commits(reach) {
              looks += 1;
              return snapshot.commits(reach);
            },
          };
        };
        git.onPush = (attempt) => {
          if (attempt <= 3) git.commit({ files: { "README.md": `${attempt}` } });
        };
        await run(requestOf("promote", { isNew }));
        assert.deepEqual([looks, git.counts.push], [expected, 4]);
      }
    });
  });

  describe("a race", () => {
    it("that is lost to another file: fetches, edits again, pushes", async () => {
      const { git, log, run } = scene(staged, worldIn("S3"));
      git.onPush = (attempt) => {
        if (attempt < 3) git.commit({ files: { [`other-${attempt}.yaml`]: "x" } });
      };

      const state = await run(requestOf("promote"));

      assert.equal(git.text(location.path), promoted);
      assert.equal(git.text("other-1.yaml"), "x");
      assert.equal(git.text("other-2.yaml"), "x");
      assert.equal(state.mutation.previousCommit, git.look(state.mutation.commit ?? "").parent);
      assert.deepEqual(log.of("info").slice(0, 2), [
        "Somebody else pushed first (attempt 1); fetching and editing again",
        "Somebody else pushed first (attempt 2); fetching and editing again",
      ]);
    });

    it("that is lost to our file elsewhere: keeps both changes", async () => {
      const { git, run } = scene(staged, worldIn("S3"));
      git.onPush = (attempt) => {
        if (attempt === 1) git.commit({ files: { [location.path]: `# theirs\n${staged}` } });
      };

      await run(requestOf("promote"));

      assert.equal(git.text(location.path), `# theirs\n${promoted}`);
    });

    const conflicts: Readonly<Record<string, readonly [text: string, values: string]>> = {
      "our percent": [fileWith("v2", 20), "percent 20, version v2"],
      "the version beside it": [fileWith("v3", 0), "percent 0, version v3"],
      "our percent, by a hostile text": [fileWith("v2", '"\\e[2J5"'), "percent [2J5, version v2"],
      "our percent, which is gone": [
        fileWith("v2", 0).replace(/canary[^#]*/, ""),
        "percent unset, version v2",
      ],
    };
    for (const [what, [text, values]] of Object.entries(conflicts)) {
      it(`that is lost to somebody who changed ${what}: refuses and says who`, async () => {
        const { git, run } = scene(staged, worldIn("S3"));
        let theirs = "";
        git.onPush = () => {
          theirs = git.commit({
            files: { [location.path]: text },
            message: "Try\u001b[31m something\n\nbody",
          });
        };

        const failure = await failureOf(run(requestOf("promote")));

        assert.equal(failure.reason, "PUSH_CONFLICT");
        assert.equal(
          failure.evidence,
          `commit ${theirs.slice(0, 10)} (Ada Lovelace: “Try [31m something”) set ${values}`,
        );
        assert.equal(await git.head(), theirs);
      });
    }

    it("that is lost to somebody who changed a value of --set: refuses and says who", async () => {
      const blue = `${fileWith("v2", 100)}image_namespace: user1-test\n`;
      const intent = {
        ...intentOf("stage"),
        sets: [
          { path: "image_namespace", value: "user2-test" },
          { path: "name", value: "jukebox" },
        ],
      };
      const { git, run } = scene(blue, worldIn("S5"));
      let theirs = "";
      git.onPush = () => {
        theirs = git.commit({ files: { [location.path]: blue.replace("user1", "user7") }, message: "Move" });
        git.commit({ files: { "README.md": "later" } });
      };

      const failure = await failureOf(run(requestOf("stage", { intent })));

      assert.equal(failure.reason, "PUSH_CONFLICT");
      assert.equal(
        failure.evidence,
        `commit ${theirs.slice(0, 10)} (Ada Lovelace: “Move”) set percent 100, version v2, image_namespace user7-test, name jukebox`,
      );
      assert.match(git.text(location.path) ?? "", /user7-test/);
    });

    it("that is lost to somebody who did just what we want: no commit, theirs counts", async () => {
      const { git, run } = scene(staged, worldIn("S3"));
      let theirs = "";
      git.onPush = () => {
        theirs = git.commit({ files: { [location.path]: promoted } });
      };

      const state = await run(requestOf("promote"));

      assert.equal(state.mutation.kind, "unchanged");
      assert.equal(state.mutation.commit, theirs);
      assert.equal(state.expectation.active, r24);
      assert.equal(git.counts.push, 1);
    });

    it("that is lost to somebody who staged the same version by hand: what is live stays pinned", async () => {
      const { git, run } = scene(promoted, worldIn("S5"));
      git.onPush = () => void git.commit({ files: { [location.path]: fileWith("v3", 0) } });

      const state = await run(requestOf("stage"));

      assert.equal(state.mutation.kind, "unchanged");
      assert.equal(state.expectation.active, r24);
    });

    it("that is lost until the deadline: gives up without having changed anything", async () => {
      const { clock, git, run } = scene(staged, worldIn("S3"));
      const start = clock.now();
      git.onPush = alwaysFirst(git);

      const failure = await failureOf(run(requestOf("promote")));

      assert.equal(failure.reason, "GIT_RACE_LOST");
      assert.equal(failure.evidence, `${git.counts.push} pushes to main were overtaken`);
      assert.equal(git.text(location.path), staged);
      const waited = clock.now() - start;
      assert.ok(waited >= 120_000 && waited < 126_000, `${waited} ms`);
    });

    it("waits longer after every loss, up to 5 s, and jittered", async () => {
      const lazy = scene(staged, worldIn("S3"), () => 0.5);
      lazy.git.onPush = alwaysFirst(lazy.git);
      await failureOf(lazy.run(requestOf("promote")));
      const eager = scene(staged, worldIn("S3"), () => 0.25);
      eager.git.onPush = alwaysFirst(eager.git);
      await failureOf(eager.run(requestOf("promote")));

      assert.deepEqual(lazy.clock.slept.slice(0, 9), [50, 100, 200, 400, 800, 1600, 2500, 2500, 2500]);
      assert.deepEqual(eager.clock.slept.slice(0, 4), [25, 50, 100, 200]);
    });

    it("leaves time for another attempt before the deadline, and makes none after it", async () => {
      const late = scene(staged, worldIn("S3"));
      late.git.onPush = alwaysFirst(late.git);
      await failureOf(late.run(requestOf("promote", { pushTimeoutMs: 3_000 })));
      // 750 of 3,000 ms are gone: half of the rest, and of that half at random.
      assert.deepEqual(late.clock.slept.slice(0, 5), [50, 100, 200, 400, 562.5]);

      const over = scene(staged, worldIn("S3"));
      over.git.onPush = alwaysFirst(over.git);
      const { reason } = await failureOf(over.run(requestOf("promote", { pushTimeoutMs: 50 })));
      assert.deepEqual([reason, over.git.counts.push], ["GIT_RACE_LOST", 1]);
    });

    it("that is lost to nobody whom Git's history tells is a conflict all the same", async () => {
      const { git, run } = scene(staged, worldIn("S3"));
      const { fetch } = git;
      git.fetch = async (paths) => ({ ...(await fetch(paths)), async *fileHistory() {} });
      git.onPush = () => void git.commit({ files: { [location.path]: fileWith("v2", 20) } });
      const { reason, evidence } = await failureOf(run(requestOf("promote")));
      assert.deepEqual([reason, evidence], ["PUSH_CONFLICT", "a commit set percent 20, version v2"]);
    });

    it("ends as cancelled where both come at once, that and the deadline", async () => {
      const { clock, git, run } = scene(staged, worldIn("S3"));
      git.onPush = alwaysFirst(git);
      const cancel = new AbortController();
      void clock.sleep(50).then(() => cancel.abort());
      const { reason } = await failureOf(run(requestOf("promote", { pushTimeoutMs: 50 }), cancel.signal));
      assert.deepEqual([reason, git.counts.push], ["CANCELLED", 1]);
    });

    it("ends when the run is cancelled in between", async () => {
      const { git, run } = scene(staged, worldIn("S3"));
      const cancel = new AbortController();
      git.onPush = (attempt) => {
        git.commit({ files: { other: String(attempt) } });
        if (attempt === 3) cancel.abort();
      };

      const failure = await failureOf(run(requestOf("promote"), cancel.signal));

      assert.equal(failure.reason, "CANCELLED");
      assert.equal(git.counts.push, 3);
      assert.equal(git.text(location.path), staged);
    });
  });

  it("leaves what was before and what the commit changed", async () => {
    const { run } = scene(staged, worldIn("S3"));
    const { before, diff } = await run(requestOf("promote"));
    assert.deepEqual(before, isvcRow(worldIn("S3").service));
    assert.deepEqual(diff?.lines.slice(2, 4), [
      { kind: "removed", at: 6, text: "  trafficPercent: 0 # 👈 update this" },
      { kind: "added", at: 6, text: "  trafficPercent: 100 # 👈 update this" },
    ]);
  });

  it("leaves the version that the file holds with its commit, or held already", async () => {
    for (const [text, state, request, version] of [
      [staged, "S3", requestOf("promote"), "v2"],
      [promoted, "S5", requestOf("promote"), "v2"],
      [promoted, "S5", requestOf("stage"), "v3"],
    ] as const) {
      const { run } = scene(text, worldIn(state));
      assert.equal((await run(request)).mutation.version, version);
    }
  });

  it("leaves no diff where it makes no commit", async () => {
    const { run, found } = scene(promoted, worldIn("S5"));
    const { before, diff } = await run(requestOf("promote"));
    assert.deepEqual(before, isvcRow(worldIn("S5").service));
    assert.equal(diff, undefined);
    assert.deepEqual(
      found.map(([model]) => model?.diff),
      [undefined, undefined],
    );
  });

  it("leaves the state of one model where it is asked for one", async () => {
    const { run } = scene(staged, worldIn("S3"));
    assert.ok(!("also" in (await run(requestOf("promote")))));
  });

  it("tells values that were not there before as unset", async () => {
    const bare = "name: jukebox\ncanary: {}\n";
    const { run, log } = scene(bare, worldIn("S5"));
    await run(requestOf("stage"));
    assert.match(log.of("info").join(), /: version unset → v3, canary\.trafficPercent unset → 0$/);
  });

  it("goes by the branch's head where nobody is known to have made it so", async () => {
    const { git, run, log } = scene(promoted, worldIn("S5"));
    const { fetch } = git;
    git.fetch = async (paths) => ({ ...(await fetch(paths)), async *fileHistory() {} });
    const { mutation } = await run(requestOf("promote"));
    assert.deepEqual([mutation.kind, mutation.commit], ["unchanged", await git.head()]);
    assert.deepEqual(log.of("info"), ["Git holds the wanted value already; no commit is made"]);
  });

  describe("by a pull request", () => {
    /** One that is open, or none; its branch is gone. */
    function proposing(open: boolean) {
      const pull = {
        number: 1,
        url: "https://x/1",
        state: "open",
        title: "",
        body: "",
        conflict: "no",
      } as const;
      const proposals: Proposals = {
        forge: {
          find: async () => (open ? pull : undefined),
          open: () => assert.fail("none is opened"),
          read: () => assert.fail("none is waited for"),
        },
        forks: { fetchBranch: async () => undefined, fork: () => assert.fail("nothing is committed") },
      };
      return scene(staged, worldIn("S3"), () => 0.5, proposals);
    }

    it("pushes nothing to the branch itself", async () => {
      const { git, run } = proposing(true);
      assert.equal((await failureOf(run(requestOf("promote")))).reason, "PULL_REQUEST_OUTDATED");
      assert.deepEqual([git.counts.push, git.text(location.path)], [0, staged]);
    });

    it("names the merge, which is what the branch shows, of the run's own change only", async () => {
      const byHand = scene(staged, worldIn("S3"));
      const first = await byHand.run(requestOf("promote"));
      const { message } = byHand.git.look(first.mutation.commit ?? "");
      /** Somebody merged this run's commit. */
      const merged = async (setting: ReturnType<typeof scene>, run: string) => {
        const { git } = setting;
        const base = await git.head();
        const own = git.commit({ files: { [location.path]: promoted }, message });
        const main = git.commit({ files: { "README.md": "y" }, parents: [base] });
        const merge = git.commit({ files: { [location.path]: promoted }, parents: [main, own] });
        const { mutation } = await setting.run(requestOf("promote", { run }));
        return [mutation.kind, { [own]: "own", [merge]: "merge" }[mutation.commit ?? ""]];
      };
      assert.deepEqual(await merged(proposing(false), "run-1"), ["resumed", "merge"]);
      assert.deepEqual(await merged(proposing(false), "run-2"), ["unchanged", "own"]);
      assert.deepEqual(await merged(scene(staged, worldIn("S3")), "run-1"), ["resumed", "own"]);
    });
  });

  it("tells what it found before it refuses", async () => {
    const { run, found } = scene(staged, worldIn("S2"));
    await failureOf(run(requestOf("promote")));
    assert.deepEqual(
      found.map(([model]) => [model?.before?.latestReadyRevision, model?.diff?.lines.length]),
      [
        [isvcRow(worldIn("S2").service).latestReadyRevision, undefined],
        [isvcRow(worldIn("S2").service).latestReadyRevision, 4],
      ],
    );
  });

  /** Argo CD has brought a promote into the cluster that we did not see in Git. */
  function ahead(): World {
    const world = worldIn("S3");
    return { ...world, service: world.service && { ...world.service, specPercent: 100 } };
  }

  it("refuses nothing because the cluster knows a later commit than the one it read", async () => {
    const { git, run } = scene(staged, ahead());
    const { fetch } = git;
    git.fetch = async (paths) => {
      const read = await fetch(paths);
      if (git.text(location.path) === staged) git.commit({ files: { [location.path]: promoted } });
      return read;
    };
    const state = await run(requestOf("promote"));
    assert.equal(state.mutation.kind, "unchanged");
    assert.equal(state.mutation.commit, await git.head());
  });

  it("refuses all the same where the branch has moved elsewhere, however often", async () => {
    const { git, run } = scene(staged, ahead());
    const { fetch } = git;
    let others = 0;
    git.fetch = async (paths) => {
      const read = await fetch(paths);
      others += 1;
      git.commit({ files: { "README.md": `# ${others}\n` } });
      return read;
    };
    assert.equal((await failureOf(run(requestOf("promote")))).reason, "NOTHING_STAGED");
    assert.equal(others, 2);
  });

  describe("refuses, and changes nothing:", () => {
    async function refused(text: string, world: World, request: MutateRequest) {
      const { git, run } = scene(text, world);
      const failure = await failureOf(run(request));
      assert.equal(git.counts.push, 0);
      return failure;
    }

    it("all findings of the pre-flight checks together", async () => {
      const failure = await refused(fileWith("v9", 0), worldIn("S2"), requestOf("promote"));

      const reasons = [failure, ...failure.also].map(({ reason }) => reason);
      assert.deepEqual(reasons, ["GREEN_NOT_READY", "NOTHING_STAGED", "STAGED_VERSION_DIFFERS"]);
    });

    it("a promote that would commit before green is ready (T3)", async () => {
      const failure = await refused(staged, worldIn("S2"), requestOf("promote"));
      assert.equal(failure.reason, "GREEN_NOT_READY");
    });

    it("a file that is not there", async () => {
      const elsewhere = { ...location, path: "model-deployments/prod/jukebox/config.yaml" };
      const failure = await refused(staged, worldIn("S3"), requestOf("promote", { location: elsewhere }));
      assert.equal(failure.reason, "EDIT_FILE_MISSING");
      assert.match(
        failure.evidence,
        /^model-deployments\/prod\/jukebox\/config\.yaml at commit [0-9a-f]{10}$/,
      );
    });

    it("a file that cannot be edited safely", async () => {
      const failure = await refused("canary: [\n", worldIn("S3"), requestOf("promote"));
      assert.equal(failure.reason, "EDIT_REFUSED");
    });

    const nothing: World = { revisions: [], pods: [] };
    for (const text of [staged, promoted]) {
      it(`a promote without InferenceService (percent ${text === staged ? 0 : 100})`, async () => {
        assert.equal((await refused(text, nothing, requestOf("promote"))).reason, "SERVICE_MISSING");
      });
    }

    it("a subject that cannot be filled in", async () => {
      const text = staged.replace(/^version.*\n/m, "");
      const failure = await refused(text, worldIn("S3"), requestOf("promote", { subject: "{version}" }));
      assert.equal(failure.reason, "INVALID_OPTION");
    });

    it("a run that is cancelled before the push", async () => {
      const { git, run } = scene(staged, worldIn("S3"));
      const failure = await failureOf(run(requestOf("promote"), AbortSignal.abort()));
      assert.equal(failure.reason, "CANCELLED");
      assert.equal(git.counts.push, 0);
    });

    it("a run that is cancelled while Git hangs: at once", async () => {
      const { git, run } = scene(staged, worldIn("S3"));
      const cancel = new AbortController();
      git.fetch = () => {
        setImmediate(() => cancel.abort());
        return new Promise(() => {});
      };
      const failure = await failureOf(run(requestOf("promote"), cancel.signal));
      assert.equal(failure.reason, "CANCELLED");
      assert.equal(failure.evidence, "before the push; nothing was changed");
      assert.equal(git.counts.push, 0);
    });
  });

  it("deploys for the first time: nothing to pin, nothing to protect", async () => {
    const { git, run } = scene(fileWith("v1", 100), { revisions: [], pods: [] });

    const state = await run(requestOf("stage"));

    assert.equal(git.text(location.path), fileWith("v3", 0));
    assert.equal(state.expectation.active, undefined);
    const again = await run(requestOf("stage"));
    assert.equal(again.mutation.kind, "resumed");
    assert.equal(again.expectation.active, undefined);
  });

  it("uses a team's subject", async () => {
    const { git, run } = scene(staged, worldIn("S3"));
    await run(requestOf("promote", { subject: "{application}: {percent} %", application: "jukebox-test" }));
    assert.match(git.look(await git.head()).message, /^jukebox-test: 100 %\n/);
  });

  it("shows nothing of the file as it is", async () => {
    const { log, run } = scene(fileWith("v2", '"0\\e[2J\\r"'), worldIn("S3"));
    await run(requestOf("promote"));
    assert.doesNotMatch(log.lines.join(""), /\p{Cc}/u);
  });

  it("fails with the cause when Git or the cluster cannot be read", async () => {
    const { git, run } = scene(staged, worldIn("S3"));
    git.outage = new Failure("GIT_UNREACHABLE", "connect ECONNREFUSED");
    assert.equal((await failureOf(run(requestOf("promote")))).reason, "GIT_UNREACHABLE");
  });
});

/** Somebody who wins every race. */
function alwaysFirst(git: MemoryGit): (attempt: number) => void {
  return (attempt) => void git.commit({ files: { other: String(attempt) }, author: person });
}
