import assert from "node:assert/strict";
import type { Action } from "../../src/core/intent.ts";
import type { World } from "../../src/core/world.ts";
import { describePlan, planAsJson } from "../../src/report/plan.ts";
import { prepare } from "../../src/steps/mutate/prepare.ts";
import { r23, r24, worldIn } from "../core/states.ts";
import { fileWith, intentOf, location, requestOf } from "../steps/builders.ts";
import { createGit } from "../steps/fakes.ts";

async function planOf(action: Action, text: string, world: World) {
  const git = createGit({ [location.path]: text });
  const request = requestOf(action, { intent: intentOf(action) });
  return [request, await prepare(request, await git.fetch(), world)] as const;
}

const path = "model-deployments/test/jukebox/config.yaml";

describe("a plan for people", () => {
  it("shows the changed lines as they stand in the file, and the goal", async () => {
    assert.deepEqual(describePlan(...(await planOf("promote", fileWith("v2", 0), worldIn("S3")))), [
      `Plan: promote user1-test/jukebox by ${path}`,
      "-   trafficPercent: 0 # 👈 update this",
      "+   trafficPercent: 100 # 👈 update this",
      `Done when: ${r24} has 100 %, ${r23} 0 %`,
    ]);
  });

  it("shows each line that changes, before and after, and no line between", async () => {
    assert.deepEqual(
      describePlan(...(await planOf("stage", fileWith("v2", 100), worldIn("S5")))).slice(1, -1),
      [
        "- version: v2",
        "+ version: v3",
        "-   trafficPercent: 100 # 👈 update this",
        "+   trafficPercent: 0 # 👈 update this",
      ],
    );
  });

  it("shows lines that are added at the end", async () => {
    const lines = describePlan(...(await planOf("promote", "version: v2\n", worldIn("S3"))));
    assert.deepEqual(lines.slice(1, -1), ["+ canary:", "+   trafficPercent: 100"]);
  });

  it("says that there is nothing to commit", async () => {
    const lines = describePlan(...(await planOf("promote", fileWith("v2", 100), worldIn("S5"))));
    assert.deepEqual(lines.slice(1), [
      "Commit: none, Git holds the wanted values already; the rest of the chain would be proven",
      `Done when: ${r24} has 100 %`,
    ]);
  });

  it("says of a stage that green is to be ready beside blue", async () => {
    const lines = describePlan(...(await planOf("stage", fileWith("v0", 100), worldIn("S1"))));
    assert.ok(
      lines.includes(`Done when: a new revision is ready, and ${r23} still has 100 %`),
      lines.join("\n"),
    );
  });

  it("knows no name before the first deployment", async () => {
    const lines = describePlan(...(await planOf("stage", fileWith("v1", 0), { revisions: [], pods: [] })));
    assert.equal(lines.at(-1), "Done when: the new revision has 100 %");
  });

  it("lists what stands against it, with advice", async () => {
    const lines = describePlan(...(await planOf("promote", fileWith("v9", 0), worldIn("S2"))));
    const refusals = lines.filter((line) => line.startsWith("Refused "));
    assert.match(
      refusals[0] ?? "",
      /^Refused GREEN_NOT_READY: Green is not ready: newest revision .*\. Wait until/,
    );
    assert.equal(refusals.length, 3);
  });

  it("shows no control character of the file", async () => {
    const text = `${fileWith("v2", 0).trimEnd()} \u202eb\n`;
    for (const line of describePlan(...(await planOf("promote", text, worldIn("S3"))))) {
      assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
    }
  });
});

describe("a plan for machines", () => {
  it("holds the edits, the values before, the names and the findings", async () => {
    const [request, plan] = await planOf("promote", fileWith("v9", 0), worldIn("S2"));
    const json = JSON.parse(JSON.stringify(planAsJson(request, plan)));
    assert.equal(json.commit, true);
    assert.deepEqual(json.edits, [{ path: "canary.trafficPercent", value: 100 }]);
    assert.deepEqual([String(json.values.percent), json.values.version], ["0", "v9"]);
    assert.equal(json.expectation.percent, 100);
    assert.deepEqual(Object.keys(json.findings[0]), ["reason", "evidence", "next"]);
  });

  it("says that there is no commit", async () => {
    const [request, plan] = await planOf("promote", fileWith("v2", 100), worldIn("S5"));
    const json = JSON.parse(JSON.stringify(planAsJson(request, plan)));
    assert.deepEqual([json.commit, json.findings], [false, []]);
  });
});
