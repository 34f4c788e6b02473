import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseTrailers } from "../../../src/core/commit/trailers.ts";
import type { Outcome } from "../../../src/errors/catalogue.ts";
import { applicationOf, toolingsNamespace } from "../../sandbox/application.ts";
import { setFaults } from "../../sandbox/cluster/faults.ts";
import { APPLICATION, INFERENCE_SERVICE, POD } from "../../sandbox/cluster/kinds.ts";
import type { LoggedCommit } from "../../sandbox/git/repository.ts";
import { jukeboxPath } from "../../sandbox/git/seed.ts";
import { listen } from "../../sandbox/metrics/http.ts";
import { jukebox } from "../../sandbox/sandbox.ts";
import { type Course, startCourse } from "./course.ts";
import { loadPipeline, withDefaults } from "./definitions.ts";
import { assertOutcome, logsOf } from "./expectations.ts";
import { type PipelineRunEnded, runPipeline, type Skipped } from "./pipelinerun.ts";
import type { RunningStep, TaskRunEnded } from "./taskrun.ts";

/** What there is to see after a release. */
interface Released extends PipelineRunEnded {
  readonly uid: string;
  readonly split: string;
  /** Newest first. */
  readonly commits: readonly LoggedCommit[];
}

interface Disturbance {
  /** Before the promote's pod starts. */
  readonly beforePromote?: (course: Course) => unknown;
  /** Params of the promote that are not the Pipeline's. */
  readonly promote?: Readonly<Record<string, string>>;
  readonly during?: (course: Course, task: string, step: RunningStep) => unknown;
}

async function release(course: Course, version: string, disturb?: Disturbance): Promise<Released> {
  return start(course, "bluegreen-release", { "model-version": version }, disturb);
}

async function start(
  course: Course,
  pipelineName: string,
  own: Readonly<Record<string, string>>,
  disturb: Disturbance = {},
): Promise<Released> {
  const pipeline = loadPipeline(pipelineName);
  const uid = randomUUID();
  const declared = (pipeline.spec.params ?? []).map(({ name }) => name);
  const params = Object.fromEntries(
    Object.entries(course.params).filter(([name]) => declared.includes(name)),
  );
  const run = {
    name: "release",
    namespace: "user1-toolings",
    uid,
    // The Pipelines pass their own defaults on, in the place of the Task's.
    params: { ...params, timeout: "30s", "verify-timeout": "20s", ...own },
  };
  const ended = await runPipeline(pipeline, run, async ({ name }, { params: given, ...taskRun }) => {
    if (name === "promote") await disturb.beforePromote?.(course);
    const during = (step: RunningStep) => disturb.during?.(course, name, step);
    const changed = name === "promote" ? disturb.promote : {};
    return course.run({ ...given, ...changed }, { during, task: course.task }, taskRun);
  });
  return { ...ended, uid, split: course.split(), commits: await course.sandbox.git.log() };
}

function taskRun(course: Course, released: Released, name: string, outcome: Outcome): TaskRunEnded {
  const ended = released.tasks.get(name);
  if (typeof ended !== "object") assert.fail(`${name} was skipped: ${ended}`);
  assertOutcome(course.task, ended, outcome);
  return ended;
}

function skipped(released: Released, expected: Readonly<Record<string, Skipped>>): void {
  for (const [name, why] of Object.entries(expected)) {
    const ended = released.tasks.get(name);
    assert.equal(ended, why, typeof ended === "object" ? logsOf(ended) : undefined);
  }
}

/** Promote came to `outcome`, and nobody rolled back. */
function assertHeld(course: Course, released: Released, outcome: Outcome): void {
  taskRun(course, released, "stage", "PASS");
  assert.equal(taskRun(course, released, "promote", outcome).succeeded, outcome === "PASS");
  skipped(released, { rollback: "guard" });
  assert.equal(released.succeeded, outcome === "PASS");
  assert.ok(released.commits.every(({ message }) => actionOf(message) !== "rollback"));
}

const actionOf = (message: string) => parseTrailers(message)["Bluegreen-Action"];
const edit = (from: string | RegExp, to: string) => async (read: (path: string) => Promise<string>) => ({
  [jukeboxPath]: (await read(jukeboxPath)).replace(from, to),
});

