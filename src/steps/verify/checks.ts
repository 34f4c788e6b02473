/** Runs the checks of the active revision: the verify loop asks on every tick. */
import { limitOf } from "../../core/checks/condition.ts";
import {
  baselineOf,
  inconclusive,
  measureErrorRatio,
  measureLatency,
  measureQuery,
  type Reading,
  type RequestCounts,
} from "../../core/checks/measure.ts";
import { type CheckPlan, type CheckPolicy, defaultPolicy } from "../../core/checks/plan.ts";
import { advance, type CheckState, dueAt, expire, initialState } from "../../core/checks/policy.ts";
import {
  type CheckReport,
  type ChecksDecision,
  type ChecksReport,
  decideChecks,
} from "../../core/checks/report.ts";
import { escapeFor, escapeString } from "../../core/promql/escape.ts";
import { describeProblem, pointOut } from "../../core/promql/problem.ts";
import { type QueryTemplate, resolveTemplate } from "../../core/promql/resolve.ts";
import type { LatencyHistogram } from "../../core/verdict/runtimes.ts";
import type { ServiceRef } from "../../core/world.ts";
import { Failure } from "../../errors/failure.ts";
import type { Clock, QueryAnswer } from "../../ports.ts";
import { loadGrammar } from "./grammar.ts";
import type { QueryMetrics } from "./query-look.ts";

export interface CheckPorts {
  readonly metrics: QueryMetrics;
  readonly clock: Pick<Clock, "now">;
}

export interface CheckScene {
  readonly service: ServiceRef;
  readonly active: string;
  readonly standby?: string | undefined;
  /** Milliseconds since the epoch. Delays count from here, and so do latencies and `$window`. */
  readonly cutOverAt: number;
  /** Seconds before the cut-over that a baseline is made of: its `$window`. */
  readonly baselineSeconds: number;
}

/** What the verify loop knows on a tick. */
export interface CheckFacts {
  /** Undefined: nothing was read yet. */
  readonly requests?: RequestCounts;
  /** Pods of the active revision, now or earlier in this run. */
  readonly activePods: readonly string[];
  /** Of the runtime that serves; absent where it has none. */
  readonly histogram?: LatencyHistogram;
}

export interface CheckRunner {
  /** Measures what is due. Never throws a Failure: a check that cannot be measured is an Error of that check. */
  tick(facts: CheckFacts): Promise<ChecksDecision>;
  /** Ends what is still running: there is no more time. */
  expire(): ChecksDecision;
  report(): ChecksReport;
}

/**
 * Free checks from text, all with one policy. Throws Failure CHECK_SYNTAX, which shows the place.
 */
export async function readChecks(
  text: string,
  policy: CheckPolicy = defaultPolicy,
): Promise<readonly CheckPlan[]> {
  const { parseChecks } = await import("../../core/checks/text.ts");
  const checks = parseChecks(text);
  if (checks.kind === "problem") {
    const shown = pointOut(checks.problem);
    throw new Failure("CHECK_SYNTAX", describeProblem(checks.problem), { shown });
  }
  return checks.value.map(({ name, template, condition }) => ({
    name,
    subject: { kind: "query", template },
    condition,
    policy,
  }));
}

type Baseline = NonNullable<CheckReport["baseline"]>;

interface Entry {
  readonly plan: CheckPlan;
  state: CheckState;
  query?: string;
  baseline?: Baseline;
}

interface Context extends CheckPorts {
  readonly scene: CheckScene;
}

export function createCheckRunner(
  ports: CheckPorts,
  plans: readonly CheckPlan[],
  scene: CheckScene,
): CheckRunner {
  const context = { ...ports, scene };
  const entries: Entry[] = plans.map((plan) => ({ plan, state: initialState }));
  const report = () => ({ checks: entries.map(reportOf) });
  return {
    async tick(facts) {
      const now = ports.clock.now();
      for (const entry of entries) {
        const due = dueAt(entry.state, entry.plan.policy, scene.cutOverAt);
        if (due === undefined || due > now) continue;
        const reading = await tryMeasure(context, entry, facts);
        entry.state = advance(entry.state, { at: now, ...reading }, entry.plan.policy);
      }
      return decideChecks(report());
    },
    expire() {
      for (const entry of entries) entry.state = expire(entry.state);
      return decideChecks(report());
    },
    report,
  };
}

async function tryMeasure(context: Context, entry: Entry, facts: CheckFacts): Promise<Reading> {
  try {
    return await measure(context, entry, facts);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { phase: "Error", values: [], detail: error.message };
  }
}

async function measure(context: Context, entry: Entry, facts: CheckFacts): Promise<Reading> {
  const { subject, condition } = entry.plan;
  switch (subject.kind) {
    case "errorRatio":
      return measureErrorRatio(facts.requests, subject.minRequests, condition);
    case "latency":
      return askLatency(context, entry, subject, facts);
    case "query":
      return askQuery(context, entry, subject.template);
  }
}

