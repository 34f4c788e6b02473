/** A real Prometheus as a child process: its own folder, its own port, gone without a trace at the end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listen } from "./http.ts";
import type { Target } from "./targets.ts";

export interface RealPrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

export interface RealOptions {
  readonly scrapeSeconds: number;
  readonly targets: () => readonly Target[];
}

const guardian = fileURLToPath(new URL("guardian.mjs", import.meta.url));
const targetsEveryMs = 200;
const readyWithinMs = 20_000;

/** Whether a program named `prometheus` can be started. */
export async function hasPrometheus(): Promise<boolean> {
  const child = spawn("prometheus", ["--version"], { stdio: "ignore" });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
  });
}

/** Resolves when Prometheus is ready; rejects with what it printed where it does not get there. */
export async function startReal(options: RealOptions): Promise<RealPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-prometheus-"));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    await writeTargets(folder, discoveryFile(options.targets()));
    await writeFile(join(folder, "prometheus.yml"), configuration(options.scrapeSeconds));
    const { port, process: child } = await launch(folder);
    const stopFollowing = followTargets(folder, options.targets);
    return {
      url: `http://127.0.0.1:${port}`,
      async stop() {
        await stopFollowing();
        await kill(child);
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** JSON is YAML. */
function configuration(scrapeSeconds: number): string {
  const interval = `${Math.round(scrapeSeconds * 1000)}ms`;
  return JSON.stringify({
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [
      { job_name: "pods", file_sd_configs: [{ files: ["targets.json"], refresh_interval: "1s" }] },
    ],
  });
}

interface Launched {
  readonly port: number;
  readonly process: ChildProcess;
}

/**
 * New targets wait for Prometheus' reload interval, 5 s by default; a hidden flag shortens it. Where a version does
 * not know the flag, or another process took the port meanwhile, the next try goes without or with another port.
 */
async function launch(folder: string): Promise<Launched> {
  const failures: string[] = [];
  for (const extra of [["--scrape.discovery-reload-interval=1s"], [], []]) {
    const port = await freePort();
    const child = spawn(process.execPath, [guardian, folder, ...argumentsFor(folder, port), ...extra], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    const failure = await waitUntilReady(child, port);
    if (failure === undefined) return { port, process: child };
    failures.push(failure);
    await kill(child);
  }
  throw new Error(`prometheus does not start: ${failures.join(" / ")}`);
}

function argumentsFor(folder: string, port: number): string[] {
  return [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--log.level=warn",
  ];
}

async function freePort(): Promise<number> {
  const { port, close } = await listen((_request, response) => response.destroy());
  await close();
  return port;
}

/** Undefined when ready, else why it never will be. */
async function waitUntilReady(child: ChildProcess, port: number): Promise<string | undefined> {
  let printed = "";
  let ended = false;
  child.stderr?.on("data", (text) => {
    printed = `${printed}${text}`.slice(-2000);
  });
  child.once("error", (error) => {
    ended = true;
    printed += error.message;
  });
  child.once("close", () => {
    ended = true;
  });
  for (const deadline = Date.now() + readyWithinMs; Date.now() < deadline && !ended; ) {
    if (await isReady(port)) return undefined;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return printed.trim() || "not ready in time";
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request({ host: "127.0.0.1", port, path: "/-/ready" }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    outgoing.on("error", () => resolve(false));
    outgoing.end();
  });
}

/** Tells the guardian that this is an orderly end, and waits until Prometheus is gone. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "close");
  child.stdin?.on("error", () => {});
  child.stdin?.end("stop");
  await gone;
}

/** Keeps the file of targets as `targets` says, until the returned function is called. */
function followTargets(folder: string, targets: () => readonly Target[]): () => Promise<void> {
  let written = "";
  let work: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    const wanted = discoveryFile(targets());
    if (wanted === written) return;
    written = wanted;
    work = work.then(() => writeTargets(folder, wanted));
  }, targetsEveryMs);
  return async () => {
    clearInterval(timer);
    await work;
  };
}

function discoveryFile(targets: readonly Target[]): string {
  return JSON.stringify(
    targets.map(({ namespace, pod, port }) => ({
      targets: [`127.0.0.1:${port}`],
      labels: { namespace, pod },
    })),
  );
}

/** Renamed into place: Prometheus must never read half a file. */
async function writeTargets(folder: string, text: string): Promise<void> {
  await writeFile(join(folder, "targets.new"), text);
  await rename(join(folder, "targets.new"), join(folder, "targets.json"));
}
