/** Start of a step up to its first request, against bare Node; the size of the bundle. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatRunState, type RunState } from "../../src/core/run-state.ts";
import { createCertificates } from "../sandbox/api/certificates.ts";
import { writeKubeconfig } from "../sandbox/api/kubeconfig.ts";
import { describe, median } from "./figures.ts";

const bundle = "dist/bluegreen.mjs";
const rounds = 15;

export async function benchStartup(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-bench-"));
  const port = createServer();
  await new Promise<void>((resolve) => port.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(port.address() as AddressInfo).port}`;
  try {
    const { ca } = await createCertificates();
    const kubeconfig = await writeKubeconfig(folder, { url: `https://${address}`, ca, token: "t" });
    const state = join(folder, "state.json");
    await writeFile(state, formatRunState(exampleState(`http://${address}/r.git`)));
    const env = { ...process.env, BLUEGREEN_KUBECONFIG: kubeconfig, BLUEGREEN_STATE_FILE: state };
    const target = ["--namespace", "user1-test", "--name", "jukebox", "--git-url", `http://${address}/r.git`];
    const commands = {
      "node -e 0": ["-e", "0"],
      await: [bundle, "await"],
      mutate: [bundle, "mutate", "--action", "promote", ...target],
    };
    const taken: Record<string, number[]> = {};
    for (let round = 0; round <= rounds; round += 1) {
      for (const [name, args] of Object.entries(commands)) {
        const ms = await timeTo(name === "node -e 0" ? undefined : port, args, env);
        // The first round warms the disk cache up.
        if (round > 0) taken[name] = [...(taken[name] ?? []), ms];
      }
    }
    const bare = median(taken["node -e 0"] ?? []);
    const lines = Object.entries(taken).map(
      ([name, figures]) =>
        `${name.padEnd(10)} ${describe(figures)}, ratio ${(median(figures) / bare).toFixed(2)}`,
    );
    return [...lines, `bundle     ${((await stat(bundle)).size / 1024).toFixed(0)} KiB`];
  } finally {
    port.close();
    await rm(folder, { recursive: true });
  }
}

/** Milliseconds from spawn to the first connection, or, without a port, to the process's end. */
async function timeTo(
  port: ReturnType<typeof createServer> | undefined,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const startedAt = performance.now();
  const child: ChildProcess = spawn(process.execPath, args, { env, stdio: "ignore" });
  const exited = once(child, "exit");
  if (port === undefined) {
    await exited;
    return performance.now() - startedAt;
  }
  const early = exited.then(() => Promise.reject(new Error(`${args.join(" ")} ended without a request`)));
  const [socket] = await Promise.race([once(port, "connection"), early]);
  const ms = performance.now() - startedAt;
  child.kill("SIGKILL");
  socket.destroy();
  await exited;
  // A step opens several connections; those still in the backlog must not count for the next one.
  await new Promise((resolve) => setTimeout(resolve, 50));
  return ms;
}

function exampleState(url: string): RunState {
  return {
    format: "bluegreen-run",
    version: 1,
    run: "bench",
    startedAt: 0,
    service: { namespace: "user1-test", name: "jukebox" },
    intent: { action: "promote", sets: [] },
    git: {
      url,
      branch: "main",
      location: { path: "config.yaml", percentPath: "canary.trafficPercent", versionPath: "version" },
    },
    expectation: { action: "promote", percent: 100, active: "jukebox-predictor-00002", known: [] },
    mutation: { kind: "committed", commit: "0".repeat(40), at: 0 },
  };
}
