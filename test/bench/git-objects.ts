/**
 * Git's objects by this project's code and by isomorphic-git's public functions with a file system in memory: the pack
 * of one edit in a folder of 10,000 applications, and reading one file out of a pack of the whole repository.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import * as isomorphic from "isomorphic-git";
import { findEntry } from "../../src/git/objects/objects.ts";
import { createStore } from "../../src/git/objects/store.ts";
import { makeCommit } from "../../src/git/push.ts";
import { createRepository } from "../sandbox/git/repository.ts";
import { jukeboxPath, seedRepository } from "../sandbox/git/seed.ts";
import { describe, median } from "./figures.ts";
import { memoryFiles } from "./memory-files.ts";

const applications = 10_000;
const rounds = 7;
const person = { name: "bench", email: "bench@example.org" };
const edited = Buffer.from("trafficPercent: 0\n");

interface Way {
  /** A repository that holds the pack's objects, and nothing read of them yet. */
  open(): Promise<unknown>;
  /** The pack of one edit, on what was opened. */
  edit(): Promise<Uint8Array>;
}

export async function benchObjects(): Promise<readonly string[]> {
  const repository = await createRepository(seedRepository({ applications }), "main");
  try {
    const head = await repository.head();
    const ids = await repository.git(["rev-list", "--objects", "--no-object-names", "main"]);
    const { stdout: pack } = await repository.tryGit(["pack-objects", "--stdout", "-q"], ids);
    const ways = { ours: ours(pack, head), "isomorphic-git": theirs(pack, head) };
    const lines = [`a pack of ${applications} applications, ${(pack.length / 1024).toFixed(0)} KiB`];
    for (const part of ["open", "edit"] as const) {
      const taken: Record<string, number[]> = {};
      for (let round = 0; round < rounds; round += 1)
        for (const [name, way] of Object.entries(ways))
          taken[name] = [...(taken[name] ?? []), await timed(() => way[part]())];
      lines.push(...report(part === "open" ? "index the pack" : "read, edit, commit, pack", taken));
    }
    return [...lines, ...(await loading())];
  } finally {
    await repository.remove();
  }
}

function report(what: string, taken: Readonly<Record<string, readonly number[]>>): readonly string[] {
  const lines = Object.entries(taken).map(([name, ms]) => `  ${name.padEnd(15)} ${describe(ms)}`);
  const ratio = median(taken["ours"] ?? []) / median(taken["isomorphic-git"] ?? []);
  return [`${what}: ours takes ${ratio.toFixed(2)} × isomorphic-git's time`, ...lines];
}

function ours(pack: Buffer, head: string): Way {
  let store = createStore();
  return {
    open: async () => {
      store = createStore();
      store.add(pack);
    },
    edit: async () => {
      const reader = {
        gather: async () => {},
        read: async (...of: Parameters<typeof store.read>) => store.read(...of),
      };
      const objects = { ...reader, write: store.write };
      const tree = /tree (\S+)/.exec(Buffer.from(store.read(head, "commit") ?? []).toString())?.[1] ?? "";
      if ((await findEntry(objects, tree, jukeboxPath)) === undefined) throw new Error(jukeboxPath);
      const change = { files: new Map([[jukeboxPath, edited]]), message: "Bench\n" };
      const made = await makeCommit(objects, head, change, { author: person, committer: person, time: 1 });
      return store.pack(made.objects);
    },
  };
}

function theirs(pack: Buffer, head: string): Way {
  const name = createHash("sha1").update(pack).digest("hex");
  const file = `objects/pack/pack-${name}.pack`;
  let repository = opened();
  function opened() {
    return { fs: memoryFiles(new Map([[`/r/.git/${file}`, pack]])), dir: "/r", gitdir: "/r/.git", cache: {} };
  }
  async function treeWith(oid: string, parts: readonly string[], written: string[]): Promise<string> {
    const [first = "", ...rest] = parts;
    const { tree } = await isomorphic.readTree({ ...repository, oid });
    const entry = tree.find(({ path }) => path === first);
    if (entry === undefined) throw new Error(first);
    const id =
      rest.length === 0
        ? await isomorphic.writeBlob({ ...repository, blob: edited })
        : await treeWith(entry.oid, rest, written);
    if (rest.length === 0) written.push(id);
    const made = tree.map((each) => (each === entry ? { ...each, oid: id } : each));
    const result = await isomorphic.writeTree({ ...repository, tree: made });
    written.push(result);
    return result;
  }
  return {
    open: async () => {
      repository = opened();
      await isomorphic.indexPack({ ...repository, filepath: `.git/${file}` });
    },
    edit: async () => {
      const { commit } = await isomorphic.readCommit({ ...repository, oid: head });
      const written: string[] = [];
      const tree = await treeWith(commit.tree, jukeboxPath.split("/"), written);
      const who = { ...person, timestamp: 1, timezoneOffset: 0 };
      const made = { message: "Bench\n", tree, parent: [head], author: who, committer: who };
      const oid = await isomorphic.writeCommit({ ...repository, commit: made });
      const { packfile } = await isomorphic.packObjects({ ...repository, oids: [oid, ...written] });
      return packfile ?? new Uint8Array();
    },
  };
}

/** What it costs to have either in the bundle: bytes, and milliseconds of each start. */
async function loading(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-bench-"));
  try {
    const entries = {
      nothing: "export const nothing = 1;",
      ours: 'import * as a from "./src/git/objects/store.ts"; import * as b from "./src/git/push.ts"; console.log(a, b);',
      "isomorphic-git": 'import * as git from "isomorphic-git"; console.log(git);',
    };
    const taken: Record<string, number[]> = {};
    const sizes: Record<string, number> = {};
    for (const [name, contents] of Object.entries(entries)) {
      const outfile = join(folder, `${name}.mjs`);
      await bundleOf(contents, outfile);
      sizes[name] = (await stat(outfile)).size;
    }
    for (let round = 0; round < rounds; round += 1)
      for (const name of Object.keys(entries))
        taken[name] = [
          ...(taken[name] ?? []),
          await timed(async () => void spawnSync(process.execPath, [join(folder, `${name}.mjs`)])),
        ];
    return Object.entries(taken).map(
      ([name, ms]) =>
        `a process that loads ${name.padEnd(15)} ${describe(ms)}, ${((sizes[name] ?? 0) / 1024).toFixed(0)} KiB`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundleOf(contents: string, outfile: string): Promise<void> {
  const js =
    'import { createRequire as benchRequire } from "node:module"; const require = benchRequire(import.meta.url);';
  await build({
    stdin: { contents, resolveDir: process.cwd(), loader: "ts" },
    outfile,
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    minifyWhitespace: true,
    minifySyntax: true,
    banner: { js },
    logLevel: "error",
  });
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await action();
  return performance.now() - startedAt;
}
