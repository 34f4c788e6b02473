/** Is a proven cut-over true? Link by link: the edit, the right revision, all the requests, a pod, nobody else's counters. */

import type { CommitRecord } from "../git.ts";
import type { Lived } from "../simulate.ts";
import type { Answer, PodLife } from "../traffic.ts";
import { type Moment, soleOf } from "../truth.ts";
import { unchecked } from "./checks.ts";
import { type Claim, commitOf, isOf, seenUntil } from "./evidence.ts";
import { strangersOf, wrongWithProbes } from "./sent.ts";

/** Clocks and answers have whole seconds. */
const slackMs = 1_500;
const settleMs = 5_000;

/** Undefined: it is true. */
export function wrongWithPass(claim: Claim): string | undefined {
  const { rollout } = claim.run;
  const { active, cutOverAt } = rollout ?? {};
  if (active === undefined || cutOverAt === undefined) return "no cut-over was seen";
  return (
    neverInForce(claim, active, cutOverAt) ??
    wrongRevision(claim, active) ??
    wronglyVerified(claim, active, cutOverAt) ??
    wrongWithProbes(claim, active) ??
    unchecked(claim)
  );
}

function neverInForce(claim: Claim, active: string, cutOverAt: number): string | undefined {
  const { run, lived } = claim;
  const moments = seenUntil(claim, cutOverAt);
  const routed = moments.some(
    ({ split, service }) => soleOf(split) === active && service?.percent === run.expectation.percent,
  );
  if (!routed) {
    const { split, service } = lived.truth.at(cutOverAt);
    const shares = [...split].map(([revision, percent]) => `${revision} ${percent} %`).join(", ");
    return `${active} was said to have everything at spec percent ${run.expectation.percent}, in truth ${shares} at ${service?.percent}`;
  }
  const pod = lived.story.minReplicas === 0 || moments.some(({ serving }) => serving.has(active));
  return pod ? undefined : `${active} had no pod that was ready`;
}

/** The names that were pinned must be what the action means. */
function wrongRevision(claim: Claim, active: string): string | undefined {
  const commit = commitOf(claim);
  if (commit === undefined) return undefined;
  const { action } = claim.run.intent;
  if (action === "promote") {
    const runs = versionOf(claim, active);
    return runs === commit.values.version
      ? undefined
      : `${active} runs ${runs}, Git says ${commit.values.version}`;
  }
  if (claim.run.intent.restore === true) return wrongRestore(claim, active, commit);
  const before = claim.lived.truth.at(commit.at - 1);
  const blue = before.revisions.get(active);
  if (blue !== undefined && versionOf(claim, active) !== blue.version) {
    return `${active} ran ${blue.version}, and is another one now`;
  }
  if (action === "stage") return wrongStage(claim, active, before);
  return claim.run.mutation.kind === "unchanged" ? undefined : wrongRollback(claim, active, before);
}

function versionOf({ run, lived }: Claim, revision: string): string | undefined {
  return lived.truth.at(run.rollout?.cutOverAt ?? 0).revisions.get(revision)?.version;
}

function wrongStage(claim: Claim, active: string, before: Moment): string | undefined {
  const { standby = active } = claim.run.rollout ?? {};
  if (versionOf(claim, standby) !== claim.run.intent.version)
    return `${standby} is not the version that was staged`;
  const live = soleOf(before.split);
  if (claim.run.mutation.kind === "unchanged" || live === undefined || live === active) return undefined;
  return `${live} was live before the commit, ${active} is now`;
}

function wrongRollback({ lived }: Claim, active: string, before: Moment): string | undefined {
  if (before.service?.created === active) return `${active} is the newest revision`;
  const served = lived.truth.reigns(before.at).some(({ revision }) => revision === active);
  return served ? undefined : `${active} had never served`;
}

