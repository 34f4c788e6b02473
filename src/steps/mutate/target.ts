/** What the branch that Argo CD follows holds, seen from a run that waits for its pull request. */
import { editConfig, readConfig, sameValues } from "../../core/config.ts";
import { editsOf } from "../../core/intent.ts";
import type { ConfigValues } from "../../core/preflight.ts";
import type { TargetValues } from "../../core/pull-request.ts";
import { Failure } from "../../errors/failure.ts";
import type { GitRemote, GitSnapshot } from "../../ports.ts";
import type { Request } from "./request.ts";

/** Whether a version of the file needs no edit any more. Of a file that cannot be read safely nothing is known: no. */
export function holdsWanted(bytes: Uint8Array, { intent, location }: Request): boolean {
  return orElse(() => editConfig(bytes, location, editsOf(intent, location)) === bytes, false);
}

/** `seen`: our values when the pull request was made. */
export async function targetValues(
  snapshot: GitSnapshot,
  request: Request,
  seen: ConfigValues,
): Promise<TargetValues> {
  const { location, intent } = request;
  const bytes = await snapshot.readFile(location.path);
  if (bytes === undefined) return "other";
  if (holdsWanted(bytes, request)) return "wanted";
  return orElse(() => sameValues(readConfig(bytes, location, intent.sets), seen), false) ? "before" : "other";
}

/** The branch as of the merge, since which it may have moved on; undefined where it does not show that commit yet. */
export async function snapshotAtMerge(
  git: GitRemote,
  snapshot: GitSnapshot,
  commit: string,
): Promise<GitSnapshot | undefined> {
  return (await git.isDescendant(snapshot.commit, commit)) ? snapshot.at(commit) : undefined;
}

function orElse<T>(read: () => T, fallback: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Failure) return fallback;
    throw error;
  }
}
