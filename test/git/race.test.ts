import assert from "node:assert/strict";
import type { GitRemote, PushResult } from "../../src/ports.ts";
import { jukeboxPath, seedRepository } from "../sandbox/git/seed.ts";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";
import { startResendingProxy } from "./resending.ts";
import { changedBy, changeOf, failureOf, password, remoteOf, textOf, user } from "./support.ts";

const shared = "model-deployments/test/shared.yaml";
const writers = 8;
const rounds = 3;

describe("racing pushes", () => {
  let server: GitServer;
  let remote: GitRemote;

  beforeEach(async () => {
    const keys = Array.from({ length: writers }, (_, writer) => `key${writer}: 0\n`).join("");
    server = await startGitServer({ files: { ...seedRepository(), [shared]: keys }, user, password });
    remote = await remoteOf(server);
  });
  afterEach(() => server.stop());

  it("are overtaken by whoever was first, and land after another look", async () => {
    const base = await remote.fetch();
    const theirs = await server.commitAsOther({ [jukeboxPath]: "theirs\n" });
    const lost = await remote.push(base, changeOf(jukeboxPath, "ours\n"));
    assert.deepEqual(lost, {
      kind: "overtaken",
      detail: `main is at ${theirs}, no longer at ${base.commit}`,
    });
    assert.equal(await server.head(), theirs);

    const again = await remote.fetch();
    assert.equal(await textOf(again, jukeboxPath), "theirs\n");
    const won = await remote.push(again, changeOf(jukeboxPath, "ours\n"));
    assert.ok(won.kind === "pushed");
    assert.deepEqual(await changedBy(server, won.commit), [`M ${jukeboxPath}`]);
  });

  it("are overtaken between the look at the branch and the push, too", async () => {
    const base = await remote.fetch();
    let theirs = "";
    const run = async () => {
      theirs = await server.commitAsOther({ "README.md": "theirs\n" });
    };
    await server.fault({ kind: "race", run }, { scope: "receive", times: 1 });
    const lost = await remote.push(base, changeOf(jukeboxPath, "ours\n"));
    assert.equal(lost.kind, "overtaken");
    assert.equal(await server.head(), theirs);
  });

  it("do not bring back what somebody took off the branch", async () => {
    const base = await server.head();
    await server.commitAsOther({ "README.md": "secret\n" });
    const fetched = await remote.fetch();
    await server.git(["update-ref", "refs/heads/main", base]);
    assert.equal((await remote.push(fetched, changeOf(jukeboxPath, "x\n"))).kind, "overtaken");
    assert.equal(await server.head(), base);
  });

  it("do not bring back a deleted branch", async () => {
    const base = await remote.fetch();
    await server.git(["update-ref", "-d", "refs/heads/main"]);
    await failureOf(remote.push(base, changeOf(jukeboxPath, "x\n")), "GIT_NOT_FOUND");
    assert.equal((await server.tryGit(["rev-parse", "--verify", "refs/heads/main"])).status, 128);
  });

  it(`all land in the end: ${writers} writers × ${rounds} on adjacent keys`, async () => {
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(server, writer)));
    const snapshot = await remote.fetch();
    const wanted = Array.from({ length: writers }, (_, writer) => `key${writer}: ${rounds}\n`).join("");
    assert.equal(await textOf(snapshot, shared), wanted);
    assert.equal((await server.log()).length, 1 + writers * rounds);
    assert.deepEqual(await changedBy(server, snapshot.commit), [`M ${shared}`]);
  }).timeout(120_000);
});

/** Fetch, edit, push; on a race the same again. */
async function write(server: GitServer, writer: number): Promise<void> {
  const remote = await remoteOf(server);
  for (let round = 1; round <= rounds; round++) {
    let result: PushResult;
    do {
      const base = await remote.fetch();
      const text = await textOf(base, shared);
      const edited = text.replace(new RegExp(`^key${writer}: .*$`, "m"), `key${writer}: ${round}`);
      result = await remote.push(base, changeOf(shared, edited, `Writer ${writer} round ${round}\n`));
    } while (result.kind === "overtaken");
  }
}

describe("a push that something on the way sends twice", () => {
  let server: GitServer;
  beforeEach(async () => {
    server = await startGitServer({ files: seedRepository(), user, password });
  });
  afterEach(() => server.stop());

  for (const [what, between] of [
    ["its commit is on the branch", async () => undefined],
    ["its commit is below somebody's later one", () => server.commitAsOther({ [jukeboxPath]: "theirs\n" })],
  ] as const) {
    it(`is pushed, not overtaken: ${what}`, async () => {
      const proxy = await startResendingProxy(server.url, between);
      try {
        const remote = await remoteOf({ url: proxy.url });
        const result = await remote.push(await remote.fetch(), changeOf(jukeboxPath, "ours\n"));
        assert.ok(result.kind === "pushed", JSON.stringify(result));
        assert.deepEqual(await changedBy(server, result.commit), [`M ${jukeboxPath}`]);
      } finally {
        proxy.stop();
      }
    });
  }
});
