import { type ChildProcess, spawn } from "node:child_process";

/** Git's environment: nothing of this machine's or this user's configuration. */
export function gitEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: home,
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ADVICE: "0",
  };
}

export interface Finished {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Resolves when the process has ended and its pipes are closed; rejects where it cannot be started. */
export function finished(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status));
  });
}

/** Runs git without a shell and waits for its end, whatever that is. */
export async function tryGit(
  args: readonly string[],
  options: { cwd: string; home: string; input?: string | Uint8Array },
): Promise<Finished> {
  const child = spawn("git", args, { cwd: options.cwd, env: gitEnvironment(options.home) });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // git may end without having read everything; what it says about that is on stderr.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const status = await finished(child);
  return { status, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") };
}
