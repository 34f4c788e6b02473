/** Pull requests on GitHub: https://docs.github.com/rest/pulls/pulls, API version 2022-11-28. */
import * as v from "valibot";
import type { PullRequestReading } from "../core/pull-request.ts";
import type { Forge, Patience } from "../ports.ts";
import type { ApiClient } from "./client.ts";
import { createBy } from "./create.ts";
import { parsed } from "./parsed.ts";
import type { RepositoryPlace } from "./place.ts";

const listed = {
  number: v.number(),
  html_url: v.string(),
  state: v.string(),
  title: v.string(),
  body: v.nullish(v.string()),
  merged_at: v.nullish(v.string()),
  merge_commit_sha: v.nullish(v.string()),
};

/** A list leaves out what has to be worked out. */
export const githubListedPull = v.object(listed);
export const githubPull = v.object({
  ...listed,
  /** Null while GitHub works it out. */
  mergeable: v.nullish(v.boolean()),
  mergeable_state: v.string(),
});

export const githubHeaders = { "x-github-api-version": "2022-11-28" };

/** `target`: the branch that is merged into. */
export function createGitHub(client: ApiClient, place: RepositoryPlace, target: string): Forge {
  const { owner, repository } = place;
  const pulls = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repository)}/pulls`;

  async function find(branch: string, patience: Patience): Promise<PullRequestReading | undefined> {
    const query = new URLSearchParams({
      state: "all",
      head: `${owner}:${branch}`,
      base: target,
      sort: "created",
      direction: "desc",
      per_page: "1",
    });
    const { data } = await client.call({ method: "GET", path: `${pulls}?${query}` }, patience);
    const [newest] = parsed(v.array(githubListedPull), data, "GitHub's list of pull requests");
    return newest === undefined ? undefined : readingOf(newest);
  }
  return {
    find,
    open: ({ branch, title, body }, patience) =>
      createBy(
        client,
        { method: "POST", path: pulls, body: { base: target, head: branch, title, body }, expected: [422] },
        { find: () => find(branch, patience), readingOf: readingOfOne },
        patience,
      ),
    read: async (number, patience) =>
      readingOfOne((await client.call({ method: "GET", path: `${pulls}/${number}` }, patience)).data),
  };
}

function readingOfOne(data: unknown): PullRequestReading {
  const pull = parsed(githubPull, data, "a pull request of GitHub");
  // `blocked` and `behind` are about rules, not about a conflict.
  const conflict = pull.mergeable === false && pull.mergeable_state === "dirty" ? "yes" : "no";
  return { ...readingOf(pull), conflict };
}

function readingOf(pull: v.InferOutput<typeof githubListedPull>): PullRequestReading {
  const merged = typeof pull.merged_at === "string";
  return {
    number: pull.number,
    url: pull.html_url,
    state: merged ? "merged" : pull.state === "closed" ? "closed" : "open",
    title: pull.title,
    body: pull.body ?? "",
    // Before the merge it names a trial that is on no branch.
    mergeCommit: merged ? (pull.merge_commit_sha ?? undefined) : undefined,
    conflict: "no",
  };
}
