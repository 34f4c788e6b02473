/** What a run says of requests that it sent by itself, held against those that really were answered, and by whom. */
import { probeLimits } from "../attempt.ts";
import type { Answer, PodLife, Sent } from "../traffic.ts";
import type { Claim } from "./evidence.ts";

/** Of a PASS. Undefined: as many were answered, with a 200 and by the right revision, as it says, and as it owes. */
export function wrongWithProbes(claim: Claim, active: string): string | undefined {
  const { run, lived } = claim;
  for (const revision of new Set(run.verdict?.probes?.map((one) => one.revision))) {
    const answered = answeredBy(claim, revision, active);
    const { sent } = claimed(claim, revision);
    if (answered < sent)
      return `${revision} is said to have answered ${sent} probes, and answered ${answered}`;
  }
  const { probe } = lived.story;
  const green = run.intent.action === "stage" ? run.rollout?.standby : undefined;
  const owed = [
    ...(probe?.tags === true && green !== undefined ? [green] : []),
    ...(probe?.mode === "always" ? [active] : []),
  ];
  const untried = owed.find((revision) => answeredBy(claim, revision, active) < probeLimits.count);
  return untried === undefined ? undefined : `${untried} was not tried by ${probeLimits.count} probes`;
}

/** How many requests on a pod that is to be idle were not this run's, at least. */
export function strangersOf(claim: Claim, { revision }: PodLife, answers: readonly Answer[]): number {
  const strangers = answers.filter((answer) => !isOwn(claim, answer.sent)).length;
  const { sent, doubtful } = claimed(claim, revision);
  if (sent + doubtful === 0) return strangers;
  const own = claim.lived.traffic.sent.filter((one) => isOwn(claim, one) && one.revision === revision).length;
  // What got no answer may have been counted or not: so many cannot be told from a stranger's.
  return strangers - Math.max(0, sent + doubtful - own);
}

function claimed({ run }: Claim, revision: string): { readonly sent: number; readonly doubtful: number } {
  const mine = run.verdict?.probes?.filter((one) => one.revision === revision) ?? [];
  return mine.reduce(
    (total, one) => ({ sent: total.sent + one.sent, doubtful: total.doubtful + (one.doubtful ?? 0) }),
    { sent: 0, doubtful: 0 },
  );
}

/** To its own URL; of what went to the service's the counters must show where it arrived. */
function answeredBy({ lived, ...claim }: Claim, revision: string, active: string): number {
  const host = revision === active ? "service" : "revision";
  return lived.traffic.sent.filter(
    (one) =>
      isSince({ lived, ...claim }, one) &&
      one.told === 200 &&
      one.host === host &&
      (host === "service" || one.revision === revision),
  ).length;
}

function isOwn(claim: Claim, sent: Sent | undefined): boolean {
  return sent !== undefined && sent.host === "revision" && isSince(claim, sent);
}

function isSince({ run, attempt }: Claim, { by, at }: Sent): boolean {
  const { cutOverAt = 0 } = run.rollout ?? {};
  return by === attempt.plan.id && at >= cutOverAt && at <= (run.verdict?.endedAt ?? attempt.endedAt);
}
