/** Step 3: ask Prometheus who answered since the cut-over, until the counters prove it one way or the other. */
import { decideRollout, type Link } from "../core/rollout.ts";
import type { RunState, VerdictReport } from "../core/run-state.ts";
import { type Judgement, judge } from "../core/verdict/judge.ts";
import { samplesQuery } from "../core/verdict/query.ts";
import type { PodReading, World } from "../core/world.ts";
import type { ReasonId } from "../errors/catalogue.ts";
import { Failure } from "../errors/failure.ts";
import type { Clock, Cluster, Log, Metrics } from "../ports.ts";
import { createReporter, type Reporter } from "./reporter.ts";

export interface VerifyPorts {
  readonly cluster: Cluster;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

export interface VerifyLimits {
  /** Milliseconds until what is not proven is INCONCLUSIVE. */
  readonly timeoutMs: number;
  /** Milliseconds between two questions. */
  readonly intervalMs: number;
  /** Seconds after the cut-over in which requests under way may still end on the old revision. */
  readonly settleSeconds: number;
  /** Failed questions in a row that end the step. */
  readonly maxErrors: number;
}

/** What one look found: a judgement of the samples, unless the route itself is no longer as it was proven. */
type Look =
  | { readonly kind: "judged"; readonly judgement: Judgement; readonly query: string }
  | { readonly kind: "moved"; readonly reason: ReasonId; readonly detail: string; readonly final: boolean };

interface Scene {
  readonly state: RunState;
  readonly active: string;
  readonly cutOverAt: number;
  readonly startedAt: number;
}

/** Returns the state with the verdict's report. Without a proven rollout there is nothing to verify. */
export async function verify(
  ports: VerifyPorts,
  state: RunState,
  limits: VerifyLimits,
  signal: AbortSignal,
): Promise<RunState> {
  const { cutOverAt, active } = state.rollout ?? {};
  if (cutOverAt === undefined || active === undefined) {
    ports.log.info("Nothing to verify: the cut-over was not seen");
    return state;
  }
  const scene = { state, active, cutOverAt, startedAt: ports.clock.now() };
  try {
    return { ...state, verdict: await ask(ports, scene, limits, signal) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...state, verdict: report(ports, scene, undefined, error) };
  }
}

async function ask(
  ports: VerifyPorts,
  scene: Scene,
  limits: VerifyLimits,
  signal: AbortSignal,
): Promise<VerdictReport> {
  const reporter = createReporter(ports.log, scene.startedAt);
  const earlierPods = new Map<string, PodReading>();
  let errors = 0;
  while (!signal.aborted) {
    const look = await tryLook(ports, scene, limits, earlierPods);
    if (look instanceof Failure) {
      errors += 1;
      endure(ports, look, errors, limits);
    } else {
      errors = 0;
      const late = ports.clock.now() - scene.startedAt >= limits.timeoutMs;
      const verdict = conclude(ports, scene, look, late);
      if (verdict !== undefined) return verdict;
      reportWaiting(reporter, look, ports.clock.now());
    }
    await ports.clock.sleep(limits.intervalMs, signal);
  }
  throw new Failure("CANCELLED", "while verifying; the cut-over itself is in force");
}

/** The figures of a judgement change with every scrape; what it lacks is what counts. */
function reportWaiting(reporter: Reporter, look: Look, now: number): void {
  if (look.kind === "moved") reporter.waiting(look.detail, now);
  else if (look.judgement.verdict === "NOT_YET") {
    reporter.waiting(look.judgement.detail, now, look.judgement.summary);
  }
}

async function tryLook(...args: Parameters<typeof lookOnce>): Promise<Look | Failure> {
  try {
    return await lookOnce(...args);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Throws the failure again where asking once more is of no use. */
function endure({ log }: VerifyPorts, failure: Failure, errors: number, { maxErrors }: VerifyLimits): void {
  if (!failure.retryable || errors >= maxErrors) throw failure;
  log.warn(`${failure.message} (${errors} of ${maxErrors} in a row)`);
}

async function lookOnce(
  { cluster, metrics, clock }: VerifyPorts,
  { state, active, cutOverAt }: Scene,
  { settleSeconds }: VerifyLimits,
  earlierPods: Map<string, PodReading>,
): Promise<Look> {
  const world = await cluster.read(state.service);
  const moved = whetherMoved(state, world);
  if (moved !== undefined) return moved;
  for (const pod of world.pods) earlierPods.set(pod.name, pod);
  const podNames = [...earlierPods.keys()];
  const query = samplesQuery({ service: state.service, podNames, cutOverAt, nowMs: clock.now() });
  const answer = await metrics.query(query);
  const judgement = judge({
    service: state.service.name,
    pods: world.pods,
    earlierPods: [...earlierPods.values()],
    active,
    answer,
    cutOverAt,
    settleSeconds,
    nowMs: clock.now(),
  });
  return { kind: "judged", judgement, query };
}

const tolerated: ReadonlySet<Link> = new Set(["pod", "ready", "route"]);

/** The counters speak of the past; the route must still be the one that was proven when they do. */
function whetherMoved(state: RunState, world: World): Look | undefined {
  const decision = decideRollout(state.expectation, world);
  if (decision.kind === "failed") {
    return { kind: "moved", reason: decision.reason, detail: decision.detail, final: true };
  }
  // Once proven, only traffic that leaves the pinned revision counts. A pod comes and goes, and a broken green turns
  // the route's condition False after the rollback is in force (seen on a real cluster with a crashing green).
  if (decision.kind === "done" || tolerated.has(decision.link)) return undefined;
  return { kind: "moved", reason: decision.ifLate, detail: decision.detail, final: false };
}

/** Undefined: not yet. */
function conclude(ports: VerifyPorts, scene: Scene, look: Look, late: boolean): VerdictReport | undefined {
  if (look.kind === "moved") {
    return look.final || late
      ? report(ports, scene, undefined, new Failure(look.reason, look.detail))
      : undefined;
  }
  const { judgement } = look;
  if (judgement.verdict === "PASS") return report(ports, scene, look);
  if (judgement.verdict === "FAIL")
    return report(ports, scene, look, new Failure(judgement.reason, judgement.summary));
  return late ? report(ports, scene, look, new Failure(judgement.reason, judgement.summary)) : undefined;
}

function report(
  { clock }: VerifyPorts,
  { startedAt }: Scene,
  look?: Extract<Look, { kind: "judged" }>,
  failure?: Failure,
): VerdictReport {
  return {
    startedAt,
    endedAt: clock.now(),
    query: look?.query,
    summary: look?.judgement.summary,
    pods: look?.judgement.pods.map((pod) => ({ ...pod })),
    trouble: failure && { reason: failure.reason, evidence: failure.evidence },
  };
}
