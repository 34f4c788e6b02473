import assert from "node:assert/strict";
import { parseTrailers } from "../../src/core/commit/trailers.ts";
import { splitInForce } from "../sandbox/cluster/dataplane.ts";
import { clearFaults, setFaults } from "../sandbox/cluster/faults.ts";
import { jukeboxPath } from "../sandbox/git/seed.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { program, splitText } from "./program.ts";

const blueVersion = "4562a17c17";

describe("restoring a version on the embedded cluster", function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox({ requestsPerSecond: 40, prometheus: "embedded" });
    assert.equal((await program(sandbox, ["stage", "--model-version", "v2"])).code, 0);
    assert.equal((await program(sandbox, ["promote"])).code, 0);
  });
  afterEach(() => sandbox.stop());

  const split = () => splitText(splitInForce(sandbox.store, "user1-test", "jukebox"));
  const values = async () => {
    const text = await sandbox.git.git(["cat-file", "blob", `main:${jukeboxPath}`]);
    return [/^version: (.*)$/m.exec(text)?.[1], /trafficPercent: (\d+)/.exec(text)?.[1]];
  };
  const commits = async () => (await sandbox.git.log()).length;
  const restore = (...more: string[]) => program(sandbox, ["rollback", "--restore-version", ...more]);

  it("brings blue back where a crashing green blocks the rollback (T4), and never goes back from there", async () => {
    const healthy = await restore();
    assert.equal(healthy.code, 22);
    assert.match(healthy.text, /ROLLBACK_NOT_BLOCKED.*\n.*\n.*\n.*without --restore-version/);

    setFaults(sandbox.store, { models: [{ match: "v2", kind: "crash-loop" }] });
    const blocked = await program(sandbox, ["rollback"], { BLUEGREEN_TIMEOUT: "3s" });
    assert.equal(blocked.code, 35, blocked.text);
    assert.match(blocked.text, /ROLLBACK_BLOCKED[\s\S]*bluegreen rollback --restore-version/);
    assert.equal(split(), "2:100");

    const plan = await program(sandbox, ["plan", "rollback", "--restore-version"]);
    assert.equal(plan.code, 0, plan.text);
    assert.match(
      plan.out,
      /rollback by restoring version 4562a17c17[\s\S]*- version: v2\n\+ version: 4562a17c17/,
    );
    assert.match(plan.out, /\+ {3}trafficPercent: 100/);
    const other = await restore("--model-version", "v9");
    assert.equal(other.code, 22);
    assert.match(other.text, /RESTORE_VERSION_UNCLEAR[\s\S]*00001 runs 4562a17c17.*asked for is v9/);

    const before = await commits();
    const restored = await restore();
    assert.equal(restored.code, 0, restored.text);
    assert.equal(split(), "3:100");
    assert.deepEqual(await values(), [blueVersion, "100"]);
    assert.equal(await commits(), before + 1);
    const trailers = parseTrailers((await sandbox.git.log())[0]?.message ?? "");
    assert.equal(trailers["Bluegreen-Action"], "rollback");
    assert.equal(trailers["Bluegreen-Restore-Version"], blueVersion);
    assert.equal(trailers["Bluegreen-From-Revision"], "jukebox-predictor-00002");

    clearFaults(sandbox.store);
    for (const again of [await restore(), await program(sandbox, ["rollback"])]) {
      assert.equal(again.code, 0, again.text);
      assert.match(again.text, /UNCHANGED ALREADY_THERE/);
    }
    const promote = await program(sandbox, ["promote"]);
    assert.equal(promote.code, 22);
    assert.match(promote.text, /NOTHING_STAGED[\s\S]*restored version 4562a17c17, which is no promote/);
    assert.equal(await commits(), before + 1);
    assert.equal(split(), "3:100");
  });

  it("brings the right blue back where KServe fell back too far (T5), and lets nothing else in", async () => {
    setFaults(sandbox.store, { revisionAdmissionDelayMs: 1_000 });
    const staged = await program(sandbox, ["stage", "--model-version", "v3"]);
    assert.equal(staged.code, 34, staged.text);
    assert.match(staged.text, /WRONG_BLUE[\s\S]*bluegreen rollback --restore-version/);
    assert.equal(split(), "1:100");

    const plan = await program(sandbox, ["plan", "rollback", "--restore-version"]);
    assert.match(plan.out, /\+ version: v2\n[\s\S]*Then a second commit, percent 100/);

    const seen = new Set<string>();
    const timer = setInterval(() => seen.add(split()), 20);
    const before = await commits();
    const restored = await restore().finally(() => clearInterval(timer));
    assert.equal(restored.code, 0, restored.text);
    assert.equal(split(), "4:100");
    assert.deepEqual([...seen], ["1:100", "4:100"]);
    assert.deepEqual(await values(), ["v2", "100"]);
    assert.equal(await commits(), before + 2);
    const [last, first] = (await sandbox.git.log()).map(({ message }) => parseTrailers(message));
    assert.equal(first?.["Bluegreen-Action"], "stage");
    assert.equal(last?.["Bluegreen-To-Revision"], "jukebox-predictor-00004");
    assert.deepEqual(
      [first, last].map((each) => each?.["Bluegreen-Restore-Version"]),
      ["v2", "v2"],
    );

    const again = await restore();
    assert.match(again.text, /UNCHANGED ALREADY_THERE/);
    assert.equal(split(), "4:100");
  });
});
