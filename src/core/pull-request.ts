/** Pull-request mode: what a run's branch and its pull request are called, and when waiting for the merge is over. */
import type { ReasonId } from "../errors/catalogue.ts";
import { parseTrailers, type Trailers, trailerNames } from "./commit/trailers.ts";
import type { Action } from "./intent.ts";
import { printable } from "./text.ts";
import type { ServiceRef } from "./world.ts";

/** A pull request as its server shows it. Texts are as people left them. */
export interface PullRequestReading {
  readonly number: number;
  /** Its page. */
  readonly url: string;
  /** `merged` only where the server says so: a closed one need not be. */
  readonly state: "open" | "merged" | "closed";
  readonly title: string;
  readonly body: string;
  /** What the merge made on the target branch, whatever its kind: merge commit, squash, or the last rebased commit. */
  readonly mergeCommit?: string | undefined;
  /** `perhaps`: the server says only that it cannot be merged now. */
  readonly conflict: "yes" | "no" | "perhaps";
}

/**
 * The branch of one action of one run; a retry has the same, the automatic rollback of the same run another. A run's id
 * may hold anything: what a branch name cannot is replaced, and a checksum of the id then keeps two runs apart.
 *
 * @param checksum of a text, in hexadecimal digits
 */
export function runBranch(
  { namespace, name }: ServiceRef,
  action: Action,
  run: string,
  checksum: (text: string) => string,
): string {
  const plain = run.replace(/[^A-Za-z0-9_-]+/g, "-");
  const id = plain === run && run.length <= 80 ? run : `${plain.slice(0, 60)}-${checksum(run).slice(0, 12)}`;
  return `bluegreen/${namespace}/${name}/${action}-${id}`;
}

/** A commit's message as a pull request's texts. Squashing servers make the commit's message of these again. */
export function pullRequestText(message: string): { readonly title: string; readonly body: string } {
  const [title = "", ...body] = message.trimEnd().split("\n");
  return { title, body: body.join("\n").trimStart() };
}

/** The trailers of the commit that a pull request was made from. */
export function pullRequestTrailers({ title, body }: Pick<PullRequestReading, "title" | "body">): Trailers {
  return parseTrailers(`${title}\n\n${body.replaceAll("\r\n", "\n")}`);
}

/** What a commit of bluegreen decides; the value that it replaces is not among that. */
const meaning = trailerNames.filter((name) => name !== "Bluegreen-From-Value");

/** Whether two commits mean the same, down to the revisions that they name. */
export function sameMeaning(one: Trailers, other: Trailers): boolean {
  return meaning.every((name) => one[name] === other[name]);
}

/** Our values on the target branch: as they were, as we want them, or as somebody else wants them. */
export type TargetValues = "before" | "wanted" | "other";

/** What earlier looks in a row found: how many, and since when (milliseconds since the epoch). */
export interface Persistence {
  readonly looks: number;
  readonly since: number;
}

export interface MergeLook {
  readonly pull: PullRequestReading;
  readonly target: TargetValues;
  readonly now: number;
  /** How long the server has said that it perhaps cannot be merged. */
  readonly blocked?: Persistence | undefined;
  /** How long the target has held the wanted values without a merge. */
  readonly elsewhere?: Persistence | undefined;
}

export type MergeDecision =
  | { readonly kind: "waiting"; readonly detail: string }
  | { readonly kind: "merged"; readonly commit: string }
  /** Somebody put the same values onto the target by another way. */
  | { readonly kind: "elsewhere" }
  | { readonly kind: "failed"; readonly reason: ReasonId; readonly detail: string };

/** A server that still works out whether it can merge says no meanwhile; only a no that lasts counts. */
const lastingLooks = 3;
const lastingMs = 20_000;

export function decideMerge(look: MergeLook): MergeDecision {
  const { pull, target } = look;
  if (pull.state === "merged") return mergedAs(pull);
  if (pull.state === "closed") return failed("PULL_REQUEST_CLOSED", pull);
  if (target === "other") return failed("SUPERSEDED", pull);
  if (target === "wanted" && lasts(look.elsewhere, look.now)) return { kind: "elsewhere" };
  if (pull.conflict === "yes" || (pull.conflict === "perhaps" && lasts(look.blocked, look.now))) {
    return failed("PULL_REQUEST_CONFLICT", pull);
  }
  return { kind: "waiting", detail: `${named(pull)} to be merged` };
}

/** The same finding once more, or, where it is absent now, none. */
export function persist(
  found: boolean,
  before: Persistence | undefined,
  now: number,
): Persistence | undefined {
  if (!found) return undefined;
  return before === undefined ? { looks: 1, since: now } : { ...before, looks: before.looks + 1 };
}

/** Milliseconds until the next look: 2 s at first, growing by half to 30 s, spread by ±20 % (`random`: 0 ≤ x < 1). */
export function nextLook(looks: number, random: number): number {
  return Math.round(Math.min(2_000 * 1.5 ** looks, 30_000) * (0.8 + 0.4 * random));
}

export function named({ number, url }: Pick<PullRequestReading, "number" | "url">): string {
  return printable(`pull request #${number} (${url})`);
}

/** Some servers know of the merge a moment before they know its commit. */
function mergedAs(pull: PullRequestReading): MergeDecision {
  return pull.mergeCommit === undefined
    ? { kind: "waiting", detail: `the merge commit of ${named(pull)}` }
    : { kind: "merged", commit: pull.mergeCommit };
}

function failed(reason: ReasonId, pull: PullRequestReading): MergeDecision {
  return { kind: "failed", reason, detail: named(pull) };
}

function lasts(found: Persistence | undefined, now: number): boolean {
  return found !== undefined && found.looks >= lastingLooks && now - found.since >= lastingMs;
}
