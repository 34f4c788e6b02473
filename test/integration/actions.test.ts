import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseTrailers } from "../../src/core/commit/trailers.ts";
import { splitInForce } from "../sandbox/cluster/dataplane.ts";
import { setFaults } from "../sandbox/cluster/faults.ts";
import { jukeboxPath } from "../sandbox/git/seed.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { program, splitText } from "./program.ts";

describe("the actions on the embedded cluster", function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox({ requestsPerSecond: 40, prometheus: "embedded" });
  });
  afterEach(() => sandbox.stop());

  const split = () => splitText(splitInForce(sandbox.store, "user1-test", "jukebox"));
  const file = () => sandbox.git.git(["cat-file", "blob", `main:${jukeboxPath}`]);

  it("stages, promotes and rolls back, each proven, with one commit each and nothing else touched", async () => {
    const before = await file();

    const staged = await program(sandbox, ["stage", "--model-version", "9f86d08188"]);
    assert.equal(staged.code, 0, staged.text);
    assert.equal(split(), "1:100");
    assert.equal(
      await file(),
      before.replace("4562a17c17", "9f86d08188").replace("trafficPercent: 100", "trafficPercent: 0"),
    );

    const promoted = await program(sandbox, ["promote"]);
    assert.equal(promoted.code, 0, promoted.text);
    assert.equal(split(), "2:100");

    const folder = join(sandbox.folder, "reports");
    const kept = ["--results-dir", join(sandbox.folder, "results"), "--report-dir", folder];
    const back = await program(sandbox, ["rollback", ...kept]);
    assert.equal(back.code, 0, back.text);
    assert.equal(split(), "1:100");

    const [last, , , ...rest] = await sandbox.git.log();
    assert.equal(rest.length, 1, "the seed and three commits");
    const trailers = parseTrailers(last?.message ?? "");
    assert.equal(trailers["Bluegreen-Action"], "rollback");
    assert.equal(trailers["Bluegreen-Service"], "user1-test/jukebox");
    assert.equal(trailers["Bluegreen-From-Revision"], "jukebox-predictor-00002");
    assert.equal(trailers["Bluegreen-To-Revision"], "jukebox-predictor-00001");
    assert.equal(trailers["Bluegreen-From-Value"], "100");
    assert.equal(trailers["Bluegreen-To-Value"], "0");
    const results = join(sandbox.folder, "results");
    const read = async (name: string) => readFile(join(results, name), "utf8");
    assert.equal(await read("outcome"), "PASS");
    assert.equal(await read("reason"), "CUT_OVER_PROVEN");
    assert.equal(await read("commit"), last?.commit);
    assert.equal(await read("active-revision"), "jukebox-predictor-00001");
    assert.equal(await read("standby-revision"), "jukebox-predictor-00002");
    assert.equal((await readdir(results)).length, 8);

    const report = JSON.parse(
      await readFile(join(folder, "bluegreen-rollback-user1-test-jukebox.json"), "utf8"),
    );
    const [{ kind, rates }] = report.traffic;
    assert.deepEqual([report.outcome, kind], ["PASS", "rates"]);
    const pods: { revision: string; rates: number[] }[] = rates.pods;
    assert.ok(pods.some((pod) => pod.revision === "jukebox-predictor-00002" && Math.max(...pod.rates) > 0));
    assert.deepEqual([report.before.prev, report.rollout.service.prev], [undefined, 100]);
    const page = await readFile(join(folder, "bluegreen-rollback-user1-test-jukebox.html"), "utf8");
    assert.match(page, /<svg .*>cut-over<\/text>/s);
  });

  it("follows the course's toggle 20 → 100 → 0 → 100", async () => {
    assert.equal((await program(sandbox, ["stage", "--model-version", "v2"])).code, 0);
    await sandbox.git.commitAsOther(
      async (read) => ({
        [jukeboxPath]: (await read(jukeboxPath)).replace("trafficPercent: 0", "trafficPercent: 20"),
      }),
      "20 percent by hand\n",
    );
    // The refresh annotation that any run sets makes Argo CD look; here a person pressed the button.
    const key = { kind: "Application.argoproj.io", namespace: "user1-toolings", name: "jukebox-test" };
    await sandbox.until(() => sandbox.store.get(key) !== undefined, "the Application is there");
    const application = sandbox.store.get(key);
    assert.ok(application);
    const annotations = { "argocd.argoproj.io/refresh": "normal" };
    const { resourceVersion: _, ...metadata } = application.metadata;
    await new Promise((resolve) => setTimeout(resolve, 200));
    sandbox.store.put({ ...application, metadata: { ...metadata, annotations } });
    await sandbox.until(() => split() === "1:80 2:20", "the split is 80/20");

    for (const [action, wanted] of [
      ["promote", "2:100"],
      ["rollback", "1:100"],
      ["promote", "2:100"],
    ] as const) {
      const ended = await program(sandbox, [action]);
      assert.equal(ended.code, 0, ended.text);
      assert.equal(split(), wanted);
    }
  });

  it("makes no commit when the value is there, and proves the chain all the same", async () => {
    assert.equal((await program(sandbox, ["stage", "--model-version", "v2"])).code, 0);
    const head = await sandbox.git.head();
    const again = await program(sandbox, ["stage", "--model-version", "v2", "--output", "json"]);
    assert.equal(again.code, 0, again.text);
    const report = JSON.parse(again.out);
    assert.equal(report.outcome, "UNCHANGED");
    assert.equal(report.mutation.commit, head, "names the commit that staged it");
    assert.equal(await sandbox.git.head(), head);
  });

  it("never toggles: a second rollback stays where the first one went", async () => {
    await program(sandbox, ["stage", "--model-version", "v2"]);
    await program(sandbox, ["promote"]);
    assert.equal((await program(sandbox, ["rollback"])).code, 0);
    const second = await program(sandbox, ["rollback", "--output", "json"]);
    assert.equal(JSON.parse(second.out).outcome, "UNCHANGED", second.text);
    assert.equal(split(), "1:100");
  });

  it("refuses to stage the live version, because that commit would be a rollback", async () => {
    await program(sandbox, ["stage", "--model-version", "v2"]);
    await program(sandbox, ["promote"]);
    const head = await sandbox.git.head();
    const ended = await program(sandbox, ["stage", "--model-version", "v2"]);
    assert.equal(ended.code, 22);
    assert.match(ended.text, /STAGE_IS_ROLLBACK/);
    assert.equal(await sandbox.git.head(), head);
    assert.equal(split(), "2:100");
  });

  it("refuses to promote or roll back where nothing is staged and nothing was before", async () => {
    const head = await sandbox.git.head();
    const back = await program(sandbox, ["rollback"]);
    assert.equal(back.code, 22, back.text);
    assert.match(back.text, /NO_PREVIOUS_REVISION/);
    const promoted = await program(sandbox, ["promote", "--output", "json"]);
    assert.equal(
      JSON.parse(promoted.out).outcome,
      "UNCHANGED",
      "the file says 100 and the one revision serves",
    );
    assert.equal(await sandbox.git.head(), head);
  });

  it("runs two promotes at once: one commit, both proven", async () => {
    await program(sandbox, ["stage", "--model-version", "v2"]);
    const before = (await sandbox.git.log()).length;
    const both = await Promise.all([program(sandbox, ["promote"]), program(sandbox, ["promote"])]);
    for (const { code, text } of both) assert.equal(code, 0, text);
    assert.equal((await sandbox.git.log()).length, before + 1);
  });

  it("goes on as four steps over one state file, and a retry finds its own commit", async () => {
    await program(sandbox, ["stage", "--model-version", "v2"]);
    const state = join(sandbox.folder, "run.json");
    const shared = ["--state-file", state, "--run-id", "run-7"];
    const mutate = () => program(sandbox, ["mutate", "--action", "promote", ...shared]);
    assert.equal((await mutate()).code, 0);
    const head = await sandbox.git.head();
    const retried = await mutate();
    assert.equal(retried.code, 0, retried.text);
    assert.match(retried.text, /This run's commit is there already/);
    assert.equal(await sandbox.git.head(), head);
    for (const step of ["await", "verify"]) {
      const ended = await program(sandbox, [step, ...shared]);
      assert.equal(ended.code, 0, ended.text);
    }
    const settled = await program(sandbox, ["settle", ...shared, "--output", "json"]);
    assert.equal(settled.code, 0, settled.text);
    const report = JSON.parse(settled.out);
    assert.equal(report.outcome, "PASS", "the commit is this run's own");
    assert.equal(report.results.commit, head);
  });

  it("catches a chart that ignores the key, and names the fix", async () => {
    await program(sandbox, ["stage", "--model-version", "v2"]);
    setFaults(sandbox.store, { argocd: { chart: "ignores-canary" } });
    const ended = await program(sandbox, ["promote", "--sync-grace", "1s"]);
    assert.equal(ended.code, 33, ended.text);
    assert.match(ended.text, /CHART_IGNORES_KEY/);
    assert.match(ended.text, /Render it .* look for canaryTrafficPercent/);
    assert.match(ended.text, /Command: +oc -n user1-test get inferenceservice jukebox /);
  });

  it("stops with SUPERSEDED when a later commit changes the value, and names it", async () => {
    await program(sandbox, ["stage", "--model-version", "v2"]);
    setFaults(sandbox.store, { argocd: { stopped: true } });
    const running = program(sandbox, ["promote", "--branch-interval", "200ms"]);
    const seed = (await sandbox.git.log()).length;
    while ((await sandbox.git.log()).length === seed) await new Promise((resolve) => setImmediate(resolve));
    const other = await sandbox.git.commitAsOther(
      async (read) => ({
        [jukeboxPath]: (await read(jukeboxPath)).replace("trafficPercent: 100", "trafficPercent: 0"),
      }),
      "Stop, not tonight\n",
    );
    const ended = await running;
    assert.equal(ended.code, 30, ended.text);
    assert.match(ended.text, new RegExp(other.slice(0, 10)));
    assert.match(ended.text, /Somebody Else/);
    assert.match(ended.text, /Stop, not tonight/);
  });
});
