/** Looks back along the commits, fetching deeper only when something is missing. */
import { printable } from "../core/text.ts";
import type { FileVersion, GitCommitInfo, Log, LookBack } from "../ports.ts";
import { type ParsedCommit, parseCommit } from "./objects/commit.ts";
import { findEntries, readBlob } from "./objects/objects.ts";
import type { ObjectStore } from "./objects/store.ts";
import { isFile, type TreeEntry } from "./objects/tree.ts";
import type { Source } from "./source.ts";

export interface HistoryContext {
  readonly store: ObjectStore;
  readonly source: Source;
  readonly log: Log;
}

/** A commit and what it has at the path. */
interface Step {
  readonly id: string;
  readonly commit: ParsedCommit;
  readonly entry: TreeEntry | undefined;
}

/** The versions of `path`, newest first, from `start` along first parents. */
export async function* fileHistory(
  context: HistoryContext,
  start: string,
  path: string,
): AsyncGenerator<FileVersion> {
  let newer: Step | undefined;
  for await (const step of stepsBack(context, start, path)) {
    if (newer !== undefined && newer.entry?.id !== step.entry?.id) yield await versionOf(context, newer);
    newer = step;
  }
  if (newer === undefined) return;
  if (newer.commit.parents.length > 0)
    context.log.warn(`The history of ${printable(path)} could not be read beyond commit ${newer.id}.`);
  else if (newer.entry !== undefined) yield await versionOf(context, newer);
}

/** Commits along first parents as far as there are any to be had, a batch at a time. */
async function* stepsBack(context: HistoryContext, start: string, path: string): AsyncGenerator<Step> {
  const { store, source } = context;
  let next: string | undefined = start;
  while (next !== undefined) {
    const batch = localLine(store, next);
    if (batch.length === 0 && !(await source.deepen([next], [path]))) return;
    if (batch.length === 0) continue;
    const trees = batch.map(({ commit }) => commit.tree);
    const entries = await findEntries(source, [...new Set(trees)], path);
    // Of a look back the files come together; of the head alone only when somebody wants it.
    if (batch.length > 1) await source.gather(filesAmong(entries.values()), "blob");
    for (const { id, commit } of batch) yield { id, commit, entry: entries.get(commit.tree) };
    next = batch.at(-1)?.commit.parents[0];
  }
}

function filesAmong(entries: Iterable<TreeEntry | undefined>): readonly string[] {
  return [
    ...new Set([...entries].flatMap((entry) => (entry !== undefined && isFile(entry) ? [entry.id] : []))),
  ];
}

/** Commits handed on at once, of those that are here. */
const batchSize = 1000;

function localLine(store: ObjectStore, start: string): readonly { id: string; commit: ParsedCommit }[] {
  const line: { id: string; commit: ParsedCommit }[] = [];
  for (let id: string | undefined = start; id !== undefined && line.length < batchSize; ) {
    const commit: ParsedCommit | undefined = localCommit(store, id);
    if (commit === undefined) break;
    line.push({ id, commit });
    id = commit.parents[0];
  }
  return line;
}

async function versionOf({ source }: HistoryContext, { id, commit, entry }: Step): Promise<FileVersion> {
  const content = entry !== undefined && isFile(entry) ? await readBlob(source, entry.id) : undefined;
  return { commit: id, author: commit.author, message: commit.message, content };
}

/** A commit that was fetched already. */
function localCommit(store: ObjectStore, id: string): ParsedCommit | undefined {
  const bytes = store.read(id, "commit");
  return bytes === undefined ? undefined : parseCommit(bytes);
}

/** The commits that led to `start`, itself first, by all parents; nothing is fetched but commits. */
export async function* recentCommits(
  { store, source }: HistoryContext,
  start: string,
  { commits, since }: LookBack,
): AsyncGenerator<GitCommitInfo> {
  const seen = new Set([start]);
  let looked = 0;
  for (const id of seen) {
    if (looked === commits) return;
    if (localCommit(store, id) === undefined) {
      const missing = [...seen].filter((each) => localCommit(store, each) === undefined);
      await source.deepen(missing, []);
    }
    const commit = localCommit(store, id);
    if (commit === undefined || commit.time * 1000 < since) continue;
    looked += 1;
    yield { commit: id, author: commit.author, message: commit.message };
    addAll(seen, commit.parents);
  }
}

/** Whether `commit` is `ancestor` or has it among its ancestors. What no reachable history shows is taken for false. */
export async function isDescendant(
  { store, source, log }: HistoryContext,
  commit: string,
  ancestor: string,
): Promise<boolean> {
  await source.gather([commit, ancestor], "commit");
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
