import assert from "node:assert/strict";
import type { FileVersion, GitRemote } from "../../src/ports.ts";
import type { FileChanges } from "../sandbox/git/fast-import.ts";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";
import { changedBy, changeOf, password, remoteOf, testLog, user } from "./support.ts";

const count = 300;
const path = "app/config.yaml";

/** Commit number n (from 1) changes `path` where n is a multiple of 60, and another file otherwise. */
function commits() {
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const changed = number % 60 === 0 ? path : "other.txt";
    return {
      files: { [changed]: `${number}\n` },
      message: `Commit ${number}\n`,
      time: 1_700_000_000 + number,
    };
  });
}

async function take(versions: AsyncIterable<FileVersion>, wanted: number): Promise<readonly FileVersion[]> {
  const taken: FileVersion[] = [];
  for await (const version of versions) {
    taken.push(version);
    if (taken.length === wanted) break;
  }
  return taken;
}

function summary({ message, content }: FileVersion): string {
  return `${message.trim()}: ${content === undefined ? "gone" : Buffer.from(content).toString().trim()}`;
}

describe("history", () => {
  let server: GitServer;
  let remote: GitRemote;

  before(async () => {
    server = await startGitServer({ files: { "other.txt": "0\n" }, user, password });
    await server.commitMany(commits());
    await server.git(["branch", "long", "main"]);
  });
  after(() => server.stop());
  beforeEach(async () => {
    await server.git(["update-ref", "refs/heads/main", "long"]);
    remote = await remoteOf(server);
  });

  function fetches(): number {
    return server.requests.filter(({ method }) => method === "POST").length;
  }

  it("yields only the commits that changed the file, newest first, to the beginning", async () => {
    const snapshot = await remote.fetch();
    const all = await take(snapshot.fileHistory(path), Number.POSITIVE_INFINITY);
    assert.deepEqual(
      all.map(summary),
      [300, 240, 180, 120, 60].map((number) => `Commit ${number}: ${number}`),
    );
    assert.equal(all[0]?.commit, snapshot.commit);
    assert.deepEqual(all[0]?.author, { name: "Somebody Else", email: "else@example.org" });
  });

  it("fetches no deeper than it is read", async () => {
    await server.git(["config", "uploadpack.allowFilter", "false"]);
    const snapshot = await remote.fetch();
    const before = fetches();
    await take(snapshot.fileHistory(path), 1);
    assert.equal(fetches() - before, 1);
    await take(snapshot.fileHistory(path), 1);
    assert.equal(fetches() - before, 1);
    await take(snapshot.fileHistory(path), 3);
    assert.equal(fetches() - before, 2);
    await take(snapshot.fileHistory(path), 9);
    assert.equal(fetches() - before, 3);
    await server.git(["config", "uploadpack.allowFilter", "true"]);
  });

  it("by filters, takes three requests a look: commits, folders that changed, their files", async () => {
    const snapshot = await remote.fetch([path]);
    await snapshot.readFile(path);
    const before = fetches();
    await take(snapshot.fileHistory(path), 1);
    assert.equal(fetches() - before, 3);
    await take(snapshot.fileHistory(path), 1);
    assert.equal(fetches() - before, 3);
    await take(snapshot.fileHistory(path), 3);
    assert.equal(fetches() - before, 6);
    await take(snapshot.fileHistory(path), 9);
    assert.equal(fetches() - before, 7, "the last commits have neither");
  });

  it("is empty for a file that never was, and tells of a deletion", async () => {
    await server.commitAsOther({ [path]: null }, "Delete\n");
    const snapshot = await remote.fetch();
    assert.deepEqual(await take(snapshot.fileHistory("never"), 9), []);
    const versions = await take(snapshot.fileHistory(path), 2);
    assert.deepEqual(versions.map(summary), ["Delete: gone", "Commit 300: 300"]);
  });

  describe("at a merge", () => {
    const identity = ["-c", "user.name=x", "-c", "user.email=x@x"];

    /** Puts a merge of the commits onto the branch, with the files of `like`. */
    async function merge(parents: readonly string[], like: string): Promise<string> {
      const named = parents.flatMap((parent) => ["-p", parent]);
      const commit = await server.git([
        ...identity,
        "commit-tree",
        ...named,
        "-m",
        "Merge",
        `${like}^{tree}`,
      ]);
      await server.git(["update-ref", "refs/heads/main", commit.trim()]);
      return commit.trim();
    }
    /** Somebody's commits on top of one that need not be the branch's head. */
    async function on(base: string, ...texts: readonly string[]): Promise<string> {
      await server.git(["update-ref", "refs/heads/main", base]);
      for (const text of texts) await server.commitAsOther({ [path]: `${text}\n` }, `Write ${text}\n`);
      return server.head();
    }
    async function versions(count: number): Promise<readonly string[]> {
      return (await take((await remote.fetch()).fileHistory(path), count)).map(summary);
    }
    const changedOn = "Write two: two";
    const sides = ["first", "second"] as const;

    for (const side of sides) {
      it(`follows the ${side} parent where the file is as there, and names the merge that brought it`, async () => {
        const base = await server.head();
        const changed = await on(base, "one", "two");
        const other = await on(base);
        const parents = side === "first" ? [changed, other] : [other, changed];
        const commit = await merge(parents, changed);
        const found = await take((await remote.fetch()).fileHistory(path), 3);
        assert.deepEqual(found.map(summary), [changedOn, "Write one: one", "Commit 300: 300"]);
        assert.equal(found[0]?.commit, changed);
        assert.deepEqual(found[0]?.merges, side === "first" ? [] : [{ commit, parents }]);
        assert.equal(await remote.isDescendant(commit, changed), true);
      });

      it(`follows the ${side} parent where both have the same file, and it was changed there last`, async () => {
        await on(await server.head(), "one");
        const base = await server.head();
        const changed = await on(base, "two", "one");
        const parents = side === "first" ? [changed, base] : [base, changed];
        await merge(parents, changed);
        assert.deepEqual(await versions(3), ["Write one: one", changedOn, "Write one: one"]);
      });
    }

    it("counts the merge as a change where no parent has what it holds", async () => {
      const base = await server.head();
      const [one, other] = [await on(base, "one"), await on(base, "other")];
      await merge([one, other], base);
      await on(await server.head(), "resolved");
      await merge([one, other], await server.head());
      assert.deepEqual(await versions(3), ["Merge: resolved", "Write one: one", "Commit 300: 300"]);
    });

    for (const [earlier, later] of [
      [0, 1],
      [1, 0],
    ] as const) {
      it(`takes the later of two commits that made the same file apart, parent ${later + 1}`, async () => {
        const base = await server.head();
        const made: string[] = [];
        for (const side of [0, 1]) {
          await on(base);
          const time = 1_800_000_000 + (side === earlier ? 0 : 60);
          await server.commitMany([{ files: { [path]: "same\n" }, message: `Side ${side}\n`, time }]);
          made.push(await server.head());
        }
        await merge(made, made[0] ?? "");
        assert.deepEqual(await versions(2), [`Side ${later}: same`, "Commit 300: 300"]);
      });
    }
  });

  it("of a snapshot is the same after the branch moved on", async () => {
    const snapshot = await remote.fetch();
    for (let number = 0; number < 5; number++) await server.commitAsOther({ [path]: `later ${number}\n` });
    const versions = await take(snapshot.fileHistory(path), 2);
    assert.deepEqual(versions.map(summary), ["Commit 300: 300", "Commit 240: 240"]);
  });

  describe("isDescendant", () => {
    const at = async (back: number) => (await server.git(["rev-parse", `long~${back}`])).trim();

    it("knows near and far ancestors", async () => {
      const head = await server.head();
      for (const back of [0, 1, 49, 50, 120, 299, 300]) {
        assert.equal(await remote.isDescendant(head, await at(back)), true, `${back} back`);
        assert.equal(
          await remote.isDescendant(await at(back), head),
          back === 0,
          `${back} back, the other way`,
        );
      }
    });

    it("fetches commits that are new", async () => {
      const base = (await remote.fetch()).commit;
      const later = await server.commitAsOther({ "other.txt": "later\n" });
      assert.equal(await remote.isDescendant(later, base), true);
      assert.equal(await remote.isDescendant(base, later), false);
    });

    it("asks little for the usual not-yet: the cluster runs the commit before ours", async () => {
      const base = await remote.fetch();
      const ours = await remote.push(base, {
        files: new Map([[path, Buffer.from("ours\n")]]),
        message: "Ours\n",
      });
      assert.ok(ours.kind === "pushed");
      const before = fetches();
      assert.equal(await remote.isDescendant(base.commit, ours.commit), false);
      assert.equal(await remote.isDescendant(ours.commit, base.commit), true);
      assert.equal(fetches() - before, 0);
    });

    it("is false for what is no commit here, and for what was taken off the branch", async () => {
      const head = await server.head();
      assert.equal(await remote.isDescendant("a".repeat(40), head), false);
      assert.equal(await remote.isDescendant(head, "b".repeat(40)), false);
      assert.equal(await remote.isDescendant("main", head), false);
      const dropped = await server.commitAsOther({ "other.txt": "dropped\n" });
      await remote.fetch();
      await server.git(["update-ref", "refs/heads/main", head]);
      const kept = await server.commitAsOther({ "other.txt": "kept\n" });
      assert.equal(await remote.isDescendant(kept, dropped), false);
      assert.equal(await remote.isDescendant(dropped, kept), false);
    });
  });
});

