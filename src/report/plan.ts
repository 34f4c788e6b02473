/** What `plan` shows: the edit, the names that would be pinned, and what stands against it. */
import { diffOf } from "../core/diff.ts";
import { editsOf } from "../core/intent.ts";
import { printable } from "../core/text.ts";
import { reasons } from "../errors/catalogue.ts";
import type { Plan } from "../steps/mutate/prepare.ts";
import type { Request } from "../steps/mutate/request.ts";

export function describePlan(request: Request, plan: Plan): readonly string[] {
  const { service, intent: asked, location } = request;
  const head = `Plan: ${asked.action}${restoring(plan)} ${service.namespace}/${service.name} by ${location.path}`;
  const goal = [`Done when: ${goalOf(plan)}`, ...secondCommit(plan)];
  if (plan.kind === "unchanged") {
    return [
      head,
      "Commit: none, Git holds the wanted values already; the rest of the chain would be proven",
      ...goal,
    ];
  }
  const refusals = plan.findings.map(
    ({ reason, detail }) =>
      `Refused ${reason}: ${reasons[reason].what}: ${printable(detail)}. ${reasons[reason].next}`,
  );
  return [head, ...changedLines(plan.before, plan.after), ...goal, ...refusals];
}

function restoring({ intent }: Plan): string {
  return intent.restore === true && intent.version !== undefined
    ? ` by restoring version ${intent.version},`
    : "";
}

function goalOf({ intent, expectation: { active, standby } }: Plan): string {
  if (intent.action === "stage" && active !== undefined)
    return `a new revision is ready, and ${active} still has 100 %`;
  return `${active ?? "the new revision"} has 100 %${standby === undefined ? "" : `, ${standby} 0 %`}`;
}

/** A version that has to be staged before it is restored. */
function secondCommit({ intent, expectation }: Plan): readonly string[] {
  if (intent.action !== "stage" || intent.restore !== true) return [];
  return [
    `Then a second commit, percent 100: done when the revision of version ${intent.version} has 100 %, ${expectation.active} 0 %`,
  ];
}

export function planAsJson(request: Request, plan: Plan): object {
  const { service, location } = request;
  const { intent } = plan;
  const findings = plan.kind === "commit" ? plan.findings : [];
  return {
    commit: plan.kind === "commit",
    service,
    intent,
    location,
    edits: editsOf(intent, location),
    values: plan.values,
    expectation: plan.expectation,
    findings: findings.map(({ reason, detail }) => ({
      reason,
      evidence: detail,
      next: reasons[reason].next,
    })),
  };
}

/** The lines that an edit changes, each before and after; lines that it adds stand alone. */
function changedLines(before: Uint8Array, after: Uint8Array): readonly string[] {
  return diffOf(before, after)
    .lines.filter(({ kind }) => kind !== "same")
    .map(({ kind, text }) => `${kind === "removed" ? "-" : "+"} ${text}`);
}
