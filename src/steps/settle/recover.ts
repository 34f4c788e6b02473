/**
 * The automatic rollback: the same chain as any other, for this run's own promote and nothing else. Git makes it happen
 * at most once: a second try finds its own commit, and a later change of somebody else is left alone.
 */
import { serviceTrailer } from "../../core/commit/trailers.ts";
import { changedModels } from "../../core/recovery.ts";
import type { ModelRun, Recovery, RunState, Trouble } from "../../core/run-state.ts";
import { reasons } from "../../errors/catalogue.ts";
import { Failure } from "../../errors/failure.ts";
import type { GitOps, Happenings, Metrics } from "../../ports.ts";
import type { AwaitLimits } from "../await.ts";
import { awaitModels, verifyModels } from "../chain.ts";
import type { ModelRequest, MutateRequest } from "../mutate/request.ts";
import { type MutatePorts, mutate } from "../mutate.ts";
import type { ProbeSource } from "../verify/probing.ts";
import type { VerifyLimits } from "../verify.ts";

/** What belongs to one model alone. */
interface ModelPorts {
  readonly gitops?: GitOps | undefined;
  readonly probe?: ProbeSource | undefined;
}

export interface RecoverPorts extends MutatePorts {
  readonly metrics: Metrics;
  readonly happenings?: Happenings | undefined;
  /** By `namespace/name`. */
  readonly ofModels: ReadonlyMap<string, ModelPorts>;
}

export interface RecoverLimits {
  readonly pushTimeoutMs: number;
  readonly mergeTimeoutMs?: number | undefined;
  /** What stands below the commit: a server may decline one without. */
  readonly signatures?: Pick<MutateRequest, "trailers" | "signOff">;
  readonly rollout: AwaitLimits;
  readonly verdict: VerifyLimits;
}

/**
 * Throws Failure where it did not come as far as a commit; `settle` tells that beside the cause. What stands against one
 * of several models does not keep the others from being rolled back; it is the recovery's trouble then.
 */
export async function recover(
  ports: RecoverPorts,
  failed: RunState,
  limits: RecoverLimits,
  signal: AbortSignal,
): Promise<Recovery> {
  ports.log.warn(`Rolling back what this run promoted`);
  let { run, trouble } = await commit(ports, rollbackOf(failed, limits), signal);
  const own = ({ service }: ModelRun) => ports.ofModels.get(serviceTrailer(service)) ?? {};
  const awaited = { ...ports, gitops: async (model: ModelRun) => own(model).gitops };
  run = await awaitModels(awaited, run, limits.rollout, signal);
  const verified = { ...ports, probe: async (model: ModelRun) => own(model).probe };
  run = await verifyModels(verified, run, limits.verdict, signal);
  return { run, trouble };
}

interface Committed {
  readonly run: RunState;
  readonly trouble?: Trouble | undefined;
}

/** One commit for all of them; one each where that is refused. */
async function commit(ports: RecoverPorts, request: MutateRequest, signal: AbortSignal): Promise<Committed> {
  try {
    return { run: await mutate(ports, request, signal) };
  } catch (error) {
    if (!(error instanceof Failure) || request.also === undefined || !isRefusal(error)) throw error;
    return await commitEach(ports, request, error, signal);
  }
}

/** It was not the world that failed: to ask again for all would be refused again. */
function isRefusal({ reason }: Failure): boolean {
  return ["REFUSED", "UNCHANGED", "SUPERSEDED"].includes(reasons[reason].outcome);
}

/** Throws the failure of all of them where not one could be committed. */
async function commitEach(
  ports: RecoverPorts,
  { also = [], ...shared }: MutateRequest,
  refusal: Failure,
  signal: AbortSignal,
): Promise<Committed> {
  const done: ModelRun[] = [];
  const troubles: Trouble[] = [];
  for (const model of [shared, ...also]) {
    const { service, intent, location, guard } = model;
    try {
      done.push(await mutate(ports, { ...shared, service, intent, location, guard }, signal));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const name = serviceTrailer(service);
      const evidence = error.evidence.startsWith(name) ? error.evidence : `${name}: ${error.evidence}`;
      ports.log.warn(`Not rolled back: ${evidence}`);
      troubles.push({ reason: error.reason, evidence });
    }
  }
  const [first, ...others] = done;
  if (first === undefined) throw refusal;
  return { run: others.length === 0 ? first : { ...first, also: others }, trouble: troubles[0] };
}

function rollbackOf(
  failed: RunState,
  { pushTimeoutMs, mergeTimeoutMs, signatures }: RecoverLimits,
): MutateRequest {
  const { run } = failed;
  const [first, ...also] = changedModels(failed).map(
    ({ service, git }): ModelRequest => ({
      service,
      location: git.location,
      intent: { action: "rollback", sets: [] },
      guard: { undoRun: run },
    }),
  ) as [ModelRequest, ...ModelRequest[]];
  return {
    run,
    ...first,
    ...(also.length === 0 ? {} : { also }),
    pushTimeoutMs,
    mergeTimeoutMs,
    ...signatures,
  };
}