describe("a history of 40,000 commits", function () {
  this.timeout(180_000);
  let server: GitServer;
  let first: string;

  before(async () => {
    server = await startGitServer({ files: { [path]: "0\n", "other.txt": "0\n" } });
    first = await server.head();
    const other: FileChanges = { "other.txt": "1\n" };
    const none: FileChanges = {};
    await server.commitMany(
      Array.from({ length: 40_000 }, (_, index) => ({
        files: index % 20_000 === 0 ? other : none,
        message: `Commit ${index}\n`,
        time: 1_700_000_001 + index,
      })),
    );
  });
  after(() => server.stop());

  it("costs an edit nothing: no request and no byte for what lies behind the head", async () => {
    const log = testLog();
    const remote = await remoteOf(server, { credentials: undefined, log });
    const snapshot = await remote.fetch([path]);
    await snapshot.readFile(path);
    const result = await remote.push(snapshot, changeOf(path, "1\n"));
    assert.ok(result.kind === "pushed");
    assert.deepEqual(await changedBy(server, result.commit), [`M ${path}`]);
    assert.equal((await server.git(["rev-list", "--count", "main"])).trim(), "40002");
    const sizes = log.lines.map((line) => Number(/(\d+) bytes/.exec(line)?.[1] ?? Number.NaN));
    assert.equal(sizes.length, 7, "two to ask what there is, four for the file, one for the push");
    assert.ok(
      sizes.every((bytes) => bytes < 1000),
      log.lines.join("\n"),
    );
    await server.git(["update-ref", "refs/heads/main", snapshot.commit]);
  });

  it("is looked through to its beginning where nothing later answers", async () => {
    const remote = await remoteOf(server, { credentials: undefined });
    const snapshot = await remote.fetch([path]);
    const [version] = await take(snapshot.fileHistory(path), 1);
    assert.equal(version?.commit, first);
    const fresh = await remoteOf(server, { credentials: undefined });
    assert.equal(await fresh.isDescendant(snapshot.commit, first), true);
  });
});
