/** Pull requests on Gitea (and Forgejo, which kept its API): https://docs.gitea.com/api, generated from its source. */
import * as v from "valibot";
import type { PullRequestReading } from "../core/pull-request.ts";
import type { Forge, Patience } from "../ports.ts";
import type { ApiClient } from "./client.ts";
import { createBy } from "./create.ts";
import { parsed } from "./parsed.ts";
import type { RepositoryPlace } from "./place.ts";

export const giteaPull = v.object({
  number: v.number(),
  html_url: v.string(),
  state: v.string(),
  title: v.string(),
  body: v.nullish(v.string()),
  merged: v.boolean(),
  merge_commit_sha: v.nullish(v.string()),
  mergeable: v.boolean(),
  draft: v.nullish(v.boolean()),
});

/** `target`: the branch that is merged into. */
export function createGitea(client: ApiClient, place: RepositoryPlace, target: string): Forge {
  const { owner, repository } = place;
  const pulls = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repository)}/pulls`;

  /** Gitea takes what stands behind the target whole, slashes too. There is one a branch at most: we open no second. */
  async function find(branch: string, patience: Patience): Promise<PullRequestReading | undefined> {
    const head = branch.split("/").map(encodeURIComponent).join("/");
    const path = `${pulls}/${encodeURIComponent(target)}/${head}`;
    const reply = await client.call({ method: "GET", path, expected: [404] }, patience);
    return reply.status === 404 ? undefined : readingOf(reply.data);
  }
  return {
    find,
    open: ({ branch, title, body }, patience) =>
      createBy(
        client,
        { method: "POST", path: pulls, body: { base: target, head: branch, title, body }, expected: [409] },
        { find: () => find(branch, patience), readingOf },
        patience,
      ),
    read: async (number, patience) =>
      readingOf((await client.call({ method: "GET", path: `${pulls}/${number}` }, patience)).data),
  };
}

function readingOf(data: unknown): PullRequestReading {
  const pull = parsed(giteaPull, data, "a pull request of Gitea");
  return {
    number: pull.number,
    url: pull.html_url,
    state: pull.merged ? "merged" : pull.state === "closed" ? "closed" : "open",
    title: pull.title,
    body: pull.body ?? "",
    mergeCommit: pull.merged ? (pull.merge_commit_sha ?? undefined) : undefined,
    // Also no while Gitea still checks, and for a draft.
    conflict: pull.mergeable || pull.draft === true ? "no" : "perhaps",
  };
}
