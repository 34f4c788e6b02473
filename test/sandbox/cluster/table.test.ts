import assert from "node:assert/strict";
import { startWorld } from "./harness.ts";
import { INFERENCE_SERVICE, POD } from "./kinds.ts";
import { humanDuration, toTable } from "./table.ts";

describe("cluster: tables", () => {
  it("has the recorded columns and cells, null where a column is blank", () => {
    const world = startWorld();
    world.apply({ version: "v1" });
    world.settle();
    world.apply({ version: "v2", percent: 0 });
    world.settle(7000);
    const staged = toTable(INFERENCE_SERVICE, [world.isvc()], world.timers.now());
    const url = "http://jukebox-predictor-user1-test.apps.example.com";
    assert.deepEqual(staged.rows[0].cells, [
      "jukebox",
      url,
      "True",
      100,
      0,
      "jukebox-predictor-00001",
      "jukebox-predictor-00002",
      "12s",
    ]);
    world.apply({ percent: 100 });
    world.settle();
    const promoted = toTable(INFERENCE_SERVICE, [world.isvc()], world.timers.now(), "77");
    world.driver.stop();
    assert.deepEqual(promoted.rows[0].cells, [
      "jukebox",
      url,
      "True",
      null,
      100,
      null,
      "jukebox-predictor-00002",
      "17s",
    ]);
    assert.equal(promoted.metadata.resourceVersion, "77");
    assert.deepEqual(
      promoted.columnDefinitions.map((column: { name: string; type: string; format: string }) => [
        column.name,
        column.type,
        column.format,
      ]),
      [
        ["Name", "string", "name"],
        ["URL", "string", ""],
        ["Ready", "string", ""],
        ["Prev", "integer", ""],
        ["Latest", "integer", ""],
        ["PrevRolledoutRevision", "string", ""],
        ["LatestReadyRevision", "string", ""],
        ["Age", "date", ""],
      ],
    );
    const { kind, apiVersion, metadata } = promoted.rows[0].object;
    assert.deepEqual(
      [kind, apiVersion, metadata.name],
      ["PartialObjectMetadata", "meta.k8s.io/v1", "jukebox"],
    );
  });

  it("shows pods as kubectl does, and name and age of everything else", () => {
    const world = startWorld();
    world.apply({ version: "v1" });
    world.settle();
    const pods = toTable(POD, world.pods(1), world.timers.now());
    const services = toTable("Service.serving.knative.dev", [world.service()], world.timers.now());
    world.driver.stop();
    assert.deepEqual(pods.rows[0].cells.slice(1, 4), ["2/2", "Running", "0"]);
    assert.deepEqual(services.rows[0].cells, ["jukebox-predictor", "5s"]);
  });

  it("writes ages as kubectl does", () => {
    const ages = [
      [19_000, "19s"],
      [113_000, "113s"],
      [478_000, "7m58s"],
      [480_000, "8m"],
      [660_000, "11m"],
      [4 * 3600_000 + 180_000, "4h3m"],
      [9 * 3600_000, "9h"],
      [3 * 86400_000 + 4 * 3600_000, "3d4h"],
      [12 * 86400_000, "12d"],
      [-500, "0s"],
    ] as const;
    for (const [ms, text] of ages) assert.equal(humanDuration(ms), text);
  });
});
