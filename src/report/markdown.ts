/** The report as Markdown, for a pull request, a wiki or a chat: no HTML, tables that GitHub and Gitea show. */
import { blueAndGreenOf, colourOf } from "../core/colours.ts";
import type { Diff } from "../core/diff.ts";
import { type IsvcRow, isvcColumns } from "../core/isvc.ts";
import { recoverySettlement } from "../core/recovery.ts";
import { type ModelRun, modelsOf } from "../core/run-state.ts";
import { printable } from "../core/text.ts";
import type { Rates } from "../core/traffic.ts";
import { reasons } from "../errors/catalogue.ts";
import type { Traffic } from "../steps/settle/traffic.ts";
import { chainOf } from "./chain.ts";
import { checkFacts, holdingFacts, podFacts } from "./facts.ts";
import { queriesOf } from "./queries.ts";
import { clockTime, isoTime, span } from "./times.ts";
import { nameOf, subjectOf, type WholeRun } from "./whole.ts";

export function markdownReport(whole: WholeRun): string {
  const { settlement, state, failure, found, traffic, version, at } = whole;
  const { outcome, reason, evidence } = settlement;
  const { what, why, next } = reasons[reason];
  const advice =
    reasons[reason].class === "ok"
      ? []
      : [`Why: ${plain(why)}`, `Next: ${plain(next)}`, ...commandOf(settlement)];
  const also = (failure?.also ?? []).map(
    (each) => `Also: ${plain(`${reasons[each.reason].what}: ${each.evidence}`)}`,
  );
  const models = state === undefined ? [] : modelsOf(state);
  return [
    `# ${outcome}: ${plain(subjectOf(whole))}`,
    `**${plain(what)}** (${reason}). ${plain(evidence, 2_000)}`,
    ...advice,
    ...also,
    ...(failure === undefined || failure.shown.length === 0 ? [] : [fenced(failure.shown.join("\n"))]),
    ...models.flatMap((model, index) => section(model, traffic[index])),
    ...recoveryOf(whole),
    ...(state === undefined
      ? found.flatMap(({ service, before, diff }) => [
          `## ${plain(nameOf({ service }))}`,
          ...isvcTable(before, undefined),
          ...(diff === undefined ? [] : ["### The commit that was not made", diffText(diff)]),
        ])
      : []),
    "---",
    `Run ${plain(state?.run ?? "without a name")}, reported at ${isoTime(at)} by bluegreen ${plain(version)}.`,
    "",
  ].join("\n\n");
}

function commandOf({ command }: WholeRun["settlement"]): readonly string[] {
  return command === undefined ? [] : [fenced(printable(command))];
}

function section(model: ModelRun, traffic: Traffic | undefined): readonly string[] {
  return [
    `## ${plain(nameOf(model))}`,
    ...chainText(model),
    ...pictureText(model, traffic),
    ...isvcTable(model.before, model.rollout?.service),
    ...(model.diff === undefined ? [] : ["### The commit", diffText(model.diff)]),
    ...proofText(model),
    ...queryText(model, traffic),
  ];
}

function recoveryOf({ state }: WholeRun): readonly string[] {
  const recovery = state?.recovery;
  if (recovery === undefined) return [];
  const { outcome, reason, evidence } = recoverySettlement(recovery);
  const models = recovery.run === undefined ? [] : modelsOf(recovery.run);
  return [
    `## Automatic rollback: ${outcome}`,
    `${reason}: ${plain(evidence, 2_000)}`,
    ...models.flatMap((model) => [
      ...(state?.also === undefined ? [] : [`### ${plain(nameOf(model))}`]),
      ...chainText(model),
      ...isvcTable(model.before, model.rollout?.service),
      ...(model.diff === undefined ? [] : ["### Its commit", diffText(model.diff)]),
    ]),
  ];
}

const signs = { holds: "✓", broken: "✗", none: "–" } as const;

