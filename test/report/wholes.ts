/** A run with everything that a report can show, and hostile ones of it. */
import type { RunState } from "../../src/core/run-state.ts";
import { fromTrouble, settlementOf } from "../../src/core/settlement.ts";
import { Failure } from "../../src/errors/failure.ts";
import type { WholeRun } from "../../src/report/whole.ts";
import type { Traffic } from "../../src/steps/settle/traffic.ts";
import { stateOf } from "../steps/builders.ts";

export const start = Date.UTC(2026, 10, 28, 17, 0, 0);
export const [blue, green] = ["jukebox-predictor-00001", "jukebox-predictor-00002"];
export const [bluePod, greenPod] = [
  `${blue}-deployment-7sn7krg7r-b6z7g`,
  `${green}-deployment-9pfrstphj-ccknn`,
];

export const proven: RunState = stateOf(
  {
    startedAt: start + 100_000,
    before: {
      name: "jukebox",
      url: "http://jukebox-predictor-user1-test.apps.example.com",
      ready: "True",
      prev: 100,
      latest: 0,
      prevRolledoutRevision: blue,
      latestReadyRevision: green,
    },
    diff: {
      lines: [
        { kind: "same", at: 4, text: "canary:" },
        { kind: "removed", at: 5, text: "  trafficPercent: 0" },
        { kind: "added", at: 5, text: "  trafficPercent: 100" },
      ],
    },
    mutation: {
      kind: "committed",
      commit: "4358c6da14b8badb1a4a4b25abe8d9aaad33cec6",
      previousCommit: "32a06b9611".repeat(4),
      commitUrl: "https://gitea.example.com/user1/mlops-gitops/commit/4358c6da14",
      at: start + 102_000,
    },
    rollout: {
      startedAt: start + 102_000,
      endedAt: start + 131_000,
      cutOverAt: start + 131_000,
      active: green,
      standby: blue,
      notes: ["The InferenceService reads Ready."],
      service: {
        name: "jukebox",
        url: "http://jukebox-predictor-user1-test.apps.example.com",
        ready: "True",
        latest: 100,
        latestReadyRevision: green,
      },
    },
    verdict: {
      startedAt: start + 131_000,
      endedAt: start + 150_000,
      query: `{__name__=~"ovms_requests_success|up",namespace="user1-test",pod=~"jukebox-.*"}[139s]`,
      summary: `142 requests on ${green}, 0 on ${blue}`,
      since: start / 1000 + 136,
      pods: [
        { pod: bluePod, revision: blue, role: "other", requests: 0, failed: 0, samples: 4 },
        { pod: greenPod, revision: green, role: "active", requests: 142, failed: 1, samples: 4 },
      ],
      checks: {
        checks: [
          {
            name: "errors",
            kind: "query",
            query: `sum(rate(ovms_requests_fail{pod=~"${green}-.*"}[14s]))`,
            condition: "<= 1.2 * baseline",
            dryRun: false,
            phase: "Successful",
            baseline: { query: `sum(rate(ovms_requests_fail[300s]))`, at: start + 131_000, value: 0.1 },
            measurements: [
              { at: start + 145_000, phase: "Successful", values: [{ value: 0.05 }], detail: "0.05 <= 0.12" },
            ],
          },
          {
            name: "later",
            kind: "query",
            condition: "> 0",
            dryRun: true,
            phase: "Running",
            measurements: [],
          },
        ],
      },
      holdings: [
        {
          role: "active",
          revision: green,
          warmth: "warm",
          routed: true,
          replicas: { ready: 2, unready: 0, ending: 0 },
          requests: { cpu: 2, memory: 4 * 2 ** 30, "nvidia.com/gpu": 1 },
        },
        {
          role: "standby",
          revision: blue,
          warmth: "cold",
          routed: false,
          replicas: { ready: 0, unready: 0, ending: 1 },
          requests: {},
        },
      ],
    },
  },
  { active: green, standby: blue },
);

export const traffic: Traffic = {
  kind: "rates",
  query: `{__name__=~"ovms_requests_success|up"}[470s]`,
  at: start + 151_000,
  rates: {
    times: Array.from({ length: 30 }, (_, index) => start + (index + 1) * 5_000),
    stepSeconds: 5,
    pods: [
      {
        pod: bluePod,
        revision: blue,
        rates: Array.from({ length: 30 }, (_, index) => (index < 26 ? 30 : index < 28 ? 0 : null)),
      },
      {
        pod: greenPod,
        revision: green,
        rates: Array.from({ length: 30 }, (_, index) => (index < 10 ? null : index < 26 ? 0 : 30)),
      },
    ],
    omitted: 0,
  },
};

/** A run that reached its end. */
export function wholeOf(state: RunState = proven, more: Partial<WholeRun> = {}): WholeRun {
  return {
    version: "1.2.3",
    at: start + 152_000,
    settlement: settlementOf(state),
    asked: { names: [] },
    state,
    found: [],
    traffic: [traffic],
    ...more,
  };
}

/** A run that `mutate` refused. */
export function refused(evidence = "jukebox-predictor-00002 is not ready"): WholeRun {
  const failure = new Failure("GREEN_NOT_READY", evidence, {
    also: [new Failure("STAGED_VERSION_DIFFERS", "v9")],
    shown: ["sum(x", "     ^"],
  });
  const { service, before, diff } = proven;
  return wholeOf(proven, {
    state: undefined,
    failure,
    settlement: fromTrouble(failure),
    asked: { action: "promote", namespace: "user1-test", names: ["jukebox"] },
    found: [{ service, before, diff }],
    traffic: [],
  });
}

/** Every text in it, replaced by one that would do harm as markup. */
export function hostile<T>(value: T, evil: string): T {
  if (typeof value === "string") return evil as T;
  if (value instanceof Failure || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => hostile(each, evil)) as T;
  const kept = new Set(["kind", "phase", "outcome", "reason", "action", "role", "warmth", "format"]);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, kept.has(key) ? inner : hostile(inner, evil)]),
  ) as T;
}
