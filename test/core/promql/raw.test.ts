import assert from "node:assert/strict";
import { countersOf } from "../../../src/core/promql/raw.ts";
import { countPods } from "../../../src/core/verdict/samples.ts";
import type { Series } from "../../../src/ports.ts";

const samples = [
  { time: 10, value: 1 },
  { time: 20, value: 4 },
];

describe("the counters behind a query of the user's", () => {
  it("are all that it reads; two jobs that scrape one counter are no two counters", () => {
    const one = { __name__: "my_requests", pod: "p", route: "/infer" };
    const series = [
      { labels: { ...one, job: "a" }, samples },
      { labels: { ...one, job: "b" }, samples },
      { labels: { ...one, route: "/other", job: "a" }, samples },
    ];
    const runtime = countersOf(series);
    assert.deepEqual([...runtime.labels].sort(), ["route"]);
    assert.equal(countPods({ series, warnings: [] }, 0, { runtime }).get("p")?.increase, 6);
  });

  it("of a known server are told apart by its page's labels alone, whatever two jobs add of their own", () => {
    const one = { __name__: "ovms_requests_success", pod: "p", method: "ModelInfer", version: "1" };
    const first = { ...one, job: "a", node: "n1", pod_template_hash: "5c9f" };
    const series = [
      { labels: first, samples },
      { labels: { ...one, job: "b", app: "jukebox" }, samples },
      { labels: { ...one, method: "Predict", job: "b", app: "jukebox" }, samples },
    ];
    const increaseOf = (all: readonly Series[]) =>
      countPods({ series: all, warnings: [] }, 0, { runtime: countersOf(all) }).get("p")?.increase;

    assert.equal(increaseOf(series), 6);
    assert.equal(increaseOf([...series, { labels: { ...first, __name__: "my_requests" }, samples }]), 12);
  });

  it("may be those of one worker of several, where KServe's are among them", () => {
    const of = (name: string) => countersOf([{ labels: { __name__: name, pod: "p" }, samples }]);
    assert.equal(of("request_predict_seconds_count").severalRegistries, true);
    assert.equal(of("my_requests").severalRegistries, undefined);
  });

  it("are none where a series has no name", () => {
    assert.deepEqual(countersOf([{ labels: { pod: "p" }, samples }]).counters, []);
  });
});
