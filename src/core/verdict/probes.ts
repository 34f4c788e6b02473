import type { PodEvidence } from "./evidence.ts";

/** Requests that we sent ourselves. They are expected in the counters, exactly those. */
export interface ProbesSent {
  /** Revision whose URL they were sent to; for the service's own URL the active one. */
  readonly revision: string;
  readonly sent: number;
  /** Milliseconds since the epoch when the last of them was answered. */
  readonly lastAt?: number;
}

/** Requests on other revisions beyond those that we sent there. */
export function leaksOf(pods: readonly PodEvidence[], probes: readonly ProbesSent[] | undefined): number {
  const others = pods.filter(({ role }) => role === "other");
  return [...new Set(others.map(({ revision }) => revision))]
    .map((revision) => seenOn(revision, others) - sentTo(revision, probes))
    .reduce((total, beyond) => total + Math.max(0, beyond), 0);
}

/** What we sent to the active revision itself: traffic of ours, not of users. */
export function ownProbes(active: string, probes: readonly ProbesSent[] | undefined): number {
  return sentTo(active, probes);
}

/**
 * Probes on another revision that its counters do not show yet. Until they do, or all its pods were read after the last
 * of them, a request of somebody else's could hide among them.
 */
export function missingProbes(
  active: string,
  pods: readonly PodEvidence[],
  probes: readonly ProbesSent[] = [],
): (ProbesSent & { readonly seen: number }) | undefined {
  return probes
    .filter(({ revision }) => revision !== active)
    .map((batch) => ({ ...batch, seen: seenOn(batch.revision, pods) }))
    .find(
      ({ revision, seen, lastAt }) =>
        seen < sentTo(revision, probes) && !allReadSince(revision, lastAt, pods),
    );
}

function allReadSince(
  revision: string,
  lastAt = Number.POSITIVE_INFINITY,
  pods: readonly PodEvidence[],
): boolean {
  return pods
    .filter((pod) => pod.revision === revision && pod.presence !== "gone")
    .every(({ last }) => last !== undefined && last.time * 1000 > lastAt);
}

function seenOn(revision: string | undefined, pods: readonly PodEvidence[]): number {
  return pods.reduce((total, pod) => (pod.revision === revision ? total + pod.requests : total), 0);
}

function sentTo(revision: string | undefined, probes: readonly ProbesSent[] = []): number {
  return probes.reduce((total, batch) => (batch.revision === revision ? total + batch.sent : total), 0);
}
