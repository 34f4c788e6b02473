import assert from "node:assert/strict";
import { formatRunState, parseRunState, type RunIdentity, type RunState } from "../../src/core/run-state.ts";
import { Failure } from "../../src/errors/failure.ts";

const state: RunState = {
  format: "bluegreen-run",
  version: 1,
  run: "run-7f3a",
  startedAt: 1_700_000_000_000,
  service: { namespace: "user1-test", name: "jukebox" },
  intent: { action: "promote", sets: [] },
  git: {
    url: "https://gitea.example.com/user1/mlops-gitops.git",
    branch: "main",
    location: {
      path: "model-deployments/test/jukebox/config.yaml",
      percentPath: "canary.trafficPercent",
      versionPath: "version",
    },
  },
  expectation: {
    action: "promote",
    percent: 100,
    active: "jukebox-predictor-00024",
    standby: "jukebox-predictor-00023",
    known: [],
  },
  mutation: { kind: "committed", commit: "a".repeat(40), at: 1_700_000_001_000 },
};

const finished: RunState = {
  ...state,
  intent: { action: "stage", version: "v2", sets: [{ path: "replicas", value: 2 }] },
  rollout: {
    startedAt: 1,
    endedAt: 2,
    cutOverAt: 2,
    active: "jukebox-predictor-00024",
    notes: ["cold"],
  },
  verdict: {
    startedAt: 2,
    endedAt: 3,
    query: "{}[1s]",
    summary: "1 request",
    pods: [{ pod: "x", requests: 1 }],
    trouble: { reason: "NO_TRAFFIC", evidence: "none" },
  },
};

/** The state as a file, with some of its JSON replaced. */
function file(changes: object = {}): string {
  return JSON.stringify({ ...JSON.parse(formatRunState(state)), ...changes });
}

function refusal(text: string, told: RunIdentity = {}): string {
  try {
    parseRunState(text, told);
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return `${error.reason} ${error.evidence}`;
  }
  return "accepted";
}

