/** Requests, files and states that the tests of the steps share. */
import assert from "node:assert/strict";
import type { Expectation } from "../../src/core/expectation.ts";
import type { Action, ConfigLocation, Intent } from "../../src/core/intent.ts";
import type { RunState } from "../../src/core/run-state.ts";
import { Failure } from "../../src/errors/failure.ts";
import type { MutateRequest } from "../../src/steps/mutate/request.ts";
import { r23, r24 } from "../core/states.ts";

export const location: ConfigLocation = {
  path: "model-deployments/test/jukebox/config.yaml",
  percentPath: "canary.trafficPercent",
  versionPath: "version",
};

export const ref = { namespace: "user1-test", name: "jukebox" };

/** The seed's file with these values. */
export function fileWith(version: string, percent: number | string): string {
  return `---
chart_path: charts/model-deployment/music-transformer
name: jukebox
version: ${version}
canary:
  trafficPercent: ${percent} # 👈 update this
`;
}

export function intentOf(action: Action, version = "v3"): Intent {
  return { action, version: action === "stage" ? version : undefined, sets: [] };
}

export function requestOf(action: Action, changes: Partial<MutateRequest> = {}): MutateRequest {
  return {
    run: "run-1",
    service: ref,
    intent: intentOf(action),
    location,
    pushTimeoutMs: 120_000,
    ...changes,
  };
}

/** The state after a promote from S3 to S5 was committed. */
export function stateOf(changes: Partial<RunState> = {}, expected: Partial<Expectation> = {}): RunState {
  return {
    format: "bluegreen-run",
    version: 1,
    run: "run-1",
    startedAt: 1_700_000_000_000,
    service: ref,
    intent: { action: "promote", sets: [] },
    git: { url: "https://gitea.example.com/user1/mlops-gitops.git", branch: "main", location },
    expectation: { action: "promote", percent: 100, active: r24, standby: r23, ...expected, known: [] },
    mutation: { kind: "committed", commit: "0".repeat(40), at: 1_700_000_000_000 },
    ...changes,
  };
}

/** The failure that `act` ends with. */
export async function failureOf(act: Promise<unknown>): Promise<Failure> {
  try {
    await act;
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  return assert.fail("it did not fail");
}
