import assert from "node:assert/strict";
import fc from "fast-check";
import stringWidth from "string-width";
import { cut, type Line, render } from "../../../src/cli/live/line.ts";

function textOf(line: Line): string {
  return line.map(({ text }) => text).join("");
}

describe("a line of a live view", () => {
  for (const [text, columns, shown] of [
    ["short", 10, "short"],
    ["exactly ten", 11, "exactly ten"],
    ["exactly ten", 10, "exactly t…"],
    ["漢字漢字", 8, "漢字漢字"],
    ["漢字漢字", 7, "漢字漢…"],
    // Half of a wide character cannot be shown.
    ["漢字漢字", 6, "漢字…"],
    ["a👍🏽b", 4, "a👍🏽b"],
    ["a👍🏽bc", 3, "a…"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
    ["any", 1, "…"],
    ["any", 0, ""],
  ] as const) {
    it(`${JSON.stringify(text)} in ${columns} columns: ${JSON.stringify(shown)}`, () => {
      assert.equal(textOf(cut([{ text }], columns)), shown);
    });
  }

  it("is cut across its pieces, each with its own colour", () => {
    const line: Line = [{ text: "ab", style: "green" }, { text: "cd", style: "red" }, { text: "ef" }];
    assert.deepEqual(cut(line, 4), [
      { text: "ab", style: "green" },
      { text: "c", style: "red" },
      { text: "…" },
    ]);
  });

  it("is never wider than the terminal", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), fc.nat(40), (texts, columns) => {
        const line = cut(
          texts.map((text) => ({ text })),
          columns,
        );
        assert.ok(stringWidth(textOf(line)) <= columns);
      }),
    );
  });

  it("has its colours only where they are wanted", () => {
    const line: Line = [{ text: "a", style: "green" }, { text: "b" }];
    assert.equal(render(line, false), "ab");
    assert.equal(render(line, true), "\u001b[32ma\u001b[39mb");
  });
});
