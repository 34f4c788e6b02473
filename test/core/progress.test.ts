import assert from "node:assert/strict";
import type { ApplicationReading } from "../../src/core/application.ts";
import type { Expectation } from "../../src/core/expectation.ts";
import { decideProgress, type Patience, type Progress, type Sightings } from "../../src/core/progress.ts";
import { type ReasonId, reasons } from "../../src/errors/catalogue.ts";
import { Failure } from "../../src/errors/failure.ts";
import { falseReadings, r23, r24, readyPod, worldIn } from "./states.ts";

const promote: Expectation = { action: "promote", percent: 100, active: r24, standby: r23, known: [] };
const rollback: Expectation = { action: "rollback", percent: 0, active: r23, standby: r24, known: [] };
const first: Expectation = { action: "stage", percent: 0, version: "v1", known: [] };

const patience: Patience = {
  startedAt: 1_000_000,
  timeoutMs: 600_000,
  syncTimeoutMs: 120_000,
  syncGraceMs: 30_000,
};

/** The decision `seconds` after the start. */
function decideAfter(
  seconds: number,
  expected: Expectation,
  seen: Sightings,
  limits: Partial<Patience> = {},
): Progress {
  const all = { ...patience, ...limits };
  return decideProgress(expected, seen, all, all.startedAt + seconds * 1000);
}

function summary(progress: Progress): string {
  if (progress.kind === "failed") return progress.reason;
  return progress.kind === "waiting" ? `waiting for ${progress.link}` : "done";
}

function application(changes: Partial<ApplicationReading> = {}): ApplicationReading {
  return { syncStatus: "Synced", revisions: [], repositories: [], conditions: [], ...changes };
}

const trouble = new Failure("CLUSTER_UNREACHABLE", "connect ECONNREFUSED");
const staged = worldIn("S3");
const promoted = worldIn("S5");
const syncedAt = (seconds: number) => patience.startedAt + seconds * 1000;

