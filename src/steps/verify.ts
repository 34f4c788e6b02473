/** Step 3: ask Prometheus who answered since the cut-over, until the counters prove it one way or the other. */
import type { ProbeStanding } from "../core/probe/standing.ts";
import type { RunState, VerdictReport } from "../core/run-state.ts";
import { recordOf } from "../core/verdict/record.ts";
import { Failure } from "../errors/failure.ts";
import type { Log } from "../ports.ts";
import { createDoubt, type Doubt } from "./doubt.ts";
import {
  createMemory,
  type Look,
  type LookOptions,
  type LookPorts,
  lookOnce,
  type Scene,
} from "./looking.ts";
import type { ProbeSource } from "./probing.ts";
import { createReporter, type Reporter } from "./reporter.ts";

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
}

type Judged = Extract<Look, { kind: "judged" }>;

interface Inquiry {
  readonly ports: VerifyPorts;
  readonly scene: Scene;
  readonly limits: VerifyLimits;
  readonly startedAt: number;
  readonly doubt: Doubt;
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
  const inquiry = { ports, scene, limits, startedAt: ports.clock.now(), doubt };
  try {
    return { ...state, verdict: await ask(inquiry, signal) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...state, verdict: report(inquiry, undefined, error) };
  }
}

async function ask(inquiry: Inquiry, signal: AbortSignal): Promise<VerdictReport> {
  const { ports, scene, limits, startedAt, doubt } = inquiry;
  const reporter = createReporter(ports.log, startedAt);
  let standing: ProbeStanding = { sent: [] };
  let errors = 0;
  while (!signal.aborted) {
    const look = await tryLook(ports, scene, limits, standing.sent);
    if (look instanceof Failure) {
      errors += 1;
      endure(ports, look, errors, limits);
    } else {
      errors = 0;
      const late = ports.clock.now() - startedAt >= limits.timeoutMs;
      standing = await probe(inquiry, look, late, standing, signal);
      const verdict = await conclude(inquiry, look, late, standing);
      if (verdict !== undefined) return verdict;
      reportWaiting(reporter, look, ports.clock.now());
      if (look.kind === "judged") await doubt.noted(look.judgement, look.world, ports.clock.now());
    }
    await ports.clock.sleep(limits.intervalMs, signal);
  }
  throw new Failure("CANCELLED", "while verifying; the cut-over itself is in force");
}

/** Lets probe requests be sent where they are due. A failed one ends the step with what was seen until then. */
async function probe(
  { ports, scene }: Inquiry,
  look: Look,
  late: boolean,
  standing: ProbeStanding,
  signal: AbortSignal,
): Promise<ProbeStanding> {
  if (ports.probe === undefined || look.kind === "moved" || look.judgement.verdict === "FAIL")
    return standing;
  const { judgement, world, settled } = look;
  return ports.probe({ judgement, world, active: scene.active, open: settled && !late }, signal);
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

/** Undefined: not yet. */
async function conclude(
  inquiry: Inquiry,
  look: Look,
  late: boolean,
  standing: ProbeStanding,
): Promise<VerdictReport | undefined> {
  if (look.kind === "moved") {
    return look.final || late ? report(inquiry, undefined, new Failure(look.reason, look.detail)) : undefined;
  }
  const { judgement } = look;
  const { hold, sent } = standing;
  if (judgement.verdict === "PASS" && hold === undefined) return report(inquiry, look, undefined, sent);
  if (judgement.verdict === "FAIL") {
    return report(inquiry, look, new Failure(judgement.reason, judgement.summary), sent);
  }
  return late ? report(inquiry, look, await tooLate(inquiry, look, standing), sent) : undefined;
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
  { ports, startedAt }: Inquiry,
  look?: Judged,
  failure?: Failure,
  probes: ProbeStanding["sent"] = [],
): VerdictReport {
  const record = look && recordOf(look.judgement);
  return {
    startedAt,
    endedAt: ports.clock.now(),
    query: look?.query,
    summary: look?.judgement.summary,
    pods: record && [...record.pods],
    cut: record?.cut,
    since: look?.judgement.since,
    probes: probes.length === 0 ? undefined : [...probes],
    strength: look && { ...look.judgement.strength },
    trouble: failure && { reason: failure.reason, evidence: failure.evidence },
  };
}
