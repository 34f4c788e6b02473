/** `git cherry-pick` brings a run's commit back with its trailers: then it is the decision of a person. */
import { parseTrailers, serviceTrailer, type Trailers } from "../../core/commit/trailers.ts";
import { sameMeaning } from "../../core/pull-request.ts";
import type { ServiceRef } from "../../core/world.ts";
import type { FileVersion, GitSnapshot } from "../../ports.ts";

/** A run's own end and whoever brings it back are near each other; the commits alone are a small look. */
const reach = { commits: 200, since: 0 };

/** Whether no commit before `change` says the same, down to the revisions: a run commits one thing once. */
export async function isOriginal(
  ref: ServiceRef,
  snapshot: GitSnapshot,
  change: FileVersion | undefined,
  trailers: Trailers,
): Promise<boolean> {
  if (change === undefined) return false;
  const then = await snapshot.at(change.commit);
  for await (const { commit, message } of then.commits(reach)) {
    if (commit === change.commit) continue;
    if (sameMeaning(parseTrailers(message, serviceTrailer(ref)), trailers)) return false;
  }
  return true;
}
