/** The branch is watched while a run waits: a later commit on our values means that somebody decided otherwise. */
import { describeValues, editConfig, readConfig } from "../core/config.ts";
import { wantedPercent } from "../core/intent.ts";
import type { RunState } from "../core/run-state.ts";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import type { Clock, GitRemote, GitSnapshot, Log } from "../ports.ts";
import { lastChange } from "./mutate/last-change.ts";

interface BranchPorts {
  readonly git: GitRemote;
  readonly clock: Clock;
  readonly log: Log;
}

/** Yields after each look. Ends with `signal`; throws Failure SUPERSEDED. Git being away is no reason to stop waiting. */
export async function* watchBranch(
  ports: BranchPorts,
  state: RunState,
  intervalMs: number,
  signal: AbortSignal,
): AsyncGenerator<{ readonly kind: "tick" }> {
  let known = state.mutation.commit;
  while (!signal.aborted) {
    await ports.clock.sleep(intervalMs, signal);
    if (signal.aborted) return;
    known = await lookAtHead(ports, state, known, state.intent.version);
    yield { kind: "tick" };
  }
}

/**
 * For a run that has failed: throws Failure SUPERSEDED if the branch's head holds other values than ours. Of a promote
 * also another version than it let in: at 100 percent that one takes over by itself.
 */
export async function checkBranch(ports: BranchPorts, state: RunState): Promise<void> {
  await lookAtHead(ports, state, undefined, versionLetIn(state));
}

/** The same for many looks: a head that was looked at is not fetched again. */
export function createBranchCheck(ports: BranchPorts, state: RunState): () => Promise<void> {
  let known: string | undefined;
  return async () => {
    known = await lookAtHead(ports, state, known, versionLetIn(state));
  };
}

function versionLetIn({ intent, mutation }: RunState): string | undefined {
  return intent.version ?? (intent.action === "promote" ? mutation.version : undefined);
}

/** Milliseconds in which each replica of a Git server has what one of them has. */
const replicationMs = 5_000;

async function lookAtHead(
  { git, clock, log }: BranchPorts,
  state: RunState,
  known: string | undefined,
  version: string | undefined,
): Promise<string | undefined> {
  try {
    const head = await git.head();
    if (head === known) return known;
    const { path } = state.git.location;
    const snapshot = await git.fetch([path]);
    try {
      await refuseOtherValues(snapshot, state, version);
      return snapshot.commit;
    } catch (error) {
      if (!(await isBeforeOurs(git, snapshot, state))) throw error;
    }
    await clock.sleep(replicationMs);
    const next = await git.fetch([path]);
    await refuseOtherValues(next, state, version);
    return next.commit;
  } catch (error) {
    if (!(error instanceof Failure) || error.reason === "SUPERSEDED") throw error;
    log.debug(`The branch could not be looked at: ${error.evidence}`);
    return known;
  }
}

/** A replica that lags shows the branch without our commit; and so does one that somebody has set back, for good. */
async function isBeforeOurs(
  git: GitRemote,
  { commit }: GitSnapshot,
  { mutation }: RunState,
): Promise<boolean> {
  const ours = mutation.commit;
  if (ours === undefined || ours === commit) return false;
  try {
    return await git.isDescendant(ours, commit);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return false;
  }
}

async function refuseOtherValues(
  snapshot: GitSnapshot,
  { git, intent }: RunState,
  version: string | undefined,
): Promise<void> {
  const { location } = git;
  // Where there is no file, none of our values is there.
  const bytes = (await snapshot.readFile(location.path)) ?? new Uint8Array();
  const values = readConfig(bytes, location, intent.sets);
  const percentIsOurs = String(values.percent) === String(wantedPercent(intent));
  const versionIsOurs = version === undefined || values.version === version;
  const setsAreOurs = editConfig(bytes, location, intent.sets) === bytes;
  if (percentIsOurs && versionIsOurs && setsAreOurs) return;
  const change = await lastChange(snapshot, location, intent.sets);
  const by = change === undefined ? snapshot : change;
  const subject = printable(by.message.split("\n", 1)[0] ?? "", 80);
  throw new Failure(
    "SUPERSEDED",
    `commit ${by.commit.slice(0, 10)} by ${printable(by.author.name, 60)} (“${subject}”) set ` +
      describeValues(values, intent.sets),
  );
}
