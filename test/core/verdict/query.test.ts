import assert from "node:assert/strict";
import { identify, podPattern } from "../../../src/core/verdict/pods.ts";
import { diagnosisQuery, samplesQuery } from "../../../src/core/verdict/query.ts";
import { runtimes } from "../../../src/core/verdict/runtimes.ts";
import { bluePod, cutOver, greenPod } from "./builders.ts";

const ref = { namespace: "user1-test", name: "jukebox" };
const at = { cutOverAt: cutOver * 1000, nowMs: (cutOver + 12.3) * 1000 };

describe("samplesQuery", () => {
  it("asks for raw samples of success and failure of inference, and of `up`, since before the cut-over", () => {
    assert.equal(
      samplesQuery({ service: ref, podNames: [bluePod, greenPod], ...at, runtime: "ovms" }),
      '{__name__=~"ovms_requests_success|ovms_requests_fail|up",namespace="user1-test",' +
        'pod=~"jukebox-predictor-[0-9]{5,}-deployment-.*",method=~"ModelInfer|Predict|"}[133s]',
    );
  });

  it("asks for every known runtime's counters if none is named", () => {
    const query = samplesQuery({ service: ref, podNames: [], ...at });

    for (const { counters } of runtimes) for (const { metric } of counters) assert.ok(query.includes(metric));
    assert.match(query, /,method=~"ModelInfer\|Predict\|"\}\[133s\]$/);
  });

  it("has no filter for a runtime without one", () => {
    assert.match(
      samplesQuery({ service: ref, podNames: [], ...at, runtime: "vllm" }),
      /^\{__name__=~"vllm:request_success_total\|up",namespace="user1-test",pod=~"[^"]+"\}\[133s\]$/,
    );
  });

  it("asks by name for pods whose names follow no pattern, once each", () => {
    const query = samplesQuery({ service: ref, podNames: ["b.2", "hashed-1", "b.2"], ...at });

    assert.match(query, /pod=~"jukebox-predictor-\[0-9\]\{5,\}-deployment-\.\*\|b\\\\\.2\|hashed-1"/);
  });

  it("asks for a sensible range where our clock jumped back", () => {
    const query = samplesQuery({ service: ref, podNames: [], cutOverAt: at.nowMs, nowMs: at.cutOverAt });

    assert.match(query, /\[120s\]$/);
  });

  const hostile: readonly (readonly [name: string, written: string])[] = [
    ['a"b', '"a\\"b"'],
    ["a\\b", '"a\\\\b"'],
    ["a\nb\u007f", '"a\\u000ab\\u007f"'],
    ['"} or vector(1) #', '"\\"} or vector(1) #"'],
  ];
  for (const [name, written] of hostile) {
    it(`writes the namespace ${JSON.stringify(name)} as ${written}`, () => {
      const query = samplesQuery({ service: { namespace: name, name: "x" }, podNames: [], ...at });

      assert.ok(query.includes(`,namespace=${written},`), query);
    });
  }

  it("takes the meaning from a name's characters in the pattern", () => {
    assert.equal(
      podPattern("a.*(b)|[c]{1}^$+?\\").split("-")[0],
      "a\\.\\*\\(b\\)\\|\\[c\\]\\{1\\}\\^\\$\\+\\?\\\\",
    );
  });
});

describe("diagnosisQuery", () => {
  it("looks at the whole namespace, whatever pod and method", () => {
    const query = diagnosisQuery({ namespace: 'a"b', name: "jukebox" });

    assert.match(query, /^\{__name__=~"ovms_requests_success\|.*\|up",namespace="a\\"b"\}\[120s\]$/);
  });
});

describe("identify", () => {
  const directory = {
    service: "jukebox",
    pods: [
      { name: "p1", revision: "r1", ready: true, terminating: false },
      { name: "p2", revision: "r2", ready: false, terminating: false },
      { name: bluePod, ready: true, terminating: true },
      { name: "p3", ready: true, terminating: false },
    ],
    earlierPods: [{ name: "p0", revision: "r0", ready: true, terminating: false }],
  };
  const rows: readonly (readonly [pod: string, revision: string | undefined, presence: string])[] = [
    ["p1", "r1", "ready"],
    ["p2", "r2", "notReady"],
    ["p3", undefined, "ready"],
    ["p0", "r0", "gone"],
    [bluePod, "jukebox-predictor-00023", "terminating"],
    [greenPod, "jukebox-predictor-00024", "gone"],
    ["jukebox-predictor-123456-deployment-x-y", "jukebox-predictor-123456", "gone"],
    ["jukebox-b-predictor-00001-deployment-x-y", undefined, "gone"],
    ["jukebox-predictor-7c8b-fghij", undefined, "gone"],
    ["", undefined, "gone"],
  ];
  for (const [pod, revision, presence] of rows) {
    it(`${pod || "(none)"} is of ${revision}, ${presence}`, () => {
      const found = identify(pod, directory);

      assert.equal(found.revision, revision);
      assert.equal(found.presence, presence);
    });
  }
});
