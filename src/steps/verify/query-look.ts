/** PromQL mode's look: the user's own query, and the raw samples behind it. */
import type { QueryFacts } from "../../core/promql/facts.ts";
import { countersOf } from "../../core/promql/raw.ts";
import { type QueryTemplate, resolveTemplate } from "../../core/promql/resolve.ts";
import type { QueryRow } from "../../core/promql/rows.ts";
import { judgeQuery, type QueryFinding } from "../../core/promql/verdict.ts";
import { type NotYet, probesUnseen, tooFewRequests } from "../../core/verdict/findings.ts";
import { type Evidence, judge, type ProbesSent } from "../../core/verdict/judge.ts";
import type { PodReading, ServiceRef } from "../../core/world.ts";
import { Failure } from "../../errors/failure.ts";
import type { Clock, QueryAnswer, Series } from "../../ports.ts";
import { loadGrammar } from "./grammar.ts";

/** Of `Metrics`; `at`: the evaluation time in milliseconds since the epoch, now if absent. */
export interface QueryMetrics {
  query(promql: string, options?: { readonly at?: number }): Promise<QueryAnswer>;
}

export interface QueryScene {
  readonly service: ServiceRef;
  readonly active: string;
  readonly standby?: string | undefined;
  /** Names of revisions known to be this service's. */
  readonly revisions: readonly string[];
  readonly pods: readonly PodReading[];
  readonly earlierPods: readonly PodReading[];
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly cutOverAt: number;
  readonly settleSeconds: number;
  /** Requests to be seen on the active revision for a PASS; 1 if absent. */
  readonly minRequests?: number | undefined;
  /** Leak (0 to 1, both excluded) that a PASS is to exclude with 95 % confidence. */
  readonly maxLeak?: number | undefined;
  /** Requests that we sent ourselves. */
  readonly probes?: readonly ProbesSent[] | undefined;
  /** Pods that began after the cut-over and settle time. */
  readonly bornSince?: ReadonlySet<string> | undefined;
  /** Seconds by which Prometheus' clock was seen to be ahead of ours at most, in earlier looks; 0 if absent. */
  readonly clockAheadSeconds?: number | undefined;
}

export interface QueryLook extends Evidence {
  /** Its `detail` is one line, printable. */
  readonly finding: QueryFinding | NotYet;
  readonly rows: readonly QueryRow[];
  /** As it was asked; absent where it was too early to ask. */
  readonly query?: string;
  /** The queries for the raw samples. */
  readonly companions: readonly string[];
  readonly reachSeconds?: number;
  /** Seconds since the epoch by Prometheus' clock. */
  readonly evaluatedAt?: number;
}

interface Ports {
  readonly metrics: QueryMetrics;
  readonly clock: Pick<Clock, "now">;
}

/** As in samples mode: shows the scrape interval, and that a counter was there before. */
const marginSeconds = 120;

/** Calls that OVMS counts in the same metrics and that are no inference. */
const noInference: ReadonlySet<string> = new Set([
  "ModelReady",
  "ModelMetadata",
  "GetModelStatus",
  "GetModelMetadata",
]);

/** No word of any query. */
const trialActive = "the-active-revision";

/**
 * Reads a query for the verdict, before anything is committed. Throws Failure QUERY_SYNTAX, which names line and column
 * and shows the place, and QUERY_UNFIT for one that can prove nothing.
 */
export async function readVerdictQuery(text: string): Promise<QueryTemplate> {
  const { parseTemplate, describeProblem, pointOut, unfitness } = await loadGrammar();
  const template = parseTemplate(text);
  if (template.kind === "problem") {
    const shown = pointOut(template.problem);
    throw new Failure("QUERY_SYNTAX", describeProblem(template.problem), { shown });
  }
  const trial = { namespace: "a", name: "a", active: trialActive, standby: "a", windowSeconds: 60 };
  const { facts } = await resolve(template.value, trial);
  const unfit = unfitness(facts, trialActive);
  if (unfit !== undefined) throw new Failure("QUERY_UNFIT", unfit);
  return template.value;
}

