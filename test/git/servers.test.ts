/** What the port promises, held against every kind of server: versions of the protocol, filters, objects by id. */
import assert from "node:assert/strict";
import type { GitRemote, GitSnapshot } from "../../src/ports.ts";
import { dulwichVersion, startDulwich } from "../sandbox/git/dulwich.ts";
import type { FileChanges } from "../sandbox/git/fast-import.ts";
import type { BareRepository } from "../sandbox/git/repository.ts";
import { jukeboxConfig, jukeboxPath, seedRepository } from "../sandbox/git/seed.ts";
import { startGitServer } from "../sandbox/git/server.ts";
import { changedBy, changeOf, failureOf, remoteOf, textOf } from "./support.ts";

interface AnyServer extends BareRepository {
  readonly url: string;
  stop(): Promise<void>;
}

type Start = (files: FileChanges | undefined) => Promise<AnyServer>;

function gitWith(
  protocol: 0 | 1 | 2,
  filters: boolean,
  wants: "any" | "reachable" | "tips",
  more: Readonly<Record<string, string>> = {},
): Start {
  const config = {
    ...more,
    "uploadpack.allowFilter": String(filters),
    "uploadpack.allowAnySHA1InWant": String(wants === "any"),
    "uploadpack.allowReachableSHA1InWant": String(wants === "reachable"),
  };
  return (files) => startGitServer({ ...(files === undefined ? {} : { files }), protocol, config });
}

const kinds: Readonly<Record<string, Start>> = {
  "git, version 2, filters": gitWith(2, true, "tips"),
  "git, version 2": gitWith(2, false, "tips"),
  "git, version 2, offering filters but refusing those of trees": gitWith(2, true, "tips", {
    "uploadpackfilter.tree.allow": "false",
  }),
  "git, version 1, filters, any object": gitWith(1, true, "any"),
  "git, version 0, filters, any object": gitWith(0, true, "any"),
  "git, version 0, filters, reachable objects": gitWith(0, true, "reachable"),
  "git, version 0, filters": gitWith(0, true, "tips"),
  "git, version 0": gitWith(0, false, "tips"),
};

const odd = {
  "bin/run.sh": { mode: "100755", content: "#!/bin/sh\n" },
  "bin/link": { mode: "120000", content: "run.sh" },
  "bin/module": { mode: "160000", commit: "a".repeat(40) },
  "bin.txt": "sorts before bin/\n",
  "neu/ünïcode 🍏/a b.yaml": "x: 1\n",
} as const;

