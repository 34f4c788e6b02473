/** Whatever stands in a name, a query keeps its shape: told by Prometheus' own grammar. */
import assert from "node:assert/strict";
import type { Tree } from "@lezer/common";
import fc from "fast-check";
import { resolveTemplate } from "../../src/core/promql/resolve.ts";
import { parseTemplate } from "../../src/core/promql/template.ts";
import { parseTree } from "../../src/core/promql/tree.ts";
import { diagnosisQuery, samplesQuery } from "../../src/core/verdict/query.ts";

/** The names of a query's nodes in order. */
function shapeOf(query: string): readonly string[] {
  const tree = parseTree(query);
  assert.equal(tree.kind, "parsed", query);
  const names: string[] = [];
  (tree.value as Tree).iterate({ enter: ({ name }) => void names.push(name) });
  assert.ok(!names.includes("⚠"), query);
  return names;
}

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.constantFrom(
    'x"} or vector(1) or {a="',
    "x\\",
    'x\\"',
    "x'",
    "x`",
    "$name",
    "$" + "{active}",
    'a"}[5m]) #',
    "\n}",
    ".*|.+",
  ),
);

describe("a name in a query", () => {
  it("stays a name in our own queries, whatever its characters are", () => {
    const ours = (namespace: string, name: string, pod: string) => [
      samplesQuery({ service: { namespace, name }, podNames: [`${pod}!`], cutOverAt: 0, nowMs: 1000 }),
      diagnosisQuery({ namespace, name }),
    ];
    const plain = ours("a", "b", "c").map(shapeOf);
    fc.assert(
      fc.property(hostile, hostile, hostile, (namespace, name, pod) => {
        assert.deepEqual(ours(namespace, name, pod).map(shapeOf), plain);
      }),
    );
  });

  it("stays a name in the user's query", () => {
    const text = `sum(rate(x{n="$name",s='$namespace',p=~"$active.*",q!~'$standby'}[$window])) by (pod)`;
    const template = parseTemplate(text);
    assert.equal(template.kind, "parsed");
    const resolved = (value: string) => {
      const values = { namespace: value, name: value, windowSeconds: 5, active: value, standby: value };
      const result = resolveTemplate(template.value as never, values);
      assert.equal(result.kind, "parsed", value);
      return result.value as string;
    };
    const plain = shapeOf(resolved("a"));
    fc.assert(fc.property(hostile, (value) => assert.deepEqual(shapeOf(resolved(value)), plain)));
  });
});
