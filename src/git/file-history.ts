/**
 * The versions of one file. At a merge the way back is the one by which the file came to what the merge holds, as in
 * `git log -- path`: the first parent need not be the branch (after a plain `git pull` it is the work of who pulled).
 */
import { printable } from "../core/text.ts";
import type { FileVersion } from "../ports.ts";
import { descends, type HistoryContext } from "./history.ts";
import { readBlob } from "./objects/objects.ts";
import { isFile } from "./objects/tree.ts";
import { createStepsBack, type Step, type StepsBack } from "./steps-back.ts";

/** The versions of `path`, newest first, from `start` on. */
export async function* fileHistory(
  context: HistoryContext,
  start: string,
  path: string,
): AsyncGenerator<FileVersion> {
  const steps = createStepsBack(context, path);
  let next: Step | undefined = (await steps.take([start]))[0];
  while (next !== undefined) {
    const found = await originsOf(steps, next);
    if (found.kind === "cut") {
      context.log.warn(`The history of ${printable(path)} could not be read beyond commit ${found.at}.`);
      return;
    }
    const origin = await newest(context, found.origins);
    if (origin === undefined) return;
    yield await versionOf(context, origin, found.merges);
    const [parent] = origin.commit.parents;
    next = parent === undefined ? undefined : (await steps.take([parent]))[0];
  }
}

type Origins =
  | {
      readonly kind: "found";
      readonly origins: readonly Step[];
      /** Merges on the way whose first parent has something else, newest first. */
      readonly merges: FileVersion["merges"];
    }
  /** Behind this commit there is nothing to be had. */
  | { readonly kind: "cut"; readonly at: string };

/** Every commit that gave the file the content which it has at `start`: more than one where lines of work met. */
async function originsOf(steps: StepsBack, start: Step): Promise<Origins> {
  const seen = new Set([start.id]);
  const origins: Step[] = [];
  const merges: FileVersion["merges"][number][] = [];
  for (let line: readonly Step[] = [start]; line.length > 0; ) {
    const families = await withParents(steps, line, start.entry?.id);
    const cut = families.find(({ isWhole }) => !isWhole);
    if (cut !== undefined) return { kind: "cut", at: cut.step.id };
    for (const { step, agreeing } of families) {
      if (agreeing.length === 0) origins.push(step);
      else if (agreeing[0]?.id !== step.commit.parents[0])
        merges.push({ commit: step.id, parents: step.commit.parents });
    }
    line = newOnes(families, seen);
  }
  return { kind: "found", origins: origins.filter(makesFile), merges };
}

interface Family {
  readonly step: Step;
  /** Whether all its parents are to be had. */
  readonly isWhole: boolean;
  /** Parents that have the same at the path. */
  readonly agreeing: readonly Step[];
}

async function withParents(
  steps: StepsBack,
  line: readonly Step[],
  entry: string | undefined,
): Promise<readonly Family[]> {
  const taken = await steps.take(line.flatMap(({ commit }) => commit.parents));
  let first = 0;
  return line.map((step) => {
    const all = taken.slice(first, first + step.commit.parents.length);
    first += all.length;
    const parents = all.filter((each) => each !== undefined);
    const agreeing = parents.filter((each) => each.entry?.id === entry);
    return { step, isWhole: parents.length === all.length, agreeing };
  });
}

function newOnes(families: readonly Family[], seen: Set<string>): readonly Step[] {
  const found: Step[] = [];
  for (const step of families.flatMap(({ agreeing }) => agreeing)) {
    if (!seen.has(step.id)) found.push(step);
    seen.add(step.id);
  }
  return found;
}

/** A first commit without the file changed nothing. */
function makesFile({ entry, commit }: Step): boolean {
  return entry !== undefined || commit.parents.length > 0;
}

/** Of two that do not know of each other the later one by the committers' clocks. */
async function newest(context: HistoryContext, origins: readonly Step[]): Promise<Step | undefined> {
  let [best] = origins;
  for (const other of origins.slice(1)) {
    if (best === undefined || (await isNewer(context, other, best))) best = other;
  }
  return best;
}

async function isNewer(context: HistoryContext, one: Step, other: Step): Promise<boolean> {
  if ((await descends(context, one.id, other.id)) === "yes") return true;
  if ((await descends(context, other.id, one.id)) === "yes") return false;
  return one.commit.time > other.commit.time;
}

async function versionOf(
  { source }: HistoryContext,
  { id, commit, entry }: Step,
  merges: FileVersion["merges"],
): Promise<FileVersion> {
  const content = entry !== undefined && isFile(entry) ? await readBlob(source, entry.id) : undefined;
  const { author, message, parents } = commit;
  return { commit: id, author, message, parents, merges, content };
}
