/** Runs commands over the real adapters. The whole chain and the single steps are the same code. */

import { serviceTrailer } from "../core/commit/trailers.ts";
import type { Action } from "../core/intent.ts";
import { modelsOf, type Recovery, type RunIdentity, type RunState } from "../core/run-state.ts";
import { type Settlement, settlementOf } from "../core/settlement.ts";
import { exitCodes, reasons } from "../errors/catalogue.ts";
import { Failure } from "../errors/failure.ts";
import type { Log, Metrics } from "../ports.ts";
import { runAsJson } from "../report/json.ts";
import { describePlan, planAsJson } from "../report/plan.ts";
import { describeRun, explain } from "../report/text.ts";
import { unlessCancelled } from "../steps/cancel.ts";
import { awaitModels, change, verifyModels } from "../steps/chain.ts";
import { reachOf } from "../steps/mutate/overruled.ts";
import { type Plan, prepare } from "../steps/mutate/prepare.ts";
import type { Request } from "../steps/mutate/request.ts";
import type { Found } from "../steps/mutate.ts";
import { recover } from "../steps/settle/recover.ts";
import { settle } from "../steps/settle.ts";
import type { ProbeSource } from "../steps/verify/probing.ts";
import { createResultsSink } from "../tekton/results.ts";
import { type Asked, meaningless } from "./asked.ts";
import { systemClock } from "./clock.ts";
import type { StepName } from "./commands.ts";
import type { Chain } from "./live/run-chain.ts";
import type { Values } from "./options.ts";
import { probeSettings } from "./probe.ts";
import { recoveryLimits, verifyLimits } from "./proving.ts";
import { type Source, signatures } from "./publishing.ts";
import { gather, type Reporting } from "./report.ts";
import { need } from "./resolve.ts";
import type { Session } from "./session.ts";
import { checkStateFolder, readStateFile, writeStateFile } from "./state-file.ts";
import {
  awaitLimits,
  type Connections,
  checkMetricsAccess,
  connect,
  mutateRequest,
  runOf,
} from "./wiring.ts";

export async function runPlan(session: Session, asked: Asked): Promise<number> {
  const plans = await unlessCancelled(
    session.signal,
    "while planning; a plan changes nothing",
    plan(session, asked),
  );
  const [first, ...others] = plans.map(({ model, plan }) => planAsJson(model, plan));
  session.report(
    plans.flatMap(({ model, plan }) => describePlan(model, plan)),
    others.length === 0 ? { ...first } : { ...first, also: others },
  );
  const [finding] = plans.flatMap(({ plan }) => (plan.kind === "commit" ? plan.findings : []));
  return finding === undefined ? 0 : exitCodes[reasons[finding.reason].class];
}

async function plan(session: Session, asked: Asked): Promise<readonly { model: Request; plan: Plan }[]> {
  const ports = connect(session);
  const { also = [], ...request } = mutateRequest(session.values, asked);
  const models = [request, ...also.map((model) => ({ ...model, run: request.run, isNew: request.isNew }))];
  const [cluster, git] = await Promise.all([ports.cluster(), ports.git(request)]);
  const [worlds, snapshot] = await Promise.all([
    Promise.all(models.map(async (model) => ({ model, world: await cluster.read(model.service) }))),
    git.fetch(models.map(({ location }) => location.path)),
  ]);
  return Promise.all(
    worlds.map(async ({ model, world }) => {
      const plan = await prepare(model, snapshot, world, { reach: reachOf(model, ports.clock.now()) });
      return { model, plan };
    }),
  );
}

export async function runChain(session: Session, asked: Asked): Promise<number> {
  const chain = await openChain(session, asked);
  try {
    let state = await chain.link("mutate", (each) => mutateStep(each, asked));
    state = await chain.link("await", (each) => awaitStep(each, state));
    state = await chain.link("verify", (each) => verifyStep(each, state));
    return await chain.link("settle", (each) => settleStep(each, state));
  } finally {
    chain.close();
  }
}

/** On a terminal the chain is drawn while it runs; anywhere else its lines come one after the other. */
async function openChain(session: Session, { intent }: Asked): Promise<Chain> {
  const { openScreen, values } = session;
  if (openScreen === undefined) return { link: (_, work) => work(session), close: () => {} };
  const { openLiveChain } = await import("./live/run-chain.ts");
  const title = `${intent.action} ${values.name.map((name) => `${values.namespace}/${name}`).join(", ")}`;
  return openLiveChain(session, title, openScreen, systemClock().now);
}

