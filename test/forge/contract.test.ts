/**
 * Our requests beside those that the providers' published clients make: both clients are generated from the descriptions
 * of the APIs. That the descriptions have what we read, `described.ts` makes the compiler check.
 */
import assert from "node:assert/strict";
import { Octokit } from "@octokit/core";
import { restEndpointMethods } from "@octokit/plugin-rest-endpoint-methods";
import { giteaApi } from "gitea-js";
import { owner, repository } from "../sandbox/forge/dialects.ts";
import type { SeenCall } from "../sandbox/forge/server.ts";
import { type Stage, stageFor, token } from "./support.ts";

const branch = "bluegreen/user1-test/jukebox/promote-run-7";
const texts = { title: "🐳 promote 🍏", body: "Bluegreen-Run: run-7" };

/** What a server sees of a call; the order of a query's parts and of a body's keys means nothing. */
function seen({ method, path, body, headers }: SeenCall) {
  const url = new URL(path, "http://localhost");
  return {
    method,
    path: decodeURIComponent(url.pathname),
    query: Object.fromEntries(url.searchParams),
    body,
    type: body === undefined ? undefined : String(headers["content-type"]).split(";")[0],
  };
}

describe("what is asked of an API", () => {
  let stage: Stage;
  afterEach(() => stage.stop());

  async function ours() {
    const forge = stage.forge();
    await forge.find(branch, stage.patience);
    await forge.open({ branch, ...texts }, stage.patience);
    await forge.read(1, stage.patience);
    const mine = stage.server.calls.map(seen);
    stage.server.forget();
    return mine;
  }

  it("of GitHub is what Octokit asks", async () => {
    stage = await stageFor("github");
    await stage.branch(branch);
    const mine = await ours();
    const Client = Octokit.plugin(restEndpointMethods);
    const { pulls } = new Client({ auth: token, baseUrl: stage.server.apiUrl }).rest;
    const place = { owner, repo: repository };
    const head = `${owner}:${branch}`;
    const newest = { sort: "created", direction: "desc", per_page: 1 } as const;
    await pulls.list({ ...place, state: "all", head, base: "main", ...newest });
    await pulls.create({ ...place, base: "main", head: branch, ...texts });
    await pulls.get({ ...place, pull_number: 1 });
    assert.equal(mine.length, 3);
    assert.deepEqual(mine, stage.server.calls.map(seen));
  });

  it("of Gitea is what its client asks", async () => {
    stage = await stageFor("gitea");
    await stage.branch(branch);
    const mine = await ours();
    const { repos } = giteaApi(stage.server.origin, { token });
    const absent = repos.repoGetPullRequestByBaseHead(owner, repository, "main", branch);
    await assert.rejects(absent, ({ status }) => status === 404);
    await repos.repoCreatePullRequest(owner, repository, { base: "main", head: branch, ...texts });
    await repos.repoGetPullRequest(owner, repository, 1);
    assert.equal(mine.length, 3);
    assert.deepEqual(mine, stage.server.calls.map(seen));
  });
});