/** The version that was live by the decisions in Git, or the one that people named, is what serves. */
function wrongRestore({ lived, ...claim }: Claim, active: string, commit: CommitRecord): string | undefined {
  const { history } = lived.git;
  const runs = versionOf({ lived, ...claim }, active);
  if (runs !== commit.values.version) return `${active} runs ${runs}, Git says ${commit.values.version}`;
  const own = history.findIndex((record) => isOf(record, claim.run.run));
  const meant = claim.attempt.plan.version ?? (own < 0 ? runs : wayBack(history.slice(0, own)));
  if (runs !== meant) return `${active} runs ${runs}, to be restored was ${meant}`;
  if (own < 0) return undefined;
  const { at } = history[own] as CommitRecord;
  const passers = lived.truth.between(at, claim.run.rollout?.cutOverAt ?? at);
  const before = new Set(lived.truth.at(at - 1).split.keys());
  const strangers = passers.flatMap(({ split }) => [...split.keys()]);
  const stranger = strangers.find((name) => name !== active && !before.has(name));
  return stranger === undefined
    ? undefined
    : `${stranger}, which nobody had approved, had requests meanwhile`;
}

/** The version that was live before the one that the last decision lets in, or that it is to leave live. */
function wayBack(history: readonly CommitRecord[]): string | undefined {
  const lives: string[] = [];
  let [version, percent] = ["", 0];
  for (const { values } of history) {
    if (values.percent === 100 && values.version !== lives.at(-1)) lives.push(values.version);
    else if (values.percent === 0 && percent === 100 && values.version === version) lives.pop();
    ({ version, percent } = values);
  }
  return percent === 100 ? lives.at(-2) : lives.at(-1);
}

/** What the scrapes had shown when the verdict's last question was asked, and no more, can be held against it. */
function wronglyVerified(claim: Claim, active: string, cutOverAt: number): string | undefined {
  const { lived, run, attempt } = claim;
  const until = run.verdict?.endedAt ?? attempt.endedAt;
  const pods = [...lived.traffic.pods.values()];
  for (const pod of pods.filter(({ revision }) => revision !== active)) {
    const wrong = wrongWithIdle(claim, pod, cutOverAt, until);
    if (wrong !== undefined) return wrong;
  }
  const served = pods.some(
    ({ revision, answers }) =>
      revision === active &&
      answers.some((answer) => isCounted(lived, answer) && answer.at > cutOverAt && answer.at < until),
  );
  return served ? undefined : `${active} answered nothing`;
}

function wrongWithIdle(claim: Claim, pod: PodLife, cutOverAt: number, until: number): string | undefined {
  const { lived } = claim;
  const { truth, prometheus, story } = lived;
  const since = cutOverAt + settleMs + slackMs + Math.max(0, -story.skew) * 1000;
  const storedBy = (at: number) =>
    prometheus.scrapes
      .filter((scrape) => scrape.pod === pod && scrape.read >= since && scrape.stored <= at)
      .map(({ read }) => read);
  const known = storedBy(until - askedBefore(claim));
  const shown = pod.answers.filter((answer) => isCounted(lived, answer) && isShown(answer, known, pod));
  if (strangersOf(claim, pod, shown) > 0) {
    const first = shown.find(({ sent }) => sent === undefined) ?? (shown[0] as Answer);
    return `${pod.name} answered ${(first.at - cutOverAt) / 1000} s after the cut-over, and was scraped`;
  }
  const lastRead = prometheus.scrapes.findLast(
    (scrape) => scrape.pod === pod && scrape.stored <= until,
  )?.read;
  const unseenMs = until - Math.max(lastRead ?? cutOverAt, cutOverAt);
  const there = pod.born < cutOverAt && (pod.gone ?? until) >= until;
  const able = there && truth.at(until).serving.has(pod.revision);
  if (!able || unseenMs <= 2 * story.scrapeMs + 4_000 + 2 * story.slowestMs) return undefined;
  return `${pod.name} could have answered, and had not been read for ${unseenMs / 1000} s`;
}

/** How long (milliseconds) before the verdict the counters behind it may have been asked for: checks are measured after. */
function askedBefore({ lived: { story }, run }: Claim): number {
  return story.slowestMs * (1 + (run.verdict?.checks?.checks.length ?? 0));
}

/** A user's query sees no more than its counters count. */
function isCounted({ story: { query } }: Lived, { failed }: Answer): boolean {
  return query?.counts !== "succeeded" || !failed;
}

/** Between two scrapes that both found the same container. */
function isShown({ at }: Answer, reads: readonly number[], { endings }: PodLife): boolean {
  const first = reads[0];
  const later = reads.find((read) => read > at);
  if (first === undefined || at <= first || later === undefined) return false;
  return !endings.some((end) => end > first && end < later);
}
