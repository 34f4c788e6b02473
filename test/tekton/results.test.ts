import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Results } from "../../src/core/results.ts";
import { createResultsSink } from "../../src/tekton/results.ts";
import { failureOf } from "../steps/builders.ts";

const results: Results = {
  outcome: "PASS",
  reason: "CUT_OVER_PROVEN",
  commit: "4562a17c17",
  "commit-url": "",
  "previous-commit": "",
  "active-revision": "jukebox-predictor-00024",
  "standby-revision": "",
  rollback: "",
};

describe("results", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-results-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("are one file each, empty ones too, without a line break at the end", async () => {
    const inside = join(folder, "not", "there", "yet");
    await createResultsSink(inside).write(results);
    const names = await readdir(inside);
    const written = await Promise.all(
      names.map(async (name) => [name, await readFile(join(inside, name), "utf8")]),
    );
    assert.deepEqual(Object.fromEntries(written), results);
  });

  it("replace those of an earlier attempt", async () => {
    await createResultsSink(folder).write({ ...results, reason: "A_LONG_REASON_OF_AN_EARLIER_ATTEMPT" });
    await createResultsSink(folder).write(results);
    assert.equal(await readFile(join(folder, "reason"), "utf8"), "CUT_OVER_PROVEN");
  });

  it("are written for nobody where there is no folder", async () => {
    await createResultsSink(undefined).write(results);
  });

  it("that cannot be written say so", async () => {
    const file = join(folder, "file");
    await writeFile(file, "x");
    const failure = await failureOf(createResultsSink(file).write(results));
    assert.deepEqual(
      [failure.reason, failure.evidence],
      ["STATE_UNWRITABLE", `results folder ${file}: EEXIST`],
    );
  });
});
