/**
 * From the answer to a user's query to PASS, FAIL or not yet. The query says what the user wants to know; the raw samples
 * behind it say whether its answer can be relied on: `rate()` is silent about when, about pods that are no longer
 * scraped, and about a counter's first sample. Neither decides alone.
 */
import type { ReasonId } from "../../errors/catalogue.ts";
import type { QueryAnswer } from "../../ports.ts";
import { printable } from "../text.ts";
import { strangeness } from "../verdict/findings.ts";
import { severalWorkers } from "../verdict/workers.ts";
import { begunWith, isWatched, lackOf, type RawPod, requestsOf } from "./raw.ts";
import { type QueryRow, type RowDirectory, rowOf, showLabels, showRow } from "./rows.ts";

export interface QueryJudgeInput extends RowDirectory {
  readonly active: string;
  /** Answer to the resolved query. */
  readonly answer: QueryAnswer;
  /** Seconds since the epoch by Prometheus' clock: the moment the query was evaluated for. */
  readonly evaluatedAt: number;
  /** Seconds since the epoch by the same clock: cut-over plus settle time. */
  readonly base: number;
  /** Revisions that we sent requests to ourselves: they rise, and whether by more is not the query's to say. */
  readonly probed?: ReadonlySet<string> | undefined;
  /** Seconds that the query looks back at most. */
  readonly reachSeconds: number;
  /** From the raw samples of the query's own selectors. */
  readonly rawPods: readonly RawPod[];
}

export type QueryNotYet = Extract<
  ReasonId,
  | "NO_TRAFFIC"
  | "NO_SCRAPE"
  | "PARTIAL_ANSWER"
  | "UNMAPPED_POD"
  | "QUERY_NO_SERIES"
  | "QUERY_LABELS"
  | "QUERY_NO_NUMBER"
  | "QUERY_CONTRADICTED"
  | "WINDOW_TOO_LONG"
>;

export type QueryFinding =
  | { readonly verdict: "PASS"; readonly detail: string }
  | {
      readonly verdict: "FAIL";
      readonly reason: Extract<ReasonId, "OTHER_REVISION_SERVED">;
      readonly detail: string;
    }
  | { readonly verdict: "NOT_YET"; readonly reason: QueryNotYet; readonly detail: string };

export interface QueryJudgement {
  readonly finding: QueryFinding;
  readonly rows: readonly QueryRow[];
}

interface Scene extends QueryJudgeInput {
  readonly rows: readonly QueryRow[];
  /** The query looks at nothing but time after the base. */
  readonly conclusive: boolean;
}

/** `detail` is one line, printable. */
export function judgeQuery(input: QueryJudgeInput): QueryJudgement {
  const rows = input.answer.series.flatMap((series) => rowOf(series, input));
  const scene = { ...input, rows, conclusive: input.evaluatedAt - input.reachSeconds >= input.base };
  const finding =
    otherServed(scene) ??
    partialAnswer(scene) ??
    partialPages(scene) ??
    unlistedPod(scene) ??
    nothingThere(scene) ??
    notToldApart(scene) ??
    noNumber(scene) ??
    otherRose(scene) ??
    otherUnseen(scene) ??
    hiddenRise(scene) ??
    activeIdle(scene) ??
    passed(scene);
  return { finding, rows };
}

function otherServed(scene: Scene): QueryFinding | undefined {
  if (!scene.conclusive) return undefined;
  const row = otherRows(scene).find(({ value, revision }) => value > 0 && rose(scene, revision));
  if (row === undefined) return undefined;
  const detail = `${showRow(row)}: it served within the last ${scene.reachSeconds} s, all of them after the cut-over`;
  return { verdict: "FAIL", reason: "OTHER_REVISION_SERVED", detail };
}

/** Infinity is no number to compare, and no proof either; what we probed rises because of us. */
function otherRows({ rows, active, probed }: Scene): readonly QueryRow[] {
  return rows.filter(
    ({ value, revision }) =>
      revision !== undefined && revision !== active && !probed?.has(revision) && Number.isFinite(value),
  );
}

