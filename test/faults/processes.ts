/** The built program as a process of its own, and what can be done to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { until } from "../sandbox/metrics/until.ts";
import { nodeToTest } from "../tekton/taskrun/runtime.ts";

export interface Ended {
  /** Undefined: a signal ended it. */
  readonly code: number | undefined;
  readonly text: string;
  /** Milliseconds that it ran, and since it was told to end (undefined: it was not). */
  readonly ms: number;
  readonly sinceSignalMs: number | undefined;
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
  let text = "";
  let toldAt: number | undefined;
  let over = false;
  // Nothing of this process's environment: a pod's has none of it either.
  const child: ChildProcess = spawn(nodeToTest(), [bundle, ...argv], {
    env: { ...env },
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
      resolve({ code: code ?? undefined, text, ms: now - began, sinceSignalMs });
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
