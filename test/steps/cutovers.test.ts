import assert from "node:assert/strict";
import { type CutOver, replayHint, runCutOver } from "../bench/cutovers/run.ts";
import { tableOf } from "../bench/cutovers.ts";

/*
 * A part of `npm run bench -- cutovers`: the real step against simulated cut-overs and an oracle that knows what happened.
 */

const seeds = Array.from({ length: 200 }, (_, index) => index + 1);

function mistakes(all: readonly CutOver[]): readonly string[] {
  return all.flatMap((one) => (one.mistake === undefined ? [] : `${one.mistake}; ${replayHint(one)}`));
}

async function run(some: readonly number[], sabotage = {}): Promise<readonly CutOver[]> {
  const all: CutOver[] = [];
  for (const seed of some) all.push(await runCutOver(seed, sabotage));
  return all;
}

describe("simulated cut-overs", function () {
  this.timeout(180_000);

  it("are never judged wrong, and proven wherever nothing is wrong", async () => {
    const all = await run(seeds);

    assert.deepEqual(mistakes(all), []);
    // A simulation in which little happens would prove little.
    const counts = (verdict: string) => all.filter(({ outcome }) => outcome.verdict === verdict).length;
    assert.ok(
      counts("PASS") > 100 && counts("FAIL") > 10 && counts("INCONCLUSIVE") > 10,
      tableOf(all).join("\n"),
    );
  });

  it("give the same verdict when they are replayed", async () => {
    const [first, again] = [await runCutOver(7), await runCutOver(7)];

    assert.deepEqual(first.log, again.log);
    assert.deepEqual(first.outcome, again.outcome);
  });

  it("would be judged wrong without the filter of methods: the oracle sees a false FAIL", async () => {
    const found = mistakes(await run(seeds.slice(0, 60), { pollsAsInference: true }));

    assert.ok(
      found.some((text) => /^false FAIL: .*; CUTOVER_SEED=\d+ npm run bench/.test(text)),
      found.join("\n"),
    );
  });

  it("would be judged wrong if blue's requests were not seen: the oracle sees a false PASS", async () => {
    const found = mistakes(await run(seeds.slice(0, 60), { hideLeaks: true }));

    assert.ok(
      found.some((text) => text.startsWith("false PASS: other-")),
      found.join("\n"),
    );
  });
});
