/**
 * The request counters of the model servers that bluegreen knows, as they stand on their metrics pages. Python's
 * prometheus_client appends `_total` to a counter's name; versions before 0.4 did not, so both names are asked for.
 */

export type RuntimeName = "ovms" | "triton" | "mlserver" | "vllm" | "kserve" | "knative";
export type RuntimeChoice = RuntimeName | "auto";

/** Label → regular expression (RE2 and JavaScript) that its whole value must match. */
export type LabelFilter = Readonly<Record<string, string>>;

export interface RequestCounter {
  readonly metric: string;
  /** Which of its series count requests that failed. */
  readonly failed: "none" | "all" | { readonly label: string; readonly pattern: string };
}

export interface LatencyHistogram {
  /** Without `_bucket`, `_count` and `_sum`. */
  readonly metric: string;
  readonly unit: "s" | "ms" | "us";
  readonly filter: LabelFilter;
}

export interface Runtime {
  /** `query`: the counters that a user's own query reads. */
  readonly name: RuntimeName | "query";
  readonly counters: readonly RequestCounter[];
  /** What must hold for a series to count inference. It is applied to the query and again to its answer. */
  readonly filter: LabelFilter;
  /** Labels from the metrics page: they tell the counters of one pod apart. All others come from the scrape. */
  readonly labels: readonly string[];
  /** Label of the model, where one request can run through several (ensembles) and is counted on each. */
  readonly ensembleLabel?: string;
  /** Whether counters are there from 0 when the model is loaded, or only from the first request on. */
  readonly fromZero: boolean;
  /** Whether a pod may run several processes, each with counters of its own. */
  readonly severalRegistries?: true;
  /** Whether failed requests are told apart. */
  readonly knowsFailures: boolean;
  /** Absent where the server has none unless told to. */
  readonly latency?: LatencyHistogram;
}

/**
 * In the order in which `auto` chooses for a pod, most specific first. A model server's own counters come before
 * those of a layer around it: KServe's Python server wraps vLLM, and its histogram misses the OpenAI routes that vLLM
 * counts; Knative's queue-proxy stands before every server, and it counts whatever passes, readiness and metadata too.
 * Counting two layers would count requests twice, so one is chosen.
 */
export const runtimes: readonly Runtime[] = [
  {
    name: "ovms",
    counters: [
      { metric: "ovms_requests_success", failed: "none" },
      { metric: "ovms_requests_fail", failed: "all" },
    ],
    // Readiness and metadata calls are counted by the same metrics and are no traffic.
    filter: { method: "ModelInfer|Predict" },
    labels: ["api", "interface", "method", "name", "version"],
    fromZero: true,
    knowsFailures: true,
    latency: { metric: "ovms_request_time_us", unit: "us", filter: {} },
  },
  {
    name: "triton",
    counters: [
      { metric: "nv_inference_request_success", failed: "none" },
      { metric: "nv_inference_request_failure", failed: "all" },
    ],
    filter: {},
    labels: ["model", "version", "gpu_uuid", "reason"],
    ensembleLabel: "model",
    fromZero: true,
    knowsFailures: true,
  },
  {
    name: "mlserver",
    counters: [
      { metric: "model_infer_request_success_total", failed: "none" },
      { metric: "model_infer_request_failure_total", failed: "all" },
      { metric: "model_infer_request_success", failed: "none" },
      { metric: "model_infer_request_failure", failed: "all" },
    ],
    filter: {},
    labels: ["model", "version"],
    fromZero: false,
    knowsFailures: true,
    // The duration of its own is a Prometheus summary without quantiles; REST requests have a histogram.
    latency: { metric: "rest_server_request_duration_seconds", unit: "s", filter: { path: ".*/infer" } },
  },
  {
    name: "vllm",
    counters: [
      {
        metric: "vllm:request_success_total",
        failed: { label: "finished_reason", pattern: "abort|error" },
      },
    ],
    filter: {},
    labels: ["model_name", "engine", "finished_reason"],
    fromZero: false,
    knowsFailures: true,
    latency: { metric: "vllm:e2e_request_latency_seconds", unit: "s", filter: {} },
  },
  {
    name: "kserve",
    counters: [{ metric: "request_predict_seconds_count", failed: "none" }],
    filter: {},
    labels: ["model_name"],
    fromZero: false,
    // `--workers`: no prometheus_client multiprocess mode, so that each worker answers for itself (kserve#2979).
    severalRegistries: true,
    // The time of a prediction that raises is observed like any other.
    knowsFailures: false,
    latency: { metric: "request_predict_seconds", unit: "s", filter: {} },
  },
  {
    name: "knative",
    counters: [
      { metric: "revision_request_count", failed: { label: "response_code_class", pattern: "5xx" } },
    ],
    filter: {},
    labels: [
      ...["namespace_name", "service_name", "configuration_name", "revision_name", "pod_name"],
      ...["container_name", "response_code", "response_code_class", "tag"],
    ],
    fromZero: false,
    knowsFailures: true,
    latency: { metric: "revision_request_latencies", unit: "ms", filter: {} },
  },
];

export const runtimeChoices = [
  "auto",
  "ovms",
  "triton",
  "mlserver",
  "vllm",
  "kserve",
  "knative",
] as const satisfies readonly RuntimeChoice[];

/** The runtimes that a choice allows, most specific first. */
export function runtimesOf(choice: RuntimeChoice | Runtime): readonly Runtime[] {
  if (typeof choice === "object") return [choice];
  return choice === "auto" ? runtimes : runtimes.filter(({ name }) => name === choice);
}

type Labels = Readonly<Record<string, string>>;

/** Whether a series counts requests of this runtime, whatever its filter says. */
export function isCounterOf(runtime: Runtime, labels: Labels): boolean {
  return runtime.counters.some(({ metric }) => metric === labels["__name__"]);
}

/** Whether a series counts inference requests of this runtime. */
export function countsInference(runtime: Runtime, labels: Labels): boolean {
  return (
    isCounterOf(runtime, labels) &&
    Object.entries(runtime.filter).every(([label, pattern]) => matchesWhole(pattern, labels[label]))
  );
}

/** Whether a series, one of the runtime's counters, counts failed requests. */
export function countsFailures(runtime: Runtime, labels: Labels): boolean {
  const failed = runtime.counters.find(({ metric }) => metric === labels["__name__"])?.failed;
  if (failed === undefined || failed === "none") return false;
  return failed === "all" || matchesWhole(failed.pattern, labels[failed.label]);
}

function matchesWhole(pattern: string, value = ""): boolean {
  return new RegExp(`^(?:${pattern})$`).test(value);
}

/** Labels that say who scraped, not what was observed. */
const scrapeLabels: ReadonlySet<string> = new Set([
  "job",
  "instance",
  "endpoint",
  "service",
  "container",
  "prometheus",
  "prometheus_replica",
  "replica",
]);

export function isScrapeLabel(label: string): boolean {
  return scrapeLabels.has(label);
}
