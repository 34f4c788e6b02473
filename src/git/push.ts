/** Makes the commit and puts it on the branch by compare-and-swap. */
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import type { CommitRequest, GitPerson, PushResult } from "../ports.ts";
import { declinedReason } from "./declined.ts";
import { formatCommit, type NewCommit, readCommit, withSignature } from "./objects/commit.ts";
import { isRepositoryPath, type ObjectWriter, writeFiles } from "./objects/objects.ts";
import type { CommitSigner } from "./objects/signing.ts";
import type { ObjectStore } from "./objects/store.ts";
import type { ObjectReader } from "./source.ts";
import { describeRejection, isRace, type RefUpdate, type UpdateReport } from "./wire/receive-pack.ts";
import { mayHaveLanded } from "./wire/transport.ts";
import type { Wire } from "./wire/wire.ts";

/** In place of a commit's id: there is no such branch. */
export const noCommit = "0".repeat(40);

export interface PushContext {
  readonly branch: string;
  readonly store: ObjectStore;
  readonly wire: Wire;
  /** Where the branch is now; of one that is yet to be made, `noCommit` while it is not there. */
  head(): Promise<string>;
  isDescendant(commit: string, ancestor: string): Promise<boolean>;
  /**
   * Waits before something is sent again for the `attempt`th time (from 0), as long as the server asked for. False: it
   * asked for too long.
   */
  pause(attempt: number, after: Failure): Promise<boolean>;
}

export interface Authorship {
  readonly author: GitPerson;
  readonly committer: GitPerson;
  /** Seconds since the epoch. */
  readonly time: number;
  /** Absent: the commit is not signed. */
  readonly signer?: CommitSigner | undefined;
}

export interface MadeCommit {
  readonly commit: string;
  /** Everything the server does not have yet. */
  readonly objects: readonly string[];
}

/**
 * Writes the commit into the store. Throws EDIT_REFUSED where a path leads through something that is no folder, and
 * what the signer throws.
 */
export async function makeCommit(
  store: ObjectReader & ObjectWriter,
  parent: string,
  change: CommitRequest,
  { author, committer, time, signer }: Authorship,
): Promise<MadeCommit> {
  const base = await readCommit(store, parent);
  if (base === undefined) throw new Error(`commit ${parent} was not fetched by this remote`);
  for (const path of change.files.keys()) {
    if (!isRepositoryPath(path))
      throw new Failure("EDIT_REFUSED", `${printable(path)} is not a path inside a repository`);
  }
  const { tree, objects } = await writeFiles(store, base.tree, change.files);
  const { message } = change;
  const bytes = await signed({ tree, parent, author, committer, time, message }, signer);
  const commit = store.write("commit", bytes);
  return { commit, objects: [commit, ...new Set(objects)] };
}

async function signed(commit: NewCommit, signer: CommitSigner | undefined): Promise<Uint8Array> {
  const bytes = formatCommit(commit);
  return signer === undefined ? bytes : withSignature(bytes, await signer.sign(bytes));
}

/** How often a commit that did not arrive is sent again. */
const maxResends = 2;

/** Moves the branch from `from` (`noCommit`: makes it) to the commit, or says who was faster. */
export async function pushCommit(
  context: PushContext,
  from: string,
  making: Promise<MadeCommit>,
): Promise<PushResult> {
  const { branch, store, wire } = context;
  const ref = `refs/heads/${branch}`;
  const packing = making.then((made) => ({ ...made, pack: store.pack(made.objects) }));
  const [made, prepared] = await Promise.all([packing, wire.prepareUpdate(ref)]);
  const listed = prepared.head === "missing" ? noCommit : prepared.head;
  if (listed === noCommit && from !== noCommit) throw await unlisted(context);
  if (listed !== undefined && listed !== from) return overtaken(branch, listed, from);
  return deliver(context, { ref, from, to: made.commit }, async (update) => {
    const report = await prepared.send(update, made.pack);
    if (report.kind !== "updated" || prepared.reliable) return report;
    throw new Failure("GIT_PROTOCOL", "the server reports it as done, but the branch does not show it");
  });
}

