/** `verify` over counters in memory: a promote was seen in force at the clock's start. */
import type { RunState } from "../../src/core/run-state.ts";
import type { World } from "../../src/core/world.ts";
import { type ReasonId, reasons } from "../../src/errors/catalogue.ts";
import type { ProbeSource } from "../../src/steps/verify/probing.ts";
import { type VerifyLimits, verify } from "../../src/steps/verify.ts";
import { r23, r24, readyPod, worldIn, worldOf } from "../core/states.ts";
import { fileWith, location, stateOf } from "./builders.ts";
import {
  createClock,
  createCluster,
  createGit,
  createLog,
  createMetrics,
  type MemoryGit,
  type Scene,
  type ScrapedMetrics,
  type ScrapedPod,
  type VirtualClock,
} from "./fakes.ts";

export const limits: VerifyLimits = { timeoutMs: 300_000, intervalMs: 2_000, settleSeconds: 5, maxErrors: 5 };

export const start = 1_700_000_000;
export const bluePod = readyPod(r23).name;
export const greenPod = readyPod(r24).name;

/** Answers `perSecond` requests a second from the cut-over on, or from `from` seconds after it. */
export function busy(pod: string, from = 0, perSecond = 3): ScrapedPod {
  return { pod, requests: (time) => Math.max(0, Math.floor((time - start - from) * perSecond)) };
}

export function idle(pod: string): ScrapedPod {
  return { pod, requests: () => 940 };
}

/** Promoted, and blue still has its pod. */
export const promoted = worldOf(worldIn("S5").service, [r23, r24]);

interface Options {
  readonly pods: readonly ScrapedPod[];
  readonly worlds?: readonly Scene<World>[];
  readonly state?: Partial<RunState>;
  readonly limits?: Partial<VerifyLimits>;
  readonly signal?: AbortSignal;
  readonly probe?: ProbeSource;
  readonly prepare?: (setting: { clock: VirtualClock; metrics: ScrapedMetrics; git: MemoryGit }) => void;
}

/** A promote was seen in force at the clock's start. */
export async function prove(options: Options) {
  const clock = createClock({ start: start * 1000 });
  const metrics = createMetrics(clock, options.pods);
  const cluster = createCluster(clock, options.worlds ?? [{ at: 0, value: promoted }]);
  const git = createGit({ [location.path]: fileWith("v2", 100) });
  const log = createLog();
  const now = clock.now();
  const rollout = { startedAt: now, endedAt: now, cutOverAt: now, active: r24, standby: r23, notes: [] };
  const state = stateOf({ rollout, ...options.state });
  options.prepare?.({ clock, metrics, git });
  const next = await verify(
    { cluster, git, metrics, clock, log, probe: options.probe },
    state,
    { ...limits, ...options.limits },
    options.signal ?? new AbortController().signal,
  );
  return { next, state, metrics, git, log, cluster, clock, tookMs: clock.now() - now };
}

export function reasonOf(state: RunState): ReasonId | undefined {
  return state.verdict?.trouble?.reason;
}

export function outcomeOf(state: RunState): string {
  const reason = reasonOf(state);
  return reason === undefined ? "PASS" : reasons[reason].outcome;
}
