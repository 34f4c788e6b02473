import assert from "node:assert/strict";
import fc from "fast-check";
import { conditionOf, holds, limitOf, parseCondition } from "../../../src/core/checks/condition.ts";
import { requestsForRatio } from "../../../src/core/checks/plan.ts";
import { parseChecks } from "../../../src/core/checks/text.ts";
import { describeProblem } from "../../../src/core/promql/problem.ts";

function limit(text: string, baseline?: number): number | undefined {
  const condition = parseCondition(text);
  assert.ok(condition.kind === "parsed", text);
  return limitOf(condition.value, baseline);
}

describe("parseCondition", () => {
  const limits: readonly (readonly [
    text: string,
    baseline: number | undefined,
    limit: number | undefined,
  ])[] = [
    ["<= 0.01", undefined, 0.01],
    [">5", undefined, 5],
    ["== -1.5e-3", undefined, -0.0015],
    ["!= .5", 7, 0.5],
    ["< 1.", undefined, 1],
    [">= baseline", 3, 3],
    ["<= 1.2 * baseline", 10, 12],
    ["<= 1.2*baseline", undefined, undefined],
    ["<= baseline + 0.5", 1, 1.5],
    ["<= 2 * baseline - 1e1 ", 10, 10],
  ];
  for (const [text, baseline, expected] of limits) {
    it(`${text} with ${baseline} is a limit of ${expected}`, () =>
      assert.equal(limit(text, baseline), expected));
  }

  const holding: readonly (readonly [text: string, value: number, holds: boolean])[] = [
    ["<= 1", 1, true],
    ["< 1", 1, false],
    [">= 1", 1, true],
    ["> 1", 1, false],
    ["== 1", 1, true],
    ["!= 1", 1, false],
    ["<= 1", 1.1, false],
  ];
  for (const [text, value, expected] of holding) {
    it(`${value} ${text}: ${expected}`, () => {
      const condition = parseCondition(text);
      assert.ok(condition.kind === "parsed");
      assert.equal(holds(condition.value, value, 1), expected);
    });
  }

  const problems: readonly (readonly [text: string, column: number])[] = [
    ["", 1],
    ["  ", 3],
    ["0.01", 1],
    ["= 1", 1],
    ["<= ", 4],
    ["<= x", 4],
    ["<= 1 x", 6],
    ["<= 1 *", 6],
    ["<= 1 2", 6],
    ["<= baselines", 4],
    ["<= baseline * 2", 13],
    ["<= baseline + x", 13],
    ["<= baseline baseline", 13],
    ["<= 1e999", 4],
    ["<= 1e999 * baseline", 4],
    ["<= baseline + 1e999", 4],
    ["<= NaN", 4],
  ];
  for (const [text, column] of problems) {
    it(`refuses ${JSON.stringify(text)} at column ${column}`, () => {
      const result = parseCondition(text);
      assert.ok(result.kind === "problem");
      assert.equal(result.problem.offset + 1, column, result.problem.message);
    });
  }

  it("reads back what a program makes", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const made = conditionOf("<=", value);
        assert.ok(Object.is(limit(made.text), value === 0 ? Number(String(value)) : value));
        assert.equal(limitOf(made, undefined), value);
      }),
    );
  });

  it("reads long texts", () => {
    for (const unit of ["1", " ", "<=", "baseline ", "1 * ", "+"]) {
      assert.ok(parseCondition(`<= ${unit.repeat(50_000)}x`).kind === "problem", unit);
    }
  });
});

describe("parseChecks", () => {
  function read(text: string) {
    const result = parseChecks(text);
    if (result.kind === "problem") throw new Error(describeProblem(result.problem));
    return result.value.map(({ name, template, condition }) => [name, template.text, condition.text]);
  }

  it("reads one check a line", () => {
    assert.deepEqual(
      read(
        [
          "# the error ratio",
          "",
          'errors: sum(rate(fail{pod=~"$active-.*"}[$window])) => <= 0.01',
          "  scalar(a:b:rate5m) =>  > 5 \r",
          'p.9-x: a{b="=> <= 1"} >= 2 => <= 1.2 * baseline',
        ].join("\n"),
      ),
      [
        ["errors", 'sum(rate(fail{pod=~"$active-.*"}[$window])) ', "<= 0.01"],
        ["check-2", "scalar(a:b:rate5m) ", "> 5"],
        ["p.9-x", 'a{b="=> <= 1"} >= 2 ', "<= 1.2 * baseline"],
      ],
    );
  });

  it("takes a metric with a colon for a metric", () => assert.deepEqual(read("a:b => > 1")[0], ["check-1", "a:b ", "> 1"])); // biome-ignore format: short

  const problems: readonly (readonly [text: string, said: RegExp])[] = [
    ["up", /^line 1, column 3: a check is \[name:\] QUERY => CONDITION; there is no => \(at the end\)/],
    ["\nup => 5", /^line 2, column 7: a condition begins with one of/],
    ['up{a="=> <= 1"}', /^line 1, column 14: .*nothing behind it/],
    ["up => <= 1\nx: rate(a[5m) => > 1", /^line 2, column 13: this is not expected here/],
    ["x: $nam => > 1", /^line 1, column 4: \$nam is no placeholder/],
    ["a[5m] => > 1", /^line 1, column 1: .*yields a range or a string/],
    ["'a' => > 1", /range or a string/],
    ["=> > 1", /^line 1, column 1: the query is empty/],
    ["x: up => > 1\nx: up => > 1", /^line 2, column 1: the name x is taken/],
    ["check-2: up => > 1\nup => > 1", /the name check-2 is taken/],
    ["up => > 1\n".repeat(51), /more than 50 checks/],
  ];
  for (const [text, said] of problems) {
    it(`refuses ${JSON.stringify(text.slice(0, 50))}`, () => {
      const result = parseChecks(text);
      assert.ok(result.kind === "problem");
      assert.match(describeProblem(result.problem), said);
    });
  }

  it("takes or refuses any text, and always says where", () => {
    const piece = fc.constantFrom("up", "=>", "=", ">", "<= 1", " ", "\n", ":", "x: ", "'", '"', "#", "[5m]", "$name", "baseline", "*", "\r", "\ud800"); // biome-ignore format: list
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (all) => {
        const text = all.join("");
        const result = parseChecks(text);
        if (result.kind === "parsed") return;
        assert.ok(result.problem.offset >= 0 && result.problem.offset <= text.length);
        assert.match(describeProblem(result.problem), /^line \d+, column \d+: \P{Cc}+$/u);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("requestsForRatio", () => {
  for (const [ratio, requests] of [
    [0, 1],
    [0.01, 100],
    [0.05, 20],
    [0.0001, 100],
    [1, 1],
  ] as const) {
    it(`${ratio}: ${requests}`, () => assert.equal(requestsForRatio(ratio), requests));
  }
});
