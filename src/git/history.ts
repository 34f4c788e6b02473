/** Looks back along the commits, fetching deeper only when something is missing. */
import type { FileVersion, Log } from "../ports.ts";
import type { ParsedCommit } from "./commit.ts";
import { findEntry, readBlob, readCommit } from "./objects.ts";
import type { ObjectStore } from "./store.ts";
import { isFile, type TreeEntry } from "./tree.ts";

export interface Depths {
  /** Fetches more history; false where there is no more to be had. */
  deepen(): Promise<boolean>;
}

export interface HistoryContext {
  readonly store: ObjectStore;
  readonly depths: Depths;
  readonly log: Log;
}

/** The versions of `path`, newest first, from `start` along first parents. */
export async function* fileHistory(
  context: HistoryContext,
  start: string,
  path: string,
): AsyncGenerator<FileVersion> {
  const { store } = context;
  let id = start;
  let commit = await findCommit(context, id);
  let entry = commit && (await findEntry(store, commit.tree, path));
  while (commit !== undefined) {
    const parentId: string | undefined = commit.parents[0];
    const parent: ParsedCommit | undefined =
      parentId === undefined ? undefined : await findCommit(context, parentId);
    if (parentId !== undefined && parent === undefined) {
      context.log.warn(`The history of ${path} could not be read beyond commit ${id}.`);
      return;
    }
    const before: TreeEntry | undefined = parent && (await findEntry(store, parent.tree, path));
    if (entry?.id !== before?.id) yield await versionOf(store, id, commit, entry);
    if (parentId === undefined) return;
    [id, commit, entry] = [parentId, parent, before];
  }
}

async function versionOf(
  store: ObjectStore,
  id: string,
  { author, message }: ParsedCommit,
  entry: TreeEntry | undefined,
): Promise<FileVersion> {
  const content = entry !== undefined && isFile(entry) ? await readBlob(store, entry.id) : undefined;
  return { commit: id, author, message, content };
}

async function findCommit({ store, depths }: HistoryContext, id: string): Promise<ParsedCommit | undefined> {
  for (;;) {
    const commit = await readCommit(store, id);
    if (commit !== undefined || !(await depths.deepen())) return commit;
  }
}

/** Whether `commit` is `ancestor` or has it among its ancestors. What no reachable history shows is taken for false. */
export async function isDescendant(
  context: HistoryContext,
  commit: string,
  ancestor: string,
): Promise<boolean> {
  for (;;) {
    const forward = await reaches(context.store, commit, ancestor);
    if (forward !== "unknown") return forward;
    // The usual "not yet": the cluster still runs a commit that lies behind ours.
    if ((await reaches(context.store, ancestor, commit)) === true) return false;
    if (!(await context.depths.deepen())) break;
  }
  context.log.warn(`Commits ${commit} and ${ancestor} have no common history within reach.`);
  return false;
}

/** Clocks of committers differ; more than a day off is taken for a broken one. */
const clockSkewSeconds = 86_400;

/** Follows all parents of `from` as far as they are here, and not beyond the age of `to`. */
async function reaches(store: ObjectStore, from: string, to: string): Promise<boolean | "unknown"> {
  const oldest = ((await readCommit(store, to))?.time ?? 0) - clockSkewSeconds;
  const seen = new Set([from]);
  let complete = true;
  for (const id of seen) {
    if (id === to) return true;
    const commit = await readCommit(store, id);
    if (commit === undefined) complete = false;
    else if (commit.time >= oldest) addAll(seen, commit.parents);
  }
  return complete ? false : "unknown";
}

/** A set can grow while it is walked: it is its own queue. */
function addAll(set: Set<string>, values: readonly string[]): void {
  for (const value of values) set.add(value);
}
