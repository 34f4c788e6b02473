/** Fifty runs on one branch at once, against the same one after the other, and against a pull-rebase-push loop as long. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crowdFiles, modelPath, runOf } from "../git/crowd.ts";
import { tryGit } from "../sandbox/git/process.ts";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";
import { fileWith } from "../steps/builders.ts";

const count = 50;
const numbers = Array.from({ length: count }, (_, number) => number);

export async function benchCrowd(): Promise<readonly string[]> {
  const serial = await onServer((server) =>
    timed(async () => {
      for (const number of numbers) await runOf({ url: server.url }, number, 600_000);
    }),
  );
  const crowd = await onServer((server) =>
    timed(async () => {
      await Promise.all(numbers.map((number) => runOf(server, number, 600_000)));
    }),
  );
  const landed = await onServer((server) => pullRebasePush(server, crowd));
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  return [
    `${count} runs one after the other: ${seconds(serial)}`,
    `${count} runs at once: ${seconds(crowd)}, ratio ${(crowd / serial).toFixed(1)}; all landed`,
    `git pull --rebase && git push, ${count} at once, clones made before, ${seconds(crowd)}: ${landed} of ${count} landed`,
  ];
}

async function onServer<T>(action: (server: GitServer) => Promise<T>): Promise<T> {
  const server = await startGitServer({ files: crowdFiles(count) });
  try {
    return await action(server);
  } finally {
    await server.stop();
  }
}

async function timed(action: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await action();
  return performance.now() - startedAt;
}

/** How many landed when the time was over. */
async function pullRebasePush(server: GitServer, ms: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-crowd-"));
  try {
    for (const number of numbers) await git(folder, ["clone", "--quiet", server.url, `clone-${number}`]);
    const deadline = performance.now() + ms;
    const landed = await Promise.all(
      numbers.map((number) => loop(join(folder, `clone-${number}`), number, deadline)),
    );
    return landed.filter(Boolean).length;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function loop(dir: string, number: number, deadline: number): Promise<boolean> {
  await writeFile(join(dir, modelPath(number)), fileWith("v2", 100));
  await git(dir, ["commit", "--quiet", "-am", `Promote ${number}`]);
  while (performance.now() < deadline) {
    if (!(await git(dir, ["pull", "--quiet", "--rebase"]))) continue;
    if ((await git(dir, ["push", "--quiet"])) && performance.now() < deadline) return true;
  }
  return false;
}

async function git(dir: string, args: readonly string[]): Promise<boolean> {
  const identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"];
  return (await tryGit([...identity, ...args], { cwd: dir, home: dir })).status === 0;
}