describe("the state file's content", () => {
  for (const [what, each] of Object.entries({
    "a state after mutate": state,
    "a finished state": finished,
  })) {
    it(`${what} comes back as it was written`, () => {
      const text = formatRunState(each);
      assert.ok(text.endsWith("}\n"));
      assert.deepEqual(parseRunState(text, {}), each);
    });
  }

  it("drops what it does not know", () => {
    assert.deepEqual(parseRunState(file({ future: { deep: 1 } }), {}), state);
    const deepest = JSON.parse("[".repeat(99) + "]".repeat(99));
    assert.deepEqual(parseRunState(file({ future: deepest }), {}), state);
  });

  const unreadable: Readonly<Record<string, readonly [text: string, evidence: RegExp]>> = {
    "an empty file": ["", /not JSON \(was it cut off\?\)$/],
    "JSON that was cut off": [formatRunState(finished).slice(0, -20), /not JSON/],
    "something else than JSON": ["--- \nrun: 1\n", /not JSON/],
    "a missing part": [file({ mutation: undefined }), /mutation: /],
    "a wrong type": [file({ startedAt: "now" }), /startedAt: .*number/],
    "a time that is no number of this world": [file({ startedAt: -1 }), /startedAt: /],
    "a clock beyond every date": [file({ clock: { boot: "a", zero: 1e300 } }), /clock\.zero: /],
    "a clock before every date": [file({ clock: { boot: "a", zero: -1e300 } }), /clock\.zero: /],
    "an unknown action": [file({ intent: { action: "destroy", sets: [] } }), /intent\.action: /],
    "an unknown kind of mutation": [file({ mutation: { kind: "guessed", at: 1 } }), /mutation\.kind: /],
    "an unknown reason": [
      file({ rollout: { startedAt: 1, endedAt: 1, notes: [], trouble: { reason: "WAT", evidence: "" } } }),
      /rollout\.trouble\.reason: /,
    ],
    "a reason that every object inherits": [
      file({
        rollout: { startedAt: 1, endedAt: 1, notes: [], trouble: { reason: "constructor", evidence: "" } },
      }),
      /rollout\.trouble\.reason: /,
    ],
    "a reason that is no text": [
      file({ verdict: { startedAt: 1, endedAt: 1, trouble: { reason: 7, evidence: "" } } }),
      /verdict\.trouble\.reason: /,
    ],
    "an empty name": [file({ run: "" }), /run: /],
    "an endless name": [file({ run: "x".repeat(501) }), /run: /],
    "a model's name that is none": [
      file({ service: { namespace: "user1-test", name: "jukebox,x" } }),
      /service\.name: /,
    ],
    "a file above the repository": [
      file({ git: { ...state.git, location: { ...state.git.location, path: "../x" } } }),
      /git\.location\.path: no path inside the repository/,
    ],
    "endless levels": [file({ x: JSON.parse("[".repeat(101) + "]".repeat(101)) }), /more than 100 levels/],
    "null where a value may be missing": [
      file({ mutation: { kind: "unchanged", commit: null, at: 1 } }),
      /mutation\.commit: /,
    ],
  };
  for (const [what, [text, evidence]] of Object.entries(unreadable)) {
    it(`refuses ${what} as unreadable`, () => {
      const refused = refusal(text);
      assert.match(refused, /^STATE_UNREADABLE /);
      assert.match(refused, evidence);
    });
  }

  const foreign: Readonly<Record<string, readonly [text: string, evidence: RegExp]>> = {
    "another program's file": [JSON.stringify({ kind: "Config", version: 1 }), /not written by bluegreen/],
    "another format": [file({ format: "greenblue" }), /not written by bluegreen/],
    null: ["null", /not written by bluegreen/],
    "a list": ["[]", /not written by bluegreen/],
    "a text": ['"bluegreen-run"', /not written by bluegreen/],
    "no version": [file({ version: undefined }), /not written by bluegreen/],
    "a newer version": [file({ version: 2 }), /it has version 2, this bluegreen reads version 1/],
    "a version that only looks right": [file({ version: "1" }), /it has version "1"/],
    "a version that cannot be shown": [file({ version: { toString: 1 } }), /it has version \{"toString":1\}/],
    "a version with an escape sequence": [file({ version: "\u001b[31m" }), /it has version "\\u001b\[31m"/],
  };
  for (const [what, [text, evidence]] of Object.entries(foreign)) {
    it(`refuses ${what} as foreign`, () => {
      const refused = refusal(text);
      assert.match(refused, /^STATE_FOREIGN /);
      assert.match(refused, evidence);
    });
  }

  const others: readonly (readonly [told: RunIdentity, evidence: string])[] = [
    [{ run: "run-0" }, "its run is run-7f3a, this step was told run-0"],
    [{ namespace: "user1-prod" }, "its namespace is user1-test, this step was told user1-prod"],
    [{ names: ["lyrics"] }, "its name is jukebox, this step was told lyrics"],
    [{ names: ["jukebox", "lyrics"] }, "its name is jukebox, this step was told jukebox, lyrics"],
    [
      { gitUrl: "https://gitea.example.com/user1/other" },
      `its repository is ${state.git.url}, this step was told https://gitea.example.com/user1/other`,
    ],
    [{ branch: "next" }, "its branch is main, this step was told next"],
    [{ action: "rollback" }, "its action is promote, this step was told rollback"],
    [{ run: "a\u001b[2Jb" }, "its run is run-7f3a, this step was told a [2Jb"],
  ];
  for (const [told, evidence] of others) {
    it(`refuses the state of another run: ${evidence}`, () => {
      assert.equal(refusal(file(), told), `STATE_FOREIGN ${evidence}`);
    });
  }

  it("takes brackets in a text for text", () => {
    const run = `"\\${"[{".repeat(100)}`;
    assert.equal(parseRunState(file({ run }), {}).run, run);
  });

  it("accepts what it was told where that agrees", () => {
    const told = {
      gitUrl: state.git.url,
      branch: "main",
      run: "run-7f3a",
      namespace: "user1-test",
      name: "jukebox",
      action: "promote",
    };
    assert.deepEqual(parseRunState(file(), told), state);
  });

  it("cannot be used to change prototypes", () => {
    const text = JSON.stringify({
      ...finished,
      verdict: { startedAt: 1, endedAt: 1, pods: [{ pod: "x" }] },
    }).replace(/\{/g, '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},');

    const read = parseRunState(text, {});

    assert.equal(Reflect.get({}, "polluted"), undefined);
    const parts = [read, read.service, read.intent, read.git.location, read.verdict, read.verdict?.pods?.[0]];
    for (const part of parts) {
      assert.equal(Object.getPrototypeOf(part), Object.prototype);
      assert.equal(Reflect.get(part ?? {}, "polluted"), undefined);
    }
  });
});
