/** Other people's checks of our YAML. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { documentsIn, type JsonObject, root, taskFile } from "./documents.ts";

const inRoot = { cwd: root, encoding: "utf8" } as const;

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--help"], { stdio: "ignore" }).error === undefined;
}

describe("the YAML in tekton/", () => {
  it("has nothing that @ibm/tekton-lint minds (the Task: with resolvers in Pipelines it fails itself)", function () {
    this.timeout(60_000);
    const result = spawnSync(process.execPath, ["node_modules/.bin/tekton-lint", taskFile], inRoot);
    assert.equal(`${result.stdout}${result.stderr}`.trim(), "");
    assert.equal(result.status, 0);
  });

  it("has nothing that yamllint minds", function () {
    if (!isInstalled("yamllint")) {
      assert.notEqual(process.env["BLUEGREEN_REQUIRE_ALL"], "1", "no program named yamllint on PATH");
      console.log("      yamllint is not on PATH");
      this.skip();
    }
    const result = spawnSync("yamllint", ["--strict", "tekton", ".yamllint.yaml"], inRoot);
    assert.equal(`${result.stdout}${result.stderr}`, "");
    assert.equal(result.status, 0);
  });

  for (const folder of ["tekton", "tekton/rbac", "tekton/rbac/role", "tekton/rbac/argocd"]) {
    it(`${folder} is a kustomization that kubectl can build`, function () {
      if (!isInstalled("kubectl")) {
        console.log("      kubectl is not on PATH");
        this.skip();
      }
      assert.match(execFileSync("kubectl", ["kustomize", folder], inRoot), /^apiVersion: /);
    });
  }

  it("has kustomizations that name what is there", () => {
    for (const { file, content } of documentsIn("tekton")) {
      if (content["kind"] !== "Kustomization") continue;
      for (const resource of content["resources"] as readonly string[]) {
        const path = join(root, file, "..", resource);
        assert.ok(existsSync(path), `${file}: ${resource}`);
        if (!resource.endsWith(".yaml")) assert.ok(existsSync(join(path, "kustomization.yaml")), path);
      }
    }
    const { resources } = parse(readFileSync(join(root, "tekton/kustomization.yaml"), "utf8"));
    const shipped = readdirSync(join(root, "tekton/pipeline")).map((name) => `pipeline/${name}`);
    assert.deepEqual([...resources].sort(), [...shipped, "task/bluegreen/bluegreen.yaml"].sort());
  });
});

describe("Tekton's own schemas, with every unknown field an error", () => {
  const folder = join(root, "../shared/data/crds");

  /** An object that lists its fields has no others. */
  function strict(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map(strict);
    if (typeof schema !== "object" || schema === null) return schema;
    const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
    const open = inner["x-kubernetes-preserve-unknown-fields"] === true || "additionalProperties" in inner;
    return "properties" in inner && inner["type"] === "object" && !open
      ? { ...inner, additionalProperties: false }
      : inner;
  }

  function problemsOf(kind: string, content: JsonObject): readonly string[] {
    const file = join(folder, `tekton.dev_v1_${kind.toLowerCase()}.schema.json`);
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(strict(JSON.parse(readFileSync(file, "utf8"))) as object);
    validate(content);
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      return `${instancePath} ${message} ${JSON.stringify(params)}`;
    });
  }

  before(function () {
    if (existsSync(folder)) return;
    console.log("      Tekton's schemas are not there (they are not part of this repository)");
    this.skip();
  });

  const kinds = ["Task", "Pipeline", "TaskRun", "PipelineRun"];
  for (const { file, content } of documentsIn("tekton").filter(({ content }) =>
    kinds.includes(String(content["kind"])),
  )) {
    it(`${file}, ${content["kind"]}`, () =>
      assert.deepEqual(problemsOf(String(content["kind"]), content), []));
  }

  it("find an unknown field", () => {
    const [task] = documentsIn("tekton/task/bluegreen").filter(({ content }) => content["kind"] === "Task");
    const broken = structuredClone(task?.content) as { spec: { steps: Record<string, unknown>[] } };
    (broken.spec.steps[0] ?? {})["onErorr"] = "continue";
    assert.match(problemsOf("Task", broken as unknown as JsonObject).join(), /onErorr/);
  });
});
