/** Commits and what each has at one path, fetched as far as they are asked for, many at a time. */
import { type HistoryContext, localCommit } from "./history.ts";
import type { ParsedCommit } from "./objects/commit.ts";
import { findEntries } from "./objects/objects.ts";
import type { ObjectStore } from "./objects/store.ts";
import { isFile, type TreeEntry } from "./objects/tree.ts";

/** A commit and what it has at the path. */
export interface Step {
  readonly id: string;
  readonly commit: ParsedCommit;
  readonly entry: TreeEntry | undefined;
}

export interface StepsBack {
  /** One for each of the commits, undefined for those that are not to be had. */
  take(ids: readonly string[]): Promise<readonly (Step | undefined)[]>;
}

/** Commits looked at together, of those that are here: their folders and files come by one request a level. */
const batchSize = 1000;
/** Looked at and not asked for yet; more than a batch, because lines of work are followed side by side. */
const maxKept = 8 * batchSize;

export function createStepsBack({ store, source }: HistoryContext, path: string): StepsBack {
  let kept = new Map<string, Step>();

  /** False where none of them is to be had. */
  async function get(missing: readonly string[]): Promise<boolean> {
    const batch = commitsHere(store, missing, (id) => kept.has(id));
    if (batch.length === 0) return source.deepen(missing, [path]);
    const entries = await findEntries(source, [...new Set(batch.map(({ commit }) => commit.tree))], path);
    // Of a look back the files come together; of the head alone only when somebody wants it.
    if (batch.length > 1) await source.gather(filesAmong(entries.values()), "blob");
    for (const { id, commit } of batch) kept.set(id, { id, commit, entry: entries.get(commit.tree) });
    return true;
  }
  return {
    async take(ids) {
      if (kept.size > maxKept) kept = chosen(kept, ids);
      let missing = ids.filter((id) => !kept.has(id));
      while (missing.length > 0 && (await get(missing))) missing = missing.filter((id) => !kept.has(id));
      return ids.map((id) => kept.get(id));
    },
  };
}

/** Those of `start` that are here and what leads to them, by all parents, up to what is known. */
function commitsHere(
  store: ObjectStore,
  start: readonly string[],
  known: (id: string) => boolean,
): readonly Omit<Step, "entry">[] {
  const batch: Omit<Step, "entry">[] = [];
  const seen = new Set(start);
  for (const id of seen) {
    const commit = known(id) ? undefined : localCommit(store, id);
    if (commit === undefined) continue;
    batch.push({ id, commit });
    if (batch.length === batchSize) break;
    for (const parent of commit.parents) seen.add(parent);
  }
  return batch;
}

function chosen(steps: ReadonlyMap<string, Step>, ids: readonly string[]): Map<string, Step> {
  return new Map([...steps].filter(([id]) => ids.includes(id)));
}

/** Ids of files, each once. */
function filesAmong(entries: Iterable<TreeEntry | undefined>): readonly string[] {
  return [
    ...new Set([...entries].flatMap((entry) => (entry !== undefined && isFile(entry) ? [entry.id] : []))),
  ];
}
