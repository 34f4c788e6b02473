import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/cli/run.ts";
import { resultsOf } from "../../src/core/results.ts";
import { formatRunState } from "../../src/core/run-state.ts";
import { r23, r24 } from "../core/states.ts";
import { stateOf } from "../steps/builders.ts";

const names = Object.keys(resultsOf(undefined, { outcome: "ERROR", reason: "BUG", evidence: "" })).sort();

describe("the results of a run that breaks off", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-run-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function end(argv: readonly string[], env: Readonly<Record<string, string>>) {
    let text = "";
    const code = await run({
      argv,
      env,
      streams: {
        out: (part) => {
          text += part;
        },
        err: (part) => {
          text += part;
        },
      },
      version: "test",
      signal: new AbortController().signal,
    });
    return { code, text, written: (await readdir(folder)).sort() };
  }

  for (const command of ["mutate", "promote"]) {
    it(`are all there where ${command} is given options that cannot be used`, async () => {
      const { code, written } = await end([command], {
        BLUEGREEN_RESULTS_DIR: folder,
        BLUEGREEN_TIMEOUT: "soon",
      });
      assert.equal(code, 20);
      assert.deepEqual(written, names);
      assert.equal(await readFile(join(folder, "outcome"), "utf8"), "ERROR");
      assert.equal(await readFile(join(folder, "reason"), "utf8"), "INVALID_OPTION");
    });
  }

  it("name at the first step what only a later one would use: after the push it would be too late", async () => {
    const { code, text } = await end(["mutate"], {
      BLUEGREEN_RESULTS_DIR: folder,
      BLUEGREEN_TIMEOUT: "soon",
      BLUEGREEN_MAX_ERRORS: "none",
    });
    assert.equal(code, 20);
    for (const variable of ["BLUEGREEN_TIMEOUT", "BLUEGREEN_MAX_ERRORS"])
      assert.ok(text.includes(variable), text);
  });

  it("are all there where settle finds no state", async () => {
    const { code, written } = await end(["settle", "--results-dir", folder], {
      BLUEGREEN_STATE_FILE: join(folder, "nowhere", "run.json"),
    });
    assert.equal(code, 21);
    assert.deepEqual(written, names);
    assert.equal(await readFile(join(folder, "reason"), "utf8"), "STATE_UNREADABLE");
  });

  it("are left to settle by the steps in between", async () => {
    const { code, written } = await end(["await"], {
      BLUEGREEN_RESULTS_DIR: folder,
      BLUEGREEN_STATE_FILE: join(folder, "nowhere", "run.json"),
    });
    assert.equal(code, 21);
    assert.deepEqual(written, []);
  });

  it("do not hide the cause where they cannot be written", async () => {
    const { code, text } = await end(["mutate"], { BLUEGREEN_RESULTS_DIR: "/dev/null/results" });
    assert.equal(code, 20);
    assert.match(text, /Warning: The state file cannot be written: results folder/);
    assert.match(text, /INVALID_OPTION/);
  });
});

describe("the state of an earlier run in the place of this one's", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-run-"));
    path = join(folder, "run.json");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const proven = (() => {
    const times = { startedAt: 1_700_000_000_000, endedAt: 1_700_000_000_000 };
    const rollout = { ...times, cutOverAt: times.endedAt, active: r24, standby: r23, notes: [] };
    return stateOf({ rollout, verdict: { ...times, summary: "142 requests" } });
  })();

  async function end(argv: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<number> {
    const streams = { out: () => {}, err: () => {} };
    const signal = new AbortController().signal;
    const places = { BLUEGREEN_PROMETHEUS_URL: "http://127.0.0.1:9", KUBECONFIG: join(folder, "none") };
    const env = { BLUEGREEN_STATE_FILE: path, ...places, ...more };
    return run({ argv, env, streams, version: "test", signal });
  }

  const asked = ["--namespace", "user1-test", "--name", "jukebox"];
  const source = ["--git-url", "https://127.0.0.1:9/user1/mlops-gitops.git"];
  const attempts: Readonly<Record<string, readonly [argv: readonly string[], timeout?: string]>> = {
    "a mutate that fails": [["mutate", "--action", "promote", ...asked, ...source]],
    "a mutate that is given options that cannot be used": [["mutate"], "soon"],
    "a chain that fails": [["promote", ...asked, ...source]],
  };
  for (const [what, [argv, timeout = "1m"]] of Object.entries(attempts)) {
    it(`is not settled after ${what}`, async () => {
      await writeFile(path, formatRunState(proven));
      assert.equal(await end(["settle", ...asked]), 0);

      assert.notEqual(await end(argv, { BLUEGREEN_TIMEOUT: timeout }), 0);

      assert.equal(await end(["settle", ...asked]), 21);
    });
  }

  it("stays where nothing is begun, and what is no state of a run stays always", async () => {
    await writeFile(path, formatRunState(proven));
    assert.equal(await end(["settle", "--namespace", "user9-test"]), 21);
    assert.equal(await readFile(path, "utf8"), formatRunState(proven));
    await writeFile(path, "{}");
    await end(["mutate"], { BLUEGREEN_TIMEOUT: "soon" });
    assert.equal(await readFile(path, "utf8"), "{}");
  });
});

describe("--on-failure of an action that is never rolled back by itself", () => {
  const warning = /Warning: --on-failure \(BLUEGREEN_ON_FAILURE\) rollback means nothing to (stage|rollback)/;

  /** Ended by a kubeconfig that is not there, before anything is looked at. */
  async function told(argv: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
    let text = "";
    const add = (part: string) => {
      text += part;
    };
    const target = [
      "--namespace",
      "user1-test",
      "--name",
      "jukebox",
      "--git-url",
      "https://127.0.0.1:1/x.git",
    ];
    const nowhere = ["--kubeconfig", "/dev/null/nowhere", "--prometheus-url", "http://127.0.0.1:1"];
    const host = { env, streams: { out: add, err: add }, version: "test" };
    const { signal } = new AbortController();
    const code = await run({ ...host, argv: [...argv, ...target, ...nowhere], signal });
    assert.equal(code, 31, text);
    return text;
  }

  const stage = ["stage", "--model-version", "v2"];

  it("is warned of, by flag and by variable", async () => {
    assert.match(await told([...stage, "--on-failure", "rollback"], {}), warning);
    assert.match(await told(["rollback"], { BLUEGREEN_ON_FAILURE: "rollback" }), warning);
  });

  it("is nothing to tell where it is the default, which a TaskRun always passes, or for a promote", async () => {
    for (const [argv, value] of [
      [stage, "hold"],
      [["rollback"], "hold"],
      [["promote"], "rollback"],
    ] as const)
      assert.doesNotMatch(await told(argv, { BLUEGREEN_ON_FAILURE: value }), /on-failure/i);
  });
});
