/** The built program as a process of its own, and what can be done to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../sandbox/metrics/until.ts";
import { nodeToTest } from "../tekton/taskrun/runtime.ts";

export interface Ended {
  /** Undefined: a signal ended it. */
  readonly code: number | undefined;
  readonly text: string;
  /** Milliseconds that it ran, and since it was told to end (undefined: it was not). */
  readonly ms: number;
  readonly sinceSignalMs: number | undefined;
  /** Results by name; empty where none were written. */
  readonly results: Readonly<Record<string, string>>;
  /** The state file's text. */
  readonly state: string | undefined;
}

export interface Running {
  readonly ended: Promise<Ended>;
  readonly hasEnded: boolean;
  text(): string;
  /** Resolves when it has printed this, or has ended. */
  says(text: RegExp): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

/** After this long a run counts as one that hangs. */
export const longestRunMs = 90_000;

export function startProcess(
  bundle: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Running {
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), "bluegreen-process-"));
  const results = join(folder, "results");
  const state = join(folder, "run.json");
  let text = "";
  let toldAt: number | undefined;
  let over = false;
  // Nothing of this process's environment: a pod's has none of it either.
  const child: ChildProcess = spawn(nodeToTest(), [bundle, ...argv], {
    env: { ...env, BLUEGREEN_RESULTS_DIR: results, BLUEGREEN_STATE_FILE: state },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (part: Buffer) => {
      text += part.toString();
    });
  }
  const limit = setTimeout(() => child.kill("SIGKILL"), longestRunMs);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(limit);
      over = true;
      const now = performance.now();
      const sinceSignalMs = toldAt === undefined ? undefined : now - toldAt;
      const left = {
        results: filesIn(results),
        state: existsSync(state) ? readFileSync(state, "utf8") : undefined,
      };
      rmSync(folder, { recursive: true, force: true });
      resolve({ code: code ?? undefined, text, ms: now - began, sinceSignalMs, ...left });
    });
  });
  return {
    ended,
    get hasEnded() {
      return over;
    },
    text: () => text,
    says: async (wanted) => {
      await until(() => over || wanted.test(text), `the program says ${wanted}`);
    },
    signal(signal) {
      toldAt ??= performance.now();
      child.kill(signal);
    },
  };
}

function filesIn(folder: string): Readonly<Record<string, string>> {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}
