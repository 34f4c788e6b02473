/** How runs end: in time, explained, with nothing half done and nothing said that is nobody's business. */
import { type ReasonId, reasons } from "../../../src/errors/catalogue.ts";
import type { Attempt } from "../attempt.ts";
import type { FaultKind } from "../faults.ts";
import { secret } from "../process.ts";
import type { Lived } from "../simulate.ts";
import { isOf, type Mistake } from "./evidence.ts";

/** What must have been felt before one of these may be the reason; any one of them is enough. */
const needs: Partial<Record<ReasonId, readonly FaultKind[]>> = {
  CLUSTER_UNREACHABLE: ["api-down"],
  METRICS_UNREACHABLE: ["prometheus-down"],
  GIT_UNREACHABLE: ["git-down", "push-answer-lost"],
  GIT_RACE_LOST: ["push-race"],
  ARGOCD_STOPPED: ["argocd-stopped", "raw-mode", "chart-ignores-percent", "other-commit-on-our-values"],
  ARGOCD_SILENT: ["argocd-stopped"],
  PARTIAL_ANSWER: ["prometheus-partial"],
};

export function mistakesInEnd(lived: Lived, attempt: Attempt): readonly Mistake[] {
  const { ending, hung, plan } = attempt;
  const mistakes: Mistake[] = [];
  if (hung) mistakes.push({ kind: "hang", detail: `${plan.action} did not end` });
  if (ending === undefined) return mistakes;
  mistakes.push(...unexplained(attempt), ...unasked(lived, attempt), ...halfDone(lived, attempt));
  const texts = [...attempt.log.lines, ending.report, attempt.kept ?? "", JSON.stringify(ending.results)];
  const shown = texts.find((text) => text.includes(secret));
  if (shown !== undefined) mistakes.push({ kind: "secret shown", detail: shown.slice(0, 200) });
  return mistakes;
}

function unexplained({ ending, felt, toldAt }: Attempt): readonly Mistake[] {
  const { reason, evidence } = ending?.settlement ?? { reason: "BUG", evidence: "" };
  const wanted = needs[reason];
  const explained = wanted === undefined || wanted.some((kind) => felt.has(kind));
  const cancelled = reason !== "CANCELLED" || toldAt !== undefined;
  const known = reason !== "BUG" && reason !== "STEP_MISSING" && reasons[reason].class !== "configuration";
  return explained && cancelled && known
    ? []
    : [{ kind: "unexplained exit", detail: `${reason}: ${evidence}` }];
}

/** What a pod or a proxy must have answered for one of these to be the reason; undefined: nothing in time. */
const statuses: Partial<Record<ReasonId, readonly (number | undefined)[]>> = {
  PROBE_FAILED: [500],
  PROBE_REJECTED: [404],
  PROBE_UNREACHABLE: [503, undefined],
};

function unasked({ views }: Lived, { ending, plan, startedAt, endedAt }: Attempt): readonly Mistake[] {
  const { reason, evidence } = ending?.settlement ?? { reason: "BUG", evidence: "" };
  const wanted = statuses[reason];
  const mine = views
    .flatMap(({ traffic }) => traffic.sent)
    .filter(({ by, at }) => by === plan.id && at >= startedAt && at <= endedAt);
  return wanted === undefined || mine.some(({ told }) => wanted.includes(told))
    ? []
    : [{ kind: "unexplained exit", detail: `no probe was answered like that: ${evidence}` }];
}

function halfDone(lived: Lived, { ending, plan, startedAt, endedAt, kept }: Attempt): readonly Mistake[] {
  const made = lived.views.flatMap(({ git }) =>
    git.history.filter(
      (record) =>
        record.at >= startedAt &&
        record.at <= endedAt &&
        isOf(record, plan.id, plan.restore ? undefined : plan.action),
    ),
  );
  const { settlement, state } = ending ?? {};
  if (made.length === 0 || settlement === undefined) return [];
  const mistakes: Mistake[] = [];
  const said = `${settlement.reason}: ${settlement.evidence}`;
  if (settlement.outcome === "REFUSED" || /nothing was changed/.test(settlement.evidence)) {
    mistakes.push({ kind: "half-done", detail: `a commit was made, and it says ${said}` });
  }
  if (state === undefined && settlement.reason !== "GIT_UNREACHABLE") {
    mistakes.push({ kind: "half-done", detail: `a commit was made and no state kept: ${said}` });
  }
  // A restore that ended behind the first of its two commits is still in the step that keeps it.
  const inMutate = plan.restore === true && state?.intent.action === "stage";
  if (state !== undefined && kept === undefined && !inMutate)
    mistakes.push({ kind: "half-done", detail: "no state file" });
  return mistakes;
}
