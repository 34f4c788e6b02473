import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setFaults } from "../../sandbox/cluster/faults.ts";
import { jukeboxPath } from "../../sandbox/git/seed.ts";
import { type Course, startCourse } from "./course.ts";
import { assertFailure, assertOutcome, logsOf } from "./expectations.ts";
import type { TaskRunEnded } from "./taskrun.ts";

/** One sandbox, and in it the life of a model: each test goes on from where the one before it ended. */
describe("TaskRuns, one after the other", function () {
  this.timeout(60_000);
  let course: Course;
  before(async () => {
    course = await startCourse({ settings: { scaleToZeroMs: 120_000 } });
  });
  after(() => course.stop());

  const commits = async () => (await course.sandbox.git.log()).length;
  const names = ({ steps }: TaskRunEnded, ran: boolean) =>
    steps.filter(({ exitCode }) => (exitCode !== undefined) === ran).map(({ name }) => name);

  /** What the first step can refuse before anything has changed. */
  for (const { title, params, reason, more = {} } of [
    { title: "nothing to go back to", params: { action: "rollback" }, reason: "NO_PREVIOUS_REVISION" },
    {
      title: "a value that cannot be used",
      params: { action: "promote", timeout: "soon" },
      reason: "INVALID_OPTION",
    },
    { title: "an unknown action", params: { action: "toggle" }, reason: "INVALID_OPTION" },
    {
      title: "a missing file",
      params: { action: "rollback", environment: "staging" },
      reason: "EDIT_FILE_MISSING",
    },
    {
      title: "a wrong password",
      params: { action: "rollback" },
      reason: "GIT_AUTH",
      more: { password: "wrong" },
    },
    {
      title: "the same with a report in JSON",
      params: { action: "rollback", output: "json" },
      reason: "NO_PREVIOUS_REVISION",
    },
  ] as const) {
    it(`${title}: the first step fails, writes every result and explains itself; no other step runs`, async () => {
      const ended = await course.run(params, { secrets: [{ ...course.secret, ...more }] });
      const [first, ...others] = course.task.spec.steps.map(({ name }) => name);
      assertFailure(course.task, ended, first ?? "", reason);
      assert.deepEqual(names(ended, false), others);
      assert.equal(await commits(), 1, "nothing but the seed");
    });
  }

  it("PASS: stages with further values of several lines", async () => {
    const set = "image_namespace=user1-test\nimage_repository=registry.example.com";
    const subject = "{action} for $$5: $(BLUEGREEN_NAME) $(nothing)";
    const ended = await course.run({
      action: "stage",
      "model-version": "v2",
      set,
      "commit-subject": subject,
    });
    assert.ok(ended.succeeded, logsOf(ended));
    const results = assertOutcome(course.task, ended, "PASS");
    assert.equal(course.split(), "1:100");
    assert.equal(results["standby-revision"], "jukebox-predictor-00002");
    const file = await course.sandbox.git.git(["cat-file", "blob", `main:${jukeboxPath}`]);
    assert.match(file, /^version: v2$/m);
    assert.match(file, /^image_repository: registry\.example\.com$/m);
    const [last] = await course.sandbox.git.log();
    assert.match(last?.message ?? "", /^stage for \$5: jukebox \$\(nothing\)\n/, "as the kubelet expands it");
  });

  it("FAIL where the chart ignores the key: await ends with its own code, and so does settle", async () => {
    setFaults(course.sandbox.store, { argocd: { chart: "ignores-canary" } });
    const ended = await course.run({ action: "promote" });
    setFaults(course.sandbox.store, { argocd: {} });
    assertFailure(course.task, ended, "settle", "CHART_IGNORES_KEY");
    assert.deepEqual(names(ended, false), [], "every step ran");
    const [awaited, settled] = ["await", "settle"].map((name) =>
      ended.steps.find((step) => step.name === name),
    );
    assert.equal(awaited?.exitCode, settled?.exitCode);
    assert.equal(ended.results["commit"], await course.sandbox.git.head(), "the commit stays: it holds");
  });

  it("UNCHANGED: the same promote once more finds the commit, and proves the rest", async () => {
    const before = await commits();
    const ended = await course.run({ action: "promote", "model-version": "v2" });
    assert.ok(ended.succeeded, logsOf(ended));
    assertOutcome(course.task, ended, "UNCHANGED");
    assert.equal(course.split(), "2:100");
    assert.equal(await commits(), before);
  });

  it("FAIL where the other revision still answers", async () => {
    let leak: ReturnType<Course["leakTo"]> | undefined;
    const ended = await course.run(
      { action: "rollback" },
      {
        during({ name }) {
          if (name === "verify") leak = course.leakTo("jukebox-predictor-00002");
        },
      },
    );
    await leak?.stop();
    assertFailure(course.task, ended, "settle", "OTHER_REVISION_SERVED");
    assert.equal(course.split(), "1:100");
  });

  it("FAIL of a promote that is to be rolled back: it is, once, and the rollback is proven", async () => {
    const before = await commits();
    let leak: ReturnType<Course["leakTo"]> | undefined;
    const ended = await course.run(
      { action: "promote", "on-failure": "rollback" },
      {
        during({ name }) {
          if (name === "verify") leak = course.leakTo("jukebox-predictor-00001");
        },
      },
    );
    await leak?.stop();
    assertFailure(course.task, ended, "settle", "OTHER_REVISION_SERVED");
    const { results } = ended;
    assert.equal(results["rollback"], "PASS");
    assert.equal(results["active-revision"], "jukebox-predictor-00001");
    assert.equal(course.split(), "1:100");
    assert.equal(await commits(), before + 2);
  });

  for (const { mode, reason, output } of [
    { mode: "down", reason: "METRICS_UNREACHABLE", output: "text" },
    { mode: "empty", reason: "NO_SCRAPE", output: "json" },
  ] as const) {
    it(`Prometheus ${mode}: no PASS; a retry in a fresh pod proves this run's own commit`, async () => {
      const { sandbox, task } = course;
      assert.ok(sandbox.prometheus);
      const uid = randomUUID();
      const params = { action: course.split() === "1:100" ? "promote" : "rollback", output };
      const before = await commits();
      sandbox.prometheus.faults.mode = mode;
      const first = await course.run({ ...params, "verify-timeout": "1s" }, {}, { uid });
      sandbox.prometheus.faults.mode = "none";
      assertFailure(task, first, "settle", reason);
      const second = await course.run(params, {}, { uid });
      assert.ok(second.succeeded, logsOf(second));
      assert.equal(assertOutcome(task, second, "PASS")["commit"], first.results["commit"]);
      assert.equal(await commits(), before + 1);
    });
  }
});
