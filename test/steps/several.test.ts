import assert from "node:assert/strict";
import { parseTrailers } from "../../src/core/commit/trailers.ts";
import type { RunState } from "../../src/core/run-state.ts";
import type { ServiceRef, World } from "../../src/core/world.ts";
import type { MutateRequest } from "../../src/steps/mutate/request.ts";
import { mutate } from "../../src/steps/mutate.ts";
import { createReporter } from "../../src/steps/reporter.ts";
import { recover } from "../../src/steps/settle/recover.ts";
import { forEachModel } from "../../src/steps/several.ts";
import { falseReadings, r23, r24, worldIn } from "../core/states.ts";
import { failureOf, fileWith, location, requestOf } from "./builders.ts";
import { createClock, createCluster, createGit, createGitOps, createLog, createMetrics } from "./fakes.ts";

const other = { namespace: "user1-test", name: "lyrics" };
const otherLocation = { ...location, path: "model-deployments/test/lyrics/config.yaml" };
const never = new AbortController().signal;

function scene(files: Record<string, string>, worlds: { jukebox: World; lyrics: World }) {
  const clock = createClock();
  const git = createGit(files);
  const log = createLog();
  const clusters = {
    jukebox: createCluster(clock, [{ at: 0, value: worlds.jukebox }]),
    lyrics: createCluster(clock, [{ at: 0, value: worlds.lyrics }]),
  };
  const of = ({ name }: ServiceRef) => (name === "lyrics" ? clusters.lyrics : clusters.jukebox);
  const cluster = {
    read: (ref: ServiceRef) => of(ref).read(ref),
    watch: (ref: ServiceRef, signal: AbortSignal) => of(ref).watch(ref, signal),
  };
  const ports = { cluster, git, clock, log, random: () => 0.5 };
  const run = (changes: Partial<MutateRequest> = {}) => {
    const { intent } = requestOf("promote");
    const also = [{ service: other, intent, location: otherLocation }];
    return mutate(ports, requestOf("promote", { also, ...changes }), never);
  };
  return { git, log, ports, run };
}

const staged = { [location.path]: fileWith("v2", 0), [otherLocation.path]: fileWith("v2", 0) };
const ready = { jukebox: worldIn("S3"), lyrics: worldIn("S3") };
const promoted = fileWith("v2", 100);

