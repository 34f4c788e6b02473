/** Step 3: ask Prometheus who answered since the cut-over, until the counters prove it one way or the other. */
import type { ChecksDecision } from "../core/checks/report.ts";
import { holdingsOf } from "../core/holdings.ts";
import type { ProbeStanding } from "../core/probe/standing.ts";
import type { RunState, VerdictReport } from "../core/run-state.ts";
import type { ProbesSent } from "../core/verdict/probes.ts";
import { recordOf } from "../core/verdict/record.ts";
import { reasons } from "../errors/catalogue.ts";
import { Failure } from "../errors/failure.ts";
import type { GitRemote, Log } from "../ports.ts";
import { createBranchCheck } from "./branch.ts";
import { unlessCancelled } from "./cancel.ts";
import { createReporter } from "./reporter.ts";
import { type CheckPlans, type CheckWatch, createCheckWatch } from "./verify/check-watch.ts";
import { createDoubt, type Doubt } from "./verify/doubt.ts";
import {
  createMemory,
  type Look,
  type LookOptions,
  type LookPorts,
  lookOnce,
  type Scene,
} from "./verify/looking.ts";
import type { ProbeSource } from "./verify/probing.ts";

export interface VerifyPorts extends LookPorts {
  readonly git: GitRemote;
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

type Judged = Extract<Look, { kind: "judged" }>;

interface Inquiry {
  readonly ports: VerifyPorts;
  readonly scene: Scene;
  readonly limits: VerifyLimits;
  readonly startedAt: number;
  readonly doubt: Doubt;
  readonly checks: CheckWatch;
  /** Throws Failure SUPERSEDED where a later commit changed our values. */
  readonly checkBranch: () => Promise<void>;
  /** Probe requests to this cut-over's revisions, those of an earlier `verify` among them. */
  readonly probes: { readonly before: readonly ProbesSent[]; sent: readonly ProbesSent[] };
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
  const checkBranch = createBranchCheck(ports, state);
  const before = probesBefore(state, cutOverAt);
  const probes = { before, sent: before };
  const inquiry = { ports, scene, limits, startedAt: ports.clock.now(), doubt, checks, checkBranch, probes };
  try {
    return { ...state, verdict: await unlessOverruled(inquiry, await ask(inquiry, signal)) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...state, verdict: report(inquiry, undefined, error) };
  }
}

/** The counters still show what an earlier `verify` of the same cut-over, by the same state, sent. */
function probesBefore({ verdict }: RunState, cutOverAt: number): readonly ProbesSent[] {
  return verdict === undefined || verdict.startedAt < cutOverAt ? [] : (verdict.probes ?? []);
}

/** Before a failure is reported: a later commit on our values explains it better. Throws Failure SUPERSEDED. */
async function unlessOverruled({ checkBranch }: Inquiry, verdict: VerdictReport): Promise<VerdictReport> {
  const { trouble } = verdict;
  if (trouble !== undefined && reasons[trouble.reason].outcome === "FAIL") await checkBranch();
  return verdict;
}

async function ask(inquiry: Inquiry, signal: AbortSignal): Promise<VerdictReport> {
  const { ports, scene, limits, startedAt, doubt, probes } = inquiry;
  const reporter = createReporter(ports.log, startedAt);
  let standing: ProbeStanding = { sent: probes.before };
  let errors = 0;
  while (!signal.aborted) {
    const look = await looking(signal, tryLook(ports, scene, limits, standing.sent));
    const late = ports.clock.now() - startedAt >= limits.timeoutMs;
    if (look instanceof Failure) {
      errors += 1;
      endure(ports, look, errors, limits, late);
    } else {
      errors = 0;
      standing = await probe(inquiry, look, late, standing, signal);
      const conclusion = await looking(signal, conclude(inquiry, look, late, standing));
      if ("startedAt" in conclusion) return conclusion;
      reporter.waiting(conclusion.lacking, ports.clock.now(), conclusion.shown);
      if (look.kind === "judged") await doubt.noted(look.judgement, look.world, ports.clock.now());
    }
    await ports.clock.sleep(limits.intervalMs, signal);
  }
  throw new Failure("CANCELLED", cancelledText);
}

const cancelledText = "while verifying; the cut-over itself is in force";

function looking<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return unlessCancelled(signal, cancelledText, work);
}

