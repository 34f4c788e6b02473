import assert from "node:assert/strict";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tryGit } from "./process.ts";
import { jukeboxConfig, jukeboxPath, seedRepository } from "./seed.ts";
import { type GitServer, startGitServer } from "./server.ts";

describe("the sandbox's Git server, to real git", () => {
  let server: GitServer;
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "bluegreen-client-"));
    server = await startGitServer({ files: seedRepository(), user: "u", password: "p:@" });
    await writeFile(
      join(home, ".gitconfig"),
      "[credential]\nhelper = store\n[user]\nname = A\nemail = a@x\n",
    );
    await writeFile(join(home, ".git-credentials"), `${server.origin.replace("://", "://u:p%3A%40@")}\n`);
  });
  afterEach(async () => {
    await server.stop();
    await rm(home, { recursive: true });
  });

  async function git(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await tryGit(args, { cwd: home, home });
    assert.equal(status, 0, stderr);
    return stdout.toString();
  }

  it("serves a clone and takes a push, streamed in chunks and compressed", async () => {
    await git("clone", "--quiet", server.url, "clone");
    const noise = Array.from({ length: 40_000 }, (_, index) => `${index * 7919}`).join("\n");
    await writeFile(join(home, "clone", "big.txt"), noise);
    await git("-C", "clone", "add", ".");
    await git("-C", "clone", "commit", "--quiet", "-m", "Big");
    await git("-C", "clone", "-c", "http.postBuffer=1024", "push", "--quiet", "origin", "HEAD:main");
    assert.equal((await git("-C", "clone", "rev-parse", "HEAD")).trim(), await server.head());
    assert.equal(await server.git(["cat-file", "blob", "main:big.txt"]), noise);
    assert.equal((await server.log())[0]?.message.trim(), "Big");
    assert.ok(server.requests.some(({ protocol }) => protocol === "version=2"));
    assert.ok(server.requests.some(({ authorised }) => authorised));
  });

  it("serves a shallow, partial clone", async () => {
    await server.git(["config", "uploadpack.allowFilter", "true"]);
    await git("clone", "--quiet", "--depth=1", "--filter=blob:none", server.url, "clone");
    assert.equal(await git("-C", "clone", "cat-file", "blob", `HEAD:${jukeboxPath}`), jukeboxConfig);
  });

  it("lets nobody in without the password", async () => {
    await rm(join(home, ".git-credentials"));
    const { status, stderr } = await tryGit(["ls-remote", server.url], { cwd: home, home });
    assert.equal(status, 128, stderr);
  });

  it("has another writer whose edits keep what they do not name", async () => {
    const commit = await server.commitAsOther(async (read) => ({
      [jukeboxPath]: (await read(jukeboxPath)).replace("100", "0"),
    }));
    assert.equal(await server.head(), commit);
    const changed = await server.git(["diff-tree", "-r", "--no-commit-id", "--name-only", commit]);
    assert.equal(changed.trim(), jukeboxPath);
    const commits = await Promise.all(
      Array.from({ length: 4 }, (_, index) => server.commitAsOther({ [`${index}.txt`]: "x" })),
    );
    assert.equal((await server.log()).length, 2 + commits.length);
  });

  it("leaves nothing behind, also while it keeps a client waiting", async () => {
    const other = await startGitServer({ files: seedRepository() });
    await other.fault({ kind: "stall" });
    const waiting = tryGit(["ls-remote", other.url], { cwd: home, home });
    while (other.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await other.stop();
    assert.notEqual((await waiting).status, 0);
    await assert.rejects(access(other.dir));
  });
});
