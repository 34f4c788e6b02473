/**
 * One edit of one file, clone to push, whole processes: ours (the Git step, bundled as the program is) against the git
 * command line, in full and as a sparse partial clone, and against isomorphic-git; same server, same run.
 */

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type PluginBuild } from "esbuild";
import { withoutTheUnused } from "../../scripts/build/stubs.ts";
import { finished, gitEnvironment, tryGit } from "../sandbox/git/process.ts";
import { jukeboxPath, seedRepository } from "../sandbox/git/seed.ts";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";
import { describe, median } from "./figures.ts";

interface Bench {
  readonly server: GitServer;
  readonly folder: string;
  /** Counts up: every edit changes something. */
  edits: number;
}

interface Ran {
  readonly ms: number;
  readonly requests: number;
  /** MiB of resident memory at most; only of programs that tell. */
  readonly rss: number | undefined;
}

type Way = (bench: Bench, before: string, after: string, dir: string) => Promise<number | undefined>;

const ways: Readonly<Record<string, Way>> = {
  ours: async ({ server, folder }, before, after) =>
    runNode(folder, "git-step.mjs", [server.url, jukeboxPath, before, after]),
  "git, depth 1": async ({ server, folder }, before, after, dir) => {
    await git(folder, ["clone", "--quiet", "--depth=1", server.url, dir]);
    await commandLine(folder, dir, before, after);
    return undefined;
  },
  "git, sparse": async ({ server, folder }, before, after, dir) => {
    await git(folder, ["clone", "--quiet", "--depth=1", "--filter=blob:none", "--sparse", server.url, dir]);
    await git(dir, ["sparse-checkout", "set", "model-deployments/test/jukebox"]);
    await commandLine(folder, dir, before, after);
    return undefined;
  },
  "isomorphic-git": async ({ server, folder }, before, after, dir) =>
    runNode(folder, "git-plain.mjs", [server.url, jukeboxPath, before, after, dir]),
};

async function commandLine(home: string, dir: string, before: string, after: string): Promise<void> {
  const file = join(dir, jukeboxPath);
  await writeFile(file, (await readFile(file, "utf8")).replace(before, after));
  await git(dir, ["-c", "user.name=bench", "-c", "user.email=bench@x", "commit", "--quiet", "-am", "Bench"]);
  await git(dir, ["push", "--quiet", "origin", "HEAD:main"], home);
}

async function git(cwd: string, args: readonly string[], home = cwd): Promise<void> {
  const { status, stderr } = await tryGit(args, { cwd, home });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
}

/** Gives the peak of resident memory in MiB. */
async function runNode(folder: string, program: string, args: readonly string[]): Promise<number> {
  return Number((await output(folder, program, args)).at(-1)) / 1024;
}

