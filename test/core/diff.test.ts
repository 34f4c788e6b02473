import assert from "node:assert/strict";
import * as v from "valibot";
import { diffOf, diffSchema } from "../../src/core/diff.ts";

function shown(before: string, after: string): readonly string[] {
  const sign = { same: " ", removed: "-", added: "+" } as const;
  return diffOf(bytes(before), bytes(after)).lines.map(({ kind, at, text }) => `${at}${sign[kind]}${text}`);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe("the diff of an edit", () => {
  const cases: readonly (readonly [what: string, before: string, after: string, lines: readonly string[]])[] =
    [
      ["nothing changed", "a\nb\n", "a\nb\n", []],
      [
        "one value, with two lines around it",
        "1\n2\n3\n4\n5\n6\n7",
        "1\n2\n3\nIV\n5\n6\n7",
        ["2 2", "3 3", "4-4", "4+IV", "5 5", "6 6"],
      ],
      [
        "two values far apart",
        "1\n2\n3\n4\n5\n6\n7\n8",
        "I\n2\n3\n4\n5\n6\n7\nVIII",
        ["1-1", "1+I", "2 2", "3 3", "6 6", "7 7", "8-8", "8+VIII"],
      ],
      ["a line more", "a\nb\nc\nd", "a\nb\nnew\nc\nd", ["1 a", "2 b", "3+new", "4 c", "5 d"]],
      ["a line more at the end", "a\nb", "a\nb\nc", ["1 a", "2 b", "3+c"]],
      ["a line less", "a\nb\nc", "a\nc", ["1 a", "2-b", "2 c"]],
      [
        "two lines in the place of one",
        "a\nb\nc\nd",
        "a\nx\ny\nc\nd",
        ["1 a", "2-b", "2+x", "3+y", "4 c", "5 d"],
      ],
      ["beside a blank line", "\na\n  ", "\nb\n  ", ["1 ", "2-a", "2+b", "3   "]],
      ["an end without a line break", "a\n", "a", []],
      ["a line twice", "a\na", "a\na\na", ["1 a", "2 a", "3+a"]],
      ["indentation stays", "  a:  x", "  a:  y", ["1-  a: x", "1+  a: y"]],
      ["control characters do not", "a\u001b[31m", "b\u202e", ["1-a [31m", "1+b"]],
    ];
  for (const [what, before, after, lines] of cases) {
    it(what, () => assert.deepEqual(shown(before, after), lines));
  }

  it("says nothing of lines that were left out where none were", () => {
    assert.deepEqual(Object.keys(diffOf(bytes("a"), bytes("b"))), ["lines"]);
  });

  it("is bounded, and says by how much", () => {
    const line = `${" ".repeat(100)}${"x".repeat(1_000)}\n`;
    const { lines, cut } = diffOf(bytes(""), bytes(line.repeat(300)));
    assert.equal(lines.length, 200);
    assert.equal(cut, 100);
    assert.ok(v.is(diffSchema, { lines, cut }));
  });
});
