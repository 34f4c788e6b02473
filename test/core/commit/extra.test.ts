import assert from "node:assert/strict";
import { parseExtraTrailer } from "../../../src/core/commit/extra.ts";

describe("a team's own trailer", () => {
  const good: readonly (readonly [text: string, token: string, value: string])[] = [
    ["Ticket: ML-42", "Ticket", "ML-42"],
    ["Ticket:ML-42", "Ticket", "ML-42"],
    ["  Ticket: ML-42\n", "Ticket", "ML-42"],
    ["Refs: https://example.com/{run}", "Refs", "https://example.com/{run}"],
    ["Co-authored-by: Ann <ann@example.com>", "Co-authored-by", "Ann <ann@example.com>"],
    ["Note: two\nBluegreen-Run: lines", "Note", "two Bluegreen-Run: lines"],
  ];
  for (const [text, token, value] of good) {
    it(`is taken: ${JSON.stringify(text)}`, () =>
      assert.deepEqual(parseExtraTrailer(text), { kind: "trailer", trailer: { token, value } }));
  }

  const bad: readonly (readonly [text: string, problem: RegExp])[] = [
    ["", /Key: value/],
    ["Ticket", /Key: value/],
    ["Ticket:  ", /Key: value/],
    ["Two words: x", /Key: value/],
    ["-x: y", /Key: value/],
    ["#x: y", /Key: value/],
    ["Bluegreen-Run: mine", /must not begin with Bluegreen-/],
    ["bluegreen-anything: x", /must not begin with Bluegreen-/],
    ["Ticket: {ticket}", /unknown placeholder \{ticket\}/],
  ];
  for (const [text, problem] of bad) {
    it(`is refused: ${JSON.stringify(text)}`, () => {
      const result = parseExtraTrailer(text);
      assert.ok(result.kind === "problem");
      assert.match(result.problem, problem);
    });
  }
});
