/** How the steps hand on to each other, in one process, in a Task's pod and in tests alike: what each does to a run's models. */
import type { ModelRun, RunState } from "../core/run-state.ts";
import type { Clock, Cluster, GitOps, GitRemote, Happenings, Log, Metrics } from "../ports.ts";
import { type AwaitLimits, awaitRollout } from "./await.ts";
import type { MutateRequest } from "./mutate/request.ts";
import { type RestorePorts, restore } from "./mutate/restore.ts";
import { mutate } from "./mutate.ts";
import { forEachModel } from "./several.ts";
import type { ProbeSource } from "./verify/probing.ts";
import { type VerifyLimits, verify } from "./verify.ts";

/** `limits`: of the stage that has to go before some restores. Throws Failure, as `mutate` and `restore` do. */
export function change(
  ports: RestorePorts,
  request: MutateRequest,
  limits: AwaitLimits,
  signal: AbortSignal,
): Promise<RunState> {
  return request.intent.restore === true
    ? restore(ports, request, limits, signal)
    : mutate(ports, request, signal);
}

/** What all models share. */
interface SharedPorts {
  readonly cluster: Cluster;
  readonly git: GitRemote;
  readonly clock: Clock;
  readonly log: Log;
}

export interface AwaitedPorts extends SharedPorts {
  readonly happenings?: Happenings | undefined;
  gitops(model: ModelRun, index: number): Promise<GitOps | undefined>;
}

export function awaitModels(
  { gitops, ...ports }: AwaitedPorts,
  state: RunState,
  limits: AwaitLimits,
  signal: AbortSignal,
): Promise<RunState> {
  return forEachModel(state, ports.log, async (model, log, index) => {
    const around = { ...ports, gitops: await gitops(model, index), log };
    const done = await awaitRollout(around, model, limits, signal);
    const { cutOverAt, active } = done.rollout ?? {};
    if (cutOverAt !== undefined) log.info(`Rolled out: ${active} has all the traffic`);
    return done;
  });
}

export interface VerifiedPorts extends SharedPorts {
  readonly metrics: Metrics;
  /** A new source each time: it is for one model's proof. */
  probe(model: ModelRun): Promise<ProbeSource | undefined>;
}

export function verifyModels(
  { probe, ...ports }: VerifiedPorts,
  state: RunState,
  limits: VerifyLimits,
  signal: AbortSignal,
): Promise<RunState> {
  return forEachModel(state, ports.log, async (model, log) =>
    verify({ ...ports, probe: await probe(model), log }, model, limits, signal),
  );
}