describe("progress of a rollout", () => {
  type Case = readonly [
    what: string,
    seconds: number,
    expected: Expectation,
    seen: Sightings,
    summary: string,
    limits?: Partial<Patience>,
  ];
  const cases: readonly Case[] = [
    ["the goal is reached", 1, promote, { world: promoted }, "done"],
    ["the goal is reached after the deadline: a fact is a fact", 9999, promote, { world: promoted }, "done"],

    ["nothing was seen yet", 1, promote, {}, "waiting for service"],
    ["nothing was ever seen", 600, promote, {}, "CLUSTER_UNREACHABLE"],
    ["the API is away", 599, promote, { clusterTrouble: trouble }, "waiting for service"],
    ["the API is away at the deadline", 600, promote, { clusterTrouble: trouble }, "CLUSTER_UNREACHABLE"],
    [
      "the API is away at the deadline, and what was seen before is stale",
      600,
      rollback,
      { world: falseReadings.T4, clusterTrouble: trouble },
      "CLUSTER_UNREACHABLE",
    ],
    [
      "the API is away, and what was seen before looked done",
      5,
      promote,
      { world: promoted, clusterTrouble: trouble },
      "waiting for service",
    ],
    [
      "the API makes no sense at the deadline",
      600,
      promote,
      { clusterTrouble: new Failure("CLUSTER_ANSWER", "no kind") },
      "CLUSTER_ANSWER",
    ],

    ["the edit is not there yet", 119, promote, { world: staged }, "waiting for edit"],
    ["the edit is not there at its deadline", 120, promote, { world: staged }, "EDIT_NOT_REACHED"],
    [
      "the edit is not there at the rollout's deadline, which is earlier",
      60,
      promote,
      { world: staged },
      "EDIT_NOT_REACHED",
      { timeoutMs: 60_000 },
    ],
    [
      "the service is not there yet (first deployment)",
      119,
      first,
      { world: { revisions: [], pods: [] } },
      "waiting for edit",
    ],
    [
      "the service never comes (first deployment)",
      120,
      first,
      { world: { revisions: [], pods: [] } },
      "EDIT_NOT_REACHED",
    ],
    ["the service is gone", 1, promote, { world: { revisions: [], pods: [] } }, "SERVICE_DELETED"],

    [
      "Argo CD has synced it just now",
      40,
      promote,
      { world: staged, application: application(), takenSince: syncedAt(10.001) },
      "waiting for edit",
    ],
    [
      "Argo CD synced it a grace ago, and it is not there",
      40,
      promote,
      { world: staged, application: application(), takenSince: syncedAt(10) },
      "EDIT_NOT_REACHED",
    ],
    [
      "Argo CD synced it long ago, and the traffic does not follow: not the edit's fault",
      400,
      rollback,
      { world: falseReadings.T4, application: application(), takenSince: syncedAt(10) },
      "waiting for traffic",
    ],
    [
      "Argo CD cannot compare",
      1,
      promote,
      {
        world: staged,
        application: application({ conditions: [{ type: "ComparisonError", message: "bad YAML" }] }),
      },
      "ARGOCD_STOPPED",
    ],
    [
      "Argo CD cannot compare, but the edit is there",
      1,
      promote,
      {
        world: promoted,
        application: application({ conditions: [{ type: "ComparisonError", message: "bad YAML" }] }),
      },
      "done",
    ],
    [
      "Argo CD only warns",
      1,
      promote,
      {
        world: staged,
        application: application({ conditions: [{ type: "SharedResourceWarning", message: "x" }] }),
      },
      "waiting for edit",
    ],

    [
      "a rollback of what Argo CD is still syncing",
      119,
      rollback,
      { world: staged, syncsAnother: true },
      "waiting for sync",
    ],
    [
      "a rollback of what Argo CD never ends to sync",
      120,
      rollback,
      { world: staged, syncsAnother: true },
      "EDIT_NOT_REACHED",
    ],
    [
      "what Argo CD does is not known",
      119,
      rollback,
      { world: staged, applicationDue: true },
      "waiting for sync",
    ],
    ["what Argo CD does is never told", 120, rollback, { world: staged, applicationDue: true }, "done"],
    ...(
      [
        [119, false, "waiting for sync"],
        [120, false, "done"],
        [1, true, "done"],
      ] as const
    ).map(
      ([at, cameAfter, expected]) =>
        [
          `whose commit Argo CD syncs cannot be told, ${at} s`,
          at,
          rollback,
          { world: staged, syncsAnother: "perhaps", cameAfter },
          expected,
        ] as const,
    ),
    [
      "Argo CD syncs ours",
      1,
      rollback,
      { world: staged, syncsAnother: false, applicationDue: false },
      "done",
    ],
    [
      "a rollback of what Argo CD has not looked at may be followed by the promote",
      119,
      rollback,
      { world: staged, uncompared: true },
      "waiting for sync",
    ],
    ["Argo CD does not look", 120, rollback, { world: staged, uncompared: true }, "done"],
    [
      "what was missing before came with our commit",
      1,
      rollback,
      { world: staged, uncompared: true, cameAfter: true },
      "done",
    ],
    [
      "it fails whatever Argo CD does",
      1,
      promote,
      { world: { revisions: [], pods: [] }, syncsAnother: true },
      "SERVICE_DELETED",
    ],

    ["T1 is no rollback", 599, rollback, { world: falseReadings.T1 }, "waiting for traffic"],
    ["T1 at the deadline", 600, rollback, { world: falseReadings.T1 }, "ROLLOUT_TIMEOUT"],
    [
      "a blocked rollback (T4) may still go through",
      599,
      rollback,
      { world: falseReadings.T4 },
      "waiting for traffic",
    ],
    [
      "a blocked rollback (T4) at the deadline",
      600,
      rollback,
      { world: falseReadings.T4 },
      "ROLLBACK_BLOCKED",
    ],
    ["the mode changed", 1, promote, { world: worldIn("S5", { mode: "Standard" }) }, "MODE_CHANGED"],
  ];
  const complaint = application({
    reconciledAt: "12:00:00",
    conditions: [{ type: "ComparisonError", message: "rpc error" }],
  });
  const complaining: readonly (readonly [what: string, seconds: number, before: string, summary: string])[] =
    [
      ["a complaint of before", 29, "12:00:00", "waiting for edit"],
      ["a complaint of before that nobody takes back", 30, "12:00:00", "ARGOCD_STOPPED"],
      ["a complaint of now", 1, "11:59:59", "ARGOCD_STOPPED"],
    ];
  for (const [what, seconds, reconciledBefore, wanted] of complaining) {
    it(`${what}, after ${seconds} s: ${wanted}`, () => {
      const seen = { world: staged, application: complaint, reconciledBefore };
      assert.equal(summary(decideAfter(seconds, promote, seen)), wanted);
    });
  }
  for (const [what, seconds, expected, seen, wanted, limits] of cases) {
    it(`${what}, after ${seconds} s: ${wanted}`, () => {
      assert.equal(summary(decideAfter(seconds, expected, seen, limits)), wanted);
    });
  }

  it("an API that does not answer never counts as a failed rollout", () => {
    for (const world of [undefined, staged, promoted, falseReadings.T4]) {
      const progress = decideAfter(9999, rollback, { world, clusterTrouble: trouble });
      assert.equal(progress.kind === "failed" && reasons[progress.reason].outcome, "ERROR");
    }
  });

  const details: readonly (readonly [Progress, RegExp])[] = [
    [decideAfter(1, promote, {}), /^the Kubernetes API has not answered yet$/],
    [decideAfter(600, promote, { clusterTrouble: trouble }), /^connect ECONNREFUSED$/],
    [
      decideAfter(120, promote, { world: staged }),
      /^after 120 s spec\.predictor\.canaryTrafficPercent is 0, wanted 100$/,
    ],
    [
      decideAfter(90, promote, { world: staged, takenSince: syncedAt(30) }),
      /^Argo CD has synced our commit for 60 s, and spec\.predictor\.canaryTrafficPercent is 0, wanted 100$/,
    ],
    [
      decideAfter(1, promote, {
        world: staged,
        application: application({ conditions: [{ type: "SyncError", message: "denied" }] }),
      }),
      /^SyncError: denied$/,
    ],
    [decideAfter(600.4, rollback, { world: falseReadings.T4 }), /^after 600 s traffic is .*RevisionMissing/],
  ];
  for (const [progress, detail] of details) {
    it(`says why: ${detail.source}`, () => {
      assert.ok(progress.kind !== "done");
      assert.match(progress.detail, detail);
    });
  }

  it("tells beforehand what it would report", () => {
    const late = (seen: Sightings): ReasonId | undefined => {
      const progress = decideAfter(1, promote, seen);
      return progress.kind === "waiting" ? progress.ifLate : undefined;
    };
    assert.equal(late({}), "CLUSTER_UNREACHABLE");
    assert.equal(late({ world: staged }), "EDIT_NOT_REACHED");
    assert.equal(late({ world: falseReadings.T3 }), "ROLLOUT_TIMEOUT");
  });
});

