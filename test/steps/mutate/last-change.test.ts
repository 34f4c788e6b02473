import assert from "node:assert/strict";
import { lastChange, pastOfFile } from "../../../src/steps/mutate/last-change.ts";
import { fileWith, location } from "../builders.ts";
import { createGit, type MemoryGit } from "../fakes.ts";

/** Commits these texts of the file one after the other; null deletes it. Returns the commits. */
function history(texts: readonly (string | null)[]): { git: MemoryGit; commits: readonly string[] } {
  const git = createGit({ "README.md": "x" });
  const commits = texts.map((text) => git.commit({ files: { [location.path]: text } }));
  return { git, commits };
}

async function found(git: MemoryGit): Promise<string | undefined> {
  return (await lastChange(await git.fetch(), location))?.commit;
}

describe("the commit that gave our values their present form", () => {
  const [blue, green] = [fileWith("v1", 100), fileWith("v2", 0)];
  const cases: Readonly<Record<string, readonly [texts: readonly (string | null)[], index: number]>> = {
    "the only commit": [[blue], 0],
    "the newest one": [[blue, green], 1],
    "one before changes elsewhere in the file": [[blue, green, `# a\n${green}`, `# b\n${green}`], 1],
    "one before a change of form only": [[green, green.replace("v2", '"v2"').replace(": 0", ": '0'")], 0],
    "the one that set the percent": [[green, fileWith("v2", 100)], 1],
    "the one that set them again": [[green, blue, green], 2],
    "the one that mended a broken file": [[green, "a: [", green], 2],
    "the one that brought the file back": [[green, null, green], 2],
    "the one that broke the file": [[green, "a: ["], 1],
    "the one that deleted it": [[green, null], 1],
  };
  for (const [what, [texts, index]] of Object.entries(cases)) {
    it(`is ${what}`, async () => {
      const { git, commits } = history(texts);
      assert.equal(await found(git), commits[index]);
    });
  }

  it("is unknown for a file that never was", async () => {
    assert.equal(await found(createGit({ "README.md": "x" })), undefined);
  });

  it("is given up after 500 versions of other changes", async () => {
    const other = (count: number) => Array.from({ length: count }, (_, index) => `# ${index}\n${green}`);
    const near = history([blue, ...other(500)]);
    assert.equal(await found(near.git), near.commits[1]);
    const far = history([blue, ...other(501)]);
    assert.equal(await found(far.git), undefined);
  });

  it("reads no further than it must", async () => {
    const { git } = history([...Array.from({ length: 20 }, (_, index) => fileWith(`v${index}`, 0)), blue]);
    const snapshot = await git.fetch();
    let read = 0;
    let closed = false;
    const counted = {
      ...snapshot,
      async *fileHistory(path: string) {
        try {
          for await (const version of snapshot.fileHistory(path)) {
            read += 1;
            yield version;
          }
        } finally {
          closed = true;
        }
      },
    };
    await lastChange(counted, location);
    assert.deepEqual([read, closed], [2, true]);
  });
});

describe("what a file's versions say of who served", () => {
  const [blue, staged, green] = [fileWith("v1", 100), fileWith("v2", 0), fileWith("v2", 100)];
  const known = { live: "v2", previous: "v1" };
  const unknown = { live: undefined, previous: undefined };
  const cases: Readonly<Record<string, readonly [texts: readonly (string | null)[], past: object]>> = {
    "a promote": [[blue, staged, green], known],
    "a promote and other changes": [[blue, `# a\n${blue}`, staged, `# b\n${green}`, green], known],
    "a promote and a rollback": [[blue, staged, green, staged], { live: "v1", previous: "v1" }],
    "a first version": [[blue], { live: "v1", previous: undefined }],
    "a file that was broken in between": [[blue, staged, "a: [", staged, green], { live: "v2", previous: undefined }],
    "a file that was away in between": [[blue, null, green], { live: "v2", previous: undefined }],
    "a file that is broken now": [[blue, green, "a: ["], unknown],
  }; // biome-ignore format: a table
  for (const [what, [texts, past]] of Object.entries(cases)) {
    it(`of ${what}`, async () => {
      const { git } = history(texts);
      assert.deepEqual(await pastOfFile(await git.fetch(), location), past);
    });
  }

  async function versionsRead(texts: readonly string[]): Promise<number> {
    const snapshot = await history(texts).git.fetch();
    let read = 0;
    const counted = {
      ...snapshot,
      async *fileHistory(path: string) {
        for await (const version of snapshot.fileHistory(path)) {
          read += 1;
          yield version;
        }
      },
    };
    await pastOfFile(counted, location);
    return read;
  }

  it("is read no further back than it takes to say both", async () => {
    assert.equal(await versionsRead([fileWith("v0", 100), blue, staged, green]), 3);
  });

  it("is read past any number of changes elsewhere in the file", async () => {
    const snapshot = await history([blue]).git.fetch();
    const bytes = (text: string) => new TextEncoder().encode(text);
    async function* fileHistory() {
      for (let at = 0; at < 600; at += 1) yield { ...snapshot, merges: [], content: bytes(staged) };
      yield { ...snapshot, merges: [], content: bytes(blue) };
    }
    assert.equal((await pastOfFile({ ...snapshot, fileHistory }, location)).live, "v1");
  });

  it("is given up after 500 changes of values", async () => {
    const canary = Array.from({ length: 600 }, (_, index) => fileWith("v2", 1 + (index % 2)));
    assert.equal(await versionsRead([blue, ...canary]), 500);
  });
});
