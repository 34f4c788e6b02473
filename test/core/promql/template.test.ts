// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of a query
import assert from "node:assert/strict";
import fc from "fast-check";
import { describeProblem, type Parsed, pointOut } from "../../../src/core/promql/problem.ts";
import { type QueryValues, resolveTemplate } from "../../../src/core/promql/resolve.ts";
import { parseTemplate } from "../../../src/core/promql/template.ts";
import { nodesOf, parseTree, textOf } from "../../../src/core/promql/tree.ts";

const values: QueryValues = {
  namespace: "user1-test",
  name: "jukebox",
  windowSeconds: 42.9,
  active: "jukebox-predictor-00024",
  standby: "jukebox-predictor-00023",
};

function unwrap<T>(result: Parsed<T>): T {
  if (result.kind === "problem") throw new Error(describeProblem(result.problem));
  return result.value;
}

function resolve(text: string, change: Partial<QueryValues> = {}): string {
  return unwrap(resolveTemplate(unwrap(parseTemplate(text)), { ...values, ...change }));
}

function problemOf(text: string): string {
  const result = parseTemplate(text);
  assert.equal(result.kind, "problem", `${JSON.stringify(text)} was taken`);
  assert.ok(result.kind === "problem");
  const [line, caret] = pointOut(result.problem);
  assert.doesNotMatch(`${line}${caret}`, /[\p{Cc}\p{Cf}]/u);
  return `${caret.length}: ${describeProblem(result.problem)}`;
}

