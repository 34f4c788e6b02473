import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readStateFile, writeStateFile } from "../../src/cli/state-file.ts";
import { formatRunState } from "../../src/core/run-state.ts";
import { Failure } from "../../src/errors/failure.ts";
import { failureOf, stateOf } from "../steps/builders.ts";

const state = stateOf();

describe("the state file", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-state-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("comes back as it was written, and nothing is left beside it", async () => {
    const path = join(folder, "run.json");
    await writeStateFile(path, { ...state, run: "an earlier one" });

    await writeStateFile(path, state);

    assert.deepEqual(await readStateFile(path, {}), JSON.parse(JSON.stringify(state)));
    assert.deepEqual(await readdir(folder), ["run.json"]);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it("is never seen half written", async () => {
    const path = join(folder, "run.json");
    const summaries = ["short", "x".repeat(200_000)];
    await writeStateFile(path, state);
    let writing = true;
    const writer = (async () => {
      for (let round = 0; round < 40; round += 1) {
        const verdict = { startedAt: 1, endedAt: 2, summary: summaries[round % 2] };
        await writeStateFile(path, { ...state, verdict });
      }
      writing = false;
    })();
    while (writing) await readStateFile(path, {});
    await writer;
  });

  it("that is missing is unreadable", async () => {
    const path = join(folder, "missing.json");
    const failure = await failureOf(readStateFile(path, {}));
    assert.deepEqual([failure.reason, failure.evidence], ["STATE_UNREADABLE", `${path}: ENOENT`]);
  });

  it("that is a folder is unreadable", async () => {
    const failure = await failureOf(readStateFile(folder, {}));
    assert.deepEqual([failure.reason, failure.evidence], ["STATE_UNREADABLE", `${folder}: EISDIR`]);
  });

  it("that is broken or foreign says so, with its path", async () => {
    const path = join(folder, "run.json");
    await writeFile(path, formatRunState(state).slice(0, -10));
    const broken = await failureOf(readStateFile(path, {}));
    assert.equal(broken.reason, "STATE_UNREADABLE");
    assert.ok(broken.evidence.startsWith(`${path}: it is not JSON`));

    await writeFile(path, formatRunState(state));
    const foreign = await failureOf(readStateFile(path, { run: "another" }));
    assert.equal(foreign.reason, "STATE_FOREIGN");
    assert.ok(foreign.evidence.startsWith(`${path}: its run is run-1`));
  });

  it("that cannot be written says so", async () => {
    const path = join(folder, "no", "such", "run.json");
    const failure = await failureOf(writeStateFile(path, state));
    assert.deepEqual([failure.reason, failure.evidence], ["STATE_UNWRITABLE", `${path}: ENOENT`]);
  });

  it("whose place is taken leaves nothing beside it", async () => {
    const path = join(folder, "run.json");
    await mkdir(path);
    await writeFile(join(path, "kept"), "x");

    const failure = await failureOf(writeStateFile(path, state));

    assert.equal(failure.reason, "STATE_UNWRITABLE");
    assert.ok(failure instanceof Failure && failure.cause instanceof Error);
    assert.deepEqual(await readdir(folder), ["run.json"]);
    assert.equal(await readFile(join(path, "kept"), "utf8"), "x");
  });
});