/** Lets probe requests be sent where they are due. A failed one ends the step with what was seen until then. */
async function probe(
  { ports, scene, probes }: Inquiry,
  look: Look,
  late: boolean,
  standing: ProbeStanding,
  signal: AbortSignal,
): Promise<ProbeStanding> {
  if (ports.probe === undefined || look.kind === "moved" || look.judgement.verdict === "FAIL")
    return standing;
  const { judgement, world, settled } = look;
  const now = await ports.probe({ judgement, world, active: scene.active, open: settled && !late }, signal);
  probes.sent = [...probes.before, ...now.sent];
  if (now.failure !== undefined) throw now.failure;
  return { ...now, sent: probes.sent };
}

async function tryLook(...args: Parameters<typeof lookOnce>): Promise<Look | Failure> {
  try {
    return await lookOnce(...args);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

/** Throws the failure again where asking once more is of no use, or too late: at the end one may pass, and no second one. */
function endure(
  { log }: VerifyPorts,
  failure: Failure,
  errors: number,
  { maxErrors }: VerifyLimits,
  late: boolean,
): void {
  if (!failure.retryable || errors >= maxErrors || (late && errors > 1)) throw failure;
  log.warn(`${failure.message} (${errors} of ${maxErrors} in a row)`);
}

/** What is still lacking; `shown` is the line for people, where it holds figures that change with every scrape. */
interface Waiting {
  readonly lacking: string;
  readonly shown?: string;
}

async function conclude(
  inquiry: Inquiry,
  look: Look,
  late: boolean,
  standing: ProbeStanding,
): Promise<VerdictReport | Waiting> {
  if (look.kind === "judged") return concludeJudged(inquiry, look, late, standing);
  // Whoever moved it may have done so in Git; then there is nothing to wait for.
  await inquiry.checkBranch();
  return look.final || late
    ? report(inquiry, undefined, new Failure(look.reason, look.detail))
    : { lacking: look.detail };
}

async function concludeJudged(
  inquiry: Inquiry,
  look: Judged,
  late: boolean,
  standing: ProbeStanding,
): Promise<VerdictReport | Waiting> {
  const { judgement } = look;
  const { hold } = standing;
  if (judgement.verdict === "FAIL") {
    return report(inquiry, look, new Failure(judgement.reason, judgement.summary));
  }
  const checks = await inquiry.checks.noted(judgement);
  if (checks.kind === "failed") return report(inquiry, look, new Failure(checks.reason, checks.detail));
  if (judgement.verdict === "PASS" && hold === undefined) {
    return concludeChecks(inquiry, look, late ? inquiry.checks.expire() : checks);
  }
  if (late) return report(inquiry, look, await tooLate(inquiry, look, standing));
  if (judgement.verdict === "PASS") return { lacking: hold?.evidence ?? "" };
  // In PromQL mode the detail itself holds figures.
  const lacking = look.promql === undefined ? judgement.detail : judgement.reason;
  return { lacking, shown: judgement.summary };
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

/** What was missing to the end. Of probes that could not be sent it is the trouble with them. */
function tooLate(
  { doubt }: Inquiry,
  { judgement, world }: Judged,
  { hold, trouble }: ProbeStanding,
): Promise<Failure> | Failure | undefined {
  const idle = judgement.verdict === "NOT_YET" && judgement.reason === "NO_TRAFFIC";
  const cause = idle ? (trouble ?? hold) : hold;
  if (judgement.verdict === "NOT_YET" && (!idle || cause === undefined)) {
    return doubt.explained(judgement, world);
  }
  return cause && new Failure(cause.reason, `${cause.evidence}; ${judgement.summary}`);
}

function report(
  { ports, scene, startedAt, checks, probes: { sent } }: Inquiry,
  look?: Judged,
  failure?: Failure,
): VerdictReport {
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
    probes: sent.length === 0 ? undefined : [...sent],
    strength: look && { ...look.judgement.strength },
    promql: look?.promql && { ...look.promql },
    checks: checks.report(),
    holdings: look && [...holdingsOf(look.world, scene.state.rollout ?? {})],
    trouble: failure && { reason: failure.reason, evidence: failure.evidence },
  };
}
