/** The catalogue of outcomes as tables for the pages: by exit code, by reason, and as an index of the runbook. */
import { type ExitClass, exitCodes, type Reason, reasons } from "../errors/catalogue.ts";

/** What each class is about. */
const classTexts: Readonly<Record<ExitClass, string>> = {
  ok: "proven",
  configuration: "an option, a query, a check or a key cannot be used",
  state: "the file that the steps hand on",
  refused: "a pre-flight check; nothing was changed",
  edit: "the file in Git cannot be edited safely; nothing was changed",
  verdict: "the wrong revision answers, or the right one serves badly",
  inconclusive: "nothing is wrong, and nothing proven",
  metrics: "Prometheus failed; that says nothing of the model",
  gitAccess: "the Git server says no",
  git: "the Git server cannot be reached, or every race was lost",
  conflict: "somebody else changed the same value",
  superseded: "somebody else decided since; not ours to judge",
  clusterAccess: "the Kubernetes API says no, or is another one",
  cluster: "the Kubernetes API cannot be reached",
  notReached: "the commit did not reach the live InferenceService",
  rollout: "something else was rolled out than was meant",
  timeout: "the rollout did not finish, with what hindered it",
  argocd: "Argo CD cannot sync, or does not look at Git",
  cancelled: "SIGTERM, SIGINT",
  bug: "a bug in bluegreen",
};

/** Markdown: a row for each exit code; ends without a line break. */
export function exitCodeTable(): string {
  const rows = (Object.keys(exitCodes) as ExitClass[]).map((name) => {
    const members = membersOf(name);
    return `| ${exitCodes[name]} | ${outcomesOf(members)} | ${classTexts[name]} | ${members.length} |`;
  });
  return ["| exit code | outcome | about | reasons |", "|---|---|---|---|", ...rows].join("\n");
}

/** Markdown: a row for each reason, by exit code; ends without a line break. */
export function outcomeTable(): string {
  const rows = Object.entries(reasons)
    .map(([id, reason]: [string, Reason]) => ({ id, ...reason, code: exitCodes[reason.class] }))
    .sort((one, other) => one.code - other.code)
    .map(({ id, outcome, what, code }) => `| ${code} | ${outcome} | ${entry(id, "runbook.md")} | ${what} |`);
  return ["| exit code | outcome | reason | what happened |", "|---|---|---|---|", ...rows].join("\n");
}

/** Markdown, for the runbook itself: a row for each exit code with links to its reasons; ends without a line break. */
export function reasonIndex(): string {
  const rows = (Object.keys(exitCodes) as ExitClass[]).map((name) => {
    const members = membersOf(name);
    const entries = members.map(({ id }) => entry(id, "")).join(", ");
    return `| ${exitCodes[name]} | ${outcomesOf(members)} | ${entries} |`;
  });
  return ["| exit code | outcome | reasons |", "|---|---|---|", ...rows].join("\n");
}

interface Member extends Reason {
  readonly id: string;
}

function membersOf(name: ExitClass): readonly Member[] {
  return Object.entries(reasons)
    .map(([id, reason]: [string, Reason]) => ({ id, ...reason }))
    .filter((reason) => reason.class === name);
}

function outcomesOf(members: readonly Member[]): string {
  return [...new Set(members.map(({ outcome }) => outcome))].join(", ");
}

/** A link to a reason's entry; `runbook` is the page's path, empty on that page. */
function entry(id: string, runbook: string): string {
  return `[\`${id}\`](${runbook}#${id.toLowerCase()})`;
}

const tables = {
  outcomes: outcomeTable,
  "exit codes": exitCodeTable,
  "reason index": reasonIndex,
} as const;

/** A page's text with the table between these markers brought up to date. Throws Error where it has no markers. */
export function withTable(page: string, name: keyof typeof tables): string {
  const markers = new RegExp(`(<!-- ${name} -->\n).*?(<!-- /${name} -->)`, "s");
  if (!markers.test(page))
    throw new Error(`the page lacks the markers <!-- ${name} --> and <!-- /${name} -->`);
  return page.replace(markers, (_, open: string, close: string) => `${open}${tables[name]()}\n${close}`);
}