async function askLatency(
  { metrics, clock, scene }: Context,
  entry: Entry,
  { quantile, minRequests }: Extract<CheckPlan["subject"], { kind: "latency" }>,
  { activePods, histogram }: CheckFacts,
): Promise<Reading> {
  const { cutOverAt } = scene;
  if (histogram === undefined) return inconclusive("this runtime has no histogram of request durations");
  if (activePods.length === 0) return inconclusive("no pod of the active revision is known yet");
  const now = clock.now();
  entry.query = latencyQuery(scene, histogram, activePods, now);
  const answer = await metrics.query(entry.query);
  const stamps = answer.series.flatMap(({ samples }) => samples.at(-1)?.time ?? []);
  const ahead = stamps.reduce((most, time) => Math.max(most, time - clock.now() / 1000), 0);
  const since = cutOverAt / 1000 + ahead;
  const question = { quantile, minRequests, since, unit: histogram.unit };
  return measureLatency(answer, question, entry.plan.condition);
}

/** Seconds of samples from before the cut-over: they absorb a Prometheus clock that runs ahead. */
const marginSeconds = 60;

function latencyQuery(
  { service, cutOverAt }: CheckScene,
  { metric, filter }: LatencyHistogram,
  pods: readonly string[],
  now: number,
): string {
  const place = { kind: "string", quote: '"', regex: true } as const;
  const names = [...new Set(pods)].sort().map((pod) => escapeFor(pod, place));
  const namespace = escapeString(service.namespace, '"');
  const seconds = Math.max(0, Math.ceil((now - cutOverAt) / 1000)) + marginSeconds;
  const filters = Object.entries(filter).map(
    ([label, pattern]) => `,${label}=~"${escapeString(pattern, '"')}"`,
  );
  return `${metric}_bucket{namespace="${namespace}",pod=~"${names.join("|")}"${filters.join("")}}[${seconds}s]`;
}

async function askQuery(context: Context, entry: Entry, template: QueryTemplate): Promise<Reading> {
  const { metrics, clock, scene } = context;
  const { condition } = entry.plan;
  const now = clock.now();
  if (now - scene.cutOverAt < 1000) return inconclusive("the cut-over was less than a second ago");
  const needsBaseline = limitOf(condition, undefined) === undefined;
  if (needsBaseline && entry.baseline?.value === undefined)
    entry.baseline = await askBaseline(context, template);
  if (entry.baseline?.lack !== undefined) return inconclusive(entry.baseline.lack);
  entry.query = resolveFor(template, scene, {
    active: scene.active,
    standby: scene.standby,
    windowSeconds: (now - scene.cutOverAt) / 1000,
  });
  const early = Math.ceil((await reachOf(entry.query)) - (now - scene.cutOverAt) / 1000);
  if (early > 0) {
    return inconclusive(
      `the window still reaches ${early} s before the cut-over; write [$window] for the range`,
    );
  }
  return measureQuery(await metrics.query(entry.query), condition, entry.baseline?.value);
}

/**
 * Seconds that a query looks back from now: what was measured before the cut-over must not fail the revision that serves
 * since. Of a query that moves in time by itself (offset, @) the user knows best.
 */
async function reachOf(query: string): Promise<number> {
  const { parseTyped, factsOf } = await loadGrammar();
  const tree = parseTyped(query);
  if (tree.kind === "problem") throw new Failure("CHECK_SYNTAX", describeProblem(tree.problem));
  const { ranged, shifted } = factsOf(query, tree.value);
  if (shifted.length > 0) return 0;
  return ranged.reduce((most, { reachSeconds }) => Math.max(most, reachSeconds || 0), 0);
}

/** The same query for the revision that served before, evaluated at the cut-over; the past does not change, so once. */
async function askBaseline({ metrics, scene }: Context, template: QueryTemplate): Promise<Baseline> {
  const { active, standby, cutOverAt, baselineSeconds } = scene;
  if (standby === undefined) {
    return { query: template.text, at: cutOverAt, lack: "no revision served before: there is no baseline" };
  }
  const query = resolveFor(template, scene, {
    active: standby,
    standby: active,
    windowSeconds: baselineSeconds,
  });
  const answer = await metrics.query(query, { at: cutOverAt });
  const at = cutOverAt + leadOf(answer) * 1000;
  return { query, at, ...baselineOf(at === cutOverAt ? answer : await metrics.query(query, { at })) };
}

/**
 * Seconds by which the server's clock is ahead of ours, as an answer surely tells: its cut-over is not at our time, and
 * with a clock behind the window before it would hold what came after.
 */
function leadOf({ clock: { aheadLeast, aheadMost } = { aheadLeast: 0, aheadMost: 0 } }: QueryAnswer): number {
  return aheadLeast > 0 || aheadMost < 0 ? aheadLeast : 0;
}

function resolveFor(
  template: QueryTemplate,
  { service }: CheckScene,
  roles: {
    readonly active: string;
    readonly standby: string | undefined;
    readonly windowSeconds: number;
  },
): string {
  const resolved = resolveTemplate(template, { ...service, ...roles });
  if (resolved.kind === "problem") throw new Failure("CHECK_SYNTAX", describeProblem(resolved.problem));
  return resolved.value;
}

/** Latest measurements that are reported with all that was compared; the steps that follow have to read it. */
const mostWithValues = 50;

function reportOf({ plan, state, query, baseline }: Entry): CheckReport {
  return {
    name: plan.name,
    kind: plan.subject.kind,
    condition: plan.condition.text,
    dryRun: plan.policy.dryRun,
    phase: state.phase,
    measurements: state.measurements.map((one, index) => ({
      ...one,
      values: index < state.measurements.length - mostWithValues ? [] : [...one.values],
    })),
    ...(query === undefined ? {} : { query }),
    ...(baseline === undefined ? {} : { baseline }),
  };
}
