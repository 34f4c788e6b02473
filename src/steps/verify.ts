/** Step 3: ask Prometheus who answered since the cut-over, until the counters prove it one way or the other. */
import type { ChecksDecision } from "../core/checks/report.ts";
import type { RunState, VerdictReport } from "../core/run-state.ts";
import type { ProbesSent } from "../core/verdict/judge.ts";
import { recordOf } from "../core/verdict/record.ts";
import { Failure } from "../errors/failure.ts";
import type { Log } from "../ports.ts";
import { type CheckPlans, type CheckWatch, createCheckWatch } from "./check-watch.ts";
import { createDoubt, type Doubt } from "./doubt.ts";
import {
  createMemory,
  type Look,
  type LookOptions,
  type LookPorts,
  lookOnce,
  type Proof,
  type Scene,
} from "./looking.ts";
import { createReporter } from "./reporter.ts";

/**
 * Asked after every look that proves nothing yet: sends probe requests if it sees fit, and says what was sent so far.
 * Throws Failure.
 */
export type ProbeSource = (judgement: Proof, signal: AbortSignal) => Promise<readonly ProbesSent[]>;

export interface VerifyPorts extends LookPorts {
  readonly log: Log;
  readonly probe?: ProbeSource | undefined;
}

export interface VerifyLimits extends LookOptions {
  /** Milliseconds until what is not proven is INCONCLUSIVE. */
  readonly timeoutMs: number;
  /** Milliseconds between two questions. */
  readonly intervalMs: number;
  /** Failed questions in a row that end the step. */
  readonly maxErrors: number;
  readonly checks?: CheckPlans | undefined;
}

interface Inquiry {
  readonly ports: VerifyPorts;
  readonly scene: Scene;
  readonly limits: VerifyLimits;
  readonly startedAt: number;
  readonly doubt: Doubt;
  readonly checks: CheckWatch;
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
  const scene = { state, active, cutOverAt, memory: createMemory() };
  const doubt = createDoubt(ports, scene, limits);
  const checks = createCheckWatch(ports, scene, limits.checks);
  const inquiry = { ports, scene, limits, startedAt: ports.clock.now(), doubt, checks };
  try {
    return { ...state, verdict: await ask(inquiry, signal) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...state, verdict: report(inquiry, undefined, error) };
  }
}

async function ask(inquiry: Inquiry, signal: AbortSignal): Promise<VerdictReport> {
  const { ports, scene, limits, startedAt } = inquiry;
  const reporter = createReporter(ports.log, startedAt);
  let probes: readonly ProbesSent[] = [];
  let errors = 0;
  while (!signal.aborted) {
    const look = await tryLook(ports, scene, limits, probes);
    if (look instanceof Failure) {
      errors += 1;
      endure(ports, look, errors, limits);
    } else {
      errors = 0;
      const late = ports.clock.now() - startedAt >= limits.timeoutMs;
      const conclusion = await conclude(inquiry, look, late);
      if ("startedAt" in conclusion) return conclusion;
      reporter.waiting(conclusion.lacking, ports.clock.now(), conclusion.shown);
      probes = await goOn(inquiry, look, probes, signal);
    }
    await ports.clock.sleep(limits.intervalMs, signal);
  }
  throw new Failure("CANCELLED", "while verifying; the cut-over itself is in force");
}

/** What is done about a look that proved nothing. Returns the probes sent so far. */
async function goOn(
  { ports, doubt }: Inquiry,
  look: Look,
  probes: readonly ProbesSent[],
  signal: AbortSignal,
): Promise<readonly ProbesSent[]> {
  if (look.kind === "moved") return probes;
  await doubt.noted(look.judgement, look.world, ports.clock.now());
  return ports.probe === undefined ? probes : ports.probe(look.judgement, signal);
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

/** What is still lacking; `shown` is the line for people, where it holds figures that change with every scrape. */
interface Waiting {
  readonly lacking: string;
  readonly shown?: string;
}

async function conclude(inquiry: Inquiry, look: Look, late: boolean): Promise<VerdictReport | Waiting> {
  if (look.kind === "moved") {
    return look.final || late
      ? report(inquiry, undefined, new Failure(look.reason, look.detail))
      : { lacking: look.detail };
  }
  const { judgement, world } = look;
  if (judgement.verdict === "FAIL") {
    return report(inquiry, look, new Failure(judgement.reason, judgement.summary));
  }
  const checks = await inquiry.checks.noted(judgement);
  if (checks.kind === "failed") return report(inquiry, look, new Failure(checks.reason, checks.detail));
  if (judgement.verdict === "PASS")
    return concludeChecks(inquiry, look, late ? inquiry.checks.expire() : checks);
  if (!late) return { lacking: judgement.detail, shown: judgement.summary };
  return report(inquiry, look, await inquiry.doubt.explained(judgement, world));
}

/** The counters prove the cut-over; the checks have the last word. */
function concludeChecks(inquiry: Inquiry, look: Judged, checks: ChecksDecision): VerdictReport | Waiting {
  switch (checks.kind) {
    case "passed":
      return report(inquiry, look);
    case "running":
      return { lacking: checks.detail };
    default:
      return report(inquiry, look, new Failure(checks.reason, checks.detail));
  }
}

type Judged = Extract<Look, { kind: "judged" }>;

function report({ ports, startedAt, checks }: Inquiry, look?: Judged, failure?: Failure): VerdictReport {
  checks.expire();
  const record = look && recordOf(look.judgement);
  return {
    startedAt,
    endedAt: ports.clock.now(),
    query: look?.query,
    summary: look?.judgement.summary,
    pods: record && [...record.pods],
    cut: record?.cut,
    since: look?.judgement.since,
    strength: look && { ...look.judgement.strength },
    promql: look?.promql && { ...look.promql },
    checks: checks.report(),
    trouble: failure && { reason: failure.reason, evidence: failure.evidence },
  };
}
