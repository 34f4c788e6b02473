/**
 * Follows a collection: list, then watch from there, for as long as it takes. client-node's informer does the same
 * but asks for no bookmarks, stops on a cut, and never finds out that a connection is dead.
 */
import { Failure } from "../errors/failure.ts";
import type { Clock, Log } from "../ports.ts";
import { createBackoff } from "./backoff.ts";
import { readEvent } from "./events.ts";
import { isTrustProblem, refusal } from "./failures.ts";
import type { KubeHttp } from "./http.ts";
import { createKnown, type Known } from "./known.ts";
import { openScope } from "./scope.ts";
import type { Item, Source } from "./source.ts";

export interface FollowContext {
  readonly http: KubeHttp;
  readonly clock: Clock;
  readonly log: Log;
  /** Numbers in [0, 1), for jitter. */
  readonly random: () => number;
}

export interface FollowSettings {
  /** Milliseconds between full lists, in case an event got lost. */
  readonly relistMs: number;
  /** Milliseconds between lists where watching is not possible. Without it, being forbidden to watch is a failure. */
  readonly pollMs?: number | undefined;
}

export interface Follower {
  /** All objects, at first and after every change, and again when trouble is over. */
  onItems(items: readonly Item[]): void;
  onTrouble(failure: Failure): void;
  /** Called at every wait between polls with what ends that wait. */
  onPause?(poke: () => void): void;
}

/** How a watch ended: what to do next. */
type WatchEnd =
  /** A full list is due. */
  | { readonly kind: "due" }
  | { readonly kind: "expired" }
  | { readonly kind: "forbidden"; readonly failure: Failure }
  /** Closed, cut, silent or garbled; `alive` where anything sensible came before. */
  | { readonly kind: "over"; readonly version: string; readonly alive: boolean };

/**
 * Resolves when `signal` is aborted; throws the Failure that no waiting mends: CLUSTER_AUTH, KSERVE_MISSING,
 * CLUSTER_CONFIG, and a certificate that was not trusted from the start.
 */
export async function follow(
  context: FollowContext,
  source: Source,
  settings: FollowSettings,
  follower: Follower,
  signal: AbortSignal,
): Promise<void> {
  const backoff = createBackoff(context.clock, context.random);
  const known = createKnown(follower.onItems);
  let version: string | undefined;
  let watchable = source.watch !== undefined;

  async function settle(end: WatchEnd): Promise<void> {
    version = end.kind === "over" ? end.version : undefined;
    if (end.kind === "forbidden") {
      if (settings.pollMs === undefined) throw end.failure;
      context.log.debug(
        `${source.what}: no right to watch, so it is listed every ${settings.pollMs / 1000} s`,
      );
      watchable = false;
    } else if (end.kind === "due" || (end.kind === "over" && end.alive)) backoff.reset();
    else await backoff.wait(signal);
  }

  async function turn(): Promise<void> {
    const from = version ?? (await list());
    if (from !== undefined && watchable) {
      return settle(await watchOnce(context, source, from, settings.relistMs, known, signal));
    }
    version = undefined;
    backoff.reset();
    await pause(context.clock, settings.pollMs ?? settings.relistMs, follower, signal);
  }

  async function list(): Promise<string | undefined> {
    const listing = await source.list(signal);
    known.replace(listing.items);
    return listing.version;
  }

  while (!signal.aborted) {
    try {
      await turn();
    } catch (error) {
      if (signal.aborted) return;
      follower.onTrouble(mendable(error, known.seen));
      known.troubled();
      version = undefined;
      await backoff.wait(signal);
    }
  }
}

/** Gives back a Failure that may pass by itself; throws any other error. */
function mendable(error: unknown, seen: boolean): Failure {
  if (error instanceof Failure && error.retryable && (seen || !isTrustProblem(error))) return error;
  throw error;
}

/** Waits until the next poll is due, or asked for. */
async function pause(clock: Clock, ms: number, follower: Follower, signal: AbortSignal): Promise<void> {
  const scope = openScope(signal);
  follower.onPause?.(scope.end);
  await clock.sleep(ms, scope.signal);
  scope.end();
}

/** One watch until it ends, for whatever reason, or until a full list is due. */
async function watchOnce(
  context: FollowContext,
  source: Source,
  from: string,
  relistMs: number,
  known: Known,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const scope = openScope(signal);
  const dueMs = relistMs * (0.9 + context.random() / 5);
  const due = context.clock.sleep(dueMs, scope.signal).then(scope.end);
  try {
    // Longer than the watch is wanted: it is this side that ends it.
    const lines = await source.watch?.(from, Math.ceil(dueMs / 1000) + 60, scope.signal);
    if (lines === undefined) return { kind: "due" };
    if (Symbol.asyncIterator in lines) return await drain(context, source, lines, from, known, scope.signal);
    const failure = refusal(lines, context.http.server, source.what);
    if (lines.status === 410) return { kind: "expired" };
    if (lines.status === 403) return { kind: "forbidden", failure };
    throw failure;
  } catch (error) {
    if (scope.signal.aborted) return { kind: "due" };
    throw error;
  } finally {
    scope.end();
    await due;
  }
}

async function drain(
  context: FollowContext,
  source: Source,
  lines: AsyncIterable<string>,
  from: string,
  known: Known,
  signal: AbortSignal,
): Promise<WatchEnd> {
  let version = from;
  let alive = false;
  try {
    for await (const line of lines) {
      const event = readEvent(line);
      if (event.kind === "expired") return { kind: "expired" };
      known.apply(event);
      version = event.version;
      alive = true;
    }
  } catch (error) {
    if (signal.aborted || !isBreak(error)) throw error;
    context.log.debug(`${source.what}: ${error instanceof Failure ? error.evidence : "the watch was cut"}`);
  }
  return { kind: "over", version, alive };
}

/** Whether a stream broke, as against a mistake of ours. */
function isBreak(error: unknown): boolean {
  if (error instanceof Failure) return error.retryable;
  return typeof (error as { code?: unknown }).code === "string";
}