export async function runStep(session: Session, step: StepName, asked: () => Asked): Promise<number> {
  if (step === "mutate") {
    const state = await mutateStep(session, asked());
    // The steps that follow would begin to wait, in a pod that is to end.
    if (session.signal.aborted) throw new Failure("CANCELLED", `after mutate, ${describeCommit(state)}`);
    session.report([`Step mutate done: ${state.mutation.kind}`], { step, state });
    return 0;
  }
  const state = await readStateFile(need(session.values["state-file"], "state-file"), {
    run: runOf(session.values),
    namespace: session.values.namespace,
    names: session.values.name,
    action: session.values.action,
    ...repositoryTold(session.values),
  });
  session.kept.state = state;
  tellIfSet(session);
  if (step === "settle") return settleStep(session, state);
  const next = step === "await" ? await awaitStep(session, state) : await verifyStep(session, state);
  return endStep(session, step, next);
}

function describeCommit({ mutation: { commit, kind } }: RunState): string {
  return `commit ${commit?.slice(0, 10) ?? "unknown"} stays (${kind})`;
}

async function mutateStep(session: Session, asked: Asked): Promise<RunState> {
  const { values, log, signal } = session;
  const request = mutateRequest(values, asked);
  const warning = meaningless(values, request.intent.action);
  if (warning !== undefined) log.warn(warning);
  await refuseEarly(values, request.intent.action);
  const ports = connect(session);
  const [cluster, git, proposals] = await Promise.all([
    ports.cluster(),
    ports.git(request),
    ports.proposals(request),
  ]);
  const found = (models: readonly Found[]) => {
    session.kept.found = models;
  };
  const noted = (first: RunState) => {
    session.kept.state = first;
  };
  const mutatePorts = { cluster, git, proposals, log, clock: ports.clock, random: Math.random, found };
  const gitops = request.intent.restore === true ? await ports.gitops(0) : undefined;
  const state = await change({ ...mutatePorts, gitops, noted }, request, awaitLimits(values), signal);
  await keep(session, state);
  return state;
}

/** What a later step cannot use must be found before the commit, not after it. */
async function refuseEarly(values: Values, action: Action): Promise<void> {
  await verifyLimits(values);
  await probeSettings(values, action);
  await checkMetricsAccess(values);
  if (values["state-file"] !== undefined) await checkStateFolder(values["state-file"]);
}

async function awaitStep(session: Session, state: RunState): Promise<RunState> {
  const { values, log, signal } = session;
  const { clock, gitops, ...ports } = connect(session);
  const [cluster, git, happenings] = await Promise.all([
    ports.cluster(),
    ports.git(sourceOf(state)),
    ports.happenings(),
  ]);
  const around = { cluster, git, happenings, log, clock };
  const next = await awaitModels(
    { ...around, gitops: (_, index) => gitops(index) },
    state,
    awaitLimits(values),
    signal,
  );
  await keep(session, next);
  return next;
}

async function verifyStep(session: Session, state: RunState): Promise<RunState> {
  const { log, signal } = session;
  const { clock, ...ports } = connect(session);
  const [cluster, git, metrics, limits] = await Promise.all([
    ports.cluster(),
    ports.git(sourceOf(state)),
    ports.metrics(state.service.namespace),
    verifyLimits(session.values),
  ]);
  const around = { cluster, git, metrics, log, clock };
  const next = await verifyModels(
    { ...around, probe: ({ intent }) => ports.probe(intent.action) },
    state,
    limits,
    signal,
  );
  await keep(session, next);
  return next;
}

async function settleStep(session: Session, state: RunState): Promise<number> {
  const { values, log } = session;
  const policy = {
    onFailure: need(values["on-failure"], "on-failure"),
    causes: need(values["rollback-on"], "rollback-on"),
  };
  const sink = createResultsSink(values["results-dir"]);
  const end = await settle({ sink, log, undo: (failed) => undo(session, failed) }, state, policy);
  if (end.state !== state) await keep(session, end.state);
  await session.writeReports(end, (of) => trafficOf(session, of));
  session.report(describeRun(end.state, end.settlement), runAsJson(end.state, end.settlement));
  return codeOf(end.settlement);
}

