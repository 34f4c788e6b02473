import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { resultsOf } from "../../../src/core/results.ts";
import { type JsonObject, listAt, namesOf, readTask, root } from "./documents.ts";
import { taskRules } from "./task-rules.ts";

describe("the Task", () => {
  const task = readTask();
  for (const [what, rule] of Object.entries(taskRules)) it(what, () => assert.deepEqual(rule(task), []));

  it("has the results that the program writes", () => {
    const written = Object.keys(resultsOf(undefined, { outcome: "ERROR", reason: "BUG", evidence: "" }));
    assert.deepEqual([...namesOf(listAt(task, "spec", "results"))].sort(), written.sort());
  });

  it("has its summary in the description's first line", () => {
    const [summary, second] = String((task["spec"] as JsonObject)["description"]).split("\n");
    assert.match(summary ?? "", /^[A-Z].{20,118}\.$/);
    assert.equal(second, "");
  });

  it("carries the version of package.json in its label and its image's tag", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const metadata = task["metadata"] as JsonObject;
    assert.equal((metadata["labels"] as JsonObject)["app.kubernetes.io/version"], version);
    const image = listAt(task, "spec", "params").find(({ name }) => name === "image");
    assert.match(String(image?.["default"]), new RegExp(`:${version.replaceAll(".", "\\.")}$`));
    assert.ok(String(image?.["description"]).includes(String(image?.["default"])));
  });
});

const params =
  "params are strings with a description of one sentence and an example, and default to what the program does";
const forbidden = "nothing that OpenShift Pipelines refuses or that fails in the wrong way";

/** A copy with one thing wrong, and the rule that has to find it. */
const broken: readonly (readonly [what: string, rule: string, edit: (task: Mutable) => void])[] = [
  [
    "an undeclared param",
    "every reference is declared",
    ({ spec }) => (spec.stepTemplate.image = "$(params.img)"),
  ],
  ["an undeclared workspace", "every reference is declared", ({ spec }) => void spec.workspaces.pop()],
  [
    "a context of a Pipeline",
    "every reference is declared",
    ({ spec }) => (spec.params[0].default = "$(context.pipelineRun.uid)"),
  ],
  [
    "an unused param",
    "everything declared is used",
    ({ spec }) => spec.params.push({ name: "x", type: "string" }),
  ],
  [
    "a param that only a description names",
    "everything declared is used",
    ({ spec }) => remove(spec.stepTemplate.env, "BLUEGREEN_BRANCH"),
  ],
  [
    "a variable left out",
    "every variable that the program reads is set, from the param of its name",
    ({ spec }) => remove(spec.stepTemplate.env, "BLUEGREEN_TIMEOUT"),
  ],
  [
    "a variable from another param",
    "every variable that the program reads is set, from the param of its name",
    ({ spec }) => (at(spec.stepTemplate.env, "BLUEGREEN_TIMEOUT").value = "$(params.sync-timeout)"),
  ],
  [
    "a password as a param",
    "every variable that the program reads is set, from the param of its name",
    ({ spec }) => spec.stepTemplate.env.push({ name: "BLUEGREEN_GIT_PASSWORD", value: "$(params.action)" }),
  ],
  [
    "a variable that nobody reads",
    "every variable that is set is read",
    ({ spec }) => spec.stepTemplate.env.push({ name: "BLUEGREEN_X", value: "1" }),
  ],
  [
    "a variable set twice",
    "no variable is set twice",
    ({ spec }) => spec.stepTemplate.env.push({ name: "HOME", value: "/" }),
  ],
  ["a param without type", params, ({ spec }) => delete spec.params[0].type],
  ["an array param", params, ({ spec }) => (spec.params[0].type = "array")],
  ["a param without example", params, ({ spec }) => (spec.params[0].description = "What to do.")],
  ["another default than the program's", params, ({ spec }) => (at(spec.params, "timeout").default = "20m")],
  ["a param in camel case", params, ({ spec }) => (spec.params[0].name = "theAction")],
  [
    "a fifth required param",
    "at most four params have no default",
    ({ spec }) => delete at(spec.params, "branch").default,
  ],
  [
    "two steps of one name",
    "steps have names of their own and run commands that exist",
    ({ spec }) => (spec.steps[1].name = "mutate"),
  ],
  [
    "a command that does not exist",
    "steps have names of their own and run commands that exist",
    ({ spec }) => (spec.steps[1].args = ["wait"]),
  ],
  [
    "two steps in another order",
    "the steps are the program's, in its order",
    ({ spec }) => spec.steps.splice(1, 2, spec.steps[2], spec.steps[1]),
  ],
  [
    "a param in the arguments",
    "steps have names of their own and run commands that exist",
    ({ spec }) => (spec.steps[0].args = ["$(params.action)"]),
  ],
  [
    "a mutate that goes on",
    "a step whose failure a later one handles goes on, and no other",
    ({ spec }) => (spec.steps[0].onError = "continue"),
  ],
  [
    "a verify that stops",
    "a step whose failure a later one handles goes on, and no other",
    ({ spec }) => delete spec.steps[2].onError,
  ],
  ["an enum", forbidden, ({ spec }) => (spec.params[0].enum = ["promote"])],
  ["a script", forbidden, ({ spec }) => (spec.steps[0].script = "true")],
  ["a step's time limit", forbidden, ({ spec }) => (spec.steps[1].timeout = "30m")],
  ["a step's results", forbidden, ({ spec }) => (spec.steps[0].results = [])],
  ["a step's condition", forbidden, ({ spec }) => (spec.steps[0].when = [])],
  ["a user", forbidden, ({ spec }) => (spec.stepTemplate.securityContext.runAsUser = 1001)],
  ["a seccomp profile", forbidden, ({ spec }) => (spec.stepTemplate.securityContext.seccompProfile = {})],
  ["a step's display name", forbidden, ({ spec }) => (spec.steps[0].displayName = "Edit")],
  ["a working directory", forbidden, ({ spec }) => (spec.stepTemplate.workingDir = "/")],
  [
    "a required workspace",
    "workspaces are optional and read-only, but for the one that takes the report",
    ({ spec }) => (spec.workspaces[0].optional = false),
  ],
  [
    "a workspace that can be written",
    "workspaces are optional and read-only, but for the one that takes the report",
    ({ spec }) => delete spec.workspaces[0].readOnly,
  ],
  [
    "a workspace for the report that cannot be",
    "workspaces are optional and read-only, but for the one that takes the report",
    ({ spec }) => (at(spec.workspaces, "report").readOnly = true),
  ],
  [
    "a result without description",
    "results are described strings of allowed names",
    ({ spec }) => delete spec.results[0].description,
  ],
  [
    "a result that Chains would sign",
    "results are described strings of allowed names",
    ({ spec }) => (spec.results[0].name = "IMAGE_URL"),
  ],
];

// biome-ignore lint/suspicious/noExplicitAny: the copies are broken on purpose
type Mutable = any;

function at(list: Mutable[], name: string): Mutable {
  return list.find((item) => item.name === name);
}

function remove(list: Mutable[], name: string): void {
  list.splice(list.indexOf(at(list, name)), 1);
}

describe("a broken Task is found out:", () => {
  for (const [what, name, edit] of broken) {
    it(what, () => {
      const copy = structuredClone(readTask());
      edit(copy);
      const rule = taskRules[name];
      assert.ok(rule, `no rule "${name}"`);
      assert.notDeepEqual(rule(copy), []);
    });
  }
});
