/** Merges as servers do, by real git in the bare repository. */
import type { BareRepository } from "../git/repository.ts";

export const mergeStyles = ["merge", "squash", "rebase"] as const;
export type MergeStyle = (typeof mergeStyles)[number];

export interface Merging {
  readonly branch: string;
  readonly target: string;
  readonly style: MergeStyle;
  /** Of the merge commit and of the squash; a rebased commit keeps its own. */
  readonly message: string;
}

/** The commit on the target branch, or undefined for a conflict. */
export async function mergeByGit(
  repository: BareRepository,
  { branch, target, style, message }: Merging,
): Promise<string | undefined> {
  const base = await idOf(repository, target);
  const head = await idOf(repository, branch);
  const tree = await mergedTree(repository, base, head);
  if (tree === undefined) return undefined;
  const text = style === "rebase" ? await repository.git(["log", "-1", "--format=%B", head]) : message;
  const parents = style === "merge" ? ["-p", base, "-p", head] : ["-p", base];
  const commit = (await repository.git([...merger, "commit-tree", tree, ...parents], text)).trim();
  await repository.git(["update-ref", `refs/heads/${target}`, commit, base]);
  return commit;
}

export async function canMerge(repository: BareRepository, target: string, branch: string): Promise<boolean> {
  const tree = await mergedTree(repository, await idOf(repository, target), await idOf(repository, branch));
  return tree !== undefined;
}

export async function hasBranch(repository: BareRepository, branch: string): Promise<boolean> {
  return (await repository.tryGit(["rev-parse", "--quiet", "--verify", `refs/heads/${branch}`])).status === 0;
}

async function idOf(repository: BareRepository, branch: string): Promise<string> {
  return (await repository.git(["rev-parse", "--verify", `refs/heads/${branch}`])).trim();
}

async function mergedTree(
  repository: BareRepository,
  base: string,
  head: string,
): Promise<string | undefined> {
  const { status, stdout, stderr } = await repository.tryGit(["merge-tree", "--write-tree", base, head]);
  if (status === 1) return undefined;
  if (status !== 0) throw new Error(`git merge-tree ended with ${status}: ${stderr}`);
  return stdout.toString("utf8").split("\n", 1)[0];
}

const merger = ["-c", "user.name=Ada Reviewer", "-c", "user.email=ada@example.org"];