function rose({ rawPods }: Scene, revision: string | undefined): boolean {
  return rawPods.some((pod) => pod.revision === revision && pod.increase > 0);
}

function partialAnswer({ answer }: Scene): QueryFinding | undefined {
  const [first] = answer.warnings;
  return first === undefined
    ? undefined
    : notYet("PARTIAL_ANSWER", `Prometheus warns: ${printable(first, 200)}`);
}

function partialPages({ rawPods }: Scene): QueryFinding | undefined {
  const detail = severalWorkers(rawPods);
  return detail === undefined ? undefined : notYet("PARTIAL_ANSWER", detail);
}

function unlistedPod({ rawPods }: Scene): QueryFinding | undefined {
  const pod = rawPods.find(({ unlisted }) => unlisted === true);
  return pod && notYet("UNMAPPED_POD", `${strangeness(pod)} Narrow the query to this cluster`);
}

function nothingThere({ rows, rawSeries, reachSeconds }: Scene): QueryFinding | undefined {
  if (rows.some(({ identity }) => identity !== "foreign")) return undefined;
  if (rows.length > 0)
    return notYet("QUERY_NO_SERIES", "the result has series of other services or namespaces only");
  if (rawSeries.length === 0) {
    return notYet("QUERY_NO_SERIES", "its selectors match nothing: no such metric, or no such labels");
  }
  return rawSeries.some(({ samples }) => samples.length >= 2)
    ? notYet(
        "QUERY_NO_SERIES",
        `the samples are there, but the query makes no series of those of the last ${reachSeconds} s`,
      )
    : notYet("NO_SCRAPE", "one sample only so far");
}

function notToldApart({ rows, rawSeries, namespace }: Scene): QueryFinding | undefined {
  const row = rows.find(({ identity }) => !["revision", "foreign"].includes(identity));
  if (row?.identity === "unlabelled") {
    return notYet(
      "QUERY_LABELS",
      `the series ${showLabels(row)} does not say of which pod or revision it is`,
    );
  }
  if (row !== undefined) {
    const what =
      row.identity === "unknown"
        ? 'belongs to no known revision; narrow the query with pod=~"$name-predictor-.*"'
        : "names two revisions";
    return notYet("UNMAPPED_POD", `the series ${showLabels(row)} ${what}`);
  }
  const byPod = rows.every(({ labels, identity }) => identity === "foreign" || labels["pod"] !== undefined);
  const abroad = rawSeries.find(({ labels }) => (labels["namespace"] ?? namespace) !== namespace);
  if (byPod || abroad === undefined) return undefined;
  const other = printable(abroad.labels["namespace"] as string, 100);
  return notYet(
    "QUERY_LABELS",
    `the query adds up namespaces (${other} among them); add the matcher namespace="$namespace"`,
  );
}

function noNumber({ rows }: Scene): QueryFinding | undefined {
  const row = rows.find(
    ({ identity, value }) => identity === "revision" && !(Number.isFinite(value) && value >= 0),
  );
  return row && notYet("QUERY_NO_NUMBER", `${showRow(row)}; a request rate is a number from 0 up`);
}

/** Not proven to be a failure above: because of the window, or because the counters say otherwise. */
function otherRose(scene: Scene): QueryFinding | undefined {
  const row = otherRows(scene).find(({ value }) => value > 0);
  if (row === undefined) return undefined;
  if (!scene.conclusive) return notYet("WINDOW_TOO_LONG", windowTooLong(scene, row));
  return notYet(
    "QUERY_CONTRADICTED",
    `${showRow(row)}, but its inference counters did not rise; readiness and metadata calls are no traffic: add method=~"ModelInfer|Predict"`,
  );
}

function windowTooLong({ evaluatedAt, reachSeconds, base }: Scene, row: QueryRow): string {
  const early = Math.ceil(base - (evaluatedAt - reachSeconds));
  const from = new Date(Math.ceil(base + reachSeconds) * 1000).toISOString().slice(11, 19);
  return `${showRow(row)}, but the window of ${reachSeconds} s still reaches ${early} s before the cut-over and its settle time; proof is possible from ${from} UTC on, or sooner with a shorter window such as [$window]`;
}

