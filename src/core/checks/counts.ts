/** What the samples say of one revision, as the checks need it. */
import type { PodEvidence } from "../verdict/evidence.ts";
import { type LatencyHistogram, type Runtime, runtimes } from "../verdict/runtimes.ts";
import type { RequestCounts } from "./measure.ts";

export interface RevisionCounts {
  readonly requests: RequestCounts;
  readonly activePods: readonly string[];
  /** Absent where the runtime is unknown or has none. */
  readonly histogram?: LatencyHistogram;
}

export function countsOf(pods: readonly PodEvidence[], revision: string | undefined): RevisionCounts {
  const own = pods.filter((pod) => pod.revision === revision);
  const runtime = own.flatMap((pod) => runtimeNamed(pod.runtime) ?? [])[0];
  const failed = total(own.map((pod) => pod.failed));
  return {
    requests: {
      requests: total(own.map((pod) => pod.requests)),
      ...(runtime?.knowsFailures ? { failed } : {}),
    },
    activePods: own.map(({ pod }) => pod),
    ...(runtime?.latency === undefined ? {} : { histogram: runtime.latency }),
  };
}

function runtimeNamed(name: Runtime["name"] | undefined): Runtime | undefined {
  return runtimes.find((each) => each.name === name);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
