import assert from "node:assert/strict";
import { type DiagnosisInput, diagnose } from "../../../src/core/verdict/diagnose.ts";
import type { Series } from "../../../src/ports.ts";
import { blue, bluePod, cutOver, green, greenPod, pod, series, service } from "./builders.ts";

function up(podName: string | undefined, value = 1, job: object = { job: "user1/models" }): Series {
  const labels = { __name__: "up", namespace: "user1-test", ...job };
  const samples = [{ time: cutOver, value }];
  return { labels: podName === undefined ? labels : { ...labels, pod: podName }, samples };
}

function resting(podName: string | undefined, labels: Readonly<Record<string, string>> = {}): Series {
  return series(podName, [[0, 5], [5, 5]], labels); // biome-ignore format: short
}

function rising(podName: string | undefined, labels: Readonly<Record<string, string>> = {}): Series {
  return series(podName, [[0, 5], [5, 8]], labels); // biome-ignore format: short
}

const vllm = { __name__: "vllm:request_success_total", method: "" };
const knative = { __name__: "revision_request_count", method: "" };
const seen = [up(greenPod), resting(greenPod), up(bluePod), resting(bluePod)];

type Row = readonly [
  what: string,
  reason: DiagnosisInput["reason"],
  series: readonly Series[],
  expected: RegExp | undefined,
  change?: Partial<DiagnosisInput>,
];

const rows: readonly Row[] = [
  ["nothing at all", "NO_SCRAPE", [], /^NO_SCRAPE: Prometheus has no target for pod \S+24-\S+, nor any other in the namespace$/],
  ["others are scraped", "NO_SCRAPE", [up("else")], /^NO_SCRAPE: Prometheus has no target for pod \S+24-\S+, though it has others/],
  ["the target is down", "NO_SCRAPE", [up(greenPod, 0), resting(greenPod)], /^NO_SCRAPE: the target of pod \S+24-\S+ is down \(up is 0, job user1\/models\)$/],
  ["two targets are down", "NO_SCRAPE", [up(greenPod, 0, { job: "proxy" }), up(greenPod, 0, { job: "models" }), resting(greenPod)], /^NO_SCRAPE: .* is down \(up is 0, job models, proxy\)$/],
  ["one target of two is down", "NO_SCRAPE", [up(greenPod, 0), ...seen], undefined],
  ["all is there, only not often enough", "NO_SCRAPE", seen, undefined],
  ["the second pod is the one", "NO_SCRAPE", [up(greenPod), resting(greenPod)], /^NO_SCRAPE: .* no target for pod \S+23-/],
  ["pods that are not ready do not matter", "NO_SCRAPE", [up(greenPod), resting(greenPod)], undefined, { pods: [pod(greenPod), pod(bluePod, { ready: false })] }],
  ["pods that end do not matter", "NO_SCRAPE", [up(greenPod), resting(greenPod)], undefined, { pods: [pod(greenPod), pod(bluePod, { terminating: true })] }],
  ["no counters", "NO_SCRAPE", [up(greenPod)], /^NO_COUNTERS: pod \S+ is scraped \(job user1\/models\), without request counters$/],
  ["no counters, and no job", "NO_SCRAPE", [up(greenPod, 1, {})], /^NO_COUNTERS: .* \(job without a name\)/],
  ["no counters of a server that has none before the first request", "NO_SCRAPE", [up(greenPod)], /^NO_TRAFFIC: pod \S+ is scraped .* shows no counters before its first request$/, { runtime: "mlserver" }],
  ["another runtime", "NO_SCRAPE", [up(greenPod), resting(greenPod, vllm)], /^WRONG_RUNTIME: pod \S+ shows counters of vllm: use --runtime vllm$/, { runtime: "ovms" }],
  ["another label", "NO_SCRAPE", [up("federate"), resting("federate", { exported_pod: greenPod })], /^WRONG_LABEL: ovms_requests_success names pod \S+24-\S+ in the label exported_pod$/],
  ["another label in spite of an own target", "NO_SCRAPE", [up(greenPod), resting(undefined, { pod_name: greenPod })], /^WRONG_LABEL: .* in the label pod_name$/],
  ["a wrong label of the second pod says more than no target of the first", "NO_SCRAPE", [resting("federate", { exported_pod: bluePod })], /^WRONG_LABEL: .*23-/],
  ["no pod's name in any label", "NO_SCRAPE", [up(undefined), resting(undefined)], /^WRONG_LABEL: ovms_requests_success names no pod; its labels are namespace, api, interface/],
  ["no traffic", "NO_TRAFFIC", seen, undefined],
  ["inference from before the cut-over is no finding", "NO_TRAFFIC", [rising(greenPod, { method: "ModelInfer" }), resting(bluePod)], undefined],
  ["calls of no method are no finding", "NO_TRAFFIC", [rising(greenPod, { method: "" }), resting(bluePod)], undefined],
  ["only readiness calls", "NO_TRAFFIC", [resting(greenPod), rising(greenPod, { method: "ModelReady" }), rising(greenPod, { method: "ModelMetadata" })], /^NO_TRAFFIC: only calls of ModelMetadata, ModelReady are counted, which are no inference$/],
  ["readiness calls of the other revision", "NO_TRAFFIC", [resting(greenPod), rising(bluePod, { method: "ModelReady" })], undefined],
  ["the proxy counts, the server does not", "NO_TRAFFIC", [resting(greenPod), rising(greenPod, knative)], undefined, { runtime: "ovms" }],
  ["another server's counters rise", "NO_TRAFFIC", [resting(greenPod), rising(greenPod, vllm)], /^WRONG_RUNTIME: pod \S+ shows rising counters of vllm: use --runtime vllm$/, { runtime: "ovms" }],
  ["another server's counters rise on the other revision", "NO_TRAFFIC", [resting(greenPod), rising(bluePod, vllm)], undefined, { runtime: "ovms" }],
  ["the second pod is the one whose other counters rise", "NO_TRAFFIC", [resting(greenPod), rising(`${greenPod}2`, vllm)], /^WRONG_RUNTIME: pod \S+2 shows rising counters of vllm/, { runtime: "ovms", pods: [pod(greenPod), pod(`${greenPod}2`)] }],
  ["the chosen server's own counters rose before the cut-over", "NO_TRAFFIC", [rising(greenPod)], undefined, { runtime: "ovms" }],
  ["another server's counters rest", "NO_TRAFFIC", [resting(greenPod), resting(greenPod, vllm)], undefined, { runtime: "ovms" }],
  ["counters without a pod rise", "NO_TRAFFIC", [rising(undefined, { method: "ModelReady" })], undefined],
]; // biome-ignore format: a table

describe("diagnose", () => {
  for (const [what, reason, all, expected, change] of rows) {
    it(`${reason}: ${what}`, () => {
      const found = diagnose({
        reason,
        active: green,
        service,
        pods: [pod(greenPod), pod(bluePod, { revision: blue })],
        answer: { series: all, warnings: [] },
        ...change,
      });

      const text = found && `${found.reason}: ${found.detail}`;
      if (expected === undefined) assert.equal(text, undefined);
      else assert.match(text ?? "nothing", expected);
    });
  }

  it("shows nothing raw of what it read", () => {
    const series_ = [resting(undefined, { "exported\u001b[31m": greenPod, job: "a\nb" }), up(greenPod)];
    const found = diagnose({
      reason: "NO_SCRAPE",
      active: green,
      service,
      pods: [pod(greenPod)],
      answer: { series: series_, warnings: [] },
    });

    assert.doesNotMatch(found?.detail ?? "", /\p{Cc}/u);
  });
});
