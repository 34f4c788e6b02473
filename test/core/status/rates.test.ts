import assert from "node:assert/strict";
import { rateOfRevision, ratesOf } from "../../../src/core/status/rates.ts";
import type { QueryAnswer, Series } from "../../../src/ports.ts";
import { r23, r24, readyPod } from "../states.ts";

const directory = { service: "jukebox", pods: [readyPod(r24, { name: "hashed" })] };
const blue = `${r23}-deployment-1`;

/** Samples every `interval` seconds up to time 1000. */
function counter(pod: string, values: readonly number[], interval = 5, labels = {}): Series {
  const start = 1000 - (values.length - 1) * interval;
  return {
    labels: { __name__: "ovms_requests_success", method: "ModelInfer", pod, job: "a", ...labels },
    samples: values.map((value, index) => ({ time: start + index * interval, value })),
  };
}

function rates(...series: readonly Series[]) {
  const answer: QueryAnswer = { series, warnings: [] };
  return ratesOf(answer, directory, undefined).map(
    ({ pod, revision, perSecond, seconds }) => `${pod} ${revision ?? "?"} ${perSecond} over ${seconds}`,
  );
}

describe("requests per second", () => {
  it("are those of the last scrapes, by pod and revision", () => {
    assert.deepEqual(rates(counter("hashed", [0, 0, 0, 50, 100]), counter(blue, [0, 500, 500, 500, 500])), [
      `hashed ${r24} 10 over 10`,
      `${blue} ${r23} 0 over 10`,
    ]);
  });

  it("survive a restart of the counter, and count a request once that two jobs saw", () => {
    const restarted = counter("hashed", [1000, 1010, 10]);
    const other = counter("hashed", [1000, 1010, 10], 5, { job: "b" });
    assert.deepEqual(rates(restarted, other), [`hashed ${r24} 2 over 10`]);
  });

  it("are told with scrapes every 30 seconds, too", () => {
    assert.deepEqual(rates(counter("hashed", [0, 30, 90, 150], 30)), [`hashed ${r24} 2 over 60`]);
  });

  it("are not known of one sample, of none, of a pod that is down, nor of no pod", () => {
    const up: Series = {
      labels: { __name__: "up", pod: "hashed", job: "a" },
      samples: [{ time: 1000, value: 0 }],
    };
    assert.deepEqual(rates(), []);
    assert.deepEqual(rates(counter("hashed", [7])), []);
    assert.deepEqual(rates(counter("hashed", [0, 10, 20]), up), []);
    assert.deepEqual(rates(counter("hashed", [Number.NaN, Number.NaN])), []);
    const { pod: _, ...labels } = counter("", [0, 10]).labels;
    assert.deepEqual(rates({ ...counter("", [0, 10]), labels }), []);
  });

  it("are those of the server's own counter that was asked for", () => {
    const knative = { __name__: "revision_request_count", job: "queue" };
    const answer = {
      series: [counter("hashed", [0, 10]), counter("hashed", [0, 50], 5, knative)],
      warnings: [],
    };
    assert.deepEqual(
      ratesOf(answer, directory, "knative").map(({ perSecond }) => perSecond),
      [10],
    );
  });

  it("name no revision of a stranger", () => {
    assert.deepEqual(rates(counter("stranger", [0, 10])), ["stranger ? 2 over 5"]);
  });

  it("of a revision are the sum over its pods; unknown where no pod has any", () => {
    const known = [
      { pod: "a", revision: r24, perSecond: 1, seconds: 5 },
      { pod: "b", revision: r24, perSecond: 2, seconds: 5 },
      { pod: "c", perSecond: 4, seconds: 5 },
    ];
    assert.equal(rateOfRevision(known, r24), 3);
    assert.equal(rateOfRevision(known, r23), undefined);
  });
});