describe("several models in one run", () => {
  it("are changed by one commit, which says of each what it meant", async () => {
    const { git, log, run } = scene(staged, ready);
    const before = await git.head();

    const state = await run();

    const commit = await git.head();
    assert.equal(git.look(commit).parent, before);
    assert.deepEqual([git.text(location.path), git.text(otherLocation.path)], [promoted, promoted]);
    const { message } = git.look(commit);
    assert.equal(parseTrailers(message, "user1-test/jukebox")["Bluegreen-To-Revision"], r24);
    assert.equal(parseTrailers(message, "user1-test/lyrics")["Bluegreen-Service"], "user1-test/lyrics");
    assert.equal(state.service.name, "jukebox");
    assert.deepEqual(
      state.also?.map(({ service, mutation, git: { location: at } }) => [
        service.name,
        mutation.commit,
        at.path,
      ]),
      [["lyrics", commit, otherLocation.path]],
    );
    assert.match(log.of("info").join(), /trafficPercent 0 → 100; canary\.trafficPercent 0 → 100$/);
  });

  it("are left alone, all of them, where one of them may not be changed", async () => {
    const { git, run } = scene(staged, { jukebox: worldIn("S3"), lyrics: falseReadings.T3 });
    const failure = await failureOf(run());
    assert.match(failure.evidence, /^user1-test\/lyrics: /);
    assert.equal(git.counts.push, 0);
    assert.equal(git.text(location.path), staged[location.path]);
  });

  it("are left alone where the file of one is missing or cannot be edited", async () => {
    for (const [text, reason] of [
      [undefined, "EDIT_FILE_MISSING"],
      ["a: [", "EDIT_REFUSED"],
    ] as const) {
      const files = { [location.path]: fileWith("v2", 0), ...(text && { [otherLocation.path]: text }) };
      const { git, run } = scene(files, ready);
      assert.equal((await failureOf(run())).reason, reason);
      assert.equal(git.counts.push, 0);
    }
  });

  it("need no commit where they are as wanted already: only the others are in it", async () => {
    const { git, run } = scene(
      { ...staged, [location.path]: promoted },
      { jukebox: worldIn("S5"), lyrics: worldIn("S3") },
    );

    const state = await run();

    const { message } = git.look(await git.head());
    assert.equal(parseTrailers(message)["Bluegreen-Service"], "user1-test/lyrics");
    assert.deepEqual([state.mutation.kind, state.also?.[0]?.mutation.kind], ["unchanged", "committed"]);
    const again = await run();
    assert.deepEqual([again.mutation.kind, again.also?.[0]?.mutation.kind], ["unchanged", "resumed"]);
    assert.equal(git.counts.push, 1);
  });

  it("are a conflict where somebody changed one of them during a race", async () => {
    const { git, run } = scene(staged, ready);
    git.onPush = () => {
      git.commit({ files: { [otherLocation.path]: fileWith("v3", 0) }, message: "Hotfix" });
    };
    const failure = await failureOf(run());
    assert.equal(failure.reason, "PUSH_CONFLICT");
    assert.match(failure.evidence, /^user1-test\/lyrics: commit .*Hotfix/);
    assert.equal(git.text(location.path), staged[location.path]);
  });

  describe("of which somebody overruled one before the run was tried again", () => {
    const back = fileWith("v2", 0);

    /** This run promoted both, and then others put these files in the place of its own. */
    async function overruled(files: Record<string, string>) {
      const setting = scene(staged, ready);
      const first = await setting.run();
      const theirs = setting.git.commit({ files, message: "Not tonight" });
      const words = `commit ${theirs.slice(0, 10)} (Ada Lovelace: “Not tonight”) set percent 0, version v2 after this run's own commit ${first.mutation.commit?.slice(0, 10)}`;
      return { ...setting, words };
    }

    it("end as SUPERSEDED, which names it, what stands for the other, and the way on", async () => {
      const { git, run, words } = await overruled({ [location.path]: back });
      const failure = await failureOf(run());
      assert.equal(failure.reason, "SUPERSEDED");
      assert.equal(
        failure.evidence,
        `user1-test/jukebox: ${words}; user1-test/lyrics: stands as this run committed it, percent 100, version v2; ` +
          "the same command without jukebox goes on with the rest",
      );
      assert.equal(git.counts.push, 1);
    });

    it("go on, without it, with the other one's commit", async () => {
      const { git, ports } = await overruled({ [location.path]: back });
      const state = await mutate(
        ports,
        requestOf("promote", { service: other, location: otherLocation }),
        never,
      );
      assert.deepEqual([state.mutation.kind, state.expectation.active], ["resumed", r24]);
      assert.equal(git.counts.push, 1);
    });

    it("name both where both were", async () => {
      const { run, words } = await overruled({ [location.path]: back, [otherLocation.path]: back });
      const { evidence } = await failureOf(run());
      assert.equal(evidence, `user1-test/jukebox: ${words}; user1-test/lyrics: ${words}`);
    });

    it("say of one that somebody else had promoted that Git holds what is wanted", async () => {
      const setting = scene(
        { ...staged, [otherLocation.path]: promoted },
        { ...ready, lyrics: worldIn("S5") },
      );
      await setting.run();
      setting.git.commit({ files: { [location.path]: back }, message: "Not tonight" });
      const { evidence } = await failureOf(setting.run());
      assert.match(evidence, /; user1-test\/lyrics: Git holds what is wanted, percent 100, version v2; /);
    });

    it("say of one that was not in the commit that nothing was committed for it", async () => {
      const { run, git } = scene({ ...staged, [otherLocation.path]: promoted }, ready);
      await run();
      git.commit({ files: { [location.path]: back, [otherLocation.path]: back }, message: "Not tonight" });
      const { evidence } = await failureOf(run());
      assert.match(
        evidence,
        /; user1-test\/lyrics: nothing was committed for it, Git holds percent 0, version v2; /,
      );
    });

    it("end as what stands against another one, where something does", async () => {
      const { run, git } = await overruled({ [location.path]: back });
      git.commit({ files: { [otherLocation.path]: "a: [" }, message: "Oops" });
      assert.equal((await failureOf(run())).reason, "EDIT_REFUSED");
    });
  });

  it("are rolled back by one commit, but not those that this run did not change", async () => {
    const { git, ports, run } = scene(
      { ...staged, [location.path]: promoted },
      { jukebox: worldIn("S5"), lyrics: worldIn("S3") },
    );
    const failed = await run();
    const limits = {
      pushTimeoutMs: 60_000,
      rollout: { timeoutMs: 1, syncTimeoutMs: 1, syncGraceMs: 1, branchIntervalMs: 15_000 },
      verdict: { timeoutMs: 1, intervalMs: 1, settleSeconds: 5, maxErrors: 5 },
    };
    const metrics = createMetrics(ports.clock, []);
    const { run: undone } = await recover({ ...ports, metrics, ofModels: new Map() }, failed, limits, never);
    assert.equal(undone?.service.name, "lyrics");
    assert.equal(undone?.also, undefined);
    assert.equal(git.text(location.path), promoted);
    assert.equal(git.text(otherLocation.path), fileWith("v2", 0));
  });

  it("are rolled back by one commit, all that it changed, each with what belongs to it alone", async () => {
    const { git, ports, run } = scene(staged, ready);
    const failed = await run();
    const world = worldIn("S5");
    const cluster = { ...ports.cluster, read: async () => world };
    const gitops = { jukebox: createGitOps(ports.clock, []), lyrics: createGitOps(ports.clock, []) };
    const ofModels = new Map([
      ["user1-test/jukebox", { gitops: gitops.jukebox }],
      ["user1-test/lyrics", { gitops: gitops.lyrics }],
    ]);
    const limits = {
      pushTimeoutMs: 60_000,
      rollout: { timeoutMs: 1, syncTimeoutMs: 1, syncGraceMs: 1, branchIntervalMs: 15_000 },
      verdict: { timeoutMs: 1, intervalMs: 1, settleSeconds: 5, maxErrors: 5 },
    };
    const metrics = createMetrics(ports.clock, []);
    const before = git.counts.push;

    const { run: undone } = await recover({ ...ports, cluster, metrics, ofModels }, failed, limits, never);

    assert.deepEqual(
      [undone?.service.name, undone?.also?.map(({ service }) => service.name)],
      ["jukebox", ["lyrics"]],
    );
    assert.equal(git.counts.push, before + 1);
    assert.deepEqual(
      [git.text(location.path), git.text(otherLocation.path)],
      [fileWith("v2", 0), fileWith("v2", 0)],
    );
    assert.deepEqual([gitops.jukebox.refreshes, gitops.lyrics.refreshes], [1, 1]);
  });

  describe("are rolled back one by one where something stands against one of them:", () => {
    const limits = {
      pushTimeoutMs: 60_000,
      rollout: { timeoutMs: 1, syncTimeoutMs: 1, syncGraceMs: 1, branchIntervalMs: 15_000 },
      verdict: { timeoutMs: 1, intervalMs: 1, settleSeconds: 5, maxErrors: 5 },
    };
    const none = { ...worldIn("S5"), revisions: worldIn("S5").revisions.filter(({ name }) => name !== r23) };
    const cases: Readonly<Record<string, readonly [theirs: string | undefined, world: World, RegExp]>> = {
      "somebody changed it since": [
        fileWith("v9", 0),
        worldIn("S5"),
        /^NOT_THE_RUNS_CHANGE: user1-test\/lyrics: .*Hotfix/,
      ],
      "its previous revision is gone": [undefined, none, /^PREVIOUS_REVISION_GONE: user1-test\/lyrics: /],
    };
    for (const [what, [theirs, world, expected]] of Object.entries(cases)) {
      it(what, async () => {
        const { git, ports, run } = scene(staged, ready);
        const failed = await run();
        if (theirs !== undefined) git.commit({ files: { [otherLocation.path]: theirs }, message: "Hotfix" });
        const after = { jukebox: worldIn("S5"), lyrics: world };
        const cluster = {
          ...ports.cluster,
          read: async ({ name }: ServiceRef) => (name === "lyrics" ? after.lyrics : after.jukebox),
        };
        const metrics = createMetrics(ports.clock, []);

        const { run: undone, trouble } = await recover(
          { ...ports, cluster, metrics, ofModels: new Map() },
          failed,
          limits,
          never,
        );

        assert.deepEqual([undone?.service.name, undone?.also], ["jukebox", undefined]);
        assert.equal(git.text(location.path), fileWith("v2", 0));
        assert.equal(git.text(otherLocation.path), theirs ?? promoted);
        assert.match(`${trouble?.reason}: ${trouble?.evidence}`, expected);
      });
    }

    it("of all of them: nothing is rolled back, and the first cause is told", async () => {
      const { git, ports, run } = scene(staged, ready);
      const failed = await run();
      const files = { [location.path]: fileWith("v8", 0), [otherLocation.path]: fileWith("v9", 0) };
      const theirs = git.commit({ files, message: "Hotfix" });
      const metrics = createMetrics(ports.clock, []);
      const failure = await failureOf(
        recover({ ...ports, metrics, ofModels: new Map() }, failed, limits, never),
      );
      assert.equal(failure.reason, "NOT_THE_RUNS_CHANGE");
      assert.equal(await git.head(), theirs);
    });
  });

  it("go through a step at the same time, and their lines say whose they are", async () => {
    const { log, run } = scene(staged, ready);
    const state = await run();
    let arrived = 0;
    let open = () => {};
    const everybodyIsHere = new Promise<void>((resolve) => {
      open = resolve;
    });
    const next: RunState = await forEachModel(state, log, async (model, line) => {
      arrived += 1;
      if (arrived === 2) open();
      await everybodyIsHere;
      line.warn("slow");
      line.info("seen");
      line.debug("x");
      assert.equal(line.waiting, undefined);
      return { ...model, rollout: { startedAt: 1, endedAt: 2, active: model.service.name, notes: [] } };
    });
    assert.deepEqual([next.rollout?.active, next.also?.[0]?.rollout?.active], ["jukebox", "lyrics"]);
    assert.deepEqual(log.of("warn"), ["jukebox: slow", "lyrics: slow"]);
    assert.deepEqual(log.of("info").slice(-2), ["jukebox: seen", "lyrics: seen"]);
    assert.deepEqual(log.of("debug"), ["jukebox: x", "lyrics: x"]);

    const shown: unknown[] = [];
    const drawing = { ...log, waiting: (...line: unknown[]) => void shown.push(line) };
    await forEachModel(state, drawing, async (model, line) => {
      line.waiting?.("traffic is 0 %");
      createReporter(line, 0).waiting("it rises", 20_000);
      return model;
    });
    assert.deepEqual(shown, [
      ["traffic is 0 %", "jukebox"],
      ["it rises", "jukebox"],
      ["traffic is 0 %", "lyrics"],
      ["it rises", "lyrics"],
    ]);
    assert.ok(!log.of("info").some((line) => line.includes("it rises")));
    assert.deepEqual([r23, r24].includes(String(next.expectation.active)), true);
  });
});
