/**
 * `mutate` of a rollback that restores a version. Where percent 100 would at once let in a revision that nobody approved,
 * the version is staged first and let in when its revision is ready: two commits. Whoever runs it again finds what is there
 * and goes on.
 */
import type { RunState } from "../../core/run-state.ts";
import { Failure } from "../../errors/failure.ts";
import type { GitOps } from "../../ports.ts";
import { type AwaitLimits, awaitRollout } from "../await.ts";
import { type MutatePorts, mutate } from "../mutate.ts";
import type { MutateRequest } from "./request.ts";

export interface RestorePorts extends MutatePorts {
  readonly gitops?: GitOps | undefined;
  /** Told of the first of two commits: whoever reports a failure after it has to name it. */
  readonly noted?: (state: RunState) => void;
}

/** Leaves the state of the commit that lets the version in. Throws Failure, also where the first commit's revision does not get ready. */
export async function restore(
  ports: RestorePorts,
  request: MutateRequest,
  limits: AwaitLimits,
  signal: AbortSignal,
): Promise<RunState> {
  const first = await mutate(ports, request, signal);
  if (first.intent.action !== "stage") return first;
  const { version } = first.intent;
  ports.noted?.(first);
  ports.log.info(`Version ${version} gets the traffic when its new revision is ready`);
  const staged = await awaitRollout(ports, first, limits, signal);
  const { trouble } = staged.rollout ?? {};
  if (trouble !== undefined)
    throw new Failure(trouble.reason, `while version ${version} was staged: ${trouble.evidence}`);
  // There is a commit of this run by now, and somebody may have overruled it since.
  const second = await mutate(ports, { ...request, isNew: false }, signal);
  if (second.intent.action !== "stage") return second;
  throw new Failure("GREEN_NOT_READY", `the revision of version ${version} was ready, and is no longer`);
}
