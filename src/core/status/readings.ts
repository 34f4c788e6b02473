/**
 * Readings that look done and are not, as far as one look can tell them. Nothing here decides a run: `core/rollout.ts`
 * does, with names that were pinned beforehand. T5 needs such a name, see `core/status/last-commit.ts`.
 */
import { describeTraffic, percentByRevision, previousEntry } from "../serving.ts";
import type { ServiceReading, World } from "../world.ts";

export type ReadingId = "T1" | "T2" | "T3" | "T4" | "T5" | "T6";

export interface Reading {
  readonly id: ReadingId;
  /** What is seen, and what is true; one line. */
  readonly detail: string;
}

/** In the order of the chain; empty where nothing misleads. */
export function misleadingReadings({ service, pods }: World): readonly Reading[] {
  if (service === undefined || service.traffic.length === 0) return [];
  const serviceReadings = [notMovedYet, rollbackBlocked, notTakenYet, takesOverUnattended];
  return [...serviceReadings.flatMap((read) => read(service) ?? []), ...coldRevisions(service, pods)];
}

/** T1: KServe has taken percent 0 and puts it to the promoted revision itself before it takes the step back. */
function notMovedYet(service: ServiceReading): Reading | undefined {
  const { latestCreated, latestReady, previousRolledout } = service;
  const previous = previousEntry(service)?.revision;
  if (previous === undefined || previous !== latestCreated || previous !== latestReady) return undefined;
  if (previousRolledout === undefined || previousRolledout === previous) return undefined;
  return {
    id: "T1",
    detail: `it reads as rolled back, but prev names ${previous} itself: the traffic has not moved to ${previousRolledout} yet`,
  };
}

/** T4: Knative moves nothing while the newest revision is broken. */
function rollbackBlocked(service: ServiceReading): Reading | undefined {
  const route = service.conditions["PredictorRouteReady"];
  if (isTaken(service) || percentOf(service) === 100 || route?.status !== "False") return undefined;
  return {
    id: "T4",
    detail: `the spec says ${percentOf(service)} percent, and the route is not Ready: ${describeTraffic(service.traffic)} stays as long as ${service.latestCreated ?? "the newest revision"} is broken`,
  };
}

/** T2: READY=True and old numbers, because KServe has not reconciled the spec yet. */
function notTakenYet(service: ServiceReading): Reading | undefined {
  if (isTaken(service) || rollbackBlocked(service) !== undefined) return undefined;
  return {
    id: "T2",
    detail: `the spec says ${percentOf(service)} percent, the traffic still is ${describeTraffic(service.traffic)}: KServe has not taken it yet`,
  };
}

/** T3: percent 100 with a newest revision that is not ready. */
function takesOverUnattended(service: ServiceReading): Reading | undefined {
  const { latestCreated, latestReady } = service;
  if (percentOf(service) !== 100 || latestCreated === undefined || latestCreated === latestReady)
    return undefined;
  return {
    id: "T3",
    detail: `${describeTraffic(service.traffic)} only until ${latestCreated} is ready: then that one takes everything, unattended`,
  };
}

/** T6: everything reads right, and nobody is there to answer. */
function coldRevisions({ traffic }: ServiceReading, pods: World["pods"]): readonly Reading[] {
  const serving = [...percentByRevision(traffic)].filter(([, percent]) => percent > 0);
  return serving
    .filter(
      ([name]) =>
        !pods.some(({ revision, ready, terminating }) => revision === name && ready && !terminating),
    )
    .map(([name]) => ({
      id: "T6",
      detail: `${name} has the traffic and no ready pod: requests wait until one has started`,
    }));
}

/** Whether the traffic has the shape that the spec's percent asks for. */
function isTaken(service: ServiceReading): boolean {
  const percent = percentOf(service);
  const previous = previousEntry(service);
  return percent === 100 ? previous === undefined : previous?.percent === 100 - percent;
}

function percentOf({ specPercent = 100 }: ServiceReading): number {
  return specPercent;
}
