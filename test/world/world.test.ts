import assert from "node:assert/strict";
import { createFigures } from "./figures.ts";
import { all, firstCaught, guards, soon } from "./guards.ts";
import { regressions } from "./regressions.ts";
import { runSeed } from "./seed.ts";
import { tell } from "./tell.ts";

/*
 * A part of `npm run chaos`: the steps, unchanged, in simulated worlds with one virtual clock. Whatever it finds is seen
 * again with the command that stands beside it.
 */

const seeds = 1_000;

describe("simulated worlds", function () {
  this.timeout(600_000);

  it("hold no run that is judged wrong, hangs, or does things by halves", async () => {
    const figures = createFigures();
    for (const seed of all(seeds)) figures.add(await runSeed(seed));

    assert.deepEqual(figures.mistakes, [], figures.table().join("\n"));
    const calm = figures.liveness("calm");
    assert.ok(calm.owed > seeds / 8, `${calm.owed}`);
    assert.deepEqual(calm.others, []);
    const healing = figures.liveness("healing");
    assert.ok(healing.passed >= 0.99 * healing.owed, healing.others.join("\n"));
  });

  it("are the same again when they are replayed", async () => {
    const [first, again] = [await runSeed(7), await runSeed(7)];
    assert.deepEqual(tell(first), tell(again));
  });

  for (const { seed, what, depth = "plain" } of regressions) {
    it(`no longer: ${what} (seed ${seed})`, async () => {
      assert.deepEqual((await runSeed(seed, depth)).mistakes, []);
    });
  }
});

describe("the oracle of the simulated worlds", function () {
  this.timeout(600_000);

  for (const guard of guards) {
    const { name, seed } = guard;
    it(`sees that it is missing: ${name}`, async () => {
      const caught = await firstCaught(guard, [seed, ...all(soon)]);
      assert.ok(caught !== undefined, `${soon} seeds showed nothing`);
    });
  }
});
