import assert from "node:assert/strict";
import { absencesOf } from "../../../src/core/verdict/absence.ts";

const at = (time: number, value: number) => ({ time, value });

describe("a page without a counter that was there", () => {
  const rows: readonly (readonly [what: string, shown: ReturnType<typeof at>[], restarted: boolean])[] = [
    ["comes of a restart where the next value is lower", [at(1, 5), at(6, 9), at(16, 2), at(21, 12)], true],
    ["is of unknown cause where the next value is the same", [at(6, 9), at(16, 9), at(21, 2)], false],
    ["is of unknown cause where the next value is higher", [at(6, 9), at(16, 10)], false],
    ["is of unknown cause where nothing came next", [at(6, 9)], false],
    ["is of unknown cause where nothing was before", [at(16, 2)], false],
    ["is no page of another time", [at(6, 9), at(11, 2), at(16, 9)], false],
  ];
  for (const [what, shown, restarted] of rows) {
    it(what, () => assert.deepEqual(absencesOf(shown, [11]), [{ time: 11, restarted }]));
  }

  it("is judged for each of its times", () => {
    const shown = [at(6, 9), at(16, 2), at(26, 3)];
    assert.deepEqual(
      absencesOf(shown, [11, 21]).map(({ restarted }) => restarted),
      [true, false],
    );
  });
});
