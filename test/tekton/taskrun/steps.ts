/** Runs a pod's steps one after the other, as Tekton's entrypoint does. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chown, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../../sandbox/metrics/until.ts";
import type { Step } from "./definitions.ts";
import type { Pod } from "./pod.ts";
import type { Runtime } from "./runtime.ts";
import { expand, expandEnvironment } from "./substitution.ts";

/** A Secret of type basic-auth, linked to the ServiceAccount and annotated with `tekton.dev/git-0`. */
export interface GitSecret {
  /** `https://host:port`. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

export interface StepEnded {
  readonly name: string;
  readonly onError: "continue" | "stopAndFail";
  /** Undefined: never started. */
  readonly exitCode: number | undefined;
  readonly log: string;
  /** Command, arguments and environment as the process got them. */
  readonly started: { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>> };
}

/** A step at work, for whoever wants to disturb it. */
export interface RunningStep {
  readonly name: string;
  log(): Promise<string>;
  /** Resolves when the log holds the text; rejects after 20 s. */
  says(text: string | RegExp): Promise<void>;
  /** To the process's group, as the entrypoint hands signals on. */
  signal(signal: NodeJS.Signals): void;
  /** What the kubelet does when the TaskRun is cancelled or times out: SIGTERM now, SIGKILL 30 s later. */
  deletePod(): void;
}

export interface PodOptions {
  readonly runtime: Runtime;
  readonly secrets: readonly GitSecret[];
  /** Called with the pod before a step starts. */
  readonly before?: ((step: string, pod: Pod) => Promise<void>) | undefined;
  /** Called as a step starts; the TaskRun ends only after it has resolved. */
  readonly during?: ((step: RunningStep) => unknown) | undefined;
}

export interface PodEnded {
  readonly steps: readonly StepEnded[];
  readonly deleted: boolean;
}

const graceMs = 30_000;

/** `afterStep`: returns why the pod must stop here, if it must. */
export async function runSteps(
  pod: Pod,
  steps: readonly Step[],
  options: PodOptions,
  afterStep: () => Promise<string | undefined>,
): Promise<PodEnded> {
  const ended: StepEnded[] = [];
  let deleted = false;
  let failed = false;
  for (const step of steps) {
    const { onError = "stopAndFail" } = step;
    const container = containerOf(step, options.runtime);
    if (failed || deleted) {
      ended.push({ name: step.name, onError, exitCode: undefined, log: "", started: container });
      continue;
    }
    await writeCredentials(pod, container.env["HOME"], options);
    await options.before?.(step.name, pod);
    const { exitCode, log, gone } = await runStep(pod, step.name, container, options);
    deleted = gone;
    ended.push({ name: step.name, onError, exitCode, log, started: container });
    failed = (exitCode !== 0 && onError !== "continue") || (await afterStep()) !== undefined;
  }
  return { steps: ended, deleted };
}

function containerOf(
  { command = [], args = [], env = [] }: Step,
  { ambient }: Runtime,
): StepEnded["started"] {
  const variables = expandEnvironment(env, ambient);
  return { command: [...command, ...args].map((text) => expand(text, variables)), env: variables };
}

/** As Tekton's entrypoint copies what creds-init made of the linked Secrets (pkg/credentials/gitcreds). */
async function writeCredentials(pod: Pod, home: string | undefined, options: PodOptions): Promise<void> {
  const { secrets, runtime } = options;
  if (home === undefined || secrets.length === 0) return;
  const lines = secrets.map(({ url, username, password }) => {
    const full = new URL(url);
    return `${full.protocol}//${encodeURIComponent(username)}:${encodeURIComponent(password)}@${full.host}\n`;
  });
  const blurbs = secrets.map(({ url, username }) => `[credential "${url}"]\n\tusername = ${username}\n`);
  const files = {
    ".git-credentials": lines.join(""),
    ".gitconfig": ["[credential]\n\thelper = store\n", ...blurbs].join(""),
  };
  for (const [name, content] of Object.entries(files)) {
    const path = join(pod.placeOf(home), name);
    await writeFile(path, content, { mode: 0o600 });
    if (runtime.user !== undefined) await chown(path, runtime.user.uid, runtime.user.gid);
  }
}

async function runStep(
  pod: Pod,
  name: string,
  container: StepEnded["started"],
  { runtime, during }: PodOptions,
): Promise<{ exitCode: number; log: string; gone: boolean }> {
  const path = join(pod.folder, "logs", name);
  const file = await open(path, "a");
  let gone = false;
  let grace: NodeJS.Timeout | undefined;
  let child: ChildProcess | undefined;
  try {
    const started = await runtime.start(pod, { ...container, log: file.fd });
    child = started;
    const exit = once(started, "exit");
    const log = () => readFile(path, "utf8");
    const signal = (which: NodeJS.Signals) => kill(started, which);
    const disturbing = during?.({
      name,
      log,
      signal,
      says: async (text) => {
        await until(async () => (await log()).match(text) !== null, `step ${name} says ${text}`);
      },
      deletePod() {
        gone = true;
        grace = setTimeout(() => signal("SIGKILL"), graceMs);
        signal("SIGTERM");
      },
    });
    const [[code]] = await Promise.all([exit, disturbing]);
    // Go's ExitStatus() of a process that a signal ended is -1, which an exit code holds as 255.
    return { exitCode: code ?? 255, log: await log(), gone };
  } finally {
    clearTimeout(grace);
    // Still there only where whoever disturbed it has failed.
    if (child !== undefined) kill(child, "SIGKILL");
    await file.close();
  }
}

function kill({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  process.kill(-pid, signal);
}
