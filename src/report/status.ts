/** What `status` shows: who serves, who stands by, and what the next change would do. */
import { describeHolding } from "../core/holdings.ts";
import { wantedPercent } from "../core/intent.ts";
import { describeTraffic, percentByRevision, soleRevision } from "../core/serving.ts";
import { type PodRate, rateOfRevision } from "../core/status/rates.ts";
import type { RevisionStatus } from "../core/status/revisions.ts";
import { printable } from "../core/text.ts";
import type { ServiceReading } from "../core/world.ts";
import { exitCodes, reasons } from "../errors/catalogue.ts";
import type { Failure } from "../errors/failure.ts";
import { describeAuthor } from "../steps/mutate/last-change.ts";
import type { Plan } from "../steps/mutate/prepare.ts";
import type { CommitStatus, GitStatus, ModelStatus, NextAction, Told } from "../steps/status.ts";
import { planAsJson } from "./plan.ts";

/** One block: a headline, a table, and what Git and the next action say. */
export function describeStatus(status: ModelStatus): readonly string[] {
  return [
    headline(status),
    ...tableOf(status),
    ...status.holdings.map((holding) => `  ${describeHolding(holding)}`),
    ...status.readings.map(({ id, detail }) => `  Misleading (${id}): ${printable(detail)}`),
    ...describeGit(status.git),
    ...unknowns(status),
  ];
}

function headline({ service: ref, world: { service } }: ModelStatus): string {
  const name = `${ref.namespace}/${ref.name}`;
  if (service === undefined) return `${name}: there is no such InferenceService`;
  if (service.mode === "Standard" || service.mode === "ModelMesh")
    return `${name}: runs in ${service.mode} mode, without revisions to tell apart`;
  return `${name}: ${whoServes(service)}; percent ${service.specPercent ?? "unset"}, READY=${service.conditions["Ready"]?.status ?? "Unknown"}`;
}

function whoServes({ traffic }: ServiceReading): string {
  const sole = soleRevision(traffic);
  if (sole !== undefined) return `${printable(sole)} has all the traffic`;
  return traffic.length === 0
    ? "nothing is routed yet"
    : `the traffic is split, ${printable(describeTraffic(traffic))}`;
}

const columns = ["REVISION", "ROLE", "PERCENT", "MODEL", "READY", "PODS", "REQ/S"] as const;

function tableOf({ revisions, rates }: ModelStatus): readonly string[] {
  if (revisions.length === 0) return [];
  const shown = rates.kind === "told" ? columns.length : columns.length - 1;
  const rows = [columns, ...revisions.map((revision) => cellsOf(revision, rates))];
  const widths = columns.map((_, at) => Math.max(...rows.map((cells) => cells[at]?.length ?? 0)));
  return rows.map((cells) => {
    const padded = cells.slice(0, shown).map((cell, at) => cell.padEnd(widths[at] ?? 0));
    return `  ${padded.join("  ")}`.trimEnd();
  });
}

function cellsOf(revision: RevisionStatus, rates: ModelStatus["rates"]): readonly string[] {
  const ready = revision.pods.filter((pod) => pod.ready && !pod.terminating).length;
  const rate = rates.kind === "told" ? rateOfRevision(rates.value, revision.name) : undefined;
  return [
    printable(revision.name, 80),
    revision.role,
    `${revision.percent} %`,
    printable(revision.version ?? "–", 40),
    revision.ready ?? "–",
    `${ready}/${revision.pods.length}`,
    rate === undefined ? "–" : rate.toFixed(1),
  ];
}

function describeGit(git: Told<GitStatus>): readonly string[] {
  if (git.kind !== "told") return [];
  const { values, lastCommit, next } = git.value;
  return [
    `  Git holds percent ${printable(String(values.percent ?? "unset"), 20)}, model ${printable(values.version ?? "unset", 40)}`,
    ...describeCommit(lastCommit),
    ...next.flatMap(describeNext),
  ];
}

function describeCommit(last: CommitStatus | undefined): readonly string[] {
  if (last === undefined) return ["  Last commit of bluegreen: none found"];
  const { change, trailers, standing, overruledBy } = last;
  const what = `  Last commit of bluegreen: ${change.commit.slice(0, 10)}, ${printable(trailers["Bluegreen-Action"] ?? "", 20)}`;
  if (overruledBy !== undefined)
    return [
      `${what}; the values were changed since by ${overruledBy.commit.slice(0, 10)} (${describeAuthor(overruledBy)})`,
    ];
  if (standing === undefined) return [`${what}; it does not tell which revision it meant`];
  return [
    standing.kind === "done" ? `${what}, in force` : `${what}, not in force: ${printable(standing.detail)}`,
  ];
}

