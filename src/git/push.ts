/** Makes the commit and puts it on the branch by compare-and-swap. */
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import type { CommitRequest, GitPerson, PushResult } from "../ports.ts";
import { formatCommit } from "./commit.ts";
import { isRepositoryPath, readCommit, writeFiles } from "./objects.ts";
import { describeRejection, isRace, type UpdateReport } from "./receive-pack.ts";
import type { ObjectStore } from "./store.ts";
import { mayHaveLanded } from "./transport.ts";
import type { Wire } from "./wire.ts";

export interface PushContext {
  readonly branch: string;
  readonly store: ObjectStore;
  readonly wire: Wire;
  /** Where the branch is now. */
  head(): Promise<string>;
  isDescendant(commit: string, ancestor: string): Promise<boolean>;
}

export interface Authorship {
  readonly author: GitPerson;
  readonly committer: GitPerson;
  /** Seconds since the epoch. */
  readonly time: number;
}

export interface MadeCommit {
  readonly commit: string;
  /** Everything the server does not have yet. */
  readonly objects: readonly string[];
}

/** Writes the commit into the store. Throws EDIT_REFUSED where a path leads through something that is no folder. */
export async function makeCommit(
  store: ObjectStore,
  parent: string,
  change: CommitRequest,
  { author, committer, time }: Authorship,
): Promise<MadeCommit> {
  const base = await readCommit(store, parent);
  if (base === undefined) throw new Error(`commit ${parent} was not fetched by this remote`);
  for (const path of change.files.keys()) {
    if (!isRepositoryPath(path))
      throw new Failure("EDIT_REFUSED", `${printable(path)} is not a path inside a repository`);
  }
  const { tree, objects } = await writeFiles(store, base.tree, change.files);
  const { message } = change;
  const commit = await store.write(
    "commit",
    formatCommit({ tree, parent, author, committer, time, message }),
  );
  return { commit, objects: [commit, ...new Set(objects)] };
}

/** Moves the branch from `from` to the commit, or says who was faster. */
export async function pushCommit(context: PushContext, from: string, made: MadeCommit): Promise<PushResult> {
  const { branch, store, wire } = context;
  const update = { ref: `refs/heads/${branch}`, from, to: made.commit };
  const prepared = await wire.prepareUpdate();
  if (prepared.head === undefined) throw await unlisted(context);
  if (prepared.head !== from) return overtaken(branch, prepared.head, from);
  const pack = await store.pack(made.objects);
  let report: UpdateReport;
  try {
    report = await prepared.send(update, pack);
  } catch (error) {
    if (error instanceof Failure && mayHaveLanded(error)) return lookAfter(context, from, made.commit, error);
    throw error;
  }
  if (report.kind === "updated") return { kind: "pushed", commit: made.commit };
  return rejected(context, from, report);
}

/** The branch is not among those offered to a push: it is gone, which `head` throws, or hidden from pushes. */
async function unlisted(context: PushContext): Promise<Failure> {
  await context.head();
  return new Failure("GIT_PUSH_DECLINED", "the server hides this branch from pushes");
}

async function rejected(
  context: PushContext,
  from: string,
  { reason, messages }: { reason: string; messages: readonly string[] },
): Promise<PushResult> {
  const detail = describeRejection(reason, messages);
  const race = isRace({ reason, messages });
  const lost = race === "perhaps" ? (await context.head()) !== from : race;
  if (lost) return { kind: "overtaken", detail };
  throw new Failure("GIT_PUSH_DECLINED", detail);
}

/** The answer was lost, so the branch itself has to tell what happened. */
async function lookAfter(
  context: PushContext,
  from: string,
  commit: string,
  lost: Failure,
): Promise<PushResult> {
  let head: string;
  try {
    head = await context.head();
    if (await context.isDescendant(head, commit)) return { kind: "pushed", commit };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const evidence = `the answer to the push of ${commit} was lost (${lost.evidence}), and the branch cannot be looked at: ${error.evidence}`;
    throw new Failure("GIT_UNREACHABLE", evidence);
  }
  if (head !== from) return overtaken(context.branch, head, from);
  const evidence = `the push of ${commit} got no answer and is not on ${context.branch}: ${lost.evidence}`;
  throw new Failure("GIT_UNREACHABLE", evidence);
}

function overtaken(branch: string, head: string, from: string): PushResult {
  return { kind: "overtaken", detail: `${branch} is at ${head}, no longer at ${from}` };
}
