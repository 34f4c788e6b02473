/** Is a FAIL true, and is its cause the right one? */
import type { ReasonId } from "../../../src/errors/catalogue.ts";
import { type Moment, soleOf } from "../truth.ts";
import { type Claim, commitOf, overruledAt, seenUntil } from "./evidence.ts";

const slackMs = 1_500;
const settleMs = 5_000;

/** Undefined: it did fail, and like that. */
export function wrongWithFail(claim: Claim, reason: ReasonId): string | undefined {
  const { run, attempt } = claim;
  const endedAt = run.verdict?.endedAt ?? run.rollout?.endedAt ?? attempt.endedAt;
  const overruled = overruledAt(claim, endedAt);
  if (overruled !== undefined && overruled < endedAt - 2_000 && !attempt.felt.has("git-down")) {
    return `${reason}, and somebody else had changed our values ${(endedAt - overruled) / 1000} s before`;
  }
  const moments = seenUntil(claim, endedAt);
  if (reason === "OTHER_REVISION_SERVED") {
    return othersServed(claim, endedAt) ? undefined : "no other revision answered after the settle time";
  }
  const sign = signs[reason];
  if (sign !== undefined) {
    return moments.some((moment) => sign(claim, moment)) ? undefined : "what it says was never so";
  }
  return moments.every((moment) => isDone(claim, moment)) ? "the wanted state was there" : undefined;
}

/** What must have been so at some time for a reason to be true. */
const signs: Partial<Record<ReasonId, (claim: Claim, moment: Moment) => boolean>> = {
  EDIT_NOT_REACHED: (claim, moment) => !isEdited(claim, moment),
  WRONG_BLUE: ({ run }, { split }) => (split.get(run.expectation.active ?? "") ?? 0) < 100,
  WRONG_REVISION: ({ run: { expectation } }, { split }) =>
    [...split.keys()].some((name) => name !== expectation.active && name !== expectation.standby),
  CHECK_FAILED: ({ run: { verdict } }) =>
    verdict?.checks?.checks.some(({ measurements }) =>
      measurements.some(({ phase }) => phase === "Failed"),
    ) === true,
  MODE_CHANGED: (_, { service }) => service?.mode === "Standard",
  // One that is made anew is another one.
  SERVICE_DELETED: ({ run, lived }, { service }) =>
    service === undefined || service.uid !== lived.truth.at(run.startedAt).service?.uid,
};

/** Of a FAIL that is true: whether it says what is the matter. */
export function wrongCause(claim: Claim, reason: ReasonId): string | undefined {
  const { run } = claim;
  const endedAt = run.rollout?.endedAt ?? claim.attempt.endedAt;
  const moments = seenUntil(claim, endedAt);
  const blockable =
    run.expectation.percent === 0 &&
    run.intent.action === "rollback" &&
    reason !== "ROLLBACK_BLOCKED" &&
    run.verdict === undefined;
  if (
    blockable &&
    moments.every((moment) => isEdited(claim, moment)) &&
    moments.every(({ service }) => service?.routeReady === "False")
  ) {
    return "the rollback was blocked (T4)";
  }
  if (reason !== "ROLLOUT_TIMEOUT") return undefined;
  if (moments.every((moment) => !isEdited(claim, moment))) return "the edit was not there (T2)";
  return wrongTimeout(claim, endedAt);
}

/** Of a stage that committed. */
function wrongTimeout(claim: Claim, endedAt: number): string | undefined {
  const { run, lived } = claim;
  const commit = commitOf(claim);
  if (run.intent.action !== "stage" || commit === undefined || run.mutation.kind === "unchanged")
    return undefined;
  const before = lived.truth.at(commit.at - 1);
  const now = lived.truth.at(endedAt);
  if (before.service === undefined && othersLive(now)) return "it was no first deployment";
  // Names of one that was made anew are other ones.
  if (before.service === undefined || before.service.uid !== now.service?.uid) return undefined;
  const live = soleOf(before.split);
  const other = soleOf(now.split);
  const wrongBlue =
    live !== undefined && other !== undefined && other !== live && other !== now.service?.created;
  return wrongBlue ? `${other} is live, ${live} was (T5)` : undefined;
}

/** Whether the newest revision is ready beside another one that has everything. */
function othersLive({ service, split, revisions }: Moment): boolean {
  const { created } = service ?? {};
  const live = soleOf(split);
  if (created === undefined || live === undefined || live === created) return false;
  return revisions.get(created)?.ready === true;
}

function isEdited({ run }: Claim, { service }: Moment): boolean {
  const { percent } = run.expectation;
  const { version } = run.intent;
  return service?.percent === percent && (version === undefined || service.version === version);
}

function isDone(claim: Claim, moment: Moment): boolean {
  const { run, lived } = claim;
  const { split, serving, revisions } = moment;
  // Where nothing was live before, the new revision is to have everything.
  const active = run.expectation.active ?? moment.service?.created;
  if (!isEdited(claim, moment) || active === undefined || soleOf(split) !== active) return false;
  if (lived.story.minReplicas === 1 && !serving.has(active)) return false;
  const before = commitOf(claim)?.at ?? 0;
  const blue = lived.truth.at(before - 1).revisions.get(active);
  if (blue !== undefined && blue.version !== revisions.get(active)?.version) return false;
  // Where KServe wants another blue that is broken (T5 behind T4), the route is refused, and blue serves as long as that is.
  if (moment.service?.routeReady !== "True") return false;
  if (run.intent.action !== "stage") return true;
  // Until the controllers have made it, the newest revision is an earlier one.
  const green = moment.service?.created ?? "";
  const isMeant = revisions.get(green)?.version === run.intent.version;
  return (
    isMeant && revisions.get(green)?.ready === true && moment.service?.told.startsWith(`${green}=0`) === true
  );
}

function othersServed({ run, lived }: Claim, endedAt: number): boolean {
  const { active, cutOverAt = 0 } = run.rollout ?? {};
  return [...lived.traffic.pods.values()].some(
    ({ revision, answers }) =>
      revision !== active && answers.some(({ at }) => at > cutOverAt + settleMs - slackMs && at <= endedAt),
  );
}
