/** Looks back along the commits, fetching deeper only when something is missing. */
import type { FileVersion, Log } from "../ports.ts";
import { type ParsedCommit, parseCommit } from "./commit.ts";
import { findEntry, readBlob } from "./objects.ts";
import type { Source } from "./source.ts";
import type { ObjectStore } from "./store.ts";
import { isFile, type TreeEntry } from "./tree.ts";

export interface HistoryContext {
  readonly store: ObjectStore;
  readonly source: Source;
  readonly log: Log;
}

/** The versions of `path`, newest first, from `start` along first parents. */
export async function* fileHistory(
  context: HistoryContext,
  start: string,
  path: string,
): AsyncGenerator<FileVersion> {
  const { source } = context;
  let id = start;
  let commit = await findCommit(context, id, path);
  let entry = commit && (await findEntry(source, commit.tree, path));
  while (commit !== undefined) {
    const parentId: string | undefined = commit.parents[0];
    const parent: ParsedCommit | undefined =
      parentId === undefined ? undefined : await findCommit(context, parentId, path);
    if (parentId !== undefined && parent === undefined) {
      context.log.warn(`The history of ${path} could not be read beyond commit ${id}.`);
      return;
    }
    const before: TreeEntry | undefined = parent && (await findEntry(source, parent.tree, path));
    if (entry?.id !== before?.id) yield await versionOf(source, id, commit, entry);
    if (parentId === undefined) return;
    [id, commit, entry] = [parentId, parent, before];
  }
}

async function versionOf(
  source: Source,
  id: string,
  { author, message }: ParsedCommit,
  entry: TreeEntry | undefined,
): Promise<FileVersion> {
  const content = entry !== undefined && isFile(entry) ? await readBlob(source, entry.id) : undefined;
  return { commit: id, author, message, content };
}

async function findCommit(
  { store, source }: HistoryContext,
  id: string,
  path: string,
): Promise<ParsedCommit | undefined> {
  for (;;) {
    const commit = localCommit(store, id);
    if (commit !== undefined || !(await source.deepen([id], [path]))) return commit;
  }
}

/** A commit that was fetched already. */
function localCommit(store: ObjectStore, id: string): ParsedCommit | undefined {
  const bytes = store.read(id, "commit");
  return bytes === undefined ? undefined : parseCommit(bytes);
}

/** Whether `commit` is `ancestor` or has it among its ancestors. What no reachable history shows is taken for false. */
export async function isDescendant(
  { store, source, log }: HistoryContext,
  commit: string,
  ancestor: string,
): Promise<boolean> {
  await source.commits([commit, ancestor]);
  for (;;) {
    const forward = reaches(store, commit, ancestor);
    if (forward.kind !== "unknown") return forward.kind === "yes";
    // The usual "not yet": the cluster still runs a commit that lies behind ours.
    const backward = reaches(store, ancestor, commit);
    if (backward.kind === "yes") return false;
    const missing = new Set([...forward.missing, ...backward.missing]);
    if (!(await source.deepen([...missing], []))) break;
  }
  log.warn(`Commits ${commit} and ${ancestor} have no common history within reach.`);
  return false;
}

/** Clocks of committers differ; more than a day off is taken for a broken one. */
const clockSkewSeconds = 86_400;

interface Reach {
  readonly kind: "yes" | "no" | "unknown";
  /** Commits of which is not known yet where they lead. */
  readonly missing: readonly string[];
}

/** Follows all parents of `from` as far as they are here, and not beyond the age of `to`. */
function reaches(store: ObjectStore, from: string, to: string): Reach {
  const oldest = (localCommit(store, to)?.time ?? 0) - clockSkewSeconds;
  const seen = new Set([from]);
  const missing: string[] = [];
  for (const id of seen) {
    if (id === to) return { kind: "yes", missing: [] };
    const commit = localCommit(store, id);
    if (commit === undefined) missing.push(id);
    else if (commit.time >= oldest) addAll(seen, commit.parents);
  }
  return { kind: missing.length === 0 ? "no" : "unknown", missing };
}

/** A set can grow while it is walked: it is its own queue. */
function addAll(set: Set<string>, values: readonly string[]): void {
  for (const value of values) set.add(value);
}
