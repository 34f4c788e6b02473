import assert from "node:assert/strict";
import { splitInForce } from "../sandbox/cluster/dataplane.ts";
import { setFaults } from "../sandbox/cluster/faults.ts";
import { jukebox, type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { program, splitText } from "./program.ts";

const other = { ...jukebox, name: "model-00002", path: "model-deployments/test/model-00002/config.yaml" };
const applications = ["user1-toolings/jukebox-test", `user1-toolings/${other.name}-test`];
const names = ["--name", "jukebox", "--name", other.name];
const both = [...names, ...applications.flatMap((name) => ["--argocd-application", name])];
const environment = { BLUEGREEN_NAME: undefined, BLUEGREEN_ARGOCD_APPLICATION: undefined };

describe("several models on the embedded cluster", function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox({
      requestsPerSecond: 40,
      prometheus: "embedded",
      models: [jukebox, other],
    });
  });
  afterEach(() => sandbox.stop());

  const splits = () =>
    [jukebox, other].map(({ name }) => splitText(splitInForce(sandbox.store, "user1-test", name)));
  const commits = async () => (await sandbox.git.log()).length;

  it("are staged, promoted and rolled back by one commit each, and each is proven", async () => {
    const versions = ["--model-version", "v2", "--model-version", "v7"];
    const staged = await program(sandbox, ["stage", ...both, ...versions], environment);
    assert.equal(staged.code, 0, staged.text);

    const promoted = await program(sandbox, ["promote", ...both, "--output", "json"], environment);
    assert.equal(promoted.code, 0, promoted.text);
    assert.deepEqual(splits(), ["2:100", "2:100"]);
    assert.equal(await commits(), 3);
    const { outcome, evidence, results, also } = JSON.parse(promoted.out);
    assert.equal(outcome, "PASS");
    assert.match(evidence, /^user1-test\/jukebox: .*; user1-test\/model-00002: /);
    assert.equal(results["active-revision"], "jukebox-predictor-00002,model-00002-predictor-00002");
    assert.deepEqual([also[0].outcome, also[0].service.name], ["PASS", other.name]);

    const back = await program(sandbox, ["rollback", ...both], environment);
    assert.equal(back.code, 0, back.text);
    assert.deepEqual(splits(), ["1:100", "1:100"]);
    assert.equal(await commits(), 4);
  });

  it("are all rolled back where one of them does not arrive", async () => {
    const staged = await program(sandbox, ["stage", ...both, "--model-version", "v2"], environment);
    assert.equal(staged.code, 0, staged.text);
    // The chart of the other one stops to render the percent.
    setFaults(sandbox.store, { applications: { "model-00002-test": { chart: "ignores-canary" } } });
    const argv = ["promote", ...both, "--on-failure", "rollback", "--sync-timeout", "3s"];
    const failed = await program(sandbox, [...argv, "--output", "json"], environment);
    const { outcome, evidence } = JSON.parse(failed.out);
    assert.equal(outcome, "FAIL", failed.text);
    assert.match(evidence, /^user1-test\/model-00002: /);
    assert.equal(await commits(), 4);
    assert.equal(splits()[0], "1:100");
  });

  it("are planned together", async () => {
    const plan = await program(sandbox, ["plan", "rollback", ...names], environment);
    assert.match(plan.text, /user1-test\/jukebox by .*\n(.*\n)*Plan: rollback user1-test\/model-00002 by/);
    assert.notEqual(plan.code, 0);
  });
});