function contract(start: Start): void {
  let server: AnyServer;
  let remote: GitRemote;

  beforeEach(async () => {
    server = await start({ ...seedRepository({ applications: 20 }), ...odd });
    remote = await remoteOf(server, { credentials: undefined });
  });
  afterEach(() => server.stop());

  it("reads the head and a file, with and without having named it", async () => {
    const head = await server.head();
    assert.equal(await remote.head(), head);
    const named = await remote.fetch([jukeboxPath]);
    assert.equal(named.commit, head);
    assert.equal(await textOf(named, jukeboxPath), jukeboxConfig);
    assert.equal(await textOf(named, "neu/ünïcode 🍏/a b.yaml"), "x: 1\n");
    assert.equal(await named.readFile("model-deployments/test/nothing/config.yaml"), undefined);
    const other = await remoteOf(server, { credentials: undefined });
    assert.equal(await textOf(await other.fetch(), "README.md"), "# mlops-gitops\n");
  });

  it("pushes exactly the intended files, and leaves modes, links and submodules alone", async () => {
    for (const path of [jukeboxPath, "bin/run.sh", "neu/ünïcode 🍏/a b.yaml"]) {
      const before = await server.git(["ls-tree", "-r", "-z", "main"]);
      const base = await remote.fetch([path]);
      await base.readFile(path);
      const result = await remote.push(base, changeOf(path, `changed: ${path}\n`));
      assert.deepEqual(result, { kind: "pushed", commit: await server.head() });
      assert.deepEqual(await changedBy(server, result.commit), [`M ${path}`]);
      const after = await server.git(["ls-tree", "-r", "-z", "main"]);
      assert.deepEqual(withoutId(after, path), withoutId(before, path));
    }
    assert.equal((await server.log()).length, 4);
    const added = await remote.push(await remote.fetch(), changeOf("new/folder/file.yaml", "x\n"));
    assert.ok(added.kind === "pushed");
    assert.deepEqual(await changedBy(server, added.commit), ["A new/folder/file.yaml"]);
  });

  it("is overtaken, fetches again and lands", async () => {
    const base = await remote.fetch([jukeboxPath]);
    await server.commitAsOther({ "model-deployments/test/model-00001/config.yaml": "theirs\n" });
    assert.equal((await remote.push(base, changeOf(jukeboxPath, "x\n"))).kind, "overtaken");
    const again = await remote.fetch([jukeboxPath]);
    assert.equal(await textOf(again, jukeboxPath), jukeboxConfig);
    const result = await remote.push(again, changeOf(jukeboxPath, "x\n"));
    assert.ok(result.kind === "pushed");
    assert.deepEqual(await changedBy(server, result.commit), [`M ${jukeboxPath}`]);
    assert.equal((await server.log()).length, 3);
  });

  it("looks back along the history and tells descendants", async () => {
    const first = await server.head();
    await server.commitMany(
      Array.from({ length: 120 }, (_, index) => ({
        files: { [index % 40 === 0 ? jukeboxPath : `other-${index % 7}.txt`]: `${index}\n` },
        message: `${index}\n`,
        time: 1_700_000_001 + index,
      })),
    );
    const versions: string[] = [];
    for await (const { message, content } of (await remote.fetch([jukeboxPath])).fileHistory(jukeboxPath))
      versions.push(
        `${message.trim()}: ${Buffer.from(content ?? [])
          .toString()
          .slice(0, 3)
          .trim()}`,
      );
    assert.deepEqual(versions, ["80: 80", "40: 40", "0: 0", "Seed: ---"]);
    const head = await server.head();
    const fresh = await remoteOf(server, { credentials: undefined });
    assert.equal(await fresh.isDescendant(head, first), true);
    assert.equal(await fresh.isDescendant(first, head), false);
    assert.equal(await fresh.isDescendant(head, "b".repeat(40)), false);
  });

  it("takes calls that overlap: readers see what they would see alone, of two pushes on one base one lands", async () => {
    const first = await server.head();
    const base = await remote.fetch([jukeboxPath]);
    const theirs = await server.commitAsOther({ "other.txt": "theirs\n" });
    const paths = [jukeboxPath, "README.md", "neu/ünïcode 🍏/a b.yaml", "bin.txt"];
    const contents = await Promise.all(paths.map(async (path) => textOf(await remote.fetch([path]), path)));
    assert.deepEqual(contents, [jukeboxConfig, "# mlops-gitops\n", "x: 1\n", "sorts before bin/\n"]);
    const latest = await remote.fetch();
    const [descends, back, commits, ...results] = await Promise.all([
      remote.isDescendant(theirs, first),
      remote.isDescendant(first, theirs),
      changesOf(latest, "other.txt"),
      remote.push(latest, changeOf(jukeboxPath, "one\n")),
      remote.push(latest, changeOf(jukeboxPath, "two\n")),
      remote.push(base, changeOf(jukeboxPath, "late\n")),
    ]);
    assert.deepEqual([descends, back, commits], [true, false, [theirs]]);
    const pushed = results.flatMap((result) => (result.kind === "pushed" ? [result.commit] : []));
    assert.deepEqual(pushed, [await server.head()]);
    assert.deepEqual((await server.git(["rev-list", "main"])).trim().split("\n"), [...pushed, theirs, first]);
    assert.equal(await textOf(base, jukeboxPath), jukeboxConfig);
    assert.deepEqual(await changedBy(server, await server.head()), [`M ${jukeboxPath}`]);
  });

  it("works on a branch with slashes; names the branches where there is none of that name", async () => {
    await server.git(["branch", "feature/x/y", "main"]);
    await server.git(["branch", "feature/x/y-2", "main"]);
    const main = await server.head();
    const slashes = await remoteOf(server, { credentials: undefined, branch: "feature/x/y" });
    const result = await slashes.push(await slashes.fetch(), changeOf("README.md", "x\n"));
    assert.ok(result.kind === "pushed");
    assert.equal(await slashes.head(), result.commit);
    assert.equal(await server.head(), main);
    const missing = await remoteOf(server, { credentials: undefined, branch: "feature" });
    for (const action of [() => missing.head(), () => missing.fetch(["x"])]) {
      const { evidence } = await failureOf(action(), "GIT_NOT_FOUND");
      assert.match(evidence, /no branch feature; there is feature\/x\/y, feature\/x\/y-2, main/);
    }
  });

  it("says that a repository is empty", async () => {
    const empty = await start(undefined);
    try {
      const nothing = await remoteOf(empty, { credentials: undefined });
      assert.match((await failureOf(nothing.head(), "GIT_NOT_FOUND")).evidence, /the repository is empty/);
      assert.match((await failureOf(nothing.fetch(), "GIT_NOT_FOUND")).evidence, /the repository is empty/);
    } finally {
      await empty.stop();
    }
  });
}

