/** For a report: requests per second of a model's pods, from minutes before the cut-over until now. */
import type { ModelRun } from "../../core/run-state.ts";
import { printable } from "../../core/text.ts";
import { type Rates, ratesOf } from "../../core/traffic.ts";
import { samplesQuery } from "../../core/verdict/query.ts";
import type { RuntimeChoice } from "../../core/verdict/runtimes.ts";
import type { PodReading } from "../../core/world.ts";
import type { Clock, Metrics } from "../../ports.ts";

export type Traffic =
  | {
      readonly kind: "rates";
      /** As it was asked, at this time (milliseconds since the epoch). */
      readonly query: string;
      readonly at: number;
      readonly rates: Rates;
    }
  /** `why` is one line, printable. */
  | { readonly kind: "none"; readonly why: string };

/** Milliseconds before the cut-over that are asked for at least, besides the query's own margin of two minutes. */
const leadMs = 3 * 60_000;
/** And at most, however long the rollout took. */
const longestLeadMs = 30 * 60_000;

/** Never throws: a report without its picture is still a report. */
export async function gatherTraffic(
  { metrics, clock }: { readonly metrics: () => Promise<Metrics>; readonly clock: Clock },
  model: ModelRun,
  runtime: RuntimeChoice | undefined,
): Promise<Traffic> {
  const trouble = model.verdict?.trouble;
  if (trouble?.reason.startsWith("METRICS_")) return { kind: "none", why: "Prometheus did not answer" };
  const pods = podsSeen(model);
  const at = clock.now();
  const query = samplesQuery({
    service: model.service,
    podNames: pods.map(({ name }) => name),
    cutOverAt: beginning(model),
    nowMs: at,
    runtime,
  });
  try {
    const answer = await (await metrics()).query(query, { at });
    const rates = ratesOf(answer, { service: model.service.name, pods: [], earlierPods: pods }, runtime);
    if (rates !== undefined) return { kind: "rates", query, at, rates };
    return { kind: "none", why: "Prometheus has no samples of request counters for this time" };
  } catch (error) {
    return { kind: "none", why: printable(error instanceof Error ? error.message : String(error), 300) };
  }
}

function beginning({ startedAt, rollout, mutation }: ModelRun): number {
  const anchor = rollout?.cutOverAt ?? mutation.at;
  return Math.max(Math.min(startedAt, anchor - leadMs), anchor - longestLeadMs);
}

/** What `verify` knew of pods, those with hashed names among them; only their names and revisions are of use. */
function podsSeen({ verdict }: ModelRun): readonly PodReading[] {
  return (verdict?.pods ?? []).flatMap(({ pod, revision }) =>
    typeof pod === "string" && pod !== "" && typeof revision === "string"
      ? [{ name: pod, revision, ready: false, terminating: false }]
      : [],
  );
}
