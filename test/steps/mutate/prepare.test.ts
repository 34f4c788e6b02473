import assert from "node:assert/strict";
import { commitMessage } from "../../../src/core/commit/message.ts";
import { pin } from "../../../src/core/expectation.ts";
import type { Action, Guard, Intent } from "../../../src/core/intent.ts";
import { decideRollout } from "../../../src/core/rollout.ts";
import type { World } from "../../../src/core/world.ts";
import { type Looks, type Plan, prepare } from "../../../src/steps/mutate/prepare.ts";
import { falseReadings, r23, r24, r25, serviceIn, worldIn, worldOf } from "../../core/states.ts";
import { failureOf, fileWith, intentOf, location, requestOf } from "../builders.ts";
import { createGit } from "../fakes.ts";
import { worldOfState } from "./again.ts";

/** What would be done for `action` with this file, after `past` ones, and this world. */
async function planOf(
  action: Action,
  text: string,
  world: World,
  message = "By hand",
  version = "v3",
  past: readonly string[] = [],
) {
  const git = createGit({ "README.md": "x" });
  for (const each of past) git.commit({ files: { [location.path]: each } });
  git.commit({ files: { [location.path]: text }, message });
  return prepare(requestOf(action, { intent: intentOf(action, version) }), await git.fetch(), world);
}