/** Every other pod that could serve must be seen in the samples and, idle, in the result. */
function otherUnseen(scene: Scene): QueryFinding | undefined {
  const ready = scene.rawPods.filter(({ role, presence }) => role === "other" && presence === "ready");
  const unseen = ready.find((pod) => !isWatched(pod));
  if (unseen !== undefined) return notYet("NO_SCRAPE", lackOf(unseen));
  const missing = ready.find((pod) => !isShown(pod, scene.rows));
  return (
    missing &&
    notYet(
      "QUERY_NO_SERIES",
      `pod ${printable(missing.pod, 100)} is scraped, but the result does not show it; leave out what filters it (a comparison such as "> 0", topk, and, unless)`,
    )
  );
}

/** By its pod where the row names one, else by its revision. */
function isShown({ pod, revision }: RawPod, rows: readonly QueryRow[]): boolean {
  return rows.some(
    (row) => row.revision === revision && (row.labels["pod"] === undefined || row.labels["pod"] === pod),
  );
}

function hiddenRise({ rawPods, probed }: Scene): QueryFinding | undefined {
  const unmapped = rawPods.find(({ role }) => role === "unmapped");
  if (unmapped !== undefined) {
    return unmapped.pod === ""
      ? notYet(
          "QUERY_LABELS",
          "the counters behind the query have no label pod, so whether each pod is scraped cannot be seen",
        )
      : notYet("UNMAPPED_POD", strangeness(unmapped));
  }
  const others = rawPods.filter(({ role, revision = "" }) => role === "other" && !probed?.has(revision));
  const risen = others.find(({ requests }) => requests > 0);
  if (risen !== undefined)
    return contradicted(risen, `its counters rose by ${risen.requests} since the cut-over`);
  const begun = others.find((pod) => begunWith(pod) !== undefined);
  if (begun === undefined) return undefined;
  const held = `a counter of it was first seen after the cut-over, and held ${begunWith(begun)} already`;
  return contradicted(begun, `${held}: the default proof, without a query, can tell since when`);
}

function contradicted({ pod }: RawPod, but: string): QueryFinding {
  return notYet("QUERY_CONTRADICTED", `the query shows no traffic of pod ${printable(pod, 100)}, but ${but}`);
}

function activeIdle({ rows, rawPods, active }: Scene): QueryFinding | undefined {
  const name = printable(active, 100);
  const mine = rawPods.filter(({ role }) => role === "active");
  const [first] = mine;
  if (first === undefined) return notYet("NO_TRAFFIC", `no pod of ${name} is there to serve`);
  if (!mine.some(isWatched)) return notYet("NO_SCRAPE", lackOf(first));
  const shown = rows.filter(({ revision }) => revision === active);
  if (shown.length === 0) return notYet("QUERY_NO_SERIES", `the result shows nothing of ${name}`);
  if (shown.every(({ value }) => value === 0)) return notYet("NO_TRAFFIC", `no request seen on ${name}`);
  return requestsOf(rawPods, "active") > 0
    ? undefined
    : notYet("NO_TRAFFIC", `what the query shows of ${name} is from before the cut-over, or no inference`);
}

function passed({ rows, rawPods, active }: Scene): QueryFinding {
  const requests = requestsOf(rawPods, "active");
  const given = rows
    .filter(({ revision }) => revision === active)
    .reduce((total, { value }) => total + value, 0);
  const others = rows.flatMap(({ revision }) => (revision === active ? [] : (revision ?? [])));
  const rest =
    others.length === 0 ? "no other revision has series" : `0 on ${[...new Set(others)].sort().join(", ")}`;
  const counted = `${requests} ${requests === 1 ? "request" : "requests"} on ${active}, ${rest}`;
  return {
    verdict: "PASS",
    detail: printable(`${counted} (the query gives ${Number(given.toPrecision(6))})`),
  };
}

function notYet(reason: QueryNotYet, detail: string): QueryFinding {
  return { verdict: "NOT_YET", reason, detail };
}
