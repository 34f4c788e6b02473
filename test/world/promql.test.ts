import assert from "node:assert/strict";
import { answerTo } from "./promql.ts";

describe("the simulated worlds' PromQL", () => {
  const series = (pod: string, values: readonly number[], labels = {}) => ({
    labels: { __name__: "requests", pod, ...labels },
    samples: values.map((value, index) => ({ stored: index * 10, time: index * 10, value })),
  });
  const all = [
    series("a", [0, 10, 20, 30, 40]),
    series("b", [5, 5, 5, 5, 5]),
    series("c", [30, 31, 2, 2, 2], { code: "200" }),
    series("c", [7, 7, 7, 7, 8], { code: "500" }),
  ];
  const ask = (promql: string, leftOpen = false) =>
    answerTo(promql, all, { now: 40, right: 40, leftOpen }).map(({ labels, samples }) => [
      Object.values(labels).join(" "),
      ...samples.map(({ value }) => Number(value.toFixed(3))),
    ]);

  it("gives the samples of a bare range, whose left border Prometheus 3 leaves out", () => {
    assert.deepEqual(ask('requests{pod="a"}[20s]'), [["requests a", 20, 30, 40]]);
    assert.deepEqual(ask('requests{pod="a"}[20s]', true), [["requests a", 30, 40]]);
    assert.deepEqual(ask('{__name__=~"req.*",pod=~"a{1,}"}[20s]', true), [["requests a", 30, 40]]);
  });

  it("extrapolates to the borders of the range, by half an interval where these are far, and never below zero", () => {
    assert.deepEqual(ask('increase(requests{pod="a"}[35s])'), [["a", 35]]);
    assert.deepEqual(ask('rate(requests{pod="a"}[40s])'), [["a", 1]]);
    assert.deepEqual(ask('increase(requests{pod="a"}[5m])'), [["a", 40]]);
    assert.deepEqual(ask('increase(requests{pod="b"}[35s])'), [["b", 0]]);
  });

  it("takes a counter that falls for one that began again, and adds up what a label tells apart", () => {
    assert.deepEqual(ask('sum by (pod) (increase(requests{pod="c"}[40s]))'), [["c", 4]]);
    assert.deepEqual(ask("sum(rate(requests[40s])) by (pod)"), [
      ["a", 1],
      ["b", 0],
      ["c", 0.1],
    ]);
  });

  it("adds up all there is, which of nothing is nothing", () => {
    assert.deepEqual(ask("sum(increase(requests[40s]))"), [["", 44]]);
    assert.deepEqual(ask('sum(increase(requests{pod="z"}[40s]))'), []);
  });

  it("needs two samples, and of irate() the last two alone", () => {
    assert.deepEqual(ask('rate(requests{pod="a"}[5s])'), []);
    assert.deepEqual(ask('irate(requests{code="200"}[40s])'), [["c 200", 0]]);
    assert.deepEqual(ask('irate(requests{code="500"}[40s])'), [["c 500", 0.1]]);
  });

  it("compares, and adds what has a partner", () => {
    assert.deepEqual(ask("sum by (pod) (rate(requests[40s])) > 0"), [
      ["a", 1],
      ["c", 0.1],
    ]);
    const both =
      'sum by (pod) (increase(requests{code="200"}[40s])) + sum by (pod) (increase(requests{code="500"}[40s]))';
    assert.deepEqual(ask(both), [["c", 4]]);
    assert.deepEqual(
      ask('sum by (pod) (rate(requests{pod="a"}[40s])) + sum by (pod) (rate(requests{pod="b"}[40s]))'),
      [],
    );
  });

  it("guesses at nothing", () => {
    assert.throws(() => ask("avg_over_time(requests[40s])"), /not understood/);
    assert.throws(() => ask("rate(requests)"), /not understood/);
  });
});