function chainText(model: ModelRun): readonly string[] {
  const lines = chainOf(model).map(({ step, title, state, at, tookMs, evidence }, index) => {
    const took = tookMs === undefined ? "" : `, took ${span(tookMs)}`;
    const when = at === undefined ? "" : ` (${isoTime(at)}${took})`;
    return `${index + 1}. ${signs[state]} \`${step}\` **${title}**${when}: ${plain(evidence.join(" "), 2_000)}`;
  });
  const { commitUrl } = model.mutation;
  return [
    "### The chain",
    lines.join("\n"),
    ...(commitUrl === undefined ? [] : [`The commit: ${plain(commitUrl, 2_000)}`]),
  ];
}

function pictureText(model: ModelRun, traffic: Traffic | undefined): readonly string[] {
  if (traffic === undefined) return [];
  const heading = "### Requests per second by pod";
  if (traffic.kind === "none") return [heading, `No figures: ${plain(traffic.why)}.`];
  const { rates } = traffic;
  const colours = blueAndGreenOf(model);
  const heads = rates.pods.map(({ pod, revision }) => `${pod} (${colourOf(revision, colours)})`);
  return [
    heading,
    `Mean of the ${span(rates.stepSeconds * 1000)} before each time (UTC).`,
    rateTable(rates, heads),
  ];
}

const mostRows = 40;

function rateTable({ times, pods }: Rates, heads: readonly string[]): string {
  const every = Math.ceil(times.length / mostRows);
  const rows = times.flatMap((at, index) =>
    (times.length - 1 - index) % every === 0
      ? [[clockTime(at), ...pods.map(({ rates }) => String(rates[index] ?? "–"))]]
      : [],
  );
  return table(["time", ...heads], rows);
}

function isvcTable(before: IsvcRow | undefined, after: IsvcRow | undefined): readonly string[] {
  const rows = [
    ["before", before],
    ["after", after],
  ] as const;
  const known = rows.flatMap(([when, row]) =>
    row === undefined ? [] : [[when, ...isvcColumns.map(([, key]) => String(row[key] ?? ""))]],
  );
  if (known.length === 0) return [];
  return [
    "### The InferenceService before and after",
    table(["when", ...isvcColumns.map(([head]) => head)], known),
  ];
}

function proofText(model: ModelRun): readonly string[] {
  const { verdict } = model;
  const pods = podFacts(verdict).map(({ pod, revision, role, requests, failed }) =>
    [pod, revision, role, requests, failed].map((cell) => String(cell ?? "")),
  );
  const checks = checkFacts(verdict).map(({ name, condition, result, detail }) => [
    name,
    condition,
    result,
    detail,
  ]);
  const held = holdingFacts(model).map(({ revision, traffic, state, replicas, resources }) => [
    `${revision} (${colourOf(revision, blueAndGreenOf(model))})`,
    ...[traffic, state, replicas, resources],
  ]);
  return [
    ...(held.length === 0
      ? []
      : [
          "### Both colours at the end",
          table(["revision", "traffic", "state", "replicas", "resources"], held),
        ]),
    ...(pods.length === 0
      ? []
      : ["### Requests counted by pod", table(["pod", "revision", "role", "requests", "failed"], pods)]),
    ...(checks.length === 0
      ? []
      : ["### Checks", table(["check", "condition", "result", "last measured"], checks)]),
  ];
}

function queryText(model: ModelRun, traffic: Traffic | undefined): readonly string[] {
  const all = queriesOf(model, traffic);
  if (all.length === 0) return [];
  const each = all.flatMap(({ what, query, at }) => [
    `For ${plain(what)}, at ${isoTime(at * 1000)} (\`time=${at.toFixed(3)}\`):`,
    fenced(query),
  ]);
  return ["### Queries, to be asked again", ...each];
}

function diffText({ lines, cut }: Diff): string {
  const sign = { same: " ", removed: "-", added: "+" } as const;
  const more = cut === undefined ? [] : [`… ${cut} further lines`];
  return fenced([...lines.map(({ kind, text }) => `${sign[kind]}${text}`), ...more].join("\n"), "diff");
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => (cell === "---" ? cell : plain(cell))).join(" | ")} |`)
    .join("\n");
}

/** Whatever means something to Markdown or HTML is taken at its word. */
function plain(text: string, length = 500): string {
  return printable(text, length).replace(/[\\`*_{}[\]<>#|~$&@!]/g, "\\$&");
}

/** The fence is longer than any run of backticks inside. */
function fenced(text: string, language = ""): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