describe("a rollout that is stuck", () => {
  const waiting = worldIn("S5", { conditions: { PredictorRouteReady: { status: "True" } } });
  const limits = { timeoutMs: 1_800_000, progressTimeoutMs: 600_000 };
  const pace = { facts: new Set<string>(), stillSince: patience.startedAt };
  const loading = {
    ...waiting,
    pods: [
      readyPod(r24, {
        ready: false,
        containers: [{ name: "kserve-container", init: false, state: "running", restarts: 0 }],
      }),
    ],
  } as const;
  type Case = readonly [
    what: string,
    seconds: number,
    expected: Expectation,
    seen: Sightings,
    summary: string,
    limits: Partial<Patience>,
  ];
  const cases: readonly Case[] = [
    ["not for long enough", 599, promote, { world: waiting, pace }, "waiting for ready", limits],
    ["for long enough", 600, promote, { world: waiting, pace }, "ROLLOUT_TIMEOUT", limits],
    ["but loading", 1_799, promote, { world: loading, pace }, "waiting for ready", limits],
    ["done after all", 9_999, promote, { world: promoted, pace }, "done", limits],
    [
      "with patience without end",
      1_799,
      promote,
      { world: waiting, pace },
      "waiting for ready",
      { timeoutMs: 1_800_000 },
    ],
    [
      "while the API is away",
      1_799,
      promote,
      { world: waiting, pace, clusterTrouble: trouble },
      "waiting for service",
      limits,
    ],
    ["of which nothing is known", 1_799, promote, { world: waiting }, "waiting for ready", limits],
    [
      "a rollback: it may go through by itself",
      1_799,
      rollback,
      { world: falseReadings.T4, pace },
      "waiting for traffic",
      limits,
    ],
  ];
  for (const [what, seconds, expected, seen, wanted, more] of cases) {
    it(`${what}: ${wanted}`, () => assert.equal(summary(decideAfter(seconds, expected, seen, more)), wanted));
  }

  it("says for how long", () => {
    const decision = decideAfter(630, promote, { world: waiting, pace }, limits);
    assert.match(decision.kind === "failed" ? decision.detail : "", /^nothing has got on for 630 s: /);
  });
});