describe("the Pipelines", function () {
  this.timeout(120_000);
  const courses: Course[] = [];
  async function begin(): Promise<Course> {
    // Blue's pods stay: what is leaked to them must be answered.
    const course = await startCourse({ settings: { scaleToZeroMs: 120_000 } });
    courses.push(course);
    return course;
  }

  /** Each in a sandbox of its own, all at once: most of a release is waiting. */
  const chains = {
    good: async () => {
      const course = await begin();
      const first = await release(course, "v2");
      const again = await release(course, "v2");
      const back = await start(course, "bluegreen-rollback", {});
      return { course, first, again, back, forth: await start(course, "bluegreen-promote", {}) };
    },
    leak: async () => {
      const course = await begin();
      let leak: ReturnType<Course["leakTo"]> | undefined;
      const first = await release(course, "v2", {
        during(_, task, { name }) {
          if (task === "promote" && name === "verify") leak = course.leakTo("jukebox-predictor-00001");
        },
      });
      await leak?.stop();
      const again = await release(course, "v2");
      const overtaken = await release(course, "v3", {
        during: async (_, task, { name }) => {
          if (task !== "promote") return;
          if (name === "verify") leak = course.leakTo("jukebox-predictor-00002");
          if (name !== "settle") return;
          await course.sandbox.git.commitAsOther(edit("trafficPercent: 100", "trafficPercent: 50"), "Half\n");
        },
      });
      await leak?.stop();
      return { course, first, again, overtaken };
    },
    held: async () => {
      const course = await begin();
      const { sandbox } = course;
      const faults = sandbox.prometheus?.faults;
      assert.ok(faults);
      const withPrometheus = async (version: string, mode: "empty" | "down") => {
        const released = await release(course, version, {
          beforePromote: () => Object.assign(faults, { mode }),
          promote: { "verify-timeout": "1s" },
        });
        faults.mode = "none";
        return released;
      };
      const inconclusive = await withPrometheus("v2", "empty");
      const error = await withPrometheus("v3", "down");
      const superseded = await release(course, "v4", {
        beforePromote: () => setFaults(sandbox.store, { argocd: { stopped: true } }),
        during: async (_, task, { name }) => {
          if (task !== "promote" || name !== "await") return;
          await sandbox.git.commitAsOther(edit("trafficPercent: 100", "trafficPercent: 0"), "Not tonight\n");
        },
      });
      setFaults(sandbox.store, { argocd: {} });
      const refused = await release(course, "v5", {
        beforePromote: () => sandbox.git.commitAsOther(edit("version: v5", "version: v6"), "Another one\n"),
      });
      return { course, inconclusive, error, superseded, refused };
    },
    broken: async () => {
      const started = await begin();
      const green = await listen((_, response) => {
        response.writeHead(500).end('{"error": "Internal inference error"}');
      });
      const probed = { "probe-url": `http://127.0.0.1:${green.port}` };
      const course = { ...started, task: withDefaults(started.task, probed) };
      const payload = await readFile("tekton/samples/probe-jukebox.json", "utf8");
      const first = await start(course, "bluegreen-release", {
        "model-version": "v2",
        "probe-payload": payload,
      });
      await green.close();
      return { course, first };
    },
    fresh: async () => {
      const course = await begin();
      const { store, until } = course.sandbox;
      // As the course's ApplicationSet does it: the Application comes when the file is there.
      store.delete({ kind: APPLICATION, namespace: toolingsNamespace, name: `${jukebox.name}-test` });
      store.delete({ kind: INFERENCE_SERVICE, namespace: jukebox.namespace, name: jukebox.name });
      await until(() => store.list(POD, jukebox.namespace).length === 0, "no pod is left");
      const first = await release(course, "v1", {
        during(_, task, { name }) {
          if (task === "stage" && name === "await") store.put(applicationOf(jukebox, course.sandbox.git.url));
        },
      });
      return { course, first };
    },
  };
  let good: ReturnType<typeof chains.good>;
  let leak: ReturnType<typeof chains.leak>;
  let held: ReturnType<typeof chains.held>;
  let fresh: ReturnType<typeof chains.fresh>;
  let broken: ReturnType<typeof chains.broken>;
  before(() => {
    good = chains.good();
    leak = chains.leak();
    held = chains.held();
    fresh = chains.fresh();
    broken = chains.broken();
    // Each is awaited by its own tests.
    for (const chain of [good, leak, held, fresh, broken]) chain.catch(() => undefined);
  });
  after(async () => {
    await Promise.allSettled([good, leak, held, fresh, broken]);
    await Promise.all(courses.map((course) => course.stop()));
  });

  it("PASS: stages, promotes, and has nothing to roll back", async () => {
    const { course, first } = await good;
    assertHeld(course, first, "PASS");
    assert.equal(first.split, "2:100");
    assert.deepEqual(
      first.commits.map(({ message }) => actionOf(message)),
      ["promote", "stage", undefined],
    );
    for (const { message } of first.commits.slice(0, 2)) {
      assert.equal(parseTrailers(message)["Bluegreen-Run"], first.uid);
    }
  });

  it("started once more after that: stage is refused, and nothing changes", async () => {
    const { course, first, again } = await good;
    assert.notEqual(again.uid, first.uid);
    taskRun(course, again, "stage", "REFUSED");
    skipped(again, { promote: "stopped", rollback: "missing" });
    assert.equal(again.succeeded, false);
    assert.deepEqual(again.commits, first.commits);
    assert.equal(again.split, "2:100");
  });

  it("the Pipelines of one task go back and forth, and give the Task's results on", async () => {
    const { course, back, forth } = await good;
    for (const [released, name] of [
      [back, "rollback"],
      [forth, "promote"],
    ] as const) {
      assert.deepEqual(released.results, taskRun(course, released, name, "PASS").results);
      assert.ok(released.succeeded);
    }
    assert.equal(back.split, "1:100");
    assert.equal(forth.split, "2:100");
  });

  it("FAIL: rolls its own promote back, and proves that", async () => {
    const { course, first } = await leak;
    taskRun(course, first, "stage", "PASS");
    const { results } = taskRun(course, first, "promote", "FAIL");
    const back = taskRun(course, first, "rollback", "PASS");
    assert.equal(first.succeeded, false, "the release did not succeed");
    assert.equal(first.split, "1:100");
    assert.equal(back.results["commit"], first.commits[0]?.commit);
    assert.equal(back.results["previous-commit"], results["commit"]);
    assert.equal(back.results["active-revision"], results["standby-revision"]);
  });

  it("started once more after that: the same version goes live", async () => {
    const { course, first, again } = await leak;
    assert.equal(taskRun(course, again, "stage", "UNCHANGED").results["commit"], first.commits[0]?.commit);
    taskRun(course, again, "promote", "PASS");
    skipped(again, { rollback: "guard" });
    assert.equal(again.split, "2:100");
  });

  it("FAIL, but somebody has decided otherwise meanwhile: the rollback leaves their commit alone", async () => {
    const { course, overtaken } = await leak;
    taskRun(course, overtaken, "promote", "FAIL");
    const { results } = taskRun(course, overtaken, "rollback", "UNCHANGED");
    assert.equal(results["reason"], "NOT_THE_RUNS_CHANGE");
    assert.equal(overtaken.commits[0]?.message, "Half\n");
  });

  it("INCONCLUSIVE: holds", async () => {
    const { course, inconclusive } = await held;
    assertHeld(course, inconclusive, "INCONCLUSIVE");
    assert.equal(inconclusive.split, "2:100");
  });

  it("ERROR: holds", async () => {
    const { course, error } = await held;
    assertHeld(course, error, "ERROR");
    assert.equal(error.split, "3:100");
  });

  it("SUPERSEDED: holds, the later commit is left alone", async () => {
    const { course, superseded } = await held;
    assertHeld(course, superseded, "SUPERSEDED");
    assert.equal(superseded.commits[0]?.message, "Not tonight\n");
  });

  it("REFUSED: holds, nothing was committed", async () => {
    const { course, refused } = await held;
    assertHeld(course, refused, "REFUSED");
    assert.equal(refused.commits[0]?.message, "Another one\n");
  });

  it("a green that answers a probe with 500 is not promoted, though blue serves as it should", async () => {
    const { course, first } = await broken;
    const { results } = taskRun(course, first, "stage", "INCONCLUSIVE");
    assert.equal(results["reason"], "PROBE_FAILED");
    skipped(first, { promote: "stopped", rollback: "missing" });
    assert.equal(first.split, "1:100");
    assert.deepEqual(
      first.commits.map(({ message }) => actionOf(message)),
      ["stage", undefined],
    );
  });

  it("deploys a model for the first time: live when it is ready, so the promote is left out", async () => {
    const { course, first } = await fresh;
    const { results } = taskRun(course, first, "stage", "PASS");
    assert.equal(results["standby-revision"], "");
    skipped(first, { promote: "guard", rollback: "missing" });
    assert.ok(first.succeeded);
    assert.equal(first.split, "1:100");
  });
});
