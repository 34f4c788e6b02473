import type { ReasonId } from "../../errors/catalogue.ts";
import type { QueryAnswer } from "../../ports.ts";
import { printable } from "../text.ts";
import type { PodEvidence } from "./evidence.ts";
import type { JudgeInput } from "./judge-input.ts";
import { mismatchOf, type ProbeMismatch } from "./probes.ts";
import { requestsToExclude, type Strength } from "./strength.ts";
import { severalWorkers } from "./workers.ts";

export type NotYetReason = Extract<
  ReasonId,
  | "NO_TRAFFIC"
  | "NO_SCRAPE"
  | "PARTIAL_ANSWER"
  | "UNMAPPED_POD"
  | "TOO_FEW_REQUESTS"
  | "ONLY_FAILURES"
  | "PROBE_UNCOUNTED"
>;

export type Finding =
  | { readonly verdict: "PASS" }
  | { readonly verdict: "FAIL"; readonly reason: Extract<ReasonId, "OTHER_REVISION_SERVED"> }
  /** Nothing is wrong and nothing proven; `detail` says what is missing, printable. */
  | { readonly verdict: "NOT_YET"; readonly reason: NotYetReason; readonly detail: string };

export type NotYet = Extract<Finding, { readonly verdict: "NOT_YET" }>;

/** What the findings are made of. */
export interface Facts {
  readonly pods: readonly PodEvidence[];
  /** Requests on other revisions beyond our own probes. */
  readonly leaks: number;
  readonly strength: Strength;
}

export function find(input: JudgeInput, { pods, leaks, strength }: Facts): Finding {
  if (leaks > 0) return { verdict: "FAIL", reason: "OTHER_REVISION_SERVED" };
  return (
    partialAnswer(input.answer) ??
    partialPages(pods) ??
    unmappedPod(pods) ??
    otherUnseen(pods, input) ??
    activeUnseen(pods, input) ??
    noRequests(strength, input) ??
    probesUnseen(pods, input) ??
    tooFewRequests(strength, input) ??
    onlyFailures(strength, input) ?? { verdict: "PASS" }
  );
}

function partialAnswer({ warnings }: QueryAnswer): Finding | undefined {
  const [first] = warnings;
  if (first === undefined) return undefined;
  return notYet("PARTIAL_ANSWER", `Prometheus warns: ${printable(first, 200)}`);
}

function partialPages(pods: readonly PodEvidence[]): Finding | undefined {
  const detail = severalWorkers(pods);
  return detail === undefined ? undefined : notYet("PARTIAL_ANSWER", detail);
}

function unmappedPod(pods: readonly PodEvidence[]): Finding | undefined {
  const pod = pods.find(({ role }) => role === "unmapped");
  return pod && notYet("UNMAPPED_POD", strangeness(pod));
}

/** Why a pod is not mapped to a revision; printable. */
export function strangeness({ pod, unlisted }: Pick<PodEvidence, "pod" | "unlisted">): string {
  if (pod === "") return "series without a pod label";
  const name = printable(pod, 100);
  return unlisted === true
    ? `pod ${name} is scraped now, and the API does not list it: several clusters in one Thanos?`
    : `pod ${name} belongs to no known revision`;
}

/**
 * Every other pod that could serve must have been seen idle. A pod that is not ready is in no route; it need not
 * be seen if no scrape ever found it (a green that never starts, when it is rolled back).
 */
function otherUnseen(pods: readonly PodEvidence[], input: JudgeInput): Finding | undefined {
  const counted = new Set(
    input.answer.series
      .filter(({ labels }) => labels["__name__"] !== "up")
      .map(({ labels }) => labels["pod"]),
  );
  const unseen = pods.find(
    (pod) =>
      pod.role === "other" &&
      (pod.presence === "ready" || (pod.presence === "notReady" && counted.has(pod.pod))) &&
      (pod.undecided || pod.leftOut || !isWatched(pod)),
  );
  return unseen === undefined ? undefined : notYet("NO_SCRAPE", lackOf(unseen));
}