/** Asks once. Throws what `query` throws, and Failure QUERY_SYNTAX where a placeholder has no value. */
export async function lookByQuery(
  { metrics, clock }: Ports,
  template: QueryTemplate,
  scene: QueryScene,
): Promise<QueryLook> {
  const askedAt = clock.now();
  const baseMs = scene.cutOverAt + scene.settleSeconds * 1000;
  if (askedAt - baseMs < 1000) return tooEarly(scene, askedAt);
  const { service, active, standby } = scene;
  const { text, facts } = await resolve(template, {
    ...service,
    active,
    standby,
    windowSeconds: (askedAt - baseMs) / 1000,
  });
  const answer = await metrics.query(text);
  const evaluatedAt = answer.series[0]?.samples.at(-1)?.time ?? clock.now() / 1000;
  const companions = companionsOf(facts, clock.now() - scene.cutOverAt);
  const raw = await askAll(metrics, companions);
  const evidence = judgeRaw(raw, scene, clock.now());
  // Prometheus' clock may run ahead: what it stamps with the base's time happened before the base. It may run behind, by
  // no less than this: were the base not moved back, no window would ever lie after it.
  const lead = evaluatedAt - askedAt / 1000;
  const { clockAheadSeconds } = evidence;
  const base = baseMs / 1000 + (clockAheadSeconds > 0 ? Math.max(clockAheadSeconds, lead) : lead);
  const reachSeconds = Math.max(...facts.ranged.map((selector) => selector.reachSeconds));
  const { finding, rows } = judgeQuery({
    service: service.name,
    namespace: service.namespace,
    revisions: [active, ...(standby === undefined ? [] : [standby]), ...scene.revisions],
    pods: scene.pods,
    earlierPods: scene.earlierPods,
    active,
    probed: new Set(scene.probes?.map(({ revision }) => revision)),
    answer: { ...answer, warnings: [...answer.warnings, ...raw.warnings] },
    evaluatedAt,
    base,
    reachSeconds,
    rawPods: evidence.pods,
    rawSeries: raw.series,
  });
  const weak = finding.verdict === "PASS" ? weaknessOf(evidence, scene) : undefined;
  const strong = weak ?? finding;
  const summary = strong.verdict === "PASS" ? evidence.summary : strong.detail;
  return {
    ...evidence,
    finding: strong,
    rows,
    since: Math.max(base, baseMs / 1000),
    summary,
    query: text,
    companions,
    reachSeconds,
    evaluatedAt,
  };
}

function weaknessOf({ pods, strength }: Evidence, scene: QueryScene): NotYet | undefined {
  return probesUnseen(pods, scene) ?? tooFewRequests(strength, scene);
}

function tooEarly(scene: QueryScene, nowMs: number): QueryLook {
  const detail = "the settle time after the cut-over is not over";
  const finding = { verdict: "NOT_YET", reason: "NO_SCRAPE", detail } as const;
  return {
    ...judgeRaw({ series: [], warnings: [] }, scene, nowMs),
    summary: detail,
    finding,
    rows: [],
    companions: [],
  };
}

async function resolve(
  template: QueryTemplate,
  values: Parameters<typeof resolveTemplate>[1],
): Promise<{ readonly text: string; readonly facts: QueryFacts }> {
  const { parseTyped, factsOf, describeProblem } = await loadGrammar();
  const text = resolveTemplate(template, values);
  if (text.kind === "problem") throw new Failure("QUERY_SYNTAX", describeProblem(text.problem));
  const tree = parseTyped(text.value);
  if (tree.kind === "problem") throw new Failure("QUERY_SYNTAX", describeProblem(tree.problem));
  return { text: text.value, facts: factsOf(text.value, tree.value) };
}

function companionsOf({ ranged }: QueryFacts, sinceCutOverMs: number): readonly string[] {
  const seconds = Math.ceil(sinceCutOverMs / 1000) + marginSeconds;
  return [...new Set(ranged.map(({ text }) => `${text}[${seconds}s]`))];
}

async function askAll(metrics: QueryMetrics, queries: readonly string[]): Promise<QueryAnswer> {
  const answers = await Promise.all(queries.map((query) => metrics.query(query)));
  const [clock] = answers.flatMap((answer) => answer.clock ?? []);
  return {
    series: answers.flatMap(({ series }) => series),
    warnings: answers.flatMap(({ warnings }) => warnings),
    ...(clock === undefined ? {} : { clock }),
  };
}

/** What the raw samples say by themselves. */
function judgeRaw(raw: QueryAnswer, scene: QueryScene, nowMs: number): Evidence {
  const { service } = scene;
  const ours = raw.series.filter((one) => isOurs(one, service));
  return judge({
    ...scene,
    service: service.name,
    answer: { ...raw, series: ours, warnings: [] },
    nowMs,
    runtime: countersOf(ours),
  });
}

/**
 * Inference of this service: not another namespace's or service's pods, not readiness or metadata calls. A pod whose
 * name tells no service is left in: `judge` knows the API's list.
 */
function isOurs({ labels }: Series, { namespace, name }: ServiceRef): boolean {
  if ((labels["namespace"] ?? namespace) !== namespace || noInference.has(labels["method"] ?? ""))
    return false;
  const { pod = "" } = labels;
  const owner = /^(.+)-predictor-[0-9]{5,}-deployment-/.exec(pod)?.[1];
  return owner === undefined || owner === name;
}