function describeNext({ request, outcome }: NextAction): readonly string[] {
  const { action } = request.intent;
  if (outcome.kind === "failed") return [`  ${action} would end with ${described(outcome.failure)}`];
  return describePlanned(action, outcome.plan);
}

function describePlanned(action: NextAction["request"]["intent"]["action"], plan: Plan): readonly string[] {
  const active = printable(plan.expectation.active ?? "the newest revision");
  if (plan.kind === "unchanged")
    return [`  ${action} would commit nothing, and prove that ${active} has all the traffic`];
  if (plan.findings.length > 0)
    return plan.findings.map(
      ({ reason, detail }) =>
        `  ${action} would be refused, ${reason}: ${reasons[reason].what}: ${printable(detail)}`,
    );
  const from = printable(String(plan.values.percent ?? "unset"), 20);
  return [
    `  ${action} would commit percent ${from} → ${wantedPercent({ action })}: all the traffic to ${active}`,
  ];
}

function unknowns({ world, git, rates }: ModelStatus): readonly string[] {
  return [
    ...(git.kind === "unasked"
      ? ["  Not told without --git-url: the last commit, and what promote and rollback would do"]
      : []),
    ...(git.kind === "failed" ? [`  Git is not known: ${described(git.failure)}`] : []),
    ...(rates.kind === "unasked" ? ["  Not told without --prometheus-url: requests per second"] : []),
    ...(rates.kind === "failed" ? [`  Requests per second are not known: ${described(rates.failure)}`] : []),
    ...(rates.kind === "told" && rates.value.length === 0 && world.pods.length > 0
      ? ["  Requests per second are not known: Prometheus has no two fresh samples of any pod"]
      : []),
  ];
}

function described({ reason, evidence }: Failure): string {
  return `${reason}: ${reasons[reason].what}: ${printable(evidence)}`;
}

/** Stable keys. What nobody asked for is null, what could not be read is `{ reason, evidence }`. */
export function statusAsJson(status: ModelStatus): object {
  const { service: ref, world, revisions, holdings, readings, git, rates } = status;
  const { service } = world;
  return {
    service: ref,
    exists: service !== undefined,
    mode: service?.mode ?? null,
    url: service?.url ?? null,
    percent: service?.specPercent ?? null,
    ready: service?.conditions["Ready"]?.status ?? null,
    traffic: Object.fromEntries(percentByRevision(service?.traffic ?? [])),
    revisions: revisions.map((revision) => revisionAsJson(revision, rates)),
    holdings,
    readings,
    git: toldAsJson(git, gitAsJson),
    rates: toldAsJson(rates, (value) => ({ pods: value })),
  };
}

function revisionAsJson(revision: RevisionStatus, rates: Told<readonly PodRate[]>): object {
  const rate = rates.kind === "told" ? rateOfRevision(rates.value, revision.name) : undefined;
  return { ...revision, requestsPerSecond: rate ?? null };
}

function toldAsJson<T>(told: Told<T>, show: (value: T) => object): object | null {
  if (told.kind === "unasked") return null;
  return told.kind === "told" ? show(told.value) : failedAsJson(told.failure);
}

function failedAsJson({ reason, evidence }: Failure): object {
  return { reason, evidence, exitCode: exitCodes[reasons[reason].class] };
}

function gitAsJson({ head, values, lastCommit, next }: GitStatus): object {
  return {
    head,
    values: { percent: values.percent ?? null, version: values.version ?? null },
    lastCommit: lastCommit === undefined ? null : commitAsJson(lastCommit),
    next: Object.fromEntries(next.map(nextAsJson)),
  };
}

function commitAsJson({ change, trailers, standing, overruledBy }: CommitStatus): object {
  const { commit, author, message } = change;
  const subject = printable(message.split("\n", 1)[0] ?? "", 200);
  return {
    commit,
    author,
    subject,
    trailers,
    inForce: standing === undefined ? null : standing.kind === "done",
    standing,
    overruledBy: overruledBy?.commit ?? null,
  };
}

function nextAsJson({ request, outcome }: NextAction): readonly [string, object] {
  const { action } = request.intent;
  return outcome.kind === "plan"
    ? [action, planAsJson(request, outcome.plan)]
    : [action, { commit: false, ...failedAsJson(outcome.failure) }];
}
