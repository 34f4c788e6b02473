/** From the status change in the cluster to the end of `await`, against a 5 s poll and `kubectl wait`. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { run } from "../../src/cli/run.ts";
import { INFERENCE_SERVICE } from "../sandbox/cluster/kinds.ts";
import { jukebox, type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { describe, median } from "./figures.ts";

const rounds = 7;
const pollMs = 5_000;

export async function benchReaction(): Promise<readonly string[]> {
  const sandbox = await startSandbox({ prometheus: "none" });
  const taken: Record<string, number[]> = { await: [], "poll of 5 s": [], "kubectl wait": [] };
  try {
    await program(sandbox, ["mutate", "--action", "stage", "--model-version", "green"]);
    await program(sandbox, ["await"]);
    for (let round = 0; round < rounds; round += 1) {
      const action = round % 2 === 0 ? "promote" : "rollback";
      const blue = "jukebox-predictor-00001";
      const green = "jukebox-predictor-00002";
      const wanted = action === "promote" ? green : blue;
      const changed = firstTime(sandbox, () => isThere(sandbox, wanted));
      const named = firstTime(sandbox, () => hasTraffic(sandbox, wanted));
      const poll = pollUntil(sandbox, wanted);
      const wait = kubectlWait(sandbox, wanted);
      await program(sandbox, ["mutate", "--action", action]);
      await program(sandbox, ["await"]);
      const ended = Date.now();
      taken["await"]?.push(ended - (await changed));
      taken["poll of 5 s"]?.push((await poll) - (await changed));
      const waited = await wait;
      // It can wait for one field only, so it ends before the route is in force; its own field is what counts here.
      if (waited !== undefined) taken["kubectl wait"]?.push(waited - (await named));
    }
  } finally {
    await sandbox.stop();
  }
  const ours = median(taken["await"] ?? []);
  return Object.entries(taken).map(([name, figures]) =>
    figures.length === 0
      ? `${name.padEnd(13)} not measured (kubectl is missing)`
      : `${name.padEnd(13)} ${describe(figures)}, ${(median(figures) / ours).toFixed(1)} × await`,
  );
}

async function program(sandbox: Sandbox, argv: readonly string[]): Promise<void> {
  const lines: string[] = [];
  const code = await run({
    argv: [...argv, "--state-file", `${sandbox.folder}/state.json`],
    env: { ...sandbox.env },
    streams: { out: (text) => lines.push(text), err: (text) => lines.push(text) },
    version: "bench",
    signal: new AbortController().signal,
  });
  if (code !== 0) throw new Error(`${argv.join(" ")} exited ${code}: ${lines.join("")}`);
}

interface Status {
  readonly components?: { readonly predictor?: { readonly traffic?: readonly Traffic[] } };
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

interface Traffic {
  readonly revisionName: string;
  readonly percent: number;
}

function statusOf({ store }: Sandbox): Status {
  const { namespace, name } = jukebox;
  return store.get({ kind: INFERENCE_SERVICE, namespace, name })?.status ?? {};
}

function hasTraffic(sandbox: Sandbox, wanted: string): boolean {
  const traffic = statusOf(sandbox).components?.predictor?.traffic ?? [];
  return traffic.some(({ revisionName, percent }) => revisionName === wanted && percent === 100);
}

function isThere(sandbox: Sandbox, wanted: string): boolean {
  const conditions = statusOf(sandbox).conditions ?? [];
  return (
    hasTraffic(sandbox, wanted) &&
    conditions.some(({ type, status }) => type === "Ready" && status === "True")
  );
}

/** When the API server's object first said it, in milliseconds since the epoch. */
async function firstTime(sandbox: Sandbox, condition: () => boolean): Promise<number> {
  await new Promise<void>((resolve) => {
    const unsubscribe = sandbox.store.subscribe(() => {
      if (!condition()) return;
      unsubscribe();
      resolve();
    });
  });
  return Date.now();
}

/** A person's loop: look, sleep five seconds, look again; it starts somewhere within its period. */
async function pollUntil(sandbox: Sandbox, wanted: string): Promise<number> {
  for (let pause = Math.random() * pollMs; ; pause = pollMs) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (isThere(sandbox, wanted)) return Date.now();
  }
}

async function kubectlWait(sandbox: Sandbox, wanted: string): Promise<number | undefined> {
  if (spawnSync("kubectl", ["version", "--client"]).status !== 0) return undefined;
  const path = "{.status.components.predictor.traffic[?(@.percent==100)].revisionName}";
  const args = ["--kubeconfig", sandbox.kubeconfig, "-n", jukebox.namespace, "wait", `isvc/${jukebox.name}`];
  const child = spawn("kubectl", [...args, `--for=jsonpath=${path}=${wanted}`, "--timeout=60s"], {
    stdio: "ignore",
  });
  const [code] = await once(child, "exit");
  return code === 0 ? Date.now() : undefined;
}
