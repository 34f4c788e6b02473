/** One simulated cut-over through the real `verify` step, and the oracle's word on it. */
import type { RunState } from "../../../src/core/run-state.ts";
import { reasons } from "../../../src/errors/catalogue.ts";
import { Failure } from "../../../src/errors/failure.ts";
import type { GitRemote } from "../../../src/ports.ts";
import { verify } from "../../../src/steps/verify.ts";
import { r23, r24 } from "../../core/states.ts";
import { mistakeIn, type Outcome } from "./oracle.ts";
import { createScenario, type Scenario } from "./scenario.ts";
import { createSimulation, cutOverSeconds, type Sabotage } from "./world.ts";

export interface CutOver {
  readonly scenario: Scenario;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly summary: string;
  readonly log: readonly string[];
  readonly mistake: string | undefined;
}

export async function runCutOver(seed: number, sabotage: Sabotage = {}): Promise<CutOver> {
  const scenario = createScenario(seed);
  const simulation = createSimulation(scenario, sabotage);
  const log: string[] = [];
  const keep = (message: string) => void log.push(message);
  const { cluster, metrics, clock } = simulation;
  const next = await verify(
    { cluster, git: quietBranch, metrics, clock, log: { info: keep, warn: keep, debug: keep } },
    stateOf(scenario),
    {
      timeoutMs: scenario.timeoutSeconds * 1000,
      intervalMs: 2000,
      settleSeconds: scenario.settleSeconds,
      maxErrors: 6,
      runtime: scenario.named ? scenario.runtime : "auto",
    },
    new AbortController().signal,
  );
  const reason = next.verdict?.trouble?.reason;
  const verdict = (reason === undefined ? "PASS" : reasons[reason].outcome) as Outcome["verdict"];
  const outcome = { verdict, at: simulation.lastAnswer() };
  return {
    scenario,
    outcome,
    reason: reason ?? "CUT_OVER_PROVEN",
    summary: next.verdict?.trouble?.evidence ?? next.verdict?.summary ?? "",
    log,
    mistake: mistakeIn(scenario, outcome, simulation.scrapesUntil(outcome.at)),
  };
}

/** Nobody commits anything meanwhile. */
const unread = () => Promise.reject(new Failure("GIT_UNREACHABLE", "simulated outage"));
const quietBranch: GitRemote = {
  url: "https://gitea.example.com/user1/mlops-gitops.git",
  branch: "main",
  head: unread,
  fetch: unread,
  push: unread,
  isDescendant: unread,
};

function stateOf({ action }: Scenario): RunState {
  const at = cutOverSeconds * 1000;
  const [active, standby] = action === "promote" ? [r24, r23] : [r23, r24];
  return {
    format: "bluegreen-run",
    version: 1,
    run: "simulated",
    startedAt: at,
    service: { namespace: "user1-test", name: "jukebox" },
    intent: { action, sets: [] },
    git: {
      url: "https://gitea.example.com/user1/mlops-gitops.git",
      branch: "main",
      location: { path: "config.yaml", percentPath: "canary.trafficPercent", versionPath: "version" },
    },
    expectation: { action, percent: action === "promote" ? 100 : 0, active, standby, known: [] },
    mutation: { kind: "committed", commit: "0".repeat(40), at },
    rollout: { startedAt: at, endedAt: at, cutOverAt: at, active, standby, notes: [] },
  };
}

/** How to see one cut-over again. */
export function replayHint({ scenario }: CutOver): string {
  return `CUTOVER_SEED=${scenario.seed} npm run bench -- cutovers`;
}
