import assert from "node:assert/strict";
import type { GitRemote } from "../../src/ports.ts";
import { mutate } from "../../src/steps/mutate.ts";
import { worldIn } from "../core/states.ts";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";
import { failureOf, fileWith, location, requestOf } from "../steps/builders.ts";
import { createClock, createCluster, createLog } from "../steps/fakes.ts";
import { changeOf, password, remoteOf, user } from "./support.ts";

const dayMs = 86_400_000;

describe("commits of old committer dates on top of ours (rebase --committer-date-is-author-date)", () => {
  let server: GitServer;
  let git: GitRemote;

  beforeEach(async () => {
    server = await startGitServer({
      files: { [location.path]: fileWith("v2", 0), "README.md": "x\n" },
      user,
      password,
    });
    git = await remoteOf(server);
  });
  afterEach(() => server.stop());

  async function pushOld(files: Readonly<Record<string, string>>, count = 1): Promise<string> {
    const time = Math.floor((Date.now() - 8 * dayMs) / 1000);
    await server.commitMany(
      Array.from({ length: count }, (_, index) => ({ files, message: `Older work ${index}\n`, time })),
    );
    return server.head();
  }
  function promote(state: string) {
    const clock = createClock({ start: Date.now() });
    const cluster = createCluster(clock, [{ at: 0, value: worldIn(state) }]);
    const ports = { cluster, git, clock, log: createLog(), random: () => 0.5 };
    return mutate(ports, requestOf("promote"), new AbortController().signal);
  }

  for (const count of [1, 20]) {
    it(`${count} of them: the head is seen to hold ours, by who made it and by who comes new`, async () => {
      const pushed = await git.push(await git.fetch(), changeOf(location.path, fileWith("v2", 100)));
      assert.ok(pushed.kind === "pushed");
      const head = await pushOld({ "README.md": "y\n" }, count);
      assert.equal(await git.isDescendant(head, pushed.commit), true);
      assert.equal(await (await remoteOf(server)).isDescendant(head, pushed.commit), true);
    });

    it(`${count} of them: a retry finds its own commit and leaves their decision alone`, async () => {
      await promote("S3");
      const theirs = await pushOld({ [location.path]: fileWith("v2", 0) }, count);
      git = await remoteOf(server);
      const failure = await failureOf(promote("S6"));
      assert.equal(failure.reason, "SUPERSEDED");
      assert.equal(await server.head(), theirs);
    });
  }

  it("a look for what was never there ends soon after", async () => {
    await server.commitMany(
      Array.from({ length: 2_000 }, (_, index) => ({
        files: {},
        message: "Old\n",
        time: 1_600_000_000 + index,
      })),
    );
    const snapshot = await git.fetch();
    const before = server.requests.length;
    const seen: string[] = [];
    for await (const { commit } of snapshot.commits({ commits: 1_000, since: Date.now() - 7 * dayMs }))
      seen.push(commit);
    assert.deepEqual(seen, []);
    assert.equal(server.requests.length - before, 1);
  });
});
