/** A choice of faults and twenty kills; all of them: `npm run chaos:processes`. */
import assert from "node:assert/strict";
import { jukebox } from "../sandbox/sandbox.ts";
import { cases } from "./cases.ts";
import type { Ended } from "./processes.ts";
import { type Judged, killAll, randomFrom, runCase, violationsOf } from "./run.ts";
import { type Scene, staged, startScenes } from "./scene.ts";

function assertGood({ name, violations, replay, log }: Judged): void {
  assert.deepEqual(violations, [], `${name}\n${log}\n${violations.join("\n")}\nAgain: ${replay}`);
}

describe("the built program under faults", function () {
  this.timeout(240_000);

  describe("of what it talks to", () => {
    let scene: Scene;
    before(async () => {
      const [first] = await startScenes();
      assert.ok(first);
      scene = first;
      await staged(scene);
    });
    after(() => scene.sandbox.stop());

    for (const each of cases.filter(({ quick }) => quick)) {
      it(`${each.name}: exit code ${each.codes.join(" or ")}, commits ${each.commits}`, async () =>
        assertGood(await runCase(scene, each)));
    }

    it("would be found out by where the traffic is, by its exit code and by what it shows", () => {
      const results = { outcome: "ERROR", reason: "CANCELLED" };
      const promote = { code: 0, text: "", ms: 1, sinceSignalMs: undefined, results, state: undefined };
      const stay = scene.split() === "1:100" ? "promote" : "rollback";
      const found = (changes: Partial<Ended>) => violationsOf({ ...promote, ...changes }, scene, stay).join();
      assert.match(found({}), /^FALSE PASS: the traffic is /);
      assert.match(found({ code: 39 }), /a bug/);
      assert.match(found({ code: 25, text: "PROBE_FAILURE" }), /25 without its reason/);
      assert.equal(found({ code: 37, text: "CANCELLED" }), "");
      const inconclusive = { code: 25, text: "INCONCLUSIVE NO_TRAFFIC (exit 25)" };
      assert.equal(
        found({ ...inconclusive, results: { outcome: "INCONCLUSIVE", reason: "NO_TRAFFIC" } }),
        "",
      );
      assert.match(found(inconclusive), /exit code 25, and the results say ERROR CANCELLED/);
      assert.match(found({ ...inconclusive, results: {} }), /the results say undefined undefined/);
      const pushed = { code: 37, text: "Pushed commit 4562a17c17 to main\nCANCELLED" };
      assert.match(found(pushed), /the state file does not know commit 4562a17c17/);
      assert.equal(found({ ...pushed, state: '{"commit":"4562a17c17"}' }), "");
      assert.match(found({ code: 37, text: "CANCELLED", sinceSignalMs: 11_000 }), /11000 ms after/);
      assert.match(found({ code: 37, text: "CANCELLED canary-Password-Zq7" }), /a secret shows/);
      assert.match(found({ code: 37, text: "CANCELLED \u001b[2J" }), /a control character/);
    });
  });

  it("is killed twenty times at random moments: the same command again proves one commit", async () => {
    const lanes = [1, 2, 3, 4].map((number) => {
      const name = `model-0000${number}`;
      return { ...jukebox, name, path: `model-deployments/test/${name}/config.yaml` };
    });
    const scenes = await startScenes(lanes);
    try {
      const judged: Judged[] = [];
      const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
      await killAll(scenes, seeds, (each) => judged.push(each));
      for (const each of judged) assertGood(each);
      const killed = judged.filter(({ codes }) => codes.includes(undefined));
      assert.equal(judged.length, 20);
      assert.ok(killed.length >= 15, `${killed.length} were still running when the signal came`);
    } finally {
      await scenes[0]?.sandbox.stop();
    }
  });

  it("draws the same moments from the same seed", () => {
    const draw = (seed: number) => Array.from({ length: 5 }, randomFrom(seed));
    assert.deepEqual(draw(7), draw(7));
    assert.notDeepEqual(draw(7), draw(8));
    assert.ok(draw(9).every((value) => value >= 0 && value < 1));
  });
});
