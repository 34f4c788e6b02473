import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { loadPipeline, loadTask, type Pipeline, type Step, type Task, withDefaults } from "./definitions.ts";
import { runPipeline } from "./pipelinerun.ts";
import { resolveTask, type TaskRun } from "./resolve-task.ts";
import { nodeToTest, processRuntime } from "./runtime.ts";
import { expand, expandEnvironment, replaceIn, replacementsFor } from "./substitution.ts";
import { runTaskRun, type TaskRunEnded } from "./taskrun.ts";

/** The harness is to fail where Tekton would: Tasks made up for that. */
describe("the TaskRun harness", () => {
  const taskRun = (more: Partial<TaskRun> = {}): TaskRun => {
    return { name: "run", namespace: "ns", uid: randomUUID(), params: {}, ...more };
  };
  const script = (name: string, code: string, more: Partial<Step> = {}): Step => {
    return { name, command: ["node", "-e"], args: [code], ...more };
  };
  const taskOf = (steps: readonly Step[], more: Partial<Task["spec"]> = {}): Task => {
    return { metadata: { name: "made-up" }, spec: { steps, results: [{ name: "r" }], ...more } };
  };
  const runtime = processRuntime({ bundle: "/nowhere", node: nodeToTest() }, "/nowhere");
  const run = (task: Task, more: Partial<TaskRun> = {}) =>
    runTaskRun(task, taskRun(more), { runtime, secrets: [] });
  const codes = ({ steps }: TaskRunEnded) => steps.map(({ exitCode }) => exitCode);
  const write = (name: string, value: string) =>
    `require("node:fs").writeFileSync(process.argv[1], ${value}); console.log("${name}");`;

  describe("substitutes as Tekton does", () => {
    for (const [text, expected] of [
      ["$(params.x)", "1"],
      ['$(params["x"])', "1"],
      ["$(params['x'])", "1"],
      ["a$(params.x)b$(params.x)", "a1b1"],
      ["$(params.y)", "$(params.x)"],
      ["$(params.unknown)", "$(params.unknown)"],
      ["$$(params.x)", "$1"],
      ["$params.x", "$params.x"],
    ] as const) {
      it(`${text} → ${expected}`, () => {
        assert.equal(replaceIn(text, replacementsFor("params", { x: "1", y: "$(params.x)" })), expected);
      });
    }

    it("contexts after params, which may therefore hold them", () => {
      const env = [{ name: "A", value: "$(params.p)" }];
      const task = taskOf([{ name: "s", env }], {
        params: [{ name: "p", default: "$(context.taskRun.uid)" }],
      });
      const [step] = resolveTask(task, taskRun({ uid: "u-1" })).steps;
      assert.deepEqual(step?.env, [{ name: "A", value: "u-1" }]);
    });

    it("the template first, then the step's own over it", () => {
      const task = taskOf([{ name: "s", env: [{ name: "B", value: "own" }], args: ["x"] }], {
        stepTemplate: {
          args: ["t"],
          command: ["c"],
          env: [{ name: "A", value: "$(params.p)" }, { name: "B" }],
        },
        params: [{ name: "p" }],
      });
      assert.deepEqual(resolveTask(task, taskRun({ params: { p: "v" } })).steps, [
        {
          name: "s",
          command: ["c"],
          args: ["x"],
          env: [
            { name: "A", value: "v" },
            { name: "B", value: "own" },
          ],
          volumeMounts: [],
        },
      ]);
    });
  });

  describe("expands as the kubelet does", () => {
    for (const [text, expected] of [
      ["$(A)", "1"],
      ["$$", "$"],
      ["$$(A)", "$(A)"],
      ["$$$(A)", "$1"],
      ["$(NONE)", "$(NONE)"],
      ["$(A", "$(A"],
      ["$A $", "$A $"],
    ] as const) {
      it(`${text} → ${expected}`, () => assert.equal(expand(text, { A: "1" }), expected));
    }

    it("what stands before it in the list, and nothing after", () => {
      const list = [
        { name: "ONE", value: "$(TWO) $(AMBIENT)" },
        { name: "TWO", value: "$(ONE)!" },
      ];
      assert.deepEqual(expandEnvironment(list, { AMBIENT: "a" }), {
        AMBIENT: "a",
        ONE: "$(TWO) a",
        TWO: "$(TWO) a!",
      });
    });
  });

  it("refuses a run without a required param, and a workspace that is unbound or unknown", () => {
    const required = taskOf([], { params: [{ name: "p" }] });
    assert.throws(() => resolveTask(required, taskRun()), /missing values .*: p/);
    const needy = taskOf([], { workspaces: [{ name: "w" }] });
    assert.throws(() => resolveTask(needy, taskRun()), /w is declared but not bound/);
    assert.throws(
      () => resolveTask(taskOf([]), taskRun({ workspaces: { w: {} } })),
      /w is bound but not declared/,
    );
    // The installed Task without any value.
    assert.throws(() => resolveTask(loadTask(), taskRun()), /missing values/);
  });

  it("gives an unbound optional workspace the empty path, and a bound one a Secret's files", async () => {
    const show = script(
      "s",
      "console.log(JSON.stringify(process.env.W)); console.log(require('fs').readdirSync(process.env.W || '/nowhere').join())",
      {
        env: [{ name: "W", value: "$(workspaces.w.path)" }],
        onError: "continue",
      },
    );
    const task = taskOf([show], { workspaces: [{ name: "w", optional: true, readOnly: true }] });
    assert.match((await run(task)).steps[0]?.log ?? "", /^""\n/);
    assert.match(
      (await run(task, { workspaces: { w: { username: "u" } } })).steps[0]?.log ?? "",
      /\n\.\..*,\.\.data,username\n$/,
    );
  });

  it("hands nothing of its own environment on", async () => {
    process.env["BLUEGREEN_TIMEOUT"] = "leaked";
    try {
      const task = taskOf([
        script("s", "console.log(Object.keys(process.env).sort().join())", { env: [{ name: "MINE" }] }),
      ]);
      const { steps } = await run(task);
      assert.equal(steps[0]?.log, "KUBECONFIG,MINE,PATH\n");
    } finally {
      delete process.env["BLUEGREEN_TIMEOUT"];
    }
  });

  it("skips what comes after a failure, and keeps the results so far", async () => {
    const first = script("one", `${write("one", '"kept"')} process.exit(3)`, {});
    const ended = await run(
      taskOf([{ ...first, args: [...(first.args ?? []), "$(results.r.path)"] }, script("two", "0")]),
    );
    assert.deepEqual(codes(ended), [3, undefined]);
    assert.deepEqual(ended.results, { r: "kept" });
    assert.equal(ended.succeeded, false);
    assert.equal(ended.message, '"step-one" exited with code 3: Error');
  });

  it("goes on after a failure with onError: continue, which the console shows nevertheless", async () => {
    const lines = "for (let i = 1; i <= 7; i++) console.log(i); process.exit(4)";
    const ended = await run(
      taskOf([script("one", lines, { onError: "continue" }), script("two", "console.log('x')")]),
    );
    assert.deepEqual(codes(ended), [4, 0]);
    assert.equal(ended.succeeded, true);
    assert.deepEqual(ended.console, ["3", "4", "5", "6", "7"]);
  });

  it("fails a step that a signal ends", async () => {
    const ended = await run(taskOf([script("one", "process.kill(process.pid, 'SIGKILL')")]));
    assert.deepEqual(codes(ended), [255]);
  });

  it("fails a run whose results are too large, for one step or for all together", async () => {
    const step = (name: string, size: number): Step => {
      const { args = [], ...rest } = script(name, write(name, `"x".repeat(${size})`));
      return { ...rest, name, args: [...args, "$(results.r.path)"] };
    };
    const one = await run(taskOf([step("one", 4_100), script("two", "0")]));
    assert.match(one.message, /above max allowed size 4096/);
    assert.deepEqual(codes(one), [0, undefined]);
    const many = await run(taskOf([step("a", 3_900), script("b", "0"), script("c", "0"), script("d", "0")]));
    assert.equal(many.succeeded, false);
    assert.match(many.message, /12288/);
    assert.ok((await run(taskOf([step("a", 3_900), script("b", "0")]))).succeeded);
  });

  it("knows the params that it shortens", () => {
    assert.throws(() => withDefaults(loadTask(), { "no-such": "1s" }), /no param no-such/);
  });
});

