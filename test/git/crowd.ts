/** Many runs at once on one branch, each with a model of its own, by the mutate step's own loop. */
import { systemClock } from "../../src/cli/clock.ts";
import type { RunState } from "../../src/core/run-state.ts";
import type { Cluster } from "../../src/ports.ts";
import { mutate } from "../../src/steps/mutate.ts";
import { worldIn } from "../core/states.ts";
import { fileWith, location, requestOf } from "../steps/builders.ts";
import { remoteOf, testLog } from "./support.ts";

export function modelPath(number: number): string {
  return `model-deployments/test/model-${String(number).padStart(3, "0")}/config.yaml`;
}

/** A staged model in every file. */
export function crowdFiles(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, number) => [modelPath(number), fileWith("v2", 0)]),
  );
}

/** Promotes one model. */
export async function runOf(
  server: { url: string },
  number: number,
  pushTimeoutMs: number,
): Promise<RunState> {
  const clock = systemClock();
  const log = testLog();
  const git = await remoteOf(server, { clock, log, random: Math.random });
  const world = worldIn("S3");
  const cluster: Cluster = { read: async () => world, watch: () => neverSeen() };
  const place = { ...location, path: modelPath(number) };
  const request = requestOf("promote", { run: `run-${number}`, location: place, pushTimeoutMs });
  return mutate({ cluster, git, clock, log, random: Math.random }, request, new AbortController().signal);
}

async function* neverSeen(): AsyncGenerator<never> {}
