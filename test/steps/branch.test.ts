import assert from "node:assert/strict";
import type { RunState } from "../../src/core/run-state.ts";
import { Failure } from "../../src/errors/failure.ts";
import { checkBranch, createBranchCheck, watchBranch } from "../../src/steps/branch.ts";
import { failureOf, fileWith, location, stateOf } from "./builders.ts";
import { createClock, createGit, createLog } from "./fakes.ts";

/** After our commit. */
function scene(changes: Partial<RunState> = {}, ours = fileWith("v2", 100)) {
  const clock = createClock();
  const git = createGit({ [location.path]: fileWith("v2", 0) });
  const commit = git.commit({ files: { [location.path]: ours }, message: "Ours" });
  const log = createLog();
  const state = stateOf({ mutation: { kind: "committed", commit, at: clock.now() }, ...changes });
  return { clock, git, log, commit, state, ports: { clock, git, log } };
}

function reasonOf({ reason }: Failure): string {
  return reason;
}

async function look(scenery: ReturnType<typeof scene>): Promise<string> {
  try {
    await checkBranch(scenery.ports, scenery.state);
  } catch (error) {
    assert.ok(error instanceof Failure);
    return error.reason;
  }
  return "ours";
}

describe("a look at the branch", () => {
  const texts: Readonly<Record<string, readonly [text: string | null, found: string]>> = {
    "the same values, changed elsewhere": [`# theirs\n${fileWith("v2", 100)}`, "ours"],
    "the same value, written differently": [fileWith("v2", '"100"'), "ours"],
    "another percent": [fileWith("v2", 20), "SUPERSEDED"],
    "no percent": ["version: v2\n", "SUPERSEDED"],
    "no file": [null, "SUPERSEDED"],
    "a broken file, which Argo CD will complain about": ["a: [", "ours"],
  };
  for (const [what, [text, expected]] of Object.entries(texts)) {
    it(`finds ${what}: ${expected}`, async () => {
      const scenery = scene();
      scenery.git.commit({ files: { [location.path]: text } });
      assert.equal(await look(scenery), expected);
    });
  }

  it("of a promote minds the version that it let in: at 100 percent another takes over by itself", async () => {
    const scenery = scene();
    const { mutation } = scenery.state;
    const letIn = { ...scenery, state: { ...scenery.state, mutation: { ...mutation, version: "v2" } } };
    assert.equal(await look(letIn), "ours");
    scenery.git.commit({ files: { [location.path]: fileWith("v3", 100) } });
    assert.equal(await look(letIn), "SUPERSEDED");
    assert.equal(await look(scenery), "ours", "which version it was is not known");
    assert.equal(await failureOf(createBranchCheck(letIn.ports, letIn.state)()).then(reasonOf), "SUPERSEDED");
  });

  it("of a rollback minds no version: at 0 percent it changes nothing of who serves", async () => {
    const scenery = scene({ intent: { action: "rollback", sets: [] } }, fileWith("v2", 0));
    const { mutation } = scenery.state;
    scenery.git.commit({ files: { [location.path]: fileWith("v3", 0) } });
    const state = { ...scenery.state, mutation: { ...mutation, version: "v2" } };
    assert.equal(await look({ ...scenery, state }), "ours");
  });

  it("of a replica that lags is taken again: what lies before our commit is nobody's later decision", async () => {
    const { clock, git, log, state } = scene();
    const ours = await git.fetch();
    const before = await ours.at(ours.parents[0] ?? "");
    const answers = [before, ours];
    const lagging = { ...git, head: async () => before.commit, fetch: async () => answers.shift() ?? ours };
    await checkBranch({ clock, git: lagging, log }, state);
    assert.deepEqual(clock.slept, [5_000]);
  });

  it("is the last word where Git cannot tell whether what it shows is of before", async () => {
    const { clock, git, log, state } = scene();
    git.commit({ files: { [location.path]: fileWith("v2", 20) } });
    const isDescendant = () => Promise.reject(new Failure("GIT_UNREACHABLE", "502"));
    const failure = await failureOf(checkBranch({ clock, git: { ...git, isDescendant }, log }, state));
    assert.equal(failure.reason, "SUPERSEDED");
  });

  it("finds a branch that was set back to before our commit: SUPERSEDED", async () => {
    const { clock, git, log, state } = scene();
    const ours = await git.fetch();
    const before = await ours.at(ours.parents[0] ?? "");
    const setBack = { ...git, head: async () => before.commit, fetch: async () => before };
    const failure = await failureOf(checkBranch({ clock, git: setBack, log }, state));
    assert.equal(failure.reason, "SUPERSEDED");
  });

  it("of a stage also minds the version", async () => {
    const intent: RunState["intent"] = { action: "stage", version: "v3", sets: [] };
    const same = scene({ intent }, fileWith("v3", 0));
    assert.equal(await look(same), "ours");
    same.git.commit({ files: { [location.path]: fileWith("v4", 0) } });
    assert.equal(await look(same), "SUPERSEDED");
  });

  it("of a stage also minds the values of --set", async () => {
    const sets = [{ path: "image_namespace", value: "user2-test" }];
    const ours = `${fileWith("v3", 0)}image_namespace: user2-test\n`;
    const scenery = scene({ intent: { action: "stage", version: "v3", sets } }, ours);
    scenery.git.commit({ files: { [location.path]: `# theirs\n${ours}` } });
    assert.equal(await look(scenery), "ours");
    const text = ours.replace("user2", "user7");
    const theirs = scenery.git.commit({ files: { [location.path]: text }, message: "Move" });
    scenery.git.commit({ files: { [location.path]: `# later\n${text}` } });
    const failure = await failureOf(checkBranch(scenery.ports, scenery.state));
    assert.equal(failure.reason, "SUPERSEDED");
    assert.equal(
      failure.evidence,
      `commit ${theirs.slice(0, 10)} by Ada Lovelace (“Move”) set percent 0, version v3, image_namespace user7-test`,
    );
    scenery.git.commit({ files: { [location.path]: fileWith("v3", 0) } });
    assert.match(
      (await failureOf(checkBranch(scenery.ports, scenery.state))).evidence,
      /image_namespace unset$/,
    );
  });

  it("fetches nothing but the model's own file", async () => {
    const { git, ports, state } = scene();
    const { fetch } = git;
    const asked: unknown[] = [];
    git.fetch = (paths) => {
      asked.push(paths);
      return fetch(paths);
    };
    await checkBranch(ports, state);
    assert.deepEqual(asked, [[location.path]]);
  });

  it("of a stage with --set finds a file that is gone: theirs", async () => {
    const sets = [{ path: "image_namespace", value: "user2-test" }];
    const ours = `${fileWith("v3", 0)}image_namespace: user2-test\n`;
    const scenery = scene({ intent: { action: "stage", version: "v3", sets } }, ours);
    scenery.git.commit({ files: { [location.path]: null } });
    assert.equal(await look(scenery), "SUPERSEDED");
  });

  it("names who did it, in printable text", async () => {
    const { git, ports, state } = scene();
    const author = { name: "Eve\u001b[2J", email: "eve@example.com" };
    const text = fileWith("v2", '"5\\e[2J"');
    const theirs = git.commit({ files: { [location.path]: text }, message: "a\u202eb\n\nbody", author });
    git.commit({ files: { "README.md": "later" } });

    const failure = await failureOf(checkBranch(ports, state));

    assert.equal(
      failure.evidence,
      `commit ${theirs.slice(0, 10)} by Eve [2J (“a b”) set percent 5 [2J, version v2`,
    );
  });

  it("names the head where the file's history does not tell", async () => {
    const { git, ports, state } = scene();
    const theirs = git.commit({ files: { [location.path]: fileWith("v2", 5) }, message: "Theirs" });
    const { fetch } = git;
    git.fetch = async () => ({ ...(await fetch()), async *fileHistory() {} });

    const failure = await failureOf(checkBranch(ports, state));

    assert.match(
      failure.evidence,
      new RegExp(`^commit ${theirs.slice(0, 10)} by Ada Lovelace \\(“Theirs”\\)`),
    );
  });

  it("lets neither an outage of Git nor one of its answers stop the run", async () => {
    const scenery = scene();
    for (const reason of ["GIT_UNREACHABLE", "GIT_AUTH", "GIT_PROTOCOL"] as const) {
      scenery.git.outage = new Failure(reason, "trouble");
      assert.equal(await look(scenery), "ours");
    }
    assert.equal(scenery.log.of("debug").length, 3);
  });

  it("lets a bug through", async () => {
    const { git, ports, state } = scene();
    const bug = new TypeError("bug");
    git.head = () => Promise.reject(bug);
    await assert.rejects(checkBranch(ports, state), bug);
  });
});

