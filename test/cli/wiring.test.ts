import assert from "node:assert/strict";
import { type OptionName, options } from "../../src/cli/options.ts";
import { type Environment, resolve } from "../../src/cli/resolve.ts";
import { mutateRequest, runOf } from "../../src/cli/wiring.ts";
import { Failure } from "../../src/errors/failure.ts";

const given = {
  BLUEGREEN_NAMESPACE: "user1-test",
  BLUEGREEN_NAME: "jukebox",
  BLUEGREEN_GIT_URL: "https://gitea.example.com/user1/mlops-gitops.git",
};

function requestOf(env: Environment) {
  const values = resolve(
    { names: Object.keys(options) as OptionName[], required: [] },
    {},
    { ...given, ...env },
  );
  return mutateRequest(values, { intent: { action: "promote", sets: [] }, guard: {} });
}

describe("the file to edit", () => {
  for (const [what, env, path] of [
    ["is of the environment that ends the namespace", {}, "model-deployments/test/jukebox/config.yaml"],
    [
      "is of production for a namespace of production",
      { BLUEGREEN_NAMESPACE: "team-a-prod" },
      "model-deployments/prod/jukebox/config.yaml",
    ],
    [
      "is of the environment that was given",
      { BLUEGREEN_ENVIRONMENT: "stage" },
      "model-deployments/stage/jukebox/config.yaml",
    ],
    ["is the one that was given", { BLUEGREEN_CONFIG_PATH: "models/j.yaml" }, "models/j.yaml"],
  ] as const) {
    it(what, () => assert.equal(requestOf(env).location.path, path));
  }

  it("has to be given where the namespace says nothing", () => {
    assert.throws(
      () => requestOf({ BLUEGREEN_NAMESPACE: "models" }),
      (error) =>
        error instanceof Failure &&
        error.reason === "INVALID_OPTION" &&
        /--config-path .* or --environment .* namespace models/.test(error.evidence),
    );
  });
});

describe("the run's identity", () => {
  it("is the one given, else the TaskRun's, else a new one", () => {
    assert.equal(requestOf({ BLUEGREEN_RUN_ID: "a", BLUEGREEN_TASKRUN_UID: "b" }).run, "a");
    assert.equal(requestOf({ BLUEGREEN_RUN_ID: "", BLUEGREEN_TASKRUN_UID: "b" }).run, "b");
    const [one, other] = [requestOf({}).run, requestOf({}).run];
    assert.notEqual(one, other);
  });

  it("is unknown to a later step outside of a Task", () => {
    const names = Object.keys(options) as OptionName[];
    assert.equal(runOf(resolve({ names, required: [] }, {}, {})), undefined);
  });
});
