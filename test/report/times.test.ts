import assert from "node:assert/strict";
import { clockTime, isoTime, span } from "../../src/report/times.ts";

describe("times for people", () => {
  it("are UTC, to the second", () => {
    assert.equal(isoTime(Date.UTC(2026, 10, 28, 17, 3, 21, 999)), "2026-11-28T17:03:21Z");
    assert.equal(clockTime(Date.UTC(2026, 10, 28, 17, 3, 21)), "17:03:21");
  });

  it("are a question mark where they are none", () => {
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, 9e15]) {
      assert.equal(isoTime(at), "?");
      assert.equal(clockTime(at), "?");
    }
  });

  for (const [ms, text] of [
    [-5, "0 ms"],
    [850, "850 ms"],
    [12_340, "12.3 s"],
    [59_999, "60 s"],
    [245_000, "4 min 5 s"],
    [119_700, "2 min 0 s"],
  ] as const) {
    it(`${ms} ms are ${text}`, () => assert.equal(span(ms), text));
  }
});
