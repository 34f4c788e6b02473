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

/** Versions of the file looked at for the merge; the branch may have moved on since. */
const maxVersions = 200;

/**
 * The file as of the merge: "absent" where the branch does not show that commit yet. A merge that did not change the
 * file (somebody made the same change) left it as the branch has it.
 */
export async function fileAtMerge(
  git: GitRemote,
  snapshot: GitSnapshot,
  path: string,
  commit: string,
): Promise<Uint8Array | undefined | "absent"> {
  let looked = 0;
  for await (const version of snapshot.fileHistory(path)) {
    if (version.commit === commit) return version.content;
    looked += 1;
    if (looked >= maxVersions) break;
  }
  return (await git.isDescendant(snapshot.commit, commit)) ? snapshot.readFile(path) : "absent";
}

function orElse<T>(read: () => T, fallback: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Failure) return fallback;
    throw error;
  }
}
