import assert from "node:assert/strict";
import fc from "fast-check";
import { racePause } from "../../src/core/back-off.ts";

describe("the wait after a lost race", () => {
  const waits: readonly (readonly [what: string, lostMs: readonly number[], leftMs: number, ms: number])[] = [
    ["after a quick attempt is short", [0], 120_000, 100],
    ["grows with every quick attempt", [0, 0, 0], 120_000, 400],
    ["of quick attempts ends to grow at 5 s", Array(20).fill(0), 120_000, 5_000],
    ["is twice as long as a slow attempt took", [4_000], 120_000, 8_000],
    ["remembers a slow attempt for a while", [10_000, 500], 120_000, 14_000],
    ["forgets it in time", [10_000, 500, 500, 500, 500], 120_000, 4_802],
    ["leaves time for another attempt", [30_000], 20_000, 10_000],
    ["does not become shorter and shorter before the deadline", [30_000], 10, 1_000],
  ];
  for (const [what, lostMs, leftMs, ms] of waits) {
    it(what, () => assert.equal(Math.round(racePause(lostMs, leftMs, 1)), ms));
  }

  it("is anywhere between nothing and that", () => {
    const durations = fc.array(fc.nat(200_000), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        durations,
        fc.nat(600_000),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (lost, left, x) => {
          const longest = racePause(lost, left, 1);
          assert.ok(longest > 0 && longest <= Math.max(left / 2, 1_000));
          assert.equal(racePause(lost, left, x), longest * x);
        },
      ),
    );
  });
});