/**
 * Sends the update until its fate is known. What is sent again is the very same commit, under the same condition, and
 * only after a look at the branch: however many of them arrive, one commit ends up there.
 */
async function deliver(
  context: PushContext,
  update: RefUpdate,
  send: (update: RefUpdate) => Promise<UpdateReport>,
): Promise<PushResult> {
  for (let attempt = 0; ; attempt += 1) {
    const sent = await trySend(update, send);
    if (sent.kind !== "lost") return settle(context, update, sent, attempt > 0);
    const { failure } = sent;
    const found = await lookAfter(context, update, failure);
    if (found !== undefined) return found;
    if (attempt >= maxResends || !(await context.pause(attempt, failure)))
      throw notArrived(context, update, failure);
  }
}

type Sent = UpdateReport | { readonly kind: "lost"; readonly failure: Failure };

async function trySend(update: RefUpdate, send: (update: RefUpdate) => Promise<UpdateReport>): Promise<Sent> {
  try {
    return await send(update);
  } catch (failure) {
    if (failure instanceof Failure && mayHaveLanded(failure)) return { kind: "lost", failure };
    throw failure;
  }
}

/** `again`: an earlier one may have arrived late, and be what this one lost to. */
async function settle(
  context: PushContext,
  update: RefUpdate,
  report: UpdateReport,
  again: boolean,
): Promise<PushResult> {
  if (report.kind === "updated") return { kind: "pushed", commit: update.to };
  if ((again || names(report, update.to)) && (await landed(context, update)))
    return { kind: "pushed", commit: update.to };
  return rejected(context, update, report);
}

/** Something on the way sent the push twice, and passed the second answer on: the branch "is at" our own commit. */
function names({ reason, messages }: Rejection, commit: string): boolean {
  return [reason, ...messages].some((text) => text.includes(commit));
}

async function landed(context: PushContext, { to }: RefUpdate): Promise<boolean> {
  return context.isDescendant(await context.head(), to);
}

function notArrived({ branch }: PushContext, { to }: RefUpdate, lost: Failure): Failure {
  const evidence = `the push of ${to} did not arrive and is not on ${branch}: ${lost.evidence}`;
  return new Failure("GIT_UNREACHABLE", evidence);
}

/** The branch is not among those offered to a push: it is gone, which `head` throws, or hidden from pushes. */
async function unlisted(context: PushContext): Promise<Failure> {
  await context.head();
  return new Failure("GIT_PUSH_DECLINED", "the server hides this branch from pushes");
}

type Rejection = Extract<UpdateReport, { kind: "rejected" }>;

async function rejected(
  context: PushContext,
  { from, to }: RefUpdate,
  { reason, messages }: Rejection,
): Promise<PushResult> {
  const detail = describeRejection(reason, messages);
  const race = isRace({ reason, messages });
  const head = race === "perhaps" ? await context.head() : from;
  const moved = head !== from;
  if (moved && (await context.isDescendant(head, to))) return { kind: "pushed", commit: to };
  if (race === true || moved) return { kind: "overtaken", detail };
  throw new Failure(declinedReason(detail), detail);
}

/** The answer was lost, so the branch itself has to tell what happened. Undefined: nothing did. */
async function lookAfter(
  context: PushContext,
  { from, to }: RefUpdate,
  lost: Failure,
): Promise<PushResult | undefined> {
  let head: string;
  try {
    head = await context.head();
    if (await context.isDescendant(head, to)) return { kind: "pushed", commit: to };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const evidence = `the answer to the push of ${to} was lost (${lost.evidence}), and the branch cannot be looked at: ${error.evidence}`;
    throw new Failure("GIT_UNREACHABLE", evidence);
  }
  return head === from ? undefined : overtaken(context.branch, head, from);
}

function overtaken(branch: string, head: string, from: string): PushResult {
  return { kind: "overtaken", detail: `${branch} is at ${head}, no longer at ${from}` };
}