async function output(folder: string, program: string, args: readonly string[]): Promise<readonly string[]> {
  const env = gitEnvironment(folder);
  const child = spawn(process.execPath, [join(folder, program), ...args], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  const status = await finished(child);
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
  return Buffer.concat(chunks).toString("utf8").trim().split("\n");
}

/** Values of `percent: …` follow each other, so every way edits what the one before left. */
async function measure(bench: Bench, name: string): Promise<Ran> {
  const way = ways[name];
  if (way === undefined) throw new Error(name);
  const before = bench.edits === 0 ? "trafficPercent: 100" : `trafficPercent: ${bench.edits}`;
  bench.edits += 1;
  const dir = await mkdtemp(join(bench.folder, "clone-"));
  const seen = bench.server.requests.length;
  const startedAt = performance.now();
  const rss = await way(bench, before, `trafficPercent: ${bench.edits}`, dir);
  const ms = performance.now() - startedAt;
  const requests = bench.server.requests.length - seen;
  await rm(dir, { recursive: true });
  return { ms, requests, rss };
}

interface Setting {
  readonly title: string;
  readonly applications: number;
  readonly commits?: number;
  readonly lateMs?: number;
  /** Rounds of each way; 0 leaves it out. */
  readonly rounds: Readonly<Record<string, number>>;
}

const all = { ours: 7, "git, sparse": 7, "git, depth 1": 3, "isomorphic-git": 1 };

const settings: readonly Setting[] = [
  { title: "10 applications", applications: 10, rounds: { ...all, "git, depth 1": 7, "isomorphic-git": 3 } },
  { title: "1,000 applications", applications: 1_000, rounds: all },
  { title: "10,000 applications", applications: 10_000, rounds: all },
  { title: "10 applications, 40,000 commits", applications: 10, commits: 40_000, rounds: all },
  { title: "10 applications, 50 ms a request", applications: 10, lateMs: 50, rounds: all },
  {
    title: "10,000 applications, 50 ms a request",
    applications: 10_000,
    lateMs: 50,
    rounds: { ...all, "git, depth 1": 1, "isomorphic-git": 0 },
  },
];

export async function benchGit(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-bench-"));
  try {
    await bundlePrograms(folder);
    const lines: string[] = [];
    const ours: Record<string, number> = {};
    for (const setting of settings) {
      const { text, figure } = await compare(setting, folder);
      ours[setting.title] = figure;
      lines.push(...text);
    }
    const more = (ours["10,000 applications"] ?? 0) - (ours["10 applications"] ?? 0);
    return [...lines, `ours takes ${more.toFixed(0)} ms more at 10,000 applications than at 10`];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundlePrograms(folder: string): Promise<void> {
  const options = {
    bundle: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    minifyWhitespace: true,
    minifySyntax: true,
  } as const;
  const { name: plugin, setup } = withoutTheUnused(new Set());
  // Not everything that the whole program leaves out is met here.
  const plugins = [{ name: plugin, setup: (it: PluginBuild) => setup({ ...it, onEnd: () => undefined }) }];
  const js =
    'import { createRequire as benchRequire } from "node:module"; const require = benchRequire(import.meta.url);';
  for (const name of ["git-step", "git-plain"]) {
    const outfile = join(folder, `${name}.mjs`);
    await build({
      ...options,
      entryPoints: [`test/bench/${name}.ts`],
      outfile,
      banner: { js },
      plugins,
      logLevel: "error",
    });
  }
}

async function compare(
  setting: Setting,
  folder: string,
): Promise<{ text: readonly string[]; figure: number }> {
  const server = await startGitServer({ files: filesOf(setting.applications) });
  try {
    if (setting.commits !== undefined) await addHistory(server, setting.commits);
    // As a server keeps a repository that has been there for a while.
    await server.git(["repack", "-adq"]);
    if (setting.lateMs !== undefined) await server.fault({ kind: "late", ms: setting.lateMs });
    const bench: Bench = { server, folder, edits: 0 };
    const ran = await runAll(bench, setting);
    const lines = reportOf(setting, ran);
    const history = setting.commits === undefined ? [] : await lookBack(bench);
    return { text: [...lines, ...history], figure: median((ran["ours"] ?? []).map(({ ms }) => ms)) };
  } finally {
    await server.stop();
  }
}

/** Round by round, so that what else this machine does hits all of them alike. */
async function runAll(bench: Bench, { rounds }: Setting): Promise<Readonly<Record<string, readonly Ran[]>>> {
  const ran: Record<string, Ran[]> = {};
  await measure(bench, "ours");
  for (let round = 0; round < Math.max(...Object.values(rounds)); round += 1) {
    for (const [name, count] of Object.entries(rounds)) {
      if (round < count) ran[name] = [...(ran[name] ?? []), await measure(bench, name)];
    }
  }
  return ran;
}

function reportOf({ title }: Setting, ran: Readonly<Record<string, readonly Ran[]>>): readonly string[] {
  const middle = (name: string) => median((ran[name] ?? []).map(({ ms }) => ms));
  const fastest = Math.min(...Object.keys(ran).flatMap((name) => (name === "ours" ? [] : [middle(name)])));
  const lines = Object.entries(ran).map(([name, runs]) => {
    const figures = runs.map(({ ms }) => ms);
    const rss = runs.flatMap(({ rss }) => (rss === undefined ? [] : [rss]));
    const memory = rss.length === 0 ? "" : `, ${Math.max(...rss).toFixed(0)} MiB resident`;
    const requests = Math.max(...runs.map(({ requests }) => requests));
    return `  ${name.padEnd(15)} ${describe(figures)}, ${requests} requests${memory}`;
  });
  const ratio = (middle("ours") / fastest).toFixed(2);
  const plain = (middle("ours") / middle("git, depth 1")).toFixed(2);
  return [title, ...lines, `  ours is ${ratio} × the fastest other, ${plain} × git at depth 1`];
}

function filesOf(applications: number): Readonly<Record<string, string>> {
  const files = seedRepository({ applications }) as Readonly<Record<string, string>>;
  const prod = Object.entries(files).map(([path, text]) => [path.replace("/test/", "/prod/"), text]);
  return { ...Object.fromEntries(prod), ...files };
}

async function addHistory(server: GitServer, count: number): Promise<void> {
  await server.commitMany(
    Array.from({ length: count }, (_, index) => ({
      files: {
        [`model-deployments/test/model-${String((index % 10) + 1).padStart(5, "0")}/config.yaml`]: `x: ${index}\n`,
      },
      message: `Commit ${index}\n`,
      time: 1_700_000_001 + index,
    })),
  );
}

/** The two questions to the history, each by a process of its own, where nothing but the first commit answers them. */
async function lookBack({ server, folder }: Bench): Promise<readonly string[]> {
  const path = "model-deployments/prod/jukebox/config.yaml";
  const first = (await server.git(["rev-list", "--max-parents=0", "main"])).trim();
  const lines: string[] = [];
  for (const [mode, answer] of [
    ["change", first],
    ["descendant", "true"],
  ] as const) {
    const seen = server.requests.length;
    const startedAt = performance.now();
    const [found, rss] = await output(folder, "git-step.mjs", [server.url, path, "", "", mode, first]);
    const ms = performance.now() - startedAt;
    if (found !== answer) throw new Error(`${mode}: ${found} instead of ${answer}`);
    const requests = server.requests.length - seen;
    const what = mode === "change" ? "last change of a file" : "whether the first commit is an ancestor";
    lines.push(
      `  ${what}: ${ms.toFixed(0)} ms, ${requests} requests, ${(Number(rss) / 1024).toFixed(0)} MiB resident`,
    );
  }
  return lines;
}
