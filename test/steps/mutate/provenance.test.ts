import assert from "node:assert/strict";
import { commitMessage } from "../../../src/core/commit/message.ts";
import { pin } from "../../../src/core/expectation.ts";
import { prepare } from "../../../src/steps/mutate/prepare.ts";
import { provenanceBy } from "../../../src/steps/mutate/propose.ts";
import { worldIn } from "../../core/states.ts";
import { fileWith, intentOf, location, requestOf } from "../builders.ts";
import { createClock, createGit } from "../fakes.ts";

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
