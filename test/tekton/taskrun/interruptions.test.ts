import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { exitCodes } from "../../../src/errors/catalogue.ts";
import { setFaults } from "../../sandbox/cluster/faults.ts";
import { until } from "../../sandbox/metrics/until.ts";
import { type Course, startCourse } from "./course.ts";
import { assertFailure, assertOutcome, logsOf } from "./expectations.ts";
import type { RunningStep, TaskRunEnded } from "./taskrun.ts";

describe("a TaskRun that is interrupted", function () {
  this.timeout(60_000);
  let course: Course;
  before(async () => {
    course = await startCourse();
    const staged = await course.run({ action: "stage", "model-version": "v2" });
    assert.ok(staged.succeeded, logsOf(staged));
  });
  after(() => course.stop());
  afterEach(() => heal());

  const stateFile = () => {
    const [variable] = (course.task.spec.stepTemplate?.env ?? []).filter(({ name }) =>
      name.endsWith("STATE_FILE"),
    );
    return variable?.value ?? "";
  };
  const commits = async () => (await course.sandbox.git.log()).length;
  const next = () => ({ action: course.split() === "1:100" ? "promote" : "rollback" });
  const codeOf = ({ steps }: TaskRunEnded, name: string) =>
    steps.find((step) => step.name === name)?.exitCode;

  /** Makes a step wait for something that does not come. */
  const hold: Readonly<Record<string, () => void>> = {
    mutate: () => {
      course.sandbox.api.faults.delayMs = 1_500;
    },
    await: () => setFaults(course.sandbox.store, { argocd: { stopped: true } }),
    verify: () => Object.assign(course.sandbox.prometheus?.faults ?? {}, { mode: "empty" }),
  };
  function heal(): void {
    setFaults(course.sandbox.store, { argocd: {} });
    Object.assign(course.sandbox.prometheus?.faults ?? {}, { mode: "none" });
    course.sandbox.api.faults.delayMs = 0;
  }

  async function interrupt(
    name: string,
    how: (step: RunningStep) => void,
    uid: string = randomUUID(),
  ): Promise<TaskRunEnded> {
    const { api } = course.sandbox;
    return course.run(
      next(),
      {
        before: async (step) => {
          if (step === name) hold[name]?.();
        },
        async during(step) {
          if (step.name !== name) return;
          const requests = api.requests.length;
          if (name === "mutate") await until(() => api.requests.length > requests, "the cluster is asked");
          else await step.says(/Waiting/);
          how(step);
        },
      },
      { uid },
    );
  }

  for (const name of ["await", "verify"]) {
    it(`${name} is killed: no verdict is left, which counts as failed; a retry proves the same commit`, async () => {
      const uid = randomUUID();
      const before = await commits();
      const ended = await interrupt(name, (step) => step.signal("SIGKILL"), uid);
      heal();
      assert.equal(codeOf(ended, name), 255);
      const results = assertOutcome(course.task, ended, "ERROR");
      assert.equal(results["reason"], "STEP_MISSING", logsOf(ended));
      assert.equal(ended.succeeded, false);
      assert.equal(ended.message, `"step-settle" exited with code ${exitCodes.state}: Error`);

      const wanted = course.split();
      const again = await course.run({ action: actionOf(ended) }, {}, { uid });
      assert.ok(again.succeeded, `${wanted}\n${logsOf(again)}`);
      assert.equal(assertOutcome(course.task, again, "PASS")["commit"], results["commit"]);
      assert.equal(await commits(), before + 1, "no second commit");
    });
  }
  const actionOf = ({ run }: TaskRunEnded) => run.params["action"] ?? "";

  it("mutate is killed: every step after it is skipped, there is no result, and nothing was committed", async () => {
    const before = await commits();
    const ended = await interrupt("mutate", (step) => step.signal("SIGKILL"));
    assert.deepEqual(ended.results, {});
    assert.deepEqual(
      ended.steps.map(({ exitCode }) => exitCode),
      course.task.spec.steps.map((_, index) => (index === 0 ? 255 : undefined)),
    );
    assert.equal(await commits(), before);
  });

  it("SIGTERM to mutate before its push: it ends with its own code and all results, without a commit", async () => {
    const before = await commits();
    const ended = await interrupt("mutate", (step) => step.signal("SIGTERM"));
    assertFailure(course.task, ended, "mutate", "CANCELLED");
    assert.equal(await commits(), before);
  });

  for (const name of ["await", "verify"]) {
    it(`the pod is deleted during ${name}: it ends by itself and leaves why in the state; the next pod goes on`, async () => {
      const uid = randomUUID();
      const before = await commits();
      const ended = await interrupt(name, (step) => step.deletePod(), uid);
      heal();
      assert.equal(codeOf(ended, name), exitCodes.cancelled, logsOf(ended));
      assert.deepEqual(ended.results, {}, "Tekton has none of a deleted pod");
      const state = JSON.parse(ended.files.get(stateFile()) ?? "null");
      assert.equal((name === "await" ? state.rollout : state.verdict).trouble.reason, "CANCELLED");

      const again = await course.run({ action: actionOf(ended) }, {}, { uid });
      assert.ok(again.succeeded, logsOf(again));
      assertOutcome(course.task, again, "PASS");
      assert.equal(await commits(), before + 1, "no second commit");
    });
  }

  it("the pod is deleted as settle starts: the next pod proves the same commit", async () => {
    const uid = randomUUID();
    const before = await commits();
    const last = course.task.spec.steps.at(-1)?.name;
    const ended = await course.run(
      next(),
      {
        during(step) {
          if (step.name === last) step.deletePod();
        },
      },
      { uid },
    );
    assert.equal(ended.succeeded, false);
    const again = await course.run({ action: actionOf(ended) }, {}, { uid });
    assert.ok(again.succeeded, logsOf(again));
    assertOutcome(course.task, again, "PASS");
    assert.equal(await commits(), before + 1, "no second commit");
  });
});