describe("parseTemplate and resolveTemplate", () => {
  const course = "sum(rate(ovms_requests_success[5m])) by (pod)";

  it("leaves a query without placeholders as it stands", () => assert.equal(resolve(course), course));

  const rows: readonly (readonly [text: string, resolved: string])[] = [
    ["rate(a[$window])", "rate(a[42s])"],
    ["rate(a[${window}])", "rate(a[42s])"],
    ["rate(a[ $window : 5s ] offset $window)", "rate(a[ 42s : 5s ] offset 42s)"],
    ['a{n="$namespace"}', 'a{n="user1-test"}'],
    ["a{n='${name}_x'}", "a{n='jukebox_x'}"],
    ["a{n=~`$active-.*`}", "a{n=~`jukebox-predictor-00024-.*`}"],
    ['{__name__="a", "n"!~"$standby|$active"}', '{__name__="a", "n"!~"jukebox-predictor-00023|jukebox-predictor-00024"}'], // biome-ignore format: row
    ['a{n="$name"} # of $name "$active', 'a{n="jukebox"} # of $name "$active'],
    ['label_replace(a, "b", "$1-$name", "c", "(.*)$")', 'label_replace(a, "b", "$1-jukebox", "c", "(.*)$")'],
    ['a{n="\\x24name"}', 'a{n="\\x24name"}'],
    ['a{n=~"[$]name|x$"}', 'a{n=~"[$]name|x$"}'],
    ['a{n="\\\\$name"}', 'a{n="\\\\jukebox"}'],
    ["a{n='it\\'s \\u00e9\\t'}", "a{n='it\\'s \\u00e9\\t'}"],
  ];
  for (const [text, resolved] of rows) {
    it(`${text} is ${resolved}`, () => assert.equal(resolve(text), resolved));
  }

  it("never writes a window of 0", () =>
    assert.equal(resolve("a[$window]", { windowSeconds: 0.2 }), "a[1s]"));

  it("escapes for the place", () => {
    const name = `a"b'c.d\\e\n`;
    assert.equal(resolve('a{n="$name"}', { name }), `a{n="a\\"b'c.d\\\\e\\u000a"}`);
    assert.equal(resolve("a{n='$name'}", { name }), `a{n='a"b\\'c.d\\\\e\\u000a'}`);
    assert.equal(resolve('a{n=~"$name"}', { name: "a.b|\\" }), 'a{n=~"a\\\\.b\\\\|\\\\\\\\"}');
    assert.equal(resolve("a{n=~`$name`}", { name: "a.b" }), "a{n=~`a\\.b`}");
  });

  it("has no value for a standby that is not there, and no form for a backtick in a raw string", () => {
    const { standby: _, ...first } = values;
    const missing = resolveTemplate(unwrap(parseTemplate('a{n="$standby"}')), first);
    const raw = resolveTemplate(unwrap(parseTemplate("a{n=`$name`}")), { ...values, name: "`" });

    assert.ok(missing.kind === "problem" && raw.kind === "problem");
    assert.match(describeProblem(missing.problem), /^line 1, column 6: there is no other revision to put in for \$standby/); // biome-ignore format: long
    assert.match(describeProblem(raw.problem), /raw string/);
  });

  const problems: readonly (readonly [text: string, said: RegExp])[] = [
    ["sum(rate(ovms_requests_success[5m])) by pod)", /^41: line 1, column 41: this is not expected here \(near "pod\)"\)$/], // biome-ignore format: row
    ["sum(\n  rate(a[5m]\n", /^1: line 3, column 1: the query ends too early \(at the end\)$/],
    ["sum(rate(a[5m])) bye (pod)", /^18: /],
    ["up{pod=1}", /^8: .*near "1}"/],
    ["", /^1: line 1, column 1: the query is empty/],
    [" \n ", /the query is empty/],
    ["a".repeat(10_001), /longer than 10000 characters/],
    ['a{b="$nam"}', /^6: .*\$nam is no placeholder; there are \$namespace, \$name, \$window, \$active, \$standby\. A literal dollar/], // biome-ignore format: row
    ['a{b="${Name}"}', /\$\{Name\} is no placeholder/],
    ['a{b="$window"}', /\$window is a duration and stands outside strings/],
    ["$name", /^1: .*\$name stands inside a string only/],
    ["rate(a[$name])", /^8: .*inside a string only/],
    ["rate(a[1$window])", /^9: .*\$window stands alone/],
    ['a{b="\\$name"}', /^7: .*a backslash stands right before/],
    ['a{b="c\n}', /^5: .*this string is not closed/],
    ['"abc', /^1: .*this string is not closed/],
    ['a{b="\\q"}', /an escape that PromQL does not know/],
    ["rate(a)", /^1: .*rate\(\) needs a range such as \[5m\]/],
    ["sum(a[5m])", /^5: .*a range stands where one value/],
    ["abs(a[5m])", /^5: .*a range stands where/],
    ["a[5m] + 1", /^1: .*a range stands where/],
    [`${" ".repeat(100)}\u001b[31m é)`, /^61: /],
  ];
  for (const [text, said] of problems) {
    it(`refuses ${JSON.stringify(text.slice(0, 60))}`, () => assert.match(problemOf(text), said));
  }

  it("keeps the tree and means exactly the value, whatever it is", () => {
    const quote = fc.constantFrom('"', "'", "`");
    const operator = fc.constantFrom("=", "!=", "=~", "!~");
    const hostile = fc.string({
      unit: fc.constantFrom(..."\"'`\\$.|*+?()[]{}^\n\t\0\u007fax0é😀\ud800#,=~ "),
    });
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: "binary" })), quote, operator, (name, mark, sign) => {
        const raw = mark === "`";
        fc.pre(!(raw && name.includes("`")));
        const text = `sum(rate(a{b${sign}${mark}$name${mark},c="d"}[$window])) by (pod)`;
        const resolved = resolve(text, { name });

        assert.equal(shapeOf(resolved), shapeOf(text.replace("$name", "x").replace("$window", "1s")));
        const decoded = firstString(resolved);
        const meant = name.replace(/\p{Cs}/gu, "\ufffd");
        if (sign.includes("~")) assertMatchesOnly(decoded, meant);
        else assert.equal(decoded, meant);
      }),
      { numRuns: 3000 },
    );
  });

  it("takes or refuses any text, and always says where", () => {
    const piece = fc.constantFrom("sum", "(", ")", "rate", "a", "[", "]", "5m", "$window", '"', "'", "`", "$name", "{", "}", "=~", "b", " by ", ",", "\\", "\n", "#", "$", "1", " offset ", "@"); // biome-ignore format: list
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }).map((all) => all.join("")),
        (text) => {
          const result = parseTemplate(text);
          if (result.kind === "parsed") return;
          assert.ok(result.problem.offset >= 0 && result.problem.offset <= text.length);
          assert.match(describeProblem(result.problem), /^line \d+, column \d+: \P{Cc}+$/u);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("reads the longest texts of the worst kinds", () => {
    for (const unit of ["(", "sum(", "a+", "{a=", '"\\', "$name", "a[", "-", "a{b='c'} or "]) {
      const text = unit.repeat(Math.floor(9_990 / unit.length));
      assert.ok(["parsed", "problem"].includes(parseTemplate(text).kind), unit);
    }
  });
});

/** Names of the nodes, in order, without the texts. */
function shapeOf(text: string): string {
  const names: string[] = [];
  unwrap(parseTree(text)).iterate({
    enter: (node) => void names.push(node.name),
    leave: () => void names.push(")"),
  });
  return names.join(" ");
}

function firstString(text: string): string {
  const [literal] = nodesOf(unwrap(parseTree(text)), "StringLiteral");
  assert.ok(literal);
  return decode(textOf(text, literal));
}

/** Go's string literals, written here anew so that two mistakes would have to agree. */
function decode(literal: string): string {
  const inside = literal.slice(1, -1);
  if (literal.startsWith("`")) return inside;
  return inside.replace(/\\(?:u([0-9a-f]{4})|(.))/gsu, (_, hex: string | undefined, plain: string) =>
    hex === undefined ? plain : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function assertMatchesOnly(pattern: string, name: string): void {
  const expression = new RegExp(`^(?:${pattern})$`, "s");
  assert.ok(expression.test(name), pattern);
  assert.ok(!expression.test(`${name}x`), pattern);
  assert.equal(pattern.replace(/\\(.)/gsu, "$1"), name);
}
