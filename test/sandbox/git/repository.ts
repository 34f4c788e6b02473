import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileChanges, fastImport, type ImportedCommit, type Person } from "./fast-import.ts";
import { type Finished, tryGit } from "./process.ts";

/** Reads a file of the branch's head as text; throws where there is none. */
export type ReadHead = (path: string) => Promise<string>;
export type Change = FileChanges | ((read: ReadHead) => Promise<FileChanges> | FileChanges);

export interface LoggedCommit {
  readonly commit: string;
  readonly author: string;
  readonly message: string;
}

export interface BareRepository {
  /** The folder of the bare repository, inside `root`. */
  readonly dir: string;
  /** A folder of its own that holds everything; also git's HOME. */
  readonly root: string;
  readonly branch: string;
  /** Runs git in the repository; throws unless it exits 0. Gives its standard output. */
  git(args: readonly string[], input?: string | Uint8Array): Promise<string>;
  tryGit(args: readonly string[], input?: string | Uint8Array): Promise<Finished>;
  head(): Promise<string>;
  /** A commit by somebody else, made by real git without a fetch. Tries again where another writer was faster. */
  commitAsOther(change: Change, message?: string, author?: Person): Promise<string>;
  /** Many commits by one process. */
  commitMany(commits: readonly Omit<ImportedCommit, "author">[]): Promise<void>;
  /** Newest first. */
  log(): Promise<readonly LoggedCommit[]>;
  /** A `pre-receive` hook that declines every push with these lines; undefined takes it away. */
  decline(lines: readonly string[] | undefined): Promise<void>;
  remove(): Promise<void>;
}

export const otherPerson: Person = { name: "Somebody Else", email: "else@example.org" };

/** A real bare repository in a temporary folder. Without `files` it is empty: no commit, no branch. */
export async function createRepository(
  files: FileChanges | undefined,
  branch: string,
): Promise<BareRepository> {
  const root = await mkdtemp(join(tmpdir(), "bluegreen-git-"));
  const dir = join(root, "repository.git");
  const made = await tryGit(["init", "--quiet", "--bare", `--initial-branch=${branch}`, dir], {
    cwd: root,
    home: root,
  });
  if (made.status !== 0) throw new Error(`git init failed: ${made.stderr}`);
  const repository = openRepository(root, dir, branch);
  // Without `gc.auto 0` a push may leave a process behind that still works when the folder is removed.
  for (const [name, value] of settings) await repository.git(["config", name, value]);
  if (files !== undefined) await repository.commitMany([{ files, message: "Seed\n", time: 1_700_000_000 }]);
  return repository;
}

const settings = [
  ["http.receivepack", "true"],
  ["receive.fsckObjects", "true"],
  ["gc.auto", "0"],
  ["receive.autogc", "false"],
  ["receive.denyDeletes", "true"],
  // As Gitea, GitHub and GitLab have them; git itself has both off.
  ["uploadpack.allowFilter", "true"],
  ["uploadpack.allowAnySHA1InWant", "true"],
] as const;

function openRepository(root: string, dir: string, branch: string): BareRepository {
  function run(args: readonly string[], input?: string | Uint8Array): Promise<Finished> {
    return tryGit(args, { cwd: dir, home: root, ...(input === undefined ? {} : { input }) });
  }
  async function git(args: readonly string[], input?: string | Uint8Array): Promise<string> {
    const { status, stdout, stderr } = await run(args, input);
    if (status !== 0) throw new Error(`git ${args.join(" ")} ended with ${status}: ${stderr}`);
    return stdout.toString("utf8");
  }
  async function read(path: string): Promise<string> {
    return git(["cat-file", "blob", `refs/heads/${branch}:${path}`]);
  }
  async function head(): Promise<string> {
    return (await git(["rev-parse", "--verify", `refs/heads/${branch}`])).trim();
  }
  async function hasBranch(): Promise<boolean> {
    return (await run(["rev-parse", "--quiet", "--verify", `refs/heads/${branch}`])).status === 0;
  }
  return {
    dir,
    root,
    branch,
    git,
    tryGit: run,
    head,
    commitAsOther: async (change, message = "Change something else\n", author = otherPerson) => {
      for (let round = 0; round < 50; round++) {
        const files = typeof change === "function" ? await change(read) : change;
        const commit = { files, message, author, time: Math.floor(Date.now() / 1000) };
        const { status } = await run(importer, fastImport(branch, [commit], false));
        if (status === 0) return head();
      }
      throw new Error("lost 50 races");
    },
    commitMany: async (commits) => {
      const authored = commits.map((commit) => ({ ...commit, author: otherPerson }));
      await git(importer, fastImport(branch, authored, !(await hasBranch())));
    },
    log: async () => parseLog(await git(["log", "-z", "--format=%H%n%an <%ae>%n%B", `refs/heads/${branch}`])),
    decline: (lines) => writeHook(join(dir, "hooks", "pre-receive"), lines),
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Refuses to move the branch where it moved meanwhile: that is what makes it a fair writer. */
const importer = ["fast-import", "--quiet", "--done"];

function parseLog(output: string): LoggedCommit[] {
  return output
    .split("\0")
    .filter((record) => record !== "")
    .map((record) => {
      const [commit = "", author = "", ...message] = record.split("\n");
      return { commit, author, message: message.join("\n") };
    });
}

async function writeHook(file: string, lines: readonly string[] | undefined): Promise<void> {
  if (lines === undefined) return rm(file, { force: true });
  const text = lines.map((line) => `echo '${line.replaceAll("'", "'\\''")}' >&2`).join("\n");
  await writeFile(file, `#!/bin/sh\n${text}\nexit 1\n`);
  await chmod(file, 0o755);
}
