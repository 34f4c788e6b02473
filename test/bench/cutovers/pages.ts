/** What each model server shows of a pod's requests: series and values at one moment. */
import type { SimRuntime } from "./scenario.ts";

export interface Counts {
  readonly succeeded: number;
  readonly failed: number;
  readonly polls: number;
}

export interface Line {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type Page = (counts: Counts, options: { readonly pollsAsInference: boolean }) => readonly Line[];

/** Counters written in Python, and those of the queue-proxy, are not there before their first request. */
function once(lines: readonly Line[]): readonly Line[] {
  return lines.filter(({ value }) => value > 0);
}

export const pages: Readonly<Record<SimRuntime, Page>> = {
  ovms: ({ succeeded, failed, polls }, { pollsAsInference }) => {
    const of = (metric: string, api: string, method: string, value: number): Line => ({
      labels: {
        __name__: metric,
        api,
        interface: api === "V1" ? "gRPC" : "REST",
        method,
        name: "jukebox",
        version: "1",
      },
      value,
    });
    return [
      of("ovms_requests_success", "KServe", "ModelInfer", succeeded),
      of("ovms_requests_fail", "KServe", "ModelInfer", failed),
      of("ovms_requests_success", "TensorFlowServing", "Predict", 0),
      of("ovms_requests_success", "V1", pollsAsInference ? "ModelInfer" : "ModelReady", polls),
    ];
  },
  triton: ({ succeeded, failed }) => {
    const of = (metric: string, model: string, value: number, labels = {}): Line => ({
      labels: { __name__: metric, model, version: "1", ...labels },
      value,
    });
    return [
      of("nv_inference_request_success", "jukebox", succeeded),
      of("nv_inference_request_success", "jukebox-preprocess", succeeded),
      of("nv_inference_request_failure", "jukebox", failed, { reason: "BACKEND" }),
      of("nv_inference_request_failure", "jukebox", 0, { reason: "REJECTED" }),
    ];
  },
  mlserver: ({ succeeded, failed }) =>
    once([
      {
        labels: { __name__: "model_infer_request_success_total", model: "jukebox", version: "None" },
        value: succeeded,
      },
      {
        labels: { __name__: "model_infer_request_failure_total", model: "jukebox", version: "None" },
        value: failed,
      },
    ]),
  vllm: ({ succeeded, failed }) =>
    once(
      [
        ["stop", succeeded],
        ["error", failed],
      ].map(([reason, value]) => ({
        labels: {
          __name__: "vllm:request_success_total",
          model_name: "jukebox",
          engine: "0",
          finished_reason: String(reason),
        },
        value: Number(value),
      })),
    ),
  kserve: ({ succeeded, failed }) =>
    once([
      {
        labels: { __name__: "request_predict_seconds_count", model_name: "jukebox" },
        value: succeeded + failed,
      },
    ]),
  // It counts what passes it; the sandbox's polls come from the kubelet, which it leaves out.
  knative: ({ succeeded, failed }) =>
    once(
      [
        ["200", "2xx", succeeded],
        ["500", "5xx", failed],
      ].map(([code, group, value]) => ({
        labels: {
          __name__: "revision_request_count",
          container_name: "queue-proxy",
          response_code: String(code),
          response_code_class: String(group),
        },
        value: Number(value),
      })),
    ),
};
