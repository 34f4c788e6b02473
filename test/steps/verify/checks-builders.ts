import type { RequestCounts } from "../../../src/core/checks/measure.ts";
import type { QueryMetrics } from "../../../src/steps/verify/query-look.ts";

/** What the verify loop will know from the samples: here simply each counter's latest value. */
export async function requestCounts(
  metrics: QueryMetrics,
  revision: string,
): Promise<{ readonly requests: RequestCounts }> {
  const sumOf = async (result: string) => {
    const query = `sum(ovms_requests_${result}{method="ModelInfer",pod=~"${revision}-.*"})`;
    return (await metrics.query(query)).series[0]?.samples[0]?.value ?? 0;
  };
  const [success, failed] = await Promise.all([sumOf("success"), sumOf("fail")]);
  return { requests: { requests: success + failed, failed } };
}
