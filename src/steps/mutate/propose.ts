/**
 * The change by way of a pull request: a branch of the run's own, a pull request from it, and somebody who merges it.
 * Both names follow from the run, so a retry finds what an earlier attempt left and goes on from there; nothing is ever
 * made twice, and nothing that people did to it is undone.
 */
import { createHash } from "node:crypto";
import { commitMessage } from "../../core/commit/message.ts";
import { parseTrailers, serviceTrailer, type Trailers } from "../../core/commit/trailers.ts";
import type { Action } from "../../core/intent.ts";
import {
  named,
  type PullRequestReading,
  pullRequestText,
  pullRequestTrailers,
  runBranch,
  sameMeaning,
} from "../../core/pull-request.ts";
import type { Mutation } from "../../core/run-state.ts";
import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";
import type { Clock, Forge, GitForks, GitRemote, GitSnapshot, Log, Patience } from "../../ports.ts";
import { lastChange } from "./last-change.ts";
import { awaitMerge } from "./merged.ts";
import type { CommitPlan, Provenance } from "./prepare.ts";
import type { MutateRequest } from "./request.ts";
import { holdsWanted } from "./target.ts";

export interface Proposals {
  readonly forge: Forge;
  readonly forks: GitForks;
}

export interface ProposePorts extends Proposals {
  readonly git: GitRemote;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/** The target branch as it is, and what is to be done to it. */
export interface Proposal {
  readonly snapshot: GitSnapshot;
  readonly plan: CommitPlan;
}

/**
 * Resolves when the pull request is merged and the file holds our values. Throws Failure, e.g. PULL_REQUEST_CLOSED,
 * PULL_REQUEST_CONFLICT, PULL_REQUEST_OUTDATED, SUPERSEDED, MERGE_TIMEOUT, CANCELLED: then it is as people left it.
 */
export async function propose(
  ports: ProposePorts,
  request: MutateRequest,
  proposal: Proposal,
  signal: AbortSignal,
): Promise<Mutation> {
  const { clock, forge } = ports;
  const patience = { deadline: clock.now() + request.pushTimeoutMs, signal };
  const branch = branchOf(request, request.intent.action, request.run);
  const pull = await begin().catch((error: unknown) => {
    throw signal.aborted ? cancelledBefore(branch, request) : error;
  });
  return awaitMerge(ports, request, { ...proposal, pull }, signal);

  async function begin(): Promise<PullRequestReading> {
    const found = await forge.find(branch, patience);
    return adoptOrOpen(ports, { request, proposal, branch, found }, patience);
  }
}

function cancelledBefore(branch: string, { run }: MutateRequest): Failure {
  const goOn = `run the same command with --run-id ${printable(run)} again, which takes up what is there`;
  return new Failure("CANCELLED", `before a pull request from ${branch} was seen to be open; ${goOn}`);
}

function branchOf({ service }: MutateRequest, action: Action, run: string): string {
  return runBranch(service, action, run, (text) => createHash("sha256").update(text).digest("hex"));
}

interface Opening {
  readonly request: MutateRequest;
  readonly proposal: Proposal;
  readonly branch: string;
  readonly found: PullRequestReading | undefined;
}

async function adoptOrOpen(
  ports: ProposePorts,
  opening: Opening,
  patience: Patience,
): Promise<PullRequestReading> {
  const { request, proposal, branch, found } = opening;
  // What became of it decides; there is nothing left to be prepared.
  if (found !== undefined && found.state !== "open") return found;
  const { plan } = proposal;
  const message = commitMessage(request, plan.values, plan.expectation);
  await ensureBranch(ports, opening, message);
  if (found !== undefined) {
    ports.log.info(`This run's ${named(found)} is there already`);
    return found;
  }
  const opened = await ports.forge.open({ branch, ...pullRequestText(message) }, patience);
  ports.log.info(`Opened ${named(opened)} from ${branch} into ${ports.git.branch}`);
  return opened;
}

/** Makes the branch, or takes the one that an earlier attempt of this run made, if it still means the same. */
async function ensureBranch(
  { forks, git, log }: ProposePorts,
  { request, proposal, branch, found }: Opening,
  message: string,
): Promise<void> {
  const { path } = request.location;
  const there = await forks.fetchBranch(branch, [path]);
  if (there !== undefined)
    return refuseOutdated(there, request, message, found === undefined ? `branch ${branch}` : named(found));
  if (found !== undefined) {
    throw new Failure("PULL_REQUEST_OUTDATED", `${named(found)} is open, and its branch ${branch} is gone`);
  }
  const files = new Map([[path, proposal.plan.after]]);
  const result = await forks.fork(proposal.snapshot, branch, { files, message });
  if (result.kind === "pushed") {
    log.info(`Pushed commit ${result.commit.slice(0, 10)} to ${branch}, to be merged into ${git.branch}`);
    return;
  }
  // Another attempt of this very run came first.
  const other = await forks.fetchBranch(branch, [path]);
  if (other === undefined) throw new Failure("GIT_RACE_LOST", result.detail);
  await refuseOutdated(other, request, message, `branch ${branch}`);
}

async function refuseOutdated(
  there: GitSnapshot,
  request: MutateRequest,
  message: string,
  what: string,
): Promise<void> {
  const bytes = await there.readFile(request.location.path);
  if (bytes === undefined || !holdsWanted(bytes, request)) {
    throw new Failure("PULL_REQUEST_OUTDATED", `${what} no longer holds the wanted values`);
  }
  // Not the branch's head: people may have merged the target branch into it.
  const change = await lastChange(there, request.location, request.intent.sets);
  const name = serviceTrailer(request.service);
  const meant = parseTrailers(message, name);
  if (change !== undefined && sameMeaning(parseTrailers(change.message, name), meant)) return;
  throw new Failure(
    "PULL_REQUEST_OUTDATED",
    `${what} was made for other revisions: its commit ${change?.commit.slice(0, 10) ?? "cannot be found"}`,
  );
}

/**
 * Servers merge in words of their own, so the commit on the target branch may say nothing of the run. Then the pull
 * request that was merged as this very commit does, if it is one of the runs that matter here.
 */
export function provenanceBy(
  { clock }: Pick<ProposePorts, "clock">,
  { forge }: Proposals,
  request: MutateRequest,
  signal: AbortSignal,
): Provenance {
  const { run, guard, intent, service } = request;
  const known: readonly (readonly [action: Action, run: string])[] = [
    [intent.action, run],
    ...(guard?.once === true ? [["rollback", run] as const] : []),
    ...(guard?.undoRun === undefined ? [] : [["promote", guard.undoRun] as const]),
  ];
  return async ({ commit, merges, message }) => {
    const own = parseTrailers(message, serviceTrailer(service));
    if (own["Bluegreen-Run"] !== undefined) return own;
    for (const [action, of] of known) {
      const patience = { deadline: clock.now() + request.pushTimeoutMs, signal };
      const pull = await forge.find(branchOf(request, action, of), patience);
      const commits = [commit, ...merges.map((each) => each.commit)];
      if (pull !== undefined && commits.some((each) => each === pull.mergeCommit))
        return { ...identity(action, of, service), ...pullRequestTrailers(pull) };
    }
    return own;
  };
}

/** What the branch's name alone says, should somebody have rewritten the pull request's text. */
function identity(action: Action, run: string, service: MutateRequest["service"]): Trailers {
  return {
    "Bluegreen-Action": action,
    "Bluegreen-Run": run,
    "Bluegreen-Service": serviceTrailer(service),
  };
}