/** A report is waited for: its query is given up sooner than those of the proof. */
const reportQueryTimeoutMs = 10_000;

function trafficOf(session: Session, state: RunState): ReturnType<NonNullable<Reporting["traffic"]>> {
  const metrics = () => connect(session).metrics(state.service.namespace, reportQueryTimeoutMs);
  return gather(metrics, state, session.values.runtime);
}

async function undo({ values, log, signal, ...session }: Session, failed: RunState): Promise<Recovery> {
  const ports = connect({ ...session, values, log, signal });
  const [cluster, happenings, git, proposals, ofModels] = await Promise.all([
    ports.cluster(),
    ports.happenings(),
    ports.git(sourceOf(failed)),
    ports.proposals(sourceOf(failed)),
    Promise.all(
      modelsOf(failed).map(async ({ service }, index) => {
        const [gitops, probe] = await Promise.all([ports.gitops(index), probeFor(ports, log)]);
        return [serviceTrailer(service), { gitops, probe }] as const;
      }),
    ),
  ]);
  // Credentials that are gone by now keep nobody from rolling back; the proof is then what is missing.
  const metrics: Metrics = {
    query: async (...question) => (await ports.metrics(failed.service.namespace)).query(...question),
  };
  return recover(
    {
      ...{ cluster, happenings, git, proposals, metrics, log, clock: ports.clock, random: Math.random },
      ofModels: new Map(ofModels),
    },
    failed,
    {
      pushTimeoutMs: need(values["push-timeout"], "push-timeout"),
      mergeTimeoutMs: values["merge-timeout"],
      signatures: signatures(values),
      rollout: awaitLimits(values),
      verdict: await recoveryLimits(values),
    },
    signal,
  );
}

async function probeFor(ports: Connections, log: Log): Promise<ProbeSource | undefined> {
  try {
    return await ports.probe("rollback");
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    log.warn(`No probe requests for the rollback: ${error.evidence}`);
    return undefined;
  }
}

/** A step's own end. In a Task `settle` follows; the console shows the last lines of the first step that failed. */
async function endStep(session: Session, step: "await" | "verify", state: RunState): Promise<number> {
  const trouble = modelsOf(state)
    .map((model) => (step === "await" ? model.rollout?.trouble : model.verdict?.trouble))
    .find((each) => each !== undefined);
  // Nothing follows: a TaskRun that is cancelled loses its pod.
  if (trouble?.reason === "CANCELLED") await session.writeReports({ state, settlement: settlementOf(state) });
  const lines =
    trouble === undefined
      ? [`Step ${step} done`]
      : explain(trouble.reason, trouble.evidence, trouble.command);
  session.report(lines, { step, state });
  return trouble === undefined ? 0 : exitCodes[reasons[trouble.reason].class];
}

/** The branch has a default, which says nothing where no repository was named. */
function repositoryTold(values: Values): Pick<RunIdentity, "gitUrl" | "branch"> {
  const gitUrl = values["git-url"];
  return gitUrl === undefined ? {} : { gitUrl, branch: values.branch };
}

function sourceOf({ git }: RunState): Source {
  return { gitUrl: git.url, branch: git.branch };
}

function codeOf({ reason }: Settlement): number {
  return exitCodes[reasons[reason].class];
}

/** Less is what a clock is kept right by, all the time. */
const worthTellingMs = 5_000;

function tellIfSet({ kept, log }: Session): void {
  const { setByMs } = systemClock(kept.state?.clock);
  if (Math.abs(setByMs) < worthTellingMs) return;
  const how = `set ${setByMs > 0 ? "forward" : "back"} by ${Math.round(Math.abs(setByMs) / 1000)} s`;
  log.warn(`This machine's clock was ${how} since the run began; the run's own time goes on as it was`);
}

async function keep({ values, kept }: Session, state: RunState): Promise<void> {
  const { timeline } = systemClock(kept.state?.clock);
  kept.state = { ...state, clock: timeline };
  const path = values["state-file"];
  if (path !== undefined) await writeStateFile(path, kept.state);
}
