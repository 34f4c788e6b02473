import assert from "node:assert/strict";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";
import { changedBy, changeOf, failureOf, password, remoteOf, textOf, user } from "./support.ts";

const files = { "a/b.yaml": "a: 1\n", "c.yaml": "c: 1\n" };
const branch = "bluegreen/user1-test/jukebox/promote-run-7";

for (const [what, options] of [
  ["with filters", {}],
  ["with protocol 0", { protocol: 0 }],
  ["with protocol 1", { protocol: 1 }],
  [
    "without filters and objects by id",
    { config: { "uploadpack.allowFilter": "false", "uploadpack.allowAnySHA1InWant": "false" } },
  ],
] as const) {
  describe(`a further branch on a server ${what}`, () => {
    let git: GitServer;
    beforeEach(async () => {
      git = await startGitServer({ files, user, password, ...options });
    });
    afterEach(() => git.stop());

    it("is made with one commit on top of the base, and read back; the other branch stays", async () => {
      const remote = await remoteOf(git);
      const base = await remote.fetch(["a/b.yaml"]);
      assert.equal(await remote.fetchBranch(branch), undefined);
      const made = await remote.fork(base, branch, changeOf("a/b.yaml", "a: 2\n"));
      assert.equal(made.kind, "pushed");
      const there = await remote.fetchBranch(branch, ["a/b.yaml"]);
      assert.ok(there);
      assert.equal(there.commit, made.kind === "pushed" ? made.commit : "");
      assert.equal(await textOf(there, "a/b.yaml"), "a: 2\n");
      assert.deepEqual(await changedBy(git, there.commit), ["M a/b.yaml"]);
      assert.equal(await git.head(), base.commit);
      assert.equal((await git.git(["rev-parse", `${branch}^`])).trim(), base.commit);
    });

    it("is not made twice: whoever comes second is told", async () => {
      const [one, other] = [await remoteOf(git), await remoteOf(git)];
      const change = changeOf("c.yaml", "c: 2\n");
      const first = await one.fork(await one.fetch(), branch, change);
      const second = await other.fork(await other.fetch(), branch, changeOf("c.yaml", "c: 3\n"));
      assert.deepEqual([first.kind, second.kind], ["pushed", "overtaken"]);
      assert.equal(await git.git(["cat-file", "blob", `${branch}:c.yaml`]), "c: 2\n");
    });

    it("is there once where the answer to its making was lost", async () => {
      await git.fault({ kind: "lost-answer" }, { scope: "receive", times: 1 });
      const remote = await remoteOf(git);
      const made = await remote.fork(await remote.fetch(), branch, changeOf("c.yaml", "c: 2\n"));
      assert.equal(made.kind, "pushed");
      assert.equal((await git.git(["rev-list", "--count", `main..${branch}`])).trim(), "1");
    });

    it("is made in the end where the request was cut before anything was done", async () => {
      await git.fault({ kind: "cut" }, { scope: "receive", times: 1 });
      const remote = await remoteOf(git);
      const made = await remote.fork(await remote.fetch(), branch, changeOf("c.yaml", "c: 2\n"));
      assert.equal(made.kind, "pushed");
    });

    it("may be declined by the server, in its words", async () => {
      await git.fault({ kind: "declined", lines: ["no branches today"] });
      const remote = await remoteOf(git);
      const base = await remote.fetch();
      const making = remote.fork(base, branch, changeOf("c.yaml", "c: 2\n"));
      assert.match((await failureOf(making, "GIT_PUSH_DECLINED")).evidence, /no branches today/);
      assert.equal(await remote.fetchBranch(branch), undefined);
    });
  });
}