/** The same world of a custom predictor: a container of its own, whose image's tag is the version. */
function custom(world: World): World {
  const { service, revisions } = world;
  return {
    ...world,
    ...(service === undefined ? {} : { service: { ...service, sourceUri: undefined } }),
    revisions: revisions.map(({ sourceUri, ...each }) => ({
      ...each,
      images: ["queue:1.19", (sourceUri ?? "").replace(/^oci:\/\//, "")],
    })),
  };
}

describe("a plan", () => {
  it("to commit: bytes before and after, values, names, no finding", async () => {
    const plan = await planOf("promote", fileWith("v2", 0), worldIn("S3"));

    assert.ok(plan.kind === "commit");
    assert.equal(new TextDecoder().decode(plan.before), fileWith("v2", 0));
    assert.equal(new TextDecoder().decode(plan.after), fileWith("v2", 100));
    assert.deepEqual([String(plan.values.percent), plan.values.version], ["0", "v2"]);
    assert.deepEqual(plan.findings, []);
    assert.deepEqual([plan.expectation.active, plan.expectation.standby], [r24, r23]);
  });

  it("of a custom predictor is refused where Git holds a version that the newest revision is seen not to run (T3b)", async () => {
    const past = [fileWith("v1", 100), fileWith("v2", 0)];
    for (const [version, reasons] of [
      ["v3", ["STAGED_VERSION_DIFFERS"]],
      ["v2", []],
    ] as const) {
      const text = `# later\n${fileWith(version, 0)}`;
      const plan = await planOf("promote", text, custom(worldIn("S3")), "By hand", "v3", past);
      assert.ok(plan.kind === "commit");
      assert.deepEqual(
        plan.findings.map(({ reason }) => reason),
        reasons,
      );
    }
    const stage = await planOf("stage", fileWith("v3", 0), custom(worldIn("S3")), "By hand", "v4", past);
    assert.ok(stage.kind === "commit");
    assert.deepEqual(stage.findings, []);
  });

  it("holds the run to this very InferenceService, with a commit or without", async () => {
    const world = worldIn("S3");
    const known = { ...world, service: { ...serviceIn("S3"), uid: "0f5c2a" } };
    for (const percent of [0, 100]) {
      const plan = await planOf("promote", fileWith("v2", percent), known);
      assert.equal(plan.expectation.uid, "0f5c2a", plan.kind);
    }
  });

  it("to commit carries every finding", async () => {
    const plan = await planOf("rollback", fileWith("v9", 100), worldIn("S1"));
    assert.ok(plan.kind === "commit");
    assert.deepEqual(
      plan.findings.map(({ reason }) => reason),
      ["NO_PREVIOUS_REVISION", "STAGED_VERSION_DIFFERS"],
    );
  });

  it("a stage whose values are there but for a further one is a commit, and no rollback", async () => {
    const git = createGit({ [location.path]: fileWith("v2", 0) });
    const intent = { action: "stage", version: "v2", sets: [{ path: "replicas", value: 2 }] } as const;

    const plan = await prepare(requestOf("stage", { intent }), await git.fetch(), worldIn("S3"));

    assert.ok(plan.kind === "commit");
    assert.deepEqual(plan.findings, []);
  });

  it("a stage of the live version is refused: it would roll back", async () => {
    const plan = await planOf("stage", fileWith("v2", 100), worldIn("S5"), "x", "v2");
    assert.ok(plan.kind === "commit");
    assert.deepEqual(
      plan.findings.map(({ reason }) => reason),
      ["STAGE_IS_ROLLBACK"],
    );
  });

  it("is none where the file is missing; a model that the cluster does not know either is mistyped, as a rule", async () => {
    const git = createGit({ "README.md": "x" });
    const evidenceIn = async (world: World) => {
      const { reason, evidence } = await failureOf(prepare(requestOf("promote"), await git.fetch(), world));
      assert.equal(reason, "EDIT_FILE_MISSING");
      return evidence;
    };
    assert.match(await evidenceIn(worldIn("S3")), /^model-\S+config\.yaml at commit [0-9a-f]{10}$/);
    assert.match(
      await evidenceIn({ revisions: [], pods: [] }),
      /; nor is there an InferenceService jukebox in namespace user1-test$/,
    );
  });

  describe("where Git's history does not tell who changed the file", () => {
    async function unknown(action: Action, text: string, changes: Partial<Intent> = {}, more: Looks = {}) {
      const git = createGit({ [location.path]: text });
      const snapshot = { ...(await git.fetch()), async *fileHistory() {} };
      const request = requestOf(action, { intent: { ...intentOf(action), ...changes } });
      const own = messageOf(request, worldIn("S3"));
      const commits = async function* () {
        yield { commit: "f".repeat(40), parents: [], author: { name: "x", email: "x" }, message: own };
      };
      return prepare(request, { ...snapshot, commits }, worldIn("S5"), more);
    }
    function messageOf(request: ReturnType<typeof requestOf>, world: World): string {
      return commitMessage(request, {}, pin(request.intent, world));
    }

    it("what is there already is nobody's", async () => {
      const plan = await unknown("promote", fileWith("v2", 100));
      assert.ok(plan.kind === "unchanged");
      assert.deepEqual([plan.own, plan.lastChange, plan.expectation.active], [false, undefined, r24]);
    });

    it("a restore goes by what the cluster shows", async () => {
      const plan = await unknown("rollback", fileWith("v2", 0), { restore: true });
      assert.equal(plan.kind, "commit");
    });

    it("an earlier attempt of the run is not said to be overruled", async () => {
      const reach = { commits: 1_000, since: 0 };
      assert.equal((await unknown("rollback", fileWith("v2", 100), {}, { reach })).kind, "commit");
    });
  });

  describe("under a guard", () => {
    async function guarded(action: Action, guard: Guard, values: string, message: string, run = "run-2") {
      const git = createGit({ [location.path]: fileWith("v1", 100) });
      git.commit({ files: { [location.path]: values }, message });
      return prepare(requestOf(action, { guard, run }), await git.fetch(), worldIn("S5"));
    }

    it("a promote takes the version it was given, and no other", async () => {
      const taken = await guarded("promote", { version: "v2" }, fileWith("v2", 0), "x");
      assert.equal(taken.kind, "commit");
      for (const percent of [0, 100]) {
        const failure = await failureOf(
          guarded("promote", { version: "v2" }, fileWith("v3", percent), "Staged by somebody else"),
        );
        assert.equal(failure.reason, "OTHER_VERSION_STAGED");
        assert.match(failure.evidence, /config\.yaml holds v3, to be promoted is v2/);
      }
    });

    it("a promote says so where the file holds no version", async () => {
      const text = fileWith("v2", 0).replace("version: v2\n", "");
      const { evidence } = await failureOf(guarded("promote", { version: "v2" }, text, "x"));
      assert.match(evidence, /config\.yaml holds no version, to be promoted is v2$/);
    });

    it("a promote that happens once is not begun anew after its run's rollback, which a rollback still proves", async () => {
      const message = commitMessage(
        requestOf("rollback", { run: "run-1" }),
        { percent: 100 },
        pin(intentOf("rollback"), worldIn("S5")),
      );
      const tried = (action: Action) => guarded(action, { once: true }, fileWith("v2", 0), message, "run-1");
      const { reason, evidence } = await failureOf(tried("promote"));
      assert.equal(reason, "RUN_ROLLED_BACK");
      assert.match(evidence, /^commit [0-9a-f]{10} is this run's own rollback$/);
      assert.equal((await tried("rollback")).kind, "unchanged");
    });

    const promoted = commitMessage(
      requestOf("promote", { run: "run-1" }),
      { percent: 0 },
      pin(intentOf("promote"), worldIn("S3")),
    );

    it("a rollback undoes the promote of the run it was given", async () => {
      const plan = await guarded("rollback", { undoRun: "run-1" }, fileWith("v2", 100), promoted);
      assert.equal(plan.kind, "commit");
    });

    it("a rollback that is tried again proves its own commit", async () => {
      const message = commitMessage(
        requestOf("rollback", { run: "run-2" }),
        { percent: 100 },
        pin(intentOf("rollback"), worldIn("S5")),
      );
      const plan = await guarded("rollback", { undoRun: "run-1" }, fileWith("v2", 0), message);
      assert.ok(plan.kind === "unchanged");
      assert.equal(plan.own, true);
    });

    for (const [what, values, message] of [
      ["another run's promote", fileWith("v2", 100), promoted.replace("run-1", "run-9")],
      ["the same run's stage", fileWith("v2", 0), promoted.replace("Action: promote", "Action: stage")],
      ["a promote of another service", fileWith("v2", 100), promoted.replace("user1-test", "user1-prod")],
      ["somebody's hand", fileWith("v2", 0), "Rolled back by hand"],
    ] as const) {
      it(`a rollback of one run leaves ${what} alone`, async () => {
        const failure = await failureOf(guarded("rollback", { undoRun: "run-1" }, values, message));
        assert.equal(failure.reason, "NOT_THE_RUNS_CHANGE");
        assert.match(failure.evidence, /config\.yaml was last changed by commit [0-9a-f]{10} \(/);
      });
    }

    it("a rollback of one run leaves alone what nobody can be found for", async () => {
      const git = createGit({ [location.path]: fileWith("v2", 100) });
      const snapshot = { ...(await git.fetch()), fileHistory: async function* () {} };
      const failure = await failureOf(
        prepare(requestOf("rollback", { guard: { undoRun: "run-1" } }), snapshot, worldIn("S5")),
      );
      assert.equal(failure.reason, "NOT_THE_RUNS_CHANGE");
      assert.match(failure.evidence, /no commit is known/);
    });
  });

  describe("to restore a version", () => {
    const restore = { action: "rollback", restore: true, sets: [] } as const;
    const stagedV3 = messageOf("stage", intentOf("stage", "v3"), worldIn("S5"));

    function messageOf(action: Action, intent: Intent, world: World): string {
      return commitMessage(requestOf(action, { intent }), {}, pin(intent, world));
    }
    /** Versions of the file, the oldest first; the last commit's message is `message`. */
    async function planned(
      intent: Intent,
      values: readonly [string, number][],
      message: string,
      world: World,
    ) {
      const [[version, percent], ...more] = values as [[string, number], ...[string, number][]];
      const git = createGit({ [location.path]: fileWith(version, percent) });
      for (const [version, percent] of more)
        git.commit({ files: { [location.path]: fileWith(version, percent) }, message });
      return prepare(requestOf("rollback", { intent }), await git.fetch(), world);
    }
    function briefOf({ intent, expectation, ...plan }: Plan): string {
      const { action, version } = intent;
      const findings = plan.kind === "commit" ? plan.findings.map(({ reason }) => reason) : [];
      return [plan.kind, action, version, expectation.percent, expectation.active, ...findings].join(" ");
    }
    const promoted: [string, number][] = [
      ["v1", 100],
      ["v2", 0],
      ["v2", 100],
    ];
    const rolledBack: [string, number][] = [...promoted, ["v2", 0]];
    const { T4, T5 } = falseReadings;

    it("is a commit with percent 100 where green blocks the rollback", async () => {
      const plan = await planned(restore, rolledBack, "By hand", T4);
      assert.ok(plan.kind === "commit");
      assert.equal(briefOf(plan), "commit rollback v1 100 ");
      assert.equal(new TextDecoder().decode(plan.after), fileWith("v1", 100));
      assert.deepEqual(plan.expectation.known, [r23, r24]);
    });

    it("is a stage first where the wrong blue is live", async () => {
      const plan = await planned(restore, [...promoted, ["v3", 0]], stagedV3, T5);
      assert.ok(plan.kind === "commit");
      assert.equal(briefOf(plan), `commit stage v2 0 ${r23}`);
      assert.equal(new TextDecoder().decode(plan.after), fileWith("v2", 0));
    });

    it("is a stage first where a revision that nobody approved is live (T3b)", async () => {
      const values: [string, number][] = [
        ["v1", 100],
        ["v2", 0],
        ["v3", 0],
        ["v3", 100],
        ["v3", 0],
      ];
      const plan = await planned(restore, values, "By hand", worldOfState("T3b at 0"));
      assert.equal(briefOf(plan), `commit stage v1 0 ${r24}`);
    });

    it("is refused with what stands against it, and no edit", async () => {
      const plan = await planned(restore, promoted, "By hand", worldIn("S5"));
      assert.ok(plan.kind === "commit");
      assert.equal(briefOf(plan), "commit rollback  100  ROLLBACK_NOT_BLOCKED");
      assert.equal(plan.after, plan.before);
      const raw = worldIn("S5", { mode: "Standard", specPercent: 0, conditions: T4.service.conditions });
      assert.match(briefOf(await planned(restore, rolledBack, "By hand", raw)), /RAW_MODE/);
    });

    const back = { ...restore, version: "v1" };
    const restored = messageOf("rollback", back, T4);

    it("that is in Git is proven, and stays the end of a plain rollback", async () => {
      for (const intent of [restore, back, intentOf("rollback")]) {
        const plan = await planned(intent, [...rolledBack, ["v1", 100]], restored, T4);
        assert.ok(plan.kind === "unchanged");
        assert.equal(briefOf(plan), "unchanged rollback v1 100 ");
        assert.deepEqual([plan.expectation.standby, plan.expectation.known], [r24, [r24]]);
      }
    });

    it("that is in Git is no promote", async () => {
      const failure = await failureOf(
        planned(intentOf("promote"), [...rolledBack, ["v1", 100]], restored, T4),
      );
      assert.equal(failure.reason, "NOTHING_STAGED");
      assert.match(failure.evidence, /^commit [0-9a-f]{10} restored version v1, which is no promote$/);
    });

    it("that is staged is what a stage of that version finds", async () => {
      const message = messageOf("stage", { ...back, action: "stage", version: "v3" }, worldIn("S3"));
      const values: [string, number][] = [...promoted, ["v3", 0]];
      const plan = await planned(intentOf("stage", "v3"), values, message, worldIn("S9"));
      assert.equal(briefOf(plan), `unchanged stage v3 0 ${r23}`);
    });

    it("that is staged is waited for, let in, and no end of a plain rollback", async () => {
      const message = messageOf("stage", { ...back, action: "stage", version: "v3" }, worldIn("S3"));
      const values: [string, number][] = [...promoted, ["v3", 0]];
      assert.equal(
        briefOf(await planned(restore, values, message, worldIn("S8"))),
        `unchanged stage v3 0 ${r23}`,
      );
      assert.equal(
        briefOf(await planned(restore, values, message, worldIn("S9"))),
        `commit rollback v3 100 ${r25}`,
      );
      const failure = await failureOf(planned(intentOf("rollback"), values, message, worldIn("S9")));
      assert.equal(failure.reason, "WRONG_BLUE");
      assert.match(
        failure.evidence,
        /^commit [0-9a-f]{10} staged version v3 to restore it, which is not live yet$/,
      );
    });

    it("that was made by hand after a restore is a new change", async () => {
      const plan = await planned(
        intentOf("rollback"),
        [...rolledBack, ["v1", 100], ["v1", 20]],
        restored,
        worldIn("S5"),
      );
      assert.equal(plan.kind, "commit");
    });
  });

  describe("without a commit", () => {
    it("says who made it so and whether that was this run", async () => {
      const request = requestOf("promote");
      const message = commitMessage(request, { percent: 0 }, pin(request.intent, worldIn("S3")));
      const own = await planOf("promote", fileWith("v2", 100), worldIn("S5"), message);
      assert.ok(own.kind === "unchanged");
      assert.equal(own.own, true);
      assert.equal(own.lastChange?.message, message);
      assert.deepEqual([own.expectation.active, own.expectation.standby], [r24, r23]);

      const theirs = await planOf("promote", fileWith("v2", 100), worldIn("S5"));
      assert.ok(theirs.kind === "unchanged");
      assert.equal(theirs.own, false);
      assert.deepEqual([theirs.expectation.active, theirs.expectation.standby], [r24, undefined]);
    });

    it("a commit of another run, service or action pins what it still can", async () => {
      const request = requestOf("promote", { service: { namespace: "user1-prod", name: "jukebox" } });
      const message = commitMessage(
        request,
        { percent: 0 },
        { ...pin(request.intent, worldIn("S3")), active: r25 },
      );
      const plan = await planOf("promote", fileWith("v2", 100), worldIn("S5"), message);
      assert.equal(plan.expectation.active, r24);
    });

    // By hand: v3 and 0 in one commit on top of a promoted v2. What is live must stay so all the way.
    const route = serviceIn("S5").conditions;
    const onTheWay: Readonly<Record<string, World>> = {
      "nothing has moved": worldIn("S5"),
      "the percent has come, the version has not": falseReadings.T2,
      "the spec has come, its revision has not": worldIn("S5", {
        specPercent: 0,
        sourceUri: "oci://registry:5000/user1-test/jukebox:v3",
      }),
      "green is created": worldIn("S12"),
      "green is created and nothing else has moved": worldOf(
        serviceIn("S5", { specPercent: 0, latestCreated: r25, conditions: route }),
        [r24],
      ),
      "green is ready": worldIn("S13"),
    };
    for (const [what, world] of Object.entries(onTheWay)) {
      it(`a stage by hand on a promoted model keeps its revision live: ${what}`, async () => {
        const plan = await planOf("stage", fileWith("v3", 0), world);
        assert.ok(plan.kind === "unchanged");
        assert.equal(plan.expectation.active, r24);
        assert.equal(decideRollout(plan.expectation, worldIn("S13")).kind, "done");
      });
    }

    for (const [what, world] of Object.entries(onTheWay)) {
      it(`a rollback that finds that stage on its way, or done, keeps the same revision live: ${what}`, async () => {
        const plan = await planOf("rollback", fileWith("v3", 0), world);
        assert.ok(plan.kind === "unchanged");
        assert.equal(plan.expectation.active, r24);
        for (const done of ["S12", "S13"])
          assert.equal(decideRollout(plan.expectation, worldIn(done)).kind, "done");
      });
    }

    it("a promote that finds a version on its way waits for that version, and names no earlier revision", async () => {
      const plan = await planOf("promote", fileWith("v3", 100), worldIn("S5"));
      assert.ok(plan.kind === "unchanged");
      assert.equal(plan.expectation.active, undefined);
      const decided = (world: World) => decideRollout(plan.expectation, world);
      const still = decided(
        worldOf(serviceIn("S5", { sourceUri: "oci://registry:5000/user1-test/jukebox:v2" }), [r24]),
      );
      assert.ok(still.kind === "waiting" && still.link === "edit");
      const done = decided(worldIn("S11"));
      assert.ok(done.kind === "done" && done.active === r25);
    });

    describe("of a custom predictor, whose revisions tell their version by an image or not at all", () => {
      for (const [what, world] of Object.entries(onTheWay)) {
        it(`a stage by hand, or a rollback that finds it, keeps what is live: ${what}`, async () => {
          for (const action of ["stage", "rollback"] as const) {
            const past = [fileWith("v2", 0), fileWith("v2", 100)];
            const plan = await planOf(action, fileWith("v3", 0), custom(world), "By hand", "v3", past);
            assert.ok(plan.kind === "unchanged");
            assert.equal(plan.expectation.active, r24, action);
            assert.equal(decideRollout(plan.expectation, custom(worldIn("S13"))).kind, "done", action);
          }
        });
      }

      it("a stage by hand keeps what is live, also where Git's history does not tell what that is", async () => {
        const plan = await planOf("stage", fileWith("v3", 0), custom(worldIn("S5")));
        assert.equal(plan.expectation.active, r24);
      });

      it("percent 0 by hand is a rollback where neither an image's tag nor Git's history tells a version", async () => {
        const revisions = [r23, r24].map((name) => ({ name, images: ["server"] }));
        const plan = await planOf("rollback", fileWith("v3", 0), { ...custom(worldIn("S5")), revisions });
        assert.equal(plan.expectation.active, r23);
      });

      it("a promote is not done before the version is there that Git holds", async () => {
        const { expectation } = await planOf("promote", fileWith("v3", 100), custom(worldIn("S5")));
        const still = decideRollout(expectation, custom(worldIn("S5")));
        assert.ok(still.kind === "waiting" && still.link === "revision");
        const done = decideRollout(expectation, custom(worldIn("S11")));
        assert.ok(done.kind === "done" && done.active === r25);
      });

      it("a promote that is in force is done at once", async () => {
        const { expectation } = await planOf("promote", fileWith("v2", 100), custom(worldIn("S5")));
        assert.deepEqual([expectation.active, expectation.version], [r24, undefined]);
      });

      it("percent 0 by hand is a rollback where no revision tells, and where it is said to run that version", async () => {
        const past = [fileWith("v1", 100), fileWith("v2", 0), fileWith("v2", 100)];
        const mute = {
          ...custom(worldIn("S5")),
          revisions: [r23, r24].map((name) => ({ name, images: ["server:1"] })),
        };
        for (const world of [mute, custom(worldIn("S5"))]) {
          const plan = await planOf("rollback", fileWith("v2", 0), world, "By hand", "v2", past);
          assert.equal(plan.expectation.active, r23);
        }
      });
    });

    it("a stage of the deployed version with 0 is the rollback that stands in Git", async () => {
      for (const world of [worldIn("S5"), falseReadings.T2, falseReadings.T1, worldIn("S6")]) {
        const plan = await planOf("stage", fileWith("v2", 0), world, "By hand", "v2");
        assert.equal(plan.expectation.active, r23);
      }
    });

    it("a promote in force is one whatever version the file names, or whether the newest revision can be read", async () => {
      const bare = fileWith("v2", 100).replace("version: v2\n", "");
      const { service } = worldIn("S5");
      for (const [text, world] of [
        [bare, worldIn("S5")],
        [fileWith("v2", 100), { service, revisions: [], pods: [] }],
      ] as const) {
        const { expectation } = await planOf("promote", text, world);
        assert.deepEqual([expectation.active, expectation.version], [r24, undefined]);
      }
    });

    it("a stage by hand notes the revisions that there were: none of them is green", async () => {
      const { expectation } = await planOf("stage", fileWith("v3", 0), worldIn("S5"));
      assert.deepEqual(expectation.known, [r23, r24]);
    });

    it("a stage before the first deployment pins nothing", async () => {
      const plan = await planOf("stage", fileWith("v3", 0), { revisions: [], pods: [] });
      assert.ok(plan.kind === "unchanged");
      assert.equal(plan.expectation.active, undefined);
    });

    for (const [action, percent] of [
      ["promote", 100],
      ["rollback", 0],
    ] as const) {
      it(`a ${action} needs an InferenceService`, async () => {
        const failure = await failureOf(planOf(action, fileWith("v2", percent), { revisions: [], pods: [] }));
        assert.equal(failure.reason, "SERVICE_MISSING");
        assert.match(failure.evidence, new RegExp(`^user1-test/jukebox: ${action} needs `));
      });
    }
  });
});
