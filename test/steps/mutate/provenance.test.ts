import assert from "node:assert/strict";
import { commitMessage } from "../../../src/core/commit/message.ts";
import type { Trailers } from "../../../src/core/commit/trailers.ts";
import { pin } from "../../../src/core/expectation.ts";
import { type PullRequestReading, pullRequestText } from "../../../src/core/pull-request.ts";
import type { FileVersion, Patience } from "../../../src/ports.ts";
import { prepare } from "../../../src/steps/mutate/prepare.ts";
import { provenanceBy } from "../../../src/steps/mutate/propose.ts";
import type { MutateRequest } from "../../../src/steps/mutate/request.ts";
import { worldIn } from "../../core/states.ts";
import { fileWith, intentOf, location, ref, requestOf } from "../builders.ts";
import { createClock, createGit, person } from "../fakes.ts";
import { forgeWith, pullOf } from "./pulls.ts";

describe("a pull request after a direct push about two models", () => {
  it("still knows the first one's promote as that run's", async () => {
    const git = createGit({ [location.path]: fileWith("v2", 0) });
    const also = {
      service: { namespace: "user1-test", name: "lyrics" },
      intent: intentOf("promote"),
      values: { percent: 0 },
      expectation: pin(intentOf("promote"), worldIn("S3")),
    };
    const message = commitMessage(requestOf("promote"), { percent: 0 }, also.expectation, [also]);
    git.commit({ files: { [location.path]: fileWith("v2", 100) }, message });
    const request = requestOf("rollback", { run: "run-2", guard: { undoRun: "run-1" } });
    const ask = () => assert.fail("the commit says it itself");
    const forge = { find: ask, open: ask, read: ask };
    const forks = { fetchBranch: ask, fork: ask };
    const provenance = provenanceBy(
      { clock: createClock() },
      { forge, forks },
      request,
      new AbortController().signal,
    );
    assert.equal((await prepare(request, await git.fetch(), worldIn("S5"))).kind, "commit");
    assert.equal((await prepare(request, await git.fetch(), worldIn("S5"), { provenance })).kind, "commit");
  });
});

describe("a commit that a server merged in its own words", () => {
  const branches = "bluegreen/user1-test/jukebox";
  const commit = "a".repeat(40);
  const merge = "b".repeat(40);
  const never = new AbortController().signal;
  const version: FileVersion = {
    commit,
    merges: [],
    parents: [],
    author: person,
    message: "Merge pull request #1\n",
    content: undefined,
  };
  const clock = createClock();
  let asked: (readonly [branch: string, patience: Patience])[];
  beforeEach(() => {
    asked = [];
  });

  /** `pulls`: by branch. */
  function trailersOf(
    pulls: Readonly<Record<string, Partial<PullRequestReading>>>,
    {
      request = requestOf("promote"),
      change = version,
    }: { request?: MutateRequest; change?: FileVersion } = {},
  ): Promise<Trailers> {
    const forge = forgeWith({
      find: async (branch, patience) => {
        asked.push([branch, patience]);
        const pull = pulls[branch];
        return pull && pullOf(pull);
      },
    });
    const ask = () => assert.fail("no branch is looked at");
    const forks = { fetchBranch: ask, fork: ask };
    return provenanceBy({ clock }, { forge, forks }, request, never)(change);
  }
  const mergedAs = (mergeCommit: string) => ({ state: "merged", mergeCommit }) as const;
  const branchesAsked = () => asked.map(([branch]) => branch);

  it("is what the pull request that was merged as this very commit says", async () => {
    const expectation = pin(intentOf("promote"), worldIn("S3"));
    const { title, body } = pullRequestText(commitMessage(requestOf("promote"), { percent: 0 }, expectation));
    const pulls = { [`${branches}/promote-run-1`]: { ...mergedAs(commit), title, body } };
    const trailers = await trailersOf(pulls);
    assert.equal(trailers["Bluegreen-Run"], "run-1");
    assert.equal(trailers["Bluegreen-To-Revision"], expectation.active);
  });

  it("is that run's where a person has rewritten the pull request's text", async () => {
    const pulls = { [`${branches}/promote-run-1`]: { ...mergedAs(commit), title: "Go", body: "Now." } };
    assert.deepEqual(await trailersOf(pulls), {
      "Bluegreen-Action": "promote",
      "Bluegreen-Run": "run-1",
      "Bluegreen-Service": `${ref.namespace}/${ref.name}`,
    });
  });

  it("is that run's where a merge brought it, and the pull request names the merge", async () => {
    const pulls = { [`${branches}/promote-run-1`]: mergedAs(merge) };
    const change = { ...version, merges: [{ commit: merge, parents: [] }] };
    assert.equal((await trailersOf(pulls, { change }))["Bluegreen-Run"], "run-1");
  });

  it("is nobody's where the run's pull request was merged as another commit, or not at all", async () => {
    const branch = `${branches}/promote-run-1`;
    const change = { ...version, merges: [{ commit: merge, parents: [] }] };
    for (const pull of [mergedAs("c".repeat(40)), { state: "open" }, { state: "closed" }] as const)
      assert.deepEqual(await trailersOf({ [branch]: pull }, { change }), {});
    assert.deepEqual(await trailersOf({}, { change }), {});
  });

  it("is looked for only among the runs that matter", async () => {
    await trailersOf({});
    assert.deepEqual(branchesAsked(), [`${branches}/promote-run-1`]);

    asked = [];
    await trailersOf({}, { request: requestOf("rollback", { guard: { undoRun: "run-0" } }) });
    assert.deepEqual(branchesAsked(), [`${branches}/rollback-run-1`, `${branches}/promote-run-0`]);
  });

  it("is known for this very run's rollback, which a retry must not promote over", async () => {
    const request = requestOf("promote", { guard: { once: true } });
    const trailers = await trailersOf({ [`${branches}/rollback-run-1`]: mergedAs(commit) }, { request });
    assert.deepEqual([trailers["Bluegreen-Action"], trailers["Bluegreen-Run"]], ["rollback", "run-1"]);
  });

  it("is asked for as long as a push may take, and not once the run is cancelled", async () => {
    await trailersOf({});
    const patience = { deadline: clock.now() + 120_000, signal: never };
    assert.deepEqual(asked, [[`${branches}/promote-run-1`, patience]]);
  });
});
