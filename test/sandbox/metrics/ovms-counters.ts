/** OVMS' metrics page: counters from 0 as soon as the model is loaded, and one latency histogram. */

export type Method = "ModelInfer" | "ModelMetadata" | "ModelReady";
export type Result = "success" | "fail";

export interface OvmsCounters {
  /** `micros`: how long the request took, in microseconds. */
  count(method: Method, result: Result, micros: number): void;
  of(method: Method, result: Result): number;
  /** Prometheus' text exposition format, version 0.0.4. */
  page(): string;
}

const bounds = [10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** What OVMS exports, API by API. gRPC and the TensorFlow API stay at 0 here: the sandbox speaks REST. */
const rows: readonly { readonly api: string; readonly interface: string; readonly method: string }[] = [
  ...["REST", "gRPC"].flatMap((via) =>
    ["ModelInfer", "ModelMetadata", "ModelReady"].map((method) => ({
      api: "KServe",
      interface: via,
      method,
    })),
  ),
  ...["REST", "gRPC"].flatMap((via) =>
    ["Predict", "GetModelMetadata", "GetModelStatus"].map((method) => ({
      api: "TensorFlowServing",
      interface: via,
      method,
    })),
  ),
];

export function createOvmsCounters(model: string): OvmsCounters {
  const counts = new Map<string, number>();
  const buckets = bounds.map((bound) => ({ bound, count: 0 }));
  let total = 0;
  let number = 0;
  const keyOf = (method: string, result: Result) => `${method} ${result}`;

  function lines(result: Result): string {
    const name = `ovms_requests_${result}`;
    const all = rows.map((row) => {
      // Readiness and status are asked of a model, not of one of its versions.
      const version = row.method === "ModelReady" || row.method === "GetModelStatus" ? "" : ',version="1"';
      const served = row.api === "KServe" && row.interface === "REST";
      const value = served ? (counts.get(keyOf(row.method, result)) ?? 0) : 0;
      return `${name}{api="${row.api}",interface="${row.interface}",method="${row.method}",name="${model}"${version}} ${value}`;
    });
    return [`# HELP ${name} Number of requests.`, `# TYPE ${name} counter`, ...all].join("\n");
  }
  function histogram(): string {
    const labels = `interface="REST",name="${model}",version="1"`;
    return [
      "# HELP ovms_request_time_us Processing time of requests to a model.",
      "# TYPE ovms_request_time_us histogram",
      ...buckets.map(({ bound, count }) => `ovms_request_time_us_bucket{${labels},le="${bound}"} ${count}`),
      `ovms_request_time_us_bucket{${labels},le="+Inf"} ${number}`,
      `ovms_request_time_us_sum{${labels}} ${total}`,
      `ovms_request_time_us_count{${labels}} ${number}`,
    ].join("\n");
  }
  function time(took: number): void {
    number += 1;
    total += took;
    for (const bucket of buckets) if (took <= bucket.bound) bucket.count += 1;
  }

  return {
    count(method, result, took) {
      const key = keyOf(method, result);
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (method === "ModelInfer") time(took);
    },
    of: (method, result) => counts.get(keyOf(method, result)) ?? 0,
    page: () => `${lines("success")}\n${lines("fail")}\n${histogram()}\n`,
  };
}