async function changesOf(snapshot: GitSnapshot, path: string): Promise<readonly string[]> {
  const commits: string[] = [];
  for await (const { commit } of snapshot.fileHistory(path)) commits.push(commit);
  return commits;
}

/** `git ls-tree -z` lines, the object of one path left out. */
function withoutId(listing: string, path: string): readonly string[] {
  return listing
    .split("\0")
    .map((line) => (line.endsWith(`\t${path}`) ? line.replace(/ [0-9a-f]{40}\t/, " \t") : line));
}

for (const [kind, start] of Object.entries(kinds)) {
  describe(`a Git remote, on ${kind}`, () => contract(start));
}

/** The other combinations of version, filters and objects by id: one edit through a race. */
describe("a Git remote edits through a race, on git,", () => {
  for (const protocol of [0, 1, 2] as const)
    for (const filters of [true, false])
      for (const wants of ["any", "tips"] as const)
        it(`version ${protocol}, filters ${filters ? "on" : "off"}, wants of ${wants}`, async () => {
          const server = await gitWith(protocol, filters, wants)(seedRepository());
          try {
            const remote = await remoteOf(server, { credentials: undefined });
            const base = await remote.fetch([jukeboxPath]);
            await server.commitAsOther({ "model-deployments/test/model-00001/config.yaml": "theirs\n" });
            assert.equal((await remote.push(base, changeOf(jukeboxPath, "x\n"))).kind, "overtaken");
            const again = await remote.fetch([jukeboxPath]);
            const result = await remote.push(again, changeOf(jukeboxPath, "x\n"));
            assert.ok(result.kind === "pushed");
            assert.deepEqual(await changedBy(server, result.commit), [`M ${jukeboxPath}`]);
            assert.equal((await server.log()).length, 3);
          } finally {
            await server.stop();
          }
        });
});

describe("a Git remote, on a SHA-256 repository", () => {
  it("says that it is one", async () => {
    const server = await startGitServer();
    try {
      await server.git(["init", "--quiet", "--bare", "--object-format=sha256", `${server.root}/other.git`]);
      const remote = await remoteOf({ url: `${server.origin}/other.git` }, { credentials: undefined });
      for (const action of [() => remote.head(), () => remote.fetch()]) {
        const { evidence } = await failureOf(action(), "GIT_PROTOCOL");
        assert.match(evidence, /names its objects by sha256; only SHA-1 repositories are supported/);
      }
    } finally {
      await server.stop();
    }
  });
});

describe("a Git remote, on Dulwich (Debian's python3-dulwich)", () => {
  before(async function () {
    const version = await dulwichVersion();
    if (version !== undefined) return;
    assert.notEqual(process.env["BLUEGREEN_REQUIRE_ALL"], "1", "python3-dulwich is not installed");
    console.log("    skipped: Debian's python3-dulwich is not installed");
    this.skip();
  });
  contract(startDulwich);
});