describe("watching the branch", () => {
  it("asks for the head at each interval, and fetches only what is new", async () => {
    const { clock, git, ports, state } = scene();
    const stop = new AbortController();
    let looks = 0;
    for await (const event of watchBranch(ports, state, 15_000, stop.signal)) {
      assert.deepEqual(event, { kind: "tick" });
      looks += 1;
      assert.equal(clock.now(), state.startedAt + looks * 15_000);
      if (looks === 4) git.commit({ files: { other: "x" } });
      if (looks === 10) stop.abort();
    }
    assert.deepEqual([git.counts.head, git.counts.fetch, clock.sleeping], [10, 1, 0]);
  });

  it("ends without another look when it is stopped while it waits", async () => {
    const { clock, git, ports, state } = scene();
    const stop = new AbortController();
    void clock.sleep(20_000).then(() => stop.abort());
    for await (const _ of watchBranch(ports, state, 15_000, stop.signal));
    assert.equal(git.counts.head, 1);
    assert.equal(clock.now(), state.startedAt + 20_000);
  });

  it("goes on for another version than a promote let in: it may yet be seen before that takes over", async () => {
    const { clock, git, ports, state } = scene();
    git.commit({ files: { [location.path]: fileWith("v3", 100) } });
    const stop = new AbortController();
    void clock.sleep(40_000).then(() => stop.abort());
    const letIn = { ...state, mutation: { ...state.mutation, version: "v2" } };
    let looks = 0;
    for await (const _ of watchBranch(ports, letIn, 15_000, stop.signal)) looks += 1;
    assert.deepEqual([looks, git.counts.fetch], [2, 1]);
  });

  it("throws when a later commit changes our value, also after an outage", async () => {
    const { clock, git, ports, state } = scene();
    git.outage = new Failure("GIT_UNREACHABLE", "x");
    void clock.sleep(40_000).then(() => {
      git.outage = undefined;
      git.commit({ files: { [location.path]: fileWith("v2", 0) } });
    });
    const watching = (async () => {
      for await (const _ of watchBranch(ports, state, 15_000, new AbortController().signal));
    })();
    assert.equal((await failureOf(watching)).reason, "SUPERSEDED");
    assert.equal(clock.now(), state.startedAt + 45_000);
  });
});
