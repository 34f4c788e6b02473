import type { PodEvidence } from "./evidence.ts";

/** Requests that we sent ourselves. They are expected in the counters, exactly those. */
export interface ProbesSent {
  /** Revision whose URL they were sent to; for the service's own URL the active one. */
  readonly revision: string;
  /** Answered by the model: the counters must show them. */
  readonly sent: number;
  /** Sent and not answered: the counters may show them or not. */
  readonly doubtful?: number;
  /** Milliseconds since the epoch when the last of them was answered. */
  readonly lastAt?: number;
}

/** Requests on other revisions beyond those that we sent there. */
export function leaksOf(pods: readonly PodEvidence[], probes: readonly ProbesSent[] | undefined): number {
  const others = pods.filter(({ role }) => role === "other");
  return [...new Set(others.map(({ revision }) => revision))]
    .map((revision) => seenOn(revision, others) - sentTo(revision, probes) - doubtfulTo(revision, probes))
    .reduce((total, beyond) => total + Math.max(0, beyond), 0);
}

/** What we sent to the active revision itself: traffic of ours, not of users. */
export function ownProbes(active: string, probes: readonly ProbesSent[] | undefined): number {
  return sentTo(active, probes) + doubtfulTo(active, probes);
}

export interface ProbeMismatch {
  /**
   * `unread`: a scrape is still to come. `uncounted`: all pods were read, and somebody else answered. `unclear`: more
   * than were answered, and whether the rest was ours nobody knows.
   */
  readonly kind: "unread" | "uncounted" | "unclear";
  /** A pod that ended without having been read since: it may have answered the rest. */
  readonly ended?: string | undefined;
  readonly revision: string;
  readonly sent: number;
  readonly seen: number;
}

/**
 * Probes that the counters do not show as they must: for as long as that is so, a request of somebody else's could hide
 * among them, or a pod that nobody watches answered them.
 */
export function mismatchOf(
  active: string,
  pods: readonly PodEvidence[],
  probes: readonly ProbesSent[] = [],
): ProbeMismatch | undefined {
  for (const { revision, lastAt } of probes) {
    const sent = sentTo(revision, probes);
    const seen = shownOn(revision, pods);
    const found = { revision, sent, seen };
    if (seen < sent) {
      const unread = unreadSince(revision, lastAt, pods);
      if (unread.some(({ presence }) => presence !== "gone")) return { kind: "unread", ...found };
      return { kind: "uncounted", ended: unread[0]?.pod, ...found };
    }
    if (revision !== active && seen > sent) return { kind: "unclear", ...found };
  }
  return undefined;
}

function unreadSince(
  revision: string,
  lastAt = Number.POSITIVE_INFINITY,
  pods: readonly PodEvidence[],
): readonly PodEvidence[] {
  return pods.filter(
    (pod) => pod.revision === revision && !(pod.last !== undefined && pod.last.time * 1000 > lastAt),
  );
}

function seenOn(revision: string | undefined, pods: readonly PodEvidence[]): number {
  return pods.reduce((total, pod) => (pod.revision === revision ? total + pod.requests : total), 0);
}

/** On the active revision too with what a first sample gives away: it proves no service, but it is where our probes are. */
function shownOn(revision: string, pods: readonly PodEvidence[]): number {
  return pods
    .filter((pod) => pod.revision === revision)
    .reduce((total, pod) => total + (pod.role === "active" ? pod.requests + hiddenIn(pod) : pod.requests), 0);
}

function hiddenIn({ series }: PodEvidence): number {
  return series.reduce((total, { counted, hidden }) => (counted ? total + hidden : total), 0);
}

function sentTo(revision: string | undefined, probes: readonly ProbesSent[] = []): number {
  return probes.reduce((total, batch) => (batch.revision === revision ? total + batch.sent : total), 0);
}

function doubtfulTo(revision: string | undefined, probes: readonly ProbesSent[] = []): number {
  return probes.reduce(
    (total, batch) => (batch.revision === revision ? total + (batch.doubtful ?? 0) : total),
    0,
  );
}
