/** Looks back along the commits, fetching deeper only when something is missing. */
import type { GitCommitInfo, Log, LookBack } from "../ports.ts";
import { type ParsedCommit, parseCommit } from "./objects/commit.ts";
import type { ObjectStore } from "./objects/store.ts";
import type { Source } from "./source.ts";

export interface HistoryContext {
  readonly store: ObjectStore;
  readonly source: Source;
  readonly log: Log;
}

/** A commit that was fetched already. */
export function localCommit(store: ObjectStore, id: string): ParsedCommit | undefined {
  const bytes = store.read(id, "commit");
  return bytes === undefined ? undefined : parseCommit(bytes);
}

/**
 * Older commits in a row before a line of work is left: after a rebase, commits of old dates may lie on top of new ones.
 * Git's own walks go on in the same way (SLOP in its revision.c). What is here already costs nothing to look at.
 */
const strayCommits = 20;
const strayCommitsHere = 1_000;

/** Whether to look at a commit behind `inARow` ones that were too old. */
function goesOn(store: ObjectStore, id: string, inARow: number): boolean {
  return inARow <= (store.has(id) ? strayCommitsHere : strayCommits);
}

/** The commits that led to `start`, itself first, by all parents; nothing is fetched but commits. */
export async function* recentCommits(
  { store, source }: HistoryContext,
  start: string,
  { commits, since }: LookBack,
): AsyncGenerator<GitCommitInfo> {
  /** And how many in a row were too old on the way there. */
  const seen = new Map([[start, 0]]);
  let looked = 0;
  for (const [id, older] of seen) {
    if (looked === commits) return;
    if (localCommit(store, id) === undefined) {
      const missing = [...seen.keys()].filter((each) => localCommit(store, each) === undefined);
      await source.deepen(missing, []);
    }
    const commit = localCommit(store, id);
    if (commit === undefined) continue;
    looked += 1;
    const isRecent = commit.time * 1000 >= since;
    if (isRecent)
      yield { commit: id, author: commit.author, message: commit.message, parents: commit.parents };
    follow(store, seen, commit.parents, isRecent ? 0 : older + 1);
  }
}

/** A map can grow while it is walked: it is its own queue. */
function follow(
  store: ObjectStore,
  seen: Map<string, number>,
  parents: readonly string[],
  older: number,
): void {
  for (const id of parents) if (!seen.has(id) && goesOn(store, id, older)) seen.set(id, older);
}

/** Whether `commit` is `ancestor` or has it among its ancestors. What no reachable history shows is taken for false. */
export async function isDescendant(
  context: HistoryContext,
  commit: string,
  ancestor: string,
): Promise<boolean> {
  const answer = await descends(context, commit, ancestor);
  if (answer === "unknown")
    context.log.warn(`Commits ${commit} and ${ancestor} have no common history within reach.`);
  return answer === "yes";
}

/** As `isDescendant`; "unknown" where the history that is to be had shows neither. */
export async function descends(
  { store, source }: HistoryContext,
  commit: string,
  ancestor: string,
): Promise<Reach["kind"]> {
  await source.gather([commit, ancestor], "commit");
  for (;;) {
    const forward = reaches(store, commit, ancestor);
    if (forward.kind !== "unknown") return forward.kind;
    // The usual "not yet": the cluster still runs a commit that lies behind ours.
    const backward = reaches(store, ancestor, commit);
    if (backward.kind === "yes") return "no";
    const missing = new Set([...forward.missing, ...backward.missing]);
    if (!(await source.deepen([...missing], []))) return "unknown";
  }
}

/** Clocks of committers differ; more than a day off is taken for a broken one. */
const clockSkewSeconds = 86_400;

interface Reach {
  readonly kind: "yes" | "no" | "unknown";
  /** Commits of which is not known yet where they lead. */
  readonly missing: readonly string[];
}

/** Follows all parents of `from` as far as they are here, and not far beyond the age of `to`. */
function reaches(store: ObjectStore, from: string, to: string): Reach {
  const oldest = (localCommit(store, to)?.time ?? 0) - clockSkewSeconds;
  const seen = new Map([[from, 0]]);
  const missing: string[] = [];
  for (const [id, older] of seen) {
    if (id === to) return { kind: "yes", missing: [] };
    const commit = localCommit(store, id);
    if (commit === undefined) missing.push(id);
    else follow(store, seen, commit.parents, commit.time >= oldest ? 0 : older + 1);
  }
  return { kind: missing.length === 0 ? "no" : "unknown", missing };
}
