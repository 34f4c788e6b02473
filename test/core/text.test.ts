import assert from "node:assert/strict";
import fc from "fast-check";
import { printable } from "../../src/core/text.ts";

describe("printable text", () => {
  const cases: readonly (readonly [what: string, text: string, shown: string])[] = [
    ["plain text", "ready in 5 s", "ready in 5 s"],
    ["emoji", "🐳 → 🍏", "🐳 → 🍏"],
    ["an escape sequence", "a\u001b[31mred", "a [31mred"],
    ["line breaks of every kind", "a\r\nb\u2028c\u2029d\u0085e", "a b c d e"],
    ["a bidirectional override", "abc\u202etxt.exe", "abc txt.exe"],
    ["a byte order mark and a zero-width space", "\ufeffa\u200bb", "a b"],
    ["runs of spaces, and spaces at the ends", "  a   b  ", "a b"],
    ["half a character", "a\ud83d b\udc33c", "a b c"],
    ["nothing but control characters", "\u0000\u0007", ""],
    ["nothing", "", ""],
  ];
  for (const [what, text, shown] of cases) {
    it(`shows ${what}`, () => assert.equal(printable(text), shown));
  }

  it("bounds the length, 500 unless told", () => {
    assert.equal(printable("a".repeat(500)), "a".repeat(500));
    assert.equal(printable("a".repeat(501)), `${"a".repeat(499)}…`);
    assert.equal(printable("abcdef", 3), "ab…");
  });

  it("cuts no character in half", () => {
    assert.equal(printable("🐳🐳🐳", 4), "🐳…");
    assert.equal(printable("🐳🐳🐳", 5), "🐳🐳…");
  });

  it("never shows a control character or half a character, whatever comes in", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 40 }), (text, length) => {
        const shown = printable(text, length);
        assert.ok(shown.length <= length);
        assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
