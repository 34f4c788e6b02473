/** One run of the program: the steps, unchanged, with the hand-overs of the command line (`src/steps/chain.ts`). */
import { serviceTrailer } from "../../src/core/commit/trailers.ts";
import type { Action } from "../../src/core/intent.ts";
import type { RecoveryPolicy } from "../../src/core/recovery.ts";
import { type Results, resultsOf } from "../../src/core/results.ts";
import {
  formatRunState,
  type ModelRun,
  modelsOf,
  parseRunState,
  type RunState,
} from "../../src/core/run-state.ts";
import type { Settlement } from "../../src/core/settlement.ts";
import type { ServiceRef } from "../../src/core/world.ts";
import { Failure } from "../../src/errors/failure.ts";
import type { Cluster, GitOps, GitRemote, Log, Metrics } from "../../src/ports.ts";
import { failureAsJson, runAsJson } from "../../src/report/json.ts";
import { describeRun, explainFailure } from "../../src/report/text.ts";
import type { AwaitLimits } from "../../src/steps/await.ts";
import { awaitModels, change, verifyModels } from "../../src/steps/chain.ts";
import type { Proposals } from "../../src/steps/mutate/propose.ts";
import type { MutateRequest } from "../../src/steps/mutate/request.ts";
import type { RestorePorts } from "../../src/steps/mutate/restore.ts";
import { recover } from "../../src/steps/settle/recover.ts";
import { settle, settleFailed } from "../../src/steps/settle.ts";
import type { ProbeSource } from "../../src/steps/verify/probing.ts";
import type { VerifyLimits } from "../../src/steps/verify.ts";
import type { Phase } from "./faults.ts";
import type { Process } from "./process.ts";

export interface ProgramPorts {
  readonly cluster: Cluster;
  readonly git: GitRemote;
  readonly gitops: (service: ServiceRef) => GitOps | undefined;
  readonly proposals: Proposals | undefined;
  readonly metrics: Metrics;
  /** For one `verify` of this action. Undefined: no requests of our own are to be sent. */
  readonly probe: (action: Action) => ProbeSource | undefined;
  readonly log: Log;
}

export interface Limits {
  readonly rollout: AwaitLimits;
  readonly verdict: VerifyLimits;
}

export interface Order {
  readonly request: MutateRequest;
  readonly policy: RecoveryPolicy;
  readonly limits: Limits;
}

/** The state file. It outlives the process. */
export interface Kept {
  text: string | undefined;
}

export interface Ending {
  readonly settlement: Settlement;
  readonly state: RunState | undefined;
  readonly results: Results;
  /** All that was said at the end. */
  readonly report: string;
}

/** Never rejects; an error that is none of the catalogue ends as BUG. `from`: the first step, with the file of the others. */
export async function runProgram(
  process: Process,
  ports: ProgramPorts,
  order: Order,
  kept: Kept,
  from: Phase,
): Promise<Ending> {
  let results: Results | undefined;
  const sink = {
    async write(given: Results) {
      results = given;
    },
  };
  let state: RunState | undefined;
  const noted = (first: RunState) => {
    state = first;
  };
  try {
    state = await firstSteps(process, { ...ports, noted }, order, kept, from);
    process.enter("settle");
    const end = await settle(
      { sink, log: ports.log, undo: (failed) => undo(process, ports, order, failed) },
      state,
      order.policy,
    );
    keep(kept, end.state);
    return {
      settlement: end.settlement,
      state: end.state,
      results: results ?? resultsOf(end.state, end.settlement),
      report: say(describeRun(end.state, end.settlement), runAsJson(end.state, end.settlement)),
    };
  } catch (error) {
    const failure = error instanceof Failure ? error : new Failure("BUG", String((error as Error).stack));
    state ??= kept.text === undefined || from === "mutate" ? undefined : parse(kept);
    const settlement = await settleFailed(sink, failure, state);
    return {
      settlement,
      state,
      results: results ?? resultsOf(state, settlement),
      report: say(explainFailure(failure), failureAsJson(failure)),
    };
  }
}

async function firstSteps(
  process: Process,
  ports: ProgramPorts & Pick<RestorePorts, "noted">,
  { request, limits }: Order,
  kept: Kept,
  from: Phase,
): Promise<RunState> {
  const { clock, random, signal } = process;
  const order: readonly Phase[] = ["mutate", "await", "verify", "settle"];
  const does = (phase: Phase) => order.indexOf(phase) >= order.indexOf(from);
  let state = does("mutate") ? undefined : parse(kept);
  if (state === undefined) {
    process.enter("mutate");
    const gitops = request.intent.restore === true ? ports.gitops(request.service) : undefined;
    state = await change({ ...ports, gitops, clock, random: random.next }, request, limits.rollout, signal);
    keep(kept, state);
  }
  if (does("await")) {
    process.enter("await");
    const gitops = async ({ service }: ModelRun) => ports.gitops(service);
    state = await awaitModels({ ...ports, gitops, clock }, state, limits.rollout, signal);
    keep(kept, state);
  }
  if (does("verify")) {
    process.enter("verify");
    const probe = async ({ intent }: ModelRun) => ports.probe(intent.action);
    state = await verifyModels({ ...ports, probe, clock }, state, limits.verdict, signal);
    keep(kept, state);
  }
  return state;
}

function undo(process: Process, ports: ProgramPorts, { request, limits }: Order, failed: RunState) {
  const { clock, random, signal } = process;
  const { gitops, probe } = ports;
  const ofModels = new Map(
    modelsOf(failed).map(
      ({ service }) =>
        [serviceTrailer(service), { gitops: gitops(service), probe: probe("rollback") }] as const,
    ),
  );
  return recover(
    { ...ports, clock, random: random.next, ofModels },
    failed,
    {
      pushTimeoutMs: request.pushTimeoutMs,
      mergeTimeoutMs: request.mergeTimeoutMs,
      rollout: limits.rollout,
      // As the command line has it: a rollback is held to no check.
      verdict: { ...limits.verdict, checks: undefined },
    },
    signal,
  );
}

/** Through the file's text and back, as between two steps of a Task. */
function keep(kept: Kept, state: RunState): void {
  kept.text = formatRunState(state);
}

function parse({ text = "" }: Kept): RunState {
  return parseRunState(text, {});
}

function say(lines: readonly string[], json: object): string {
  return [...lines, JSON.stringify(json)].join("\n");
}
