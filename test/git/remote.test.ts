import assert from "node:assert/strict";
import { jukeboxConfig, jukeboxPath, seedRepository } from "../sandbox/git/seed.ts";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";
import {
  assertNoSecret,
  bot,
  changedBy,
  changeOf,
  failureOf,
  password,
  remoteOf,
  testLog,
  textOf,
  user,
} from "./support.ts";

describe("a Git remote", () => {
  let server: GitServer;

  beforeEach(async () => {
    server = await startGitServer({ files: seedRepository(), user, password });
  });
  afterEach(() => server.stop());

  it("says where the head is, by one request once it knows the server", async () => {
    const remote = await remoteOf(server);
    assert.equal(await remote.head(), await server.head());
    const moved = await server.commitAsOther({ "README.md": "moved\n" });
    const before = server.requests.length;
    assert.equal(await remote.head(), moved);
    assert.deepEqual(
      server.requests.slice(before).map(({ method, path, protocol }) => [method, path, protocol]),
      [["POST", "/repository.git/git-upload-pack", "version=2"]],
    );
  });

  it("fetches and reads a file byte for byte", async () => {
    const snapshot = await (await remoteOf(server)).fetch();
    assert.equal(snapshot.commit, await server.head());
    assert.deepEqual(snapshot.author, { name: "Somebody Else", email: "else@example.org" });
    assert.equal(snapshot.message, "Seed\n");
    assert.equal(await textOf(snapshot, jukeboxPath), jukeboxConfig);
    for (const path of [
      "nothing.yaml",
      "README.md/x",
      "model-deployments//test",
      "../x",
      "/README.md",
      ".git/config",
      "",
    ]) {
      assert.equal(await snapshot.readFile(path), undefined, path);
    }
    await failureOf(snapshot.readFile("model-deployments/test"), "EDIT_REFUSED");
  });

  it("pushes one commit that changes exactly one file", async () => {
    const remote = await remoteOf(server, { author: { name: "A <b>\n", email: "a@b\u0007>" } });
    const base = await remote.fetch();
    const edited = jukeboxConfig.replace("100", "0");
    const result = await remote.push(
      base,
      changeOf(jukeboxPath, edited, "🍏 UPDATE - blue green deployment 🐳\n\nA: b\n"),
    );
    assert.ok(result.kind === "pushed");
    assert.equal(result.commit, await server.head());
    assert.deepEqual(await changedBy(server, result.commit), [`M ${jukeboxPath}`]);
    assert.equal(await server.git(["cat-file", "blob", `main:${jukeboxPath}`]), edited);
    assert.equal(
      await server.git(["log", "-1", "--format=%P|%an|%ae|%cn|%B", "main"]),
      `${base.commit}|A b|a@b|bluegreen|🍏 UPDATE - blue green deployment 🐳\n\nA: b\n\n`,
    );
  });

  it("sends little: one commit, one blob and the trees above it", async () => {
    const log = testLog();
    const remote = await remoteOf(server, { log });
    const base = await remote.fetch();
    const objects = async () => Number(/count: (\d+)/.exec(await server.git(["count-objects", "-v"]))?.[1]);
    const before = await objects();
    await remote.push(base, changeOf(jukeboxPath, "x\n"));
    assert.equal((await objects()) - before, 6);
    assertNoSecret(log.lines.join("\n"));
  });

  it("adds files, in new folders and beside edited ones, by non-ASCII paths too", async () => {
    const remote = await remoteOf(server);
    const files = new Map(
      ["neu/ünïcode 🍏/a b.yaml", "neu/other.yaml", jukeboxPath].map((path) => [
        path,
        Buffer.from(`${path}\n`),
      ]),
    );
    const result = await remote.push(await remote.fetch(), { files, message: "Add\n" });
    assert.ok(result.kind === "pushed");
    assert.deepEqual(await changedBy(server, result.commit), [
      `M ${jukeboxPath}`,
      "A neu/other.yaml",
      "A neu/ünïcode 🍏/a b.yaml",
    ]);
    assert.equal(await textOf(await remote.fetch(), "neu/ünïcode 🍏/a b.yaml"), "neu/ünïcode 🍏/a b.yaml\n");
  });

  it("keeps what it does not edit: modes, links, submodules, odd names", async () => {
    const submodule = "a".repeat(40);
    await server.commitAsOther({
      "bin/run.sh": { mode: "100755", content: "#!/bin/sh\n" },
      "bin/link": { mode: "120000", content: "run.sh" },
      "bin/module": { mode: "160000", commit: submodule },
      "bin.txt": "sorts before bin/\n",
    });
    // A name that is not UTF-8, as old repositories hold them.
    const blob = (await server.git(["hash-object", "-w", "--stdin"], "old\n")).trim();
    const oldTree = await server.tryGit(["ls-tree", "-z", "main"]);
    const stray = Buffer.concat([
      oldTree.stdout,
      Buffer.from(`100644 blob ${blob}\t`),
      Buffer.from([0x66, 0xfc, 0x72, 0]),
    ]);
    const tree = (await server.git(["mktree", "-z"], stray)).trim();
    const commit = (
      await server.git([
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@x",
        "commit-tree",
        "-p",
        "main",
        "-m",
        "x",
        tree,
      ])
    ).trim();
    await server.git(["update-ref", "refs/heads/main", commit]);

    const remote = await remoteOf(server);
    const base = await remote.fetch();
    const result = await remote.push(base, changeOf("bin/run.sh", "#!/bin/sh\nexit 0\n"));
    assert.ok(result.kind === "pushed");
    assert.deepEqual(await changedBy(server, result.commit), ["M bin/run.sh"]);
    const modes = await server.git(["ls-tree", "main", "bin/"]);
    assert.match(modes, /^100755 blob \S+\tbin\/run\.sh$/m);
    assert.match(modes, /^120000 blob \S+\tbin\/link$/m);
    assert.match(modes, new RegExp(`^160000 commit ${submodule}\tbin/module$`, "m"));
    await failureOf(base.readFile("bin/link"), "EDIT_REFUSED");
    await failureOf(remote.push(await remote.fetch(), changeOf("bin/link", "x")), "EDIT_REFUSED");
    await failureOf(remote.push(await remote.fetch(), changeOf("bin/module/x", "x")), "EDIT_REFUSED");
    await failureOf(remote.push(await remote.fetch(), changeOf(".git/hooks/x", "x")), "EDIT_REFUSED");
  });

  it("works on a branch with slashes and leaves the others alone", async () => {
    await server.git(["branch", "feature/x/y", "main"]);
    await server.git(["branch", "feature/x/y-2", "main"]);
    const main = await server.head();
    const remote = await remoteOf(server, { branch: "feature/x/y" });
    const result = await remote.push(await remote.fetch(), changeOf(jukeboxPath, "x\n"));
    assert.ok(result.kind === "pushed");
    assert.equal(await remote.head(), result.commit);
    assert.equal(await server.head(), main);
  });

  it("pushes again and again on what it fetched before", async () => {
    const remote = await remoteOf(server);
    for (let round = 0; round < 3; round++) {
      await server.commitAsOther({ "README.md": `${round}\n` });
      const result = await remote.push(await remote.fetch(), changeOf(jukeboxPath, `${round}\n`));
      assert.equal(result.kind, "pushed");
    }
    assert.equal((await server.log()).length, 7);
    assert.equal((await changedBy(server, await server.head())).length, 1);
  });

  it("shares nothing with another remote in the same process", async () => {
    const other = await startGitServer({ files: { "README.md": "another\n" } });
    try {
      const [first, second] = await Promise.all([remoteOf(server), remoteOf(other)]);
      const [a, b] = await Promise.all([first.fetch(), second.fetch()]);
      assert.equal(await textOf(a, "README.md"), "# mlops-gitops\n");
      assert.equal(await textOf(b, "README.md"), "another\n");
      const results = await Promise.all([
        first.push(a, changeOf("README.md", "1\n")),
        second.push(b, changeOf("README.md", "2\n")),
      ]);
      assert.deepEqual(
        results.map(({ kind }) => kind),
        ["pushed", "pushed"],
      );
      assert.equal(await first.isDescendant(b.commit, a.commit), false);
    } finally {
      await other.stop();
    }
  });

  it("reads anonymously where that is allowed, and is refused to push", async () => {
    const open = await startGitServer({ files: seedRepository(), user, password, anonymousRead: true });
    try {
      const remote = await remoteOf(open, { credentials: undefined });
      const base = await remote.fetch();
      assert.equal(await textOf(base, jukeboxPath), jukeboxConfig);
      await failureOf(remote.push(base, changeOf(jukeboxPath, "x\n")), "GIT_AUTH");
    } finally {
      await open.stop();
    }
  });

  it("is told the committer as well", async () => {
    const remote = await remoteOf(server, { author: { name: "A", email: "a@x" }, committer: bot });
    await remote.push(await remote.fetch(), changeOf("README.md", "x\n"));
    const line = await server.git(["log", "-1", "--format=%an %ae %cn %ce", "main"]);
    assert.equal(line.trim(), "A a@x bluegreen bluegreen@example.org");
  });
});
