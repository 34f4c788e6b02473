/** The line that `kubectl get inferenceservice` prints, which KServe's users know who serves by. */
import * as v from "valibot";
import type { ServiceReading, TrafficEntry } from "./world.ts";

const cell = v.optional(v.pipe(v.string(), v.maxLength(2_000)));
const percent = v.optional(v.number());

/** By column; what the status does not hold is absent, and an empty cell to kubectl. Percent is 0–100. */
export const isvcRowSchema = v.object({
  name: v.pipe(v.string(), v.maxLength(500)),
  url: cell,
  ready: cell,
  prev: percent,
  latest: percent,
  prevRolledoutRevision: cell,
  latestReadyRevision: cell,
});

export type IsvcRow = v.InferOutput<typeof isvcRowSchema>;

/** The heads of kubectl's columns and their cells, age left out. */
export const isvcColumns: readonly (readonly [head: string, key: keyof IsvcRow])[] = [
  ["NAME", "name"],
  ["URL", "url"],
  ["READY", "ready"],
  ["PREV", "prev"],
  ["LATEST", "latest"],
  ["PREVROLLEDOUTREVISION", "prevRolledoutRevision"],
  ["LATESTREADYREVISION", "latestReadyRevision"],
];

/** As KServe's CRD has it (`additionalPrinterColumns`): of several entries that a JSONPath finds, kubectl shows the first. */
export function isvcRow({ ref, url, conditions, traffic }: ServiceReading): IsvcRow {
  const prev = traffic.find(({ tag }) => tag === "prev");
  const latest = traffic.find((entry) => entry.latest);
  return {
    name: bounded(ref.name, 500) as string,
    url: bounded(url),
    ready: bounded(conditions["Ready"]?.status),
    prev: prev?.percent,
    latest: latest?.percent,
    prevRolledoutRevision: revisionOf(prev),
    latestReadyRevision: revisionOf(latest),
  };
}

function revisionOf(entry: TrafficEntry | undefined): string | undefined {
  return bounded(entry?.revision);
}

function bounded(text: string | undefined, length = 2_000): string | undefined {
  return text?.slice(0, length);
}