function activeUnseen(pods: readonly PodEvidence[], input: JudgeInput): Finding | undefined {
  const active = pods.filter(({ role }) => role === "active");
  if (active.some(isWatched)) return undefined;
  // A revision that scaled to zero is not unseen: there is nothing to scrape until a request wakes it.
  const present = active.find(({ presence }) => presence !== "gone");
  return present === undefined
    ? notYet("NO_TRAFFIC", `no pod of ${printable(input.active, 100)} is there to serve`)
    : notYet("NO_SCRAPE", lackOf(present));
}

function noRequests({ requests }: Strength, { active }: JudgeInput): Finding | undefined {
  if (requests > 0) return undefined;
  return notYet("NO_TRAFFIC", `no request seen on ${printable(active, 100)}`);
}

const mismatches: Readonly<Record<ProbeMismatch["kind"], string>> = {
  unread: "so far",
  uncounted: "after all its pods were read: something else answered",
  unclear: "whether the rest were probes that got no answer cannot be told",
};

/** Probe requests and counters that do not agree. */
export function probesUnseen(
  pods: readonly PodEvidence[],
  { active, probes }: Pick<JudgeInput, "active" | "probes">,
): NotYet | undefined {
  const found = mismatchOf(active, pods, probes);
  if (found === undefined) return undefined;
  const { kind, revision, sent, seen, ended } = found;
  const name = printable(revision, 100);
  const or = ended && `, or pod ${printable(ended, 100)}, which ended before its next scrape`;
  return notYet(
    "PROBE_UNCOUNTED",
    `the counters of ${name} show ${seen} of our ${sent} answered probes, ${mismatches[kind]}${or ?? ""}`,
  );
}

/** Fewer requests than are wanted for a PASS, or than exclude the leak that is to be excluded. */
export function tooFewRequests(
  { requests, comparable }: Strength,
  { active, minRequests = 1, maxLeak }: Pick<JudgeInput, "active" | "minRequests" | "maxLeak">,
): NotYet | undefined {
  const on = `seen on ${printable(active, 100)}`;
  if (requests < minRequests) {
    return notYet("TOO_FEW_REQUESTS", `${requests} of ${minRequests} requests ${on}`);
  }
  const needed = maxLeak === undefined ? 0 : requestsToExclude(maxLeak);
  if (comparable >= needed) return undefined;
  return notYet(
    "TOO_FEW_REQUESTS",
    `${comparable} of the ${needed} requests ${on} that exclude a leak of ${percent(maxLeak)}`,
  );
}

/** A revision that answers nothing but errors serves, and yet no model does. */
function onlyFailures({ requests, failed }: Strength, { active }: JudgeInput): Finding | undefined {
  if (failed < requests) return undefined;
  return notYet("ONLY_FAILURES", `all ${requests} requests on ${printable(active, 100)} failed`);
}

/** 0.001 → "0.1 %". */
export function percent(share = 0): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

/** Two samples make a difference; the later one must be of now. */
function isWatched({ samples, fresh }: PodEvidence): boolean {
  return samples >= 2 && fresh;
}

function lackOf(evidence: PodEvidence): string {
  const { pod, samples, down, leftOut } = evidence;
  const name = printable(pod, 100);
  if (leftOut) {
    return `a page of pod ${name} did not show its counters: whether its server began again or did not answer the scrape cannot be told; the same command again counts from then on`;
  }
  if (isWatched(evidence)) {
    return `the next scrape of pod ${name} by another job must tell when its first requests were`;
  }
  if (down) return `the scrape of pod ${name} fails (up is 0)`;
  if (samples >= 2) return `the samples of pod ${name} have ceased`;
  return `${samples === 0 ? "no sample" : "one sample only"} of pod ${name} since the cut-over and settle time`;
}

function notYet(reason: NotYetReason, detail: string): NotYet {
  return { verdict: "NOT_YET", reason, detail };
}
