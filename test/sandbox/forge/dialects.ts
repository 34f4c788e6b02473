/**
 * How Gitea 1.24 and GitHub write what they know of a pull request. Only what a program could want is filled in; the types
 * come from the descriptions that both publish of their APIs, so that nothing is in here that they do not have.
 */
import type { components } from "@octokit/openapi-types";
import type { PullRequest } from "gitea-js";

/** The same with anything left out, at any depth. */
type Part<T> = T extends object ? { [K in keyof T]?: Part<T[K]> } : T;

export interface Pull {
  readonly number: number;
  readonly branch: string;
  readonly target: string;
  title: string;
  body: string;
  state: "open" | "closed";
  mergeCommit: string | undefined;
}

export interface Shown {
  readonly pull: Pull;
  /** Whether a merge would succeed; undefined while the server works it out. */
  readonly mergeable: boolean | undefined;
  readonly head: string;
  readonly origin: string;
}

export const owner = "user1";
export const repository = "mlops-gitops";

export interface Dialect<One = object, Listed = object> {
  /** Where the API begins. */
  readonly root: string;
  one(shown: Shown): One;
  listed(shown: Shown): Listed;
  error(message: string): object;
  /** The answer to an opening where there is an open one. */
  readonly existsStatus: number;
  mergeMessage(pull: Pull, origin: string): string;
  squashMessage(pull: Pull, origin: string): string;
}

const time = "2026-11-01T12:00:00Z";

function common({ pull, head, origin }: Shown) {
  const { number, title, body, state, branch, target, mergeCommit } = pull;
  return {
    number,
    title,
    body,
    state,
    created_at: time,
    merged_at: mergeCommit === undefined ? null : time,
    html_url: pageOf(pull, origin),
    head: { label: branch, ref: branch, sha: head },
    base: { label: target, ref: target },
  };
}

function pageOf({ number }: Pull, origin: string): string {
  return `${origin}/${owner}/${repository}/pulls/${number}`;
}

/** Gitea's description leaves out that pointers of its Go code come as null. */
type GiteaPull = { [K in keyof PullRequest]?: Part<PullRequest[K]> | null };

export const gitea: Dialect<GiteaPull> = {
  root: "/api/v1",
  one: (shown) => ({
    ...common(shown),
    merged: shown.pull.mergeCommit !== undefined,
    merge_commit_sha: shown.pull.mergeCommit ?? null,
    // While it checks, it says no.
    mergeable: shown.mergeable === true,
    draft: false,
  }),
  listed: (shown) => gitea.one(shown),
  error: (message) => ({ message, url: "https://gitea.example.com/api/swagger" }),
  existsStatus: 409,
  mergeMessage: (pull, origin) =>
    `Merge pull request '${pull.title}' (#${pull.number}) from ${pull.branch} into ${pull.target}\n\nReviewed-on: ${pageOf(pull, origin)}\n`,
  squashMessage: (pull, origin) =>
    `${pull.title} (#${pull.number})\n\n${pull.body}\n\nReviewed-on: ${pageOf(pull, origin)}\n`,
};

type GitHubPull = Part<Omit<components["schemas"]["pull-request"], "state">> & { state?: Pull["state"] };
type GitHubListedPull = Part<components["schemas"]["pull-request-simple"]>;

export const github: Dialect<GitHubPull, GitHubListedPull> = {
  root: "/api/v3",
  one: (shown) => ({
    ...common(shown),
    merge_commit_sha: trialOrMerge(shown),
    merged: shown.pull.mergeCommit !== undefined,
    mergeable: shown.mergeable ?? null,
    mergeable_state: { true: "clean", false: "dirty", undefined: "unknown" }[String(shown.mergeable)],
  }),
  listed: (shown) => ({ ...common(shown), merge_commit_sha: trialOrMerge(shown) }),
  error: (message) => ({ message, documentation_url: "https://docs.github.com/rest" }),
  existsStatus: 422,
  mergeMessage: (pull) =>
    `Merge pull request #${pull.number} from ${owner}/${pull.branch}\n\n${pull.title}\n`,
  squashMessage: (pull) => `${pull.title} (#${pull.number})\n\n${pull.body}\n`,
};

/** Before the merge GitHub names a trial that is on no branch. */
function trialOrMerge({ pull, head }: Shown): string {
  return pull.mergeCommit ?? head;
}

/** What both write alike is in the descriptions of both. */
type Unknown =
  | Exclude<keyof ReturnType<typeof common>, keyof PullRequest>
  | Exclude<keyof ReturnType<typeof common>, keyof components["schemas"]["pull-request-simple"]>;
export const noneUnknown: [Unknown] extends [never] ? true : never = true;

export const dialects = { gitea, github } as const;