describe("the PipelineRun harness", () => {
  const ended = (results: Readonly<Record<string, string>>, succeeded = true) =>
    ({ succeeded, results, steps: [] }) as unknown as TaskRunEnded;
  const taskRef = { name: "t" };
  const start = async (spec: Pipeline["spec"], answers: Readonly<Record<string, TaskRunEnded>>) => {
    const order: string[] = [];
    const params: Record<string, unknown> = {};
    const result = await runPipeline(
      { metadata: { name: "p" }, spec },
      { name: "run", namespace: "ns", uid: "u-1", params: {} },
      async ({ name }, run) => {
        order.push(name);
        params[name] = run.params;
        return answers[name] ?? ended({});
      },
    );
    return {
      ...result,
      order,
      params,
      states: Object.fromEntries([...result.tasks].filter(([, one]) => typeof one === "string")),
    };
  };

  it("runs in the order of runAfter and of references, and hands values on", async () => {
    const { order, params } = await start(
      {
        tasks: [
          { name: "c", taskRef, runAfter: ["b"] },
          {
            name: "b",
            taskRef,
            params: [{ name: "x", value: "$(tasks.a.results.r)/$(context.pipelineRun.uid)" }],
          },
          { name: "a", taskRef },
        ],
      },
      { a: ended({ r: "1" }) },
    );
    assert.deepEqual(order, ["a", "b", "c"]);
    assert.deepEqual(params["b"], { x: "1/u-1" });
  });

  it("starts nothing after a failure but finally, which sees the results of what failed", async () => {
    const last = (name: string, value: string) => {
      return {
        name,
        taskRef,
        when: [{ input: "$(tasks.a.results.r)", operator: "in" as const, values: [value] }],
      };
    };
    const { order, states, succeeded } = await start(
      {
        tasks: [
          { name: "a", taskRef },
          { name: "b", taskRef, runAfter: ["a"] },
        ],
        finally: [
          last("yes", "FAIL"),
          last("no", "PASS"),
          { name: "gone", taskRef, params: [{ name: "x", value: "$(tasks.b.results.r)" }] },
          {
            name: "status",
            taskRef,
            when: [{ input: "$(tasks.status)", operator: "in", values: ["Failed"] }],
          },
        ],
      },
      { a: ended({ r: "FAIL" }, false) },
    );
    assert.deepEqual(order, ["a", "yes", "status"]);
    assert.deepEqual(states, { b: "stopped", no: "guard", gone: "missing" });
    assert.equal(succeeded, false);
  });

  it("runs what only comes after a task that its guard left out, not what needs its results", async () => {
    const { order, states, results } = await start(
      {
        tasks: [
          { name: "a", taskRef, when: [{ input: "", operator: "notin", values: [""] }] },
          { name: "b", taskRef, runAfter: ["a"] },
          { name: "c", taskRef, params: [{ name: "x", value: "$(tasks.a.results.r)" }] },
        ],
        results: [
          { name: "of-a", value: "$(tasks.a.results.r)" },
          { name: "of-b", value: "$(tasks.b.results.r)" },
        ],
      },
      { b: ended({ r: "2" }) },
    );
    assert.deepEqual(order, ["b"]);
    assert.deepEqual(states, { a: "guard", c: "missing" });
    assert.deepEqual(results, { "of-b": "2" });
  });

  it("does not know a Pipeline that is not there", () => {
    assert.throws(() => loadPipeline("nosuch"));
  });
});
