import assert from "node:assert/strict";
import { durationSeconds } from "../../../src/core/promql/duration.ts";
import { factsOf, type QueryFacts } from "../../../src/core/promql/facts.ts";
import { unfitness } from "../../../src/core/promql/fitness.ts";
import { parseTyped } from "../../../src/core/promql/types.ts";

function facts(text: string): QueryFacts {
  const tree = parseTyped(text);
  assert.ok(tree.kind === "parsed", text);
  return factsOf(text, tree.value);
}

describe("durationSeconds", () => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ["5m", 300],
    ["1h30m", 5400],
    ["500ms", 0.5],
    ["1d", 86_400],
    ["1w", 604_800],
    ["1y", 31_536_000],
    ["300", 300],
    ["1.5", 1.5],
    ["5m+1s", undefined],
    ["range()", undefined],
  ];
  for (const [text, seconds] of rows) it(text, () => assert.equal(durationSeconds(text), seconds));
});

describe("factsOf", () => {
  const reaches: readonly (readonly [string, readonly number[]])[] = [
    ["sum(rate(a[5m])) by (pod)", [300]],
    ["max_over_time(rate(a[1m])[5m:10s])", [360]],
    ["rate(a[5m:1s])", [600]],
    ["rate(a[1m]) + rate(b[2m])", [60, 120]],
    ["rate(a[5m+1s])", [Number.NaN]],
  ];
  for (const [text, seconds] of reaches) {
    it(`${text} reaches back ${seconds} s`, () =>
      assert.deepEqual(facts(text).ranged.map(({ reachSeconds }) => reachSeconds), seconds)); // biome-ignore format: short
  }

  const labels: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["sum(rate(a[5m])) by (pod, namespace)", ["pod", "namespace"]],
    ["sum(rate(a[5m]))", []],
    ["sum by () (rate(a[5m]))", []],
    ["sum without (job) (rate(a[5m]))", undefined],
    ["topk(3, rate(a[5m]))", undefined],
    ["rate(a[5m])", undefined],
    ["2 * -(sum by (pod) (rate(a[5m])))", ["pod"]],
    ["sum by (pod) (rate(a[5m])) + sum by (pod) (rate(b[5m]))", undefined],
    ["vector(1)", []],
    ["scalar(a)", []],
    ["1 + time()", []],
  ];
  for (const [text, expected] of labels) {
    it(`${text} has the labels ${expected ?? "of its series"}`, () =>
      assert.deepEqual(facts(text).labels, expected));
  }

  it("finds the function next to the selector", () => {
    assert.deepEqual(facts("max_over_time(rate(a[1m])[5m:])").ranged.map((one) => one.function), ["rate"]); // biome-ignore format: short
    assert.deepEqual(facts("(a[1m])").ranged.map((one) => one.function), [undefined]); // biome-ignore format: short
  });

  const bare: readonly (readonly [string, readonly string[]])[] = [
    ["a{b='c'}", ["a{b='c'}"]],
    ["rate(a[1m]) * on (pod) group_left (revision) info", []],
    ["(info) * on (pod) group_right () rate(a[1m])", []],
    ["info * on (pod) group_left () rate(a[1m])", ["info"]],
    ["rate(a[1m]) * on (pod) group_right () info", ["info"]],
    ["rate(a[1m]) * on (pod) info", ["info"]],
    ["rate(a[1m]) * info", ["info"]],
    ["rate(a[1m]) + on (pod) group_left () info", ["info"]],
  ];
  for (const [text, expected] of bare) {
    it(`${text}: without a range stand ${expected.join()}`, () =>
      assert.deepEqual(facts(text).bare, expected));
  }
});

describe("unfitness", () => {
  const fit = [
    "sum(rate(ovms_requests_success[5m])) by (pod)",
    "rate(a[1m])",
    "sum by (revision_name) (increase(revision_request_count[1m]))",
    "sum by (label_serving_knative_dev_revision) (rate(a[1m]) * on (pod) group_left (x) info)",
    "sum without (job) (irate(vllm:request_success_total[1m]))",
    'sum by (pod) (rate(vllm:request_success_total{model_name="x"}[1m]))',
  ];
  for (const text of fit) it(`takes ${text}`, () => assert.equal(unfitness(facts(text)), undefined));

  const unfit: readonly (readonly [string, RegExp])[] = [
    ["scalar(rate(a[1m]))", /is a scalar.*by \(pod\)/],
    ["'text'", /is a string/],
    ["a[5m]", /is a range; wrap it in rate/],
    ["rate(a[1m] offset 5m)", /a\[1m\] offset 5m reads another time/],
    ["rate(a[1m] @ 5)", /reads another time/],
    ["rate(a[5m+1s])", /no plain duration/],
    ["ovms_requests_success", /stands without a range/],
    ["sum by (pod) (vector(1))", /it reads no series/],
    ["max_over_time(a[1m])", /max_over_time\(\) does not show/],
    ["rate(pod:requests:rate5m[1m])", /recording rule/],
    ["rate(pod:requests[1m])", /recording rule/],
    ["rate(vllm:request_success_total:rate5m[1m])", /recording rule/],
    ["sum(rate(a[1m]))", /the result has no labels, .* add `by \(pod\)`/],
    ["sum by (job, namespace) (rate(a[1m]))", /only the labels job, namespace/],
  ];
  for (const [text, said] of unfit) {
    it(`refuses ${text}`, () => assert.match(unfitness(facts(text)) ?? "taken", said));
  }
});

describe("unfitness, of a query that names the active revision", () => {
  const rate = (matcher: string) => `sum(rate(a{${matcher}}[1m])) by (pod)`;
  const cases: readonly (readonly [text: string, narrow: boolean])[] = [
    [rate('pod=~"green-.*"'), true],
    [rate("pod =~ 'green.*'"), true],
    [rate("revision=`green`"), true],
    [rate('x="y",pod=~"gr\\x65en|green"'), false],
    [rate('pod!~"green-.*"'), false],
    [rate('pod!="green"'), false],
    ["sum(rate(a[1m])) by (pod)", false],
    [`${rate('pod=~"green"')} + ${rate('pod=~"green"')}`, true],
    [`${rate('pod=~"green"')} or ${rate('pod!~"green"')}`, false],
  ];
  for (const [text, narrow] of cases) {
    it(`${narrow ? "refuses" : "takes"} ${text}`, () =>
      assert.equal(/^it looks at \$active alone/.test(unfitness(facts(text), "green") ?? ""), narrow));
  }
});
