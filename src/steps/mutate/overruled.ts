/**
 * A run that is tried again with nothing left of its earlier attempt: that one's commit may be in Git, and somebody may
 * have decided otherwise since. To commit once more would be to write over that decision.
 */
import { parseTrailers, serviceTrailer } from "../../core/commit/trailers.ts";
import { describeValues } from "../../core/config.ts";
import type { Intent } from "../../core/intent.ts";
import type { ConfigValues } from "../../core/preflight.ts";
import { isOwnCommit } from "../../core/resume.ts";
import { Failure } from "../../errors/failure.ts";
import type { GitCommitInfo, GitSnapshot, LookBack } from "../../ports.ts";
import { describeAuthor, lastChange, pastOfFile } from "./last-change.ts";
import type { Request } from "./request.ts";

const weekMs = 7 * 86_400_000;

/** How far back an earlier attempt may have committed; undefined: there was none. */
export function reachOf({ isNew, guard }: Request, now: number): LookBack | undefined {
  // A rollback of one run's promote may follow nothing but that promote.
  if (isNew || guard?.undoRun !== undefined) return undefined;
  return { commits: 1_000, since: now - weekMs };
}

/** `values`: Git's, `reach`: how far back an earlier attempt may have committed. */
interface Scene {
  readonly intent: Intent;
  readonly values: ConfigValues;
  readonly reach: LookBack;
}

/** For values that are not those wanted. Throws Failure SUPERSEDED. */
export async function refuseOverruled(request: Request, snapshot: GitSnapshot, scene: Scene): Promise<void> {
  const { intent, values, reach } = scene;
  const { location, run } = request;
  const own = await ownCommit(request, intent, snapshot.commits(reach));
  if (own === undefined) return;
  const last = await lastChange(snapshot, location, intent.sets);
  if (last === undefined) return;
  // It may be the run's own. And whoever gives all their runs one id knows what came after what.
  if (trailersOf(request, last)["Bluegreen-Run"] === run) return;
  throw new Failure(
    "SUPERSEDED",
    `commit ${last.commit.slice(0, 10)} (${describeAuthor(last)}) set ${describeValues(values, intent.sets)} ` +
      `after this run's own commit ${own.commit.slice(0, 10)}`,
  );
}

/**
 * For values that are those wanted: another version may serve by now than at the run's own commit all the same. 100 percent
 * let in whatever stands beside them, and 0 percent may be those of a later stage. Throws Failure SUPERSEDED.
 */
export async function refuseReplaced(request: Request, snapshot: GitSnapshot, scene: Scene): Promise<void> {
  const { intent, reach } = scene;
  if (intent.action === "stage" || intent.restore === true) return;
  const own = await ownCommit(request, intent, snapshot.commits(reach));
  if (own === undefined) return;
  const { live } = await pastOfFile(await snapshot.at(own.commit), request.location);
  const now = await pastOfFile(snapshot, request.location);
  if (live === undefined || now.live === undefined || now.live === live) return;
  await refuseOverruled(request, snapshot, scene);
}

async function ownCommit(
  request: Request,
  intent: Intent,
  commits: AsyncIterable<GitCommitInfo>,
): Promise<GitCommitInfo | undefined> {
  for await (const commit of commits) {
    if (isOwnCommit(trailersOf(request, commit), request.run, intent, request.service)) return commit;
  }
  return undefined;
}

function trailersOf({ service }: Request, { message }: GitCommitInfo) {
  return parseTrailers(message, serviceTrailer(service));
}
