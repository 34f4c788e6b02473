/**
 * The automatic rollback: the same chain as any other, for this run's own promote and nothing else. Git makes it happen
 * at most once: a second try finds its own commit, and a later change of somebody else is left alone.
 */
import type { Recovery, RunState } from "../core/run-state.ts";
import { Failure } from "../errors/failure.ts";
import type { GitOps, Metrics } from "../ports.ts";
import { type AwaitLimits, awaitRollout } from "./await.ts";
import { type MutatePorts, type MutateRequest, mutate } from "./mutate.ts";
import type { ProbeSource } from "./probing.ts";
import { type VerifyLimits, verify } from "./verify.ts";

export interface RecoverPorts extends MutatePorts {
  readonly gitops?: GitOps | undefined;
  readonly metrics: Metrics;
  readonly probe?: ProbeSource | undefined;
}

export interface RecoverLimits {
  readonly pushTimeoutMs: number;
  readonly mergeTimeoutMs?: number | undefined;
  /** What stands below the commit: a server may decline one without. */
  readonly signatures?: Pick<MutateRequest, "trailers" | "signOff">;
  readonly rollout: AwaitLimits;
  readonly verdict: VerifyLimits;
}

/** Never throws a Failure: what went wrong is in what it returns. */
export async function recover(
  ports: RecoverPorts,
  failed: RunState,
  limits: RecoverLimits,
  signal: AbortSignal,
): Promise<Recovery> {
  ports.log.warn(`Rolling back what this run promoted`);
  try {
    let run = await mutate(ports, rollbackOf(failed, limits), signal);
    run = await awaitRollout(ports, run, limits.rollout, signal);
    run = await verify(ports, run, limits.verdict, signal);
    return { run };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { trouble: { reason: error.reason, evidence: error.evidence } };
  }
}

function rollbackOf(
  { run, service, git }: RunState,
  { pushTimeoutMs, mergeTimeoutMs, signatures }: RecoverLimits,
): MutateRequest {
  return {
    run,
    service,
    location: git.location,
    intent: { action: "rollback", sets: [] },
    guard: { undoRun: run },
    pushTimeoutMs,
    mergeTimeoutMs,
    ...signatures,
  };
}
