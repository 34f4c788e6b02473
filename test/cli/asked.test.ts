import assert from "node:assert/strict";
import { askedOf } from "../../src/cli/asked.ts";
import { type OptionName, options } from "../../src/cli/options.ts";
import { type Flags, resolve } from "../../src/cli/resolve.ts";
import type { Action } from "../../src/core/intent.ts";
import { Failure } from "../../src/errors/failure.ts";

function asked(flags: Flags, command?: Action) {
  return askedOf(resolve({ names: Object.keys(options) as OptionName[], required: [] }, flags, {}), command);
}

function problems(flags: Flags, command?: Action): readonly string[] {
  try {
    asked(flags, command);
  } catch (error) {
    assert.ok(error instanceof Failure);
    assert.equal(error.reason, "INVALID_OPTION");
    return [error, ...error.also].map(({ evidence }) => evidence);
  }
  return [];
}

describe("what is asked for", () => {
  it("is a stage with its version and further values", () => {
    assert.deepEqual(asked({ action: "stage", "model-version": "v2", set: ["a=b", "c.d=1"] }), {
      intent: {
        action: "stage",
        version: "v2",
        sets: [
          { path: "a", value: "b" },
          { path: "c.d", value: "1" },
        ],
      },
      guard: { version: undefined, undoRun: undefined, once: false },
    });
  });

  it("has no probe URL of one green for several: another model's probes would be requests that it should not have", () => {
    const flags = { "probe-url": "http://latest-a.example.com", "model-version": "v2" };
    assert.deepEqual(problems({ ...flags, name: ["a", "b"] }, "stage"), [
      "--probe-url (BLUEGREEN_PROBE_URL) is green's own in a stage, so it takes one --name: start a run a model",
    ]);
    assert.deepEqual(problems({ ...flags, name: ["a"] }, "stage"), []);
    assert.deepEqual(
      problems({ "probe-url": "http://gateway.example.com", name: ["a", "b"] }, "promote"),
      [],
    );
  });

  it("sets no value twice, and none that the action or the version stands for", () => {
    const set = (...sets: readonly string[]) =>
      problems({ "model-version": "v2", set: sets }, "stage").join();

    assert.match(
      set("canary.trafficPercent=20"),
      /^--set .* canary\.trafficPercent would change canary\.trafficPercent; the percent follows from/,
    );
    assert.match(set("version=v9"), /version would change version; .* from --model-version/);
    assert.match(set("canary=x"), /canary would change canary\.trafficPercent/);
    assert.match(set("version.tag=v9"), /version\.tag would change version/);
    assert.match(set("a.b=1", "a.b=2"), /a\.b would change a\.b$/);
    assert.equal(set("a.b=1", "a.bc=2", "versions=3"), "");
  });

  it("is either a subject or a whole message", () => {
    const both = problems({ "commit-subject": "a", "commit-message": "b" }, "rollback");
    assert.match(both.join(), /--commit-message .* begins with the subject: leave --commit-subject/);
    assert.deepEqual(problems({ "commit-message": "b" }, "rollback"), []);
  });

  it("is a promote, of one version only where one is given", () => {
    assert.deepEqual(asked({ "model-version": "v2" }, "promote"), {
      intent: { action: "promote", sets: [] },
      guard: { version: "v2", undoRun: undefined, once: false },
    });
  });

  it("is a rollback, of one run only where one is given", () => {
    assert.deepEqual(asked({ "undo-run": "run-1" }, "rollback"), {
      intent: { action: "rollback", sets: [] },
      guard: { version: undefined, undoRun: "run-1", once: false },
    });
  });

  it("is to restore a version, the one that is named or the one that is found", () => {
    for (const version of [undefined, "v1"]) {
      const flags = { "restore-version": "true", ...(version && { "model-version": version }) };
      assert.deepEqual(asked(flags, "rollback").intent, {
        action: "rollback",
        version,
        sets: [],
        restore: true,
      });
    }
    assert.deepEqual(asked({ "restore-version": "false" }, "rollback").intent, {
      action: "rollback",
      sets: [],
    });
  });

  it("is to restore one model by one's own decision, and by commits of one's own", () => {
    assert.deepEqual(
      problems(
        { "restore-version": "true", "undo-run": "x", push: "pull-request", name: ["a", "b"] },
        "rollback",
      ).filter((problem) => problem.startsWith("--restore-version")),
      [
        "--restore-version (BLUEGREEN_RESTORE_VERSION) takes one --name: start a run a model",
        "--restore-version (BLUEGREEN_RESTORE_VERSION) can need two commits, so --push (BLUEGREEN_PUSH) must be direct",
        "--restore-version (BLUEGREEN_RESTORE_VERSION) cannot be used with --undo-run (BLUEGREEN_UNDO_RUN)",
      ],
    );
    assert.deepEqual(problems({ "restore-version": "true" }, "promote"), [
      "--restore-version (BLUEGREEN_RESTORE_VERSION) cannot be used to promote",
    ]);
    assert.deepEqual(problems({ "restore-version": "false" }, "promote"), []);
  });

  it("is to happen once where a failed promote is rolled back: a retry must not begin anew", () => {
    assert.equal(asked({ "on-failure": "rollback" }, "promote").guard.once, true);
  });

  it("needs an action, and a version to stage", () => {
    assert.deepEqual(problems({}), ["--action (BLUEGREEN_ACTION) is required"]);
    assert.deepEqual(problems({}, "stage"), [
      "--model-version (BLUEGREEN_MODEL_VERSION) is required to stage",
    ]);
  });

  it("takes no option that another action is for, and names them all", () => {
    assert.deepEqual(problems({ "model-version": "v2", set: ["a=b"] }, "rollback"), [
      "--set (BLUEGREEN_SET) cannot be used to rollback",
      "--model-version (BLUEGREEN_MODEL_VERSION) cannot be used to rollback without --restore-version (BLUEGREEN_RESTORE_VERSION)",
    ]);
    assert.deepEqual(problems({ "model-version": "v2", "undo-run": "x", action: "stage" }), [
      "--undo-run (BLUEGREEN_UNDO_RUN) cannot be used to stage",
    ]);
  });

  describe("for several models", () => {
    const two = { name: ["jukebox", "lyrics"] };

    it("is a version for all of them, or one each", () => {
      const same = asked({ ...two, "model-version": "v2" }, "stage");
      assert.deepEqual([same.intent.version, same.also?.[0]?.intent.version], ["v2", "v2"]);
      const own = asked({ ...two, "model-version": ["v2", "v7"] }, "promote");
      assert.deepEqual([own.guard.version, own.also?.[0]?.guard.version], ["v2", "v7"]);
    });

    it("needs a file and an Application for each or for none, and a pull request is about one", () => {
      const values = {
        ...two,
        "model-version": ["a", "b", "c"],
        "argocd-application": ["x/a", "x/b", "x/c"],
        "config-path": "a.yaml",
        push: "pull-request",
      };
      assert.deepEqual(problems(values, "promote"), [
        "--model-version (BLUEGREEN_MODEL_VERSION) is given 3 times for 2 --name: one for all, or one each",
        "--argocd-application (BLUEGREEN_ARGOCD_APPLICATION) is given 3 times for 2 --name: one for all, or one each",
        "--config-path (BLUEGREEN_CONFIG_PATH) is given 1 times for 2 --name: each has its own file",
        "--push (BLUEGREEN_PUSH) pull-request takes one --name: start a run a model",
      ]);
    });

    it("names each model and each file once", () => {
      const values = { name: ["a", "b", "a"], "config-path": ["x.yaml", "y.yaml", "x.yaml"] };
      assert.deepEqual(problems(values, "rollback"), [
        "--name (BLUEGREEN_NAME) holds a twice",
        "--config-path (BLUEGREEN_CONFIG_PATH) holds x.yaml twice",
      ]);
    });
  });
});
