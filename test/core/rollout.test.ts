import assert from "node:assert/strict";
import { type Expectation, pin, pinSettled } from "../../src/core/expectation.ts";
import type { Action, Intent } from "../../src/core/intent.ts";
import { decideRollout, type RolloutDecision } from "../../src/core/rollout.ts";
import type {
  Condition,
  RevisionReading,
  ServiceReading,
  TrafficEntry,
  World,
} from "../../src/core/world.ts";
import {
  falseReadings,
  r23,
  r24,
  r25,
  readyPod,
  revision,
  serviceIn,
  stateNames,
  worldIn,
  worldOf,
} from "./states.ts";

/** A decision in one word or three: `done`, `failed REASON`, `waiting link REASON`. */
function brief(decision: RolloutDecision): string {
  if (decision.kind === "done") return "done";
  if (decision.kind === "failed") return `failed ${decision.reason}`;
  return `waiting ${decision.link} ${decision.ifLate}`;
}

function stage(version: string, active: string | undefined, known: readonly string[]): Expectation {
  return { action: "stage", percent: 0, version, active, known };
}

function promote(active: string, standby: string): Expectation {
  return { action: "promote", percent: 100, active, standby, known: [] };
}

function rollback(active: string, standby: string): Expectation {
  return { action: "rollback", percent: 0, active, standby, known: [] };
}

const restored: Expectation = { action: "rollback", percent: 100, known: [] };

const firstStage = stage("v1", undefined, []);
const stageV2 = stage("v2", r23, [r23]);
const stageV3 = stage("v3", r23, [r23, r24]);
const restageV3 = stage("v3", r24, [r23, r24]);
const promoteV2 = promote(r24, r23);
const promoteV3 = promote(r25, r24);
const toV1 = rollback(r23, r24);
const toV2 = rollback(r24, r25);

const specV3 = { sourceUri: "oci://registry:5000/user1-test/jukebox:v3" };

const edit = "waiting edit EDIT_NOT_REACHED";
const newRevision = "waiting revision ROLLOUT_TIMEOUT";
const traffic = "waiting traffic ROLLOUT_TIMEOUT";
const route = "waiting route ROLLOUT_TIMEOUT";
const ready = "waiting ready ROLLOUT_TIMEOUT";
const pod = "waiting pod ROLLOUT_TIMEOUT";

type Case = readonly [expected: Expectation, decision: string];
const table: Readonly<Record<string, Readonly<Record<Action, Case>>>> = {
  S0: { stage: [firstStage, edit], promote: [promoteV2, edit], rollback: [toV1, edit] },
  S1: { stage: [firstStage, edit], promote: [promoteV2, edit], rollback: [toV1, edit] },
  S2: { stage: [stageV2, newRevision], promote: [promoteV2, edit], rollback: [toV1, "done"] },
  S3: { stage: [stageV2, "done"], promote: [promoteV2, edit], rollback: [toV1, "done"] },
  S4: { stage: [stageV2, edit], promote: [promoteV2, edit], rollback: [toV1, edit] },
  S5: { stage: [stageV2, edit], promote: [promoteV2, "done"], rollback: [toV1, edit] },
  S6: { stage: [stageV2, "done"], promote: [promoteV2, edit], rollback: [toV1, "done"] },
  S7: { stage: [stageV2, edit], promote: [promoteV2, "done"], rollback: [toV1, edit] },
  S8: { stage: [stageV3, newRevision], promote: [promoteV3, edit], rollback: [toV1, "done"] },
  S9: { stage: [stageV3, "done"], promote: [promoteV3, edit], rollback: [toV1, "done"] },
  S10: { stage: [restageV3, edit], promote: [promoteV3, traffic], rollback: [toV2, edit] },
  S11: { stage: [restageV3, edit], promote: [promoteV3, "done"], rollback: [toV2, edit] },
  S12: { stage: [restageV3, newRevision], promote: [promoteV3, edit], rollback: [toV2, "done"] },
  S13: { stage: [restageV3, "done"], promote: [promoteV3, edit], rollback: [toV2, "done"] },
  S14: { stage: [restageV3, newRevision], promote: [promoteV3, edit], rollback: [toV2, "done"] },
  S15: { stage: [stageV2, edit], promote: [promoteV2, edit], rollback: [toV1, edit] },
  S16: { stage: [stageV2, edit], promote: [promoteV2, edit], rollback: [toV1, edit] },
  S17: { stage: [stageV2, edit], promote: [promoteV2, edit], rollback: [toV1, edit] },
  S18: { stage: [firstStage, newRevision], promote: [promoteV2, edit], rollback: [toV1, traffic] },
  S19: { stage: [firstStage, "done"], promote: [promoteV2, edit], rollback: [toV1, "done"] },
  S21: { stage: [stageV2, newRevision], promote: [promoteV2, edit], rollback: [toV1, "done"] },
  S22: { stage: [stageV2, "done"], promote: [promoteV2, edit], rollback: [toV1, "done"] },
  S23: { stage: [stageV2, edit], promote: [promoteV2, "done"], rollback: [toV1, edit] },
};

describe("rollout in every state", () => {
  it("knows every state", () => assert.deepEqual(Object.keys(table), stateNames));

  for (const [name, cases] of Object.entries(table)) {
    for (const [action, [expected, decision]] of Object.entries(cases)) {
      it(`${name}, ${action}: ${decision}`, () => {
        assert.equal(brief(decideRollout(expected, worldIn(name))), decision);
      });
    }
  }

  for (const [name, cases] of Object.entries(table)) {
    for (const [action, [expected, decision]] of Object.entries(cases)) {
      it(`${name}, ${action} that finds its value in Git: done ${decision === "done" ? "too" : "neither"}`, () => {
        const world = worldIn(name);
        const intent = { action: action as Action, version: expected.version, sets: [] } satisfies Intent;

        const settled = decideRollout(pinSettled(intent, world.service), world);

        assert.equal(settled.kind === "done", decision === "done", brief(settled));
      });
    }
  }

  it("a version that is restored (T4): waits for its own revision, and for nothing of what it replaces", () => {
    const back: Expectation = { ...restored, version: "v1", known: [r23, r24], standby: r24 };
    const revisions = [revision(r23, "v1"), revision(r24, "v2"), revision(r25, "v1")];
    const asked = { specPercent: 100, sourceUri: "oci://registry:5000/user1-test/jukebox:v1" };
    const shut = { PredictorRouteReady: { status: "False" } } as const;
    const made = { ...asked, latestCreated: r25 };
    const steps: readonly (readonly [what: string, world: World, decision: string])[] = [
      ["the cluster has not taken the version", falseReadings.T4, edit],
      ["no revision yet", worldIn("S5", asked), newRevision],
      ["not listed yet", worldIn("S5", made), newRevision],
      ["not ready", { ...worldIn("S5", made), revisions }, newRevision],
      [
        "no traffic yet",
        { ...worldIn("S5", { ...made, latestReady: r25, conditions: shut }), revisions },
        traffic,
      ],
      ["the route is not in force", { ...worldIn("S11", { ...asked, conditions: shut }), revisions }, route],
      ["no pod", { ...worldIn("S11", asked), revisions, pods: [] }, pod],
      ["in force", { ...worldIn("S11", asked), revisions }, "done"],
      ["another version", { ...worldIn("S11", asked), revisions: [revision(r25, "v9")] }, newRevision],
    ];
    for (const [what, world, decision] of steps)
      assert.equal(brief(decideRollout(back, world)), decision, what);
    assert.deepEqual(decideRollout(back, { ...worldIn("S11", asked), revisions }), {
      kind: "done",
      active: r25,
      standby: r24,
      notes: [],
    });
  });

  it("a version that is restored and was staged first: its own revision has everything, and no other", () => {
    const back: Expectation = { ...restored, active: r25, standby: r23, known: [] };
    assert.equal(brief(decideRollout({ ...back, version: "v3" }, worldIn("S11", specV3))), "done");
    assert.equal(
      brief(decideRollout(back, worldIn("S5", { traffic: [{ revision: r23, percent: 100, latest: true }] }))),
      traffic,
    );
    assert.equal(brief(decideRollout(back, worldIn("S5"))), "failed WRONG_REVISION");
  });

  it("says who serves and who stands by", () => {
    const cases: readonly (readonly [Expectation, string, string, string | undefined])[] = [
      [stageV2, "S3", r23, r24],
      [promoteV2, "S5", r24, r23],
      [toV1, "S6", r23, r24],
      [firstStage, "S19", r23, undefined],
      [rollback(r23, r23), "S19", r23, undefined],
    ];
    for (const [expected, name, active, standby] of cases) {
      const decision = decideRollout(expected, worldIn(name));
      assert.deepEqual(decision, { kind: "done", active, standby, notes: [] }, name);
    }
  });
});

describe("readings that look done and are not", () => {
  const cases: readonly (readonly [string, World, Expectation, string])[] = [
    ["T1 rollback: all traffic is still on green", falseReadings.T1, toV1, traffic],
    ["T1 stage: prev is about to move", falseReadings.T1, stageV2, traffic],
    [
      "T1 rollback, before KServe notes what it rolled out: no other blue is live",
      { ...falseReadings.T1, service: { ...falseReadings.T1.service, latestRolledout: r24 } },
      toV1,
      traffic,
    ],
    ["T2 rollback: old numbers", falseReadings.T2, toV1, traffic],
    [
      "T2 restage: v3 is in the spec only",
      worldIn("S5", { ...specV3, specPercent: 0 }),
      restageV3,
      newRevision,
    ],
    ["T2 stage where 0 stood before: v3 is in Git only", worldIn("S6"), stageV3, edit],
    ["T2 stage where 0 stood before: v3 is in the spec only", worldIn("S6", specV3), stageV3, newRevision],
    ["T2 promote: old numbers", worldIn("S3", { specPercent: 100 }), promoteV2, traffic],
    ["T3 promote: green is not ready, blue has everything", falseReadings.T3, promoteV2, traffic],
    ["T3 promote, blue pinned by mistake: not Ready", falseReadings.T3, promote(r23, r23), ready],
    ["T3b promote of v3: v2 was let in", falseReadings.T3b, promote(r25, r23), "failed WRONG_REVISION"],
    ["T3b promote of v2: v3 will take over", falseReadings.T3b, promoteV2, ready],
    ["T4 rollback: Knative moves nothing", falseReadings.T4, toV1, "waiting traffic ROLLBACK_BLOCKED"],
    ["T5 restage: v1 is live, v2 was", falseReadings.T5, restageV3, "failed WRONG_BLUE"],
    ["T5 promote after it, by name", promotedAfterT5(), promote(r25, r23), "done"],
  ];
  for (const [title, world, expected, decision] of cases) {
    it(title, () => assert.equal(brief(decideRollout(expected, world)), decision));
  }

  for (const name of ["T1", "T2", "T3", "T3b", "T4", "T5"] as const) {
    it(`${name} is never done for what was meant, by whatever pins`, () => {
      const world = falseReadings[name];
      const meant = {
        T1: [toV1, pinned("rollback", serviceIn("S5")), settled("rollback", world), settled("stage", world)],
        T2: [toV1, pinned("rollback", serviceIn("S5")), settled("rollback", world), settled("stage", world)],
        T3: [promoteV2, pinned("promote", serviceIn("S2")), settled("promote", world)],
        T3b: [promoteV3, pinned("promote", serviceIn("S8")), settled("promote", world)],
        T4: [toV1, pinned("rollback", serviceIn("S5")), settled("rollback", world), settled("stage", world)],
        T5: [restageV3, pinned("stage", serviceIn("S5"))],
      }[name];
      for (const expected of meant) {
        assert.notEqual(decideRollout(expected, world).kind, "done", JSON.stringify(expected));
      }
    });
  }

  it("T5 is not called done on its way there either: prev names blue still, KServe has given it up", () => {
    const world = worldIn("S13", { latestRolledout: r23 });

    assert.equal(brief(decideRollout(restageV3, world)), traffic);
  });

  it("T5 waits while the route is not in force: then it may still be on its way elsewhere", () => {
    const world = with5("PredictorRouteReady", { status: "Unknown" });

    assert.equal(brief(decideRollout(restageV3, world)), traffic);
  });

  describe("T6: everything reads right, and the active revision has no pod", () => {
    const pods: readonly (readonly [string, World["pods"]])[] = [
      ["none", []],
      ["only green's", [readyPod(r24)]],
      ["one that is not ready", [readyPod(r23, { ready: false })]],
      ["one that is being deleted", [readyPod(r23, { terminating: true })]],
      ["one of no revision", [readyPod(r23, { revision: undefined })]],
    ];
    for (const [title, own] of pods) {
      it(title, () => assert.equal(brief(decideRollout(toV1, { ...worldIn("S6"), pods: own })), pod));
    }

    it("holds for every action", () => {
      assert.equal(brief(decideRollout(promoteV2, { ...worldIn("S5"), pods: [readyPod(r23)] })), pod);
      assert.equal(brief(decideRollout(stageV2, { ...worldIn("S3"), pods: [readyPod(r24)] })), pod);
    });

    it("one ready pod beside others is enough", () => {
      const own = [readyPod(r23, { terminating: true }), readyPod(r23, { ready: false }), readyPod(r23)];

      assert.equal(brief(decideRollout(toV1, { ...worldIn("S6"), pods: own })), "done");
    });

    it("with minReplicas 0 no pod is owed: done, and the reader is told", () => {
      const world = { ...worldIn("S6", { minReplicas: 0 }), pods: [] };

      const decision = decideRollout(toV1, world);

      assert.equal(decision.kind, "done");
      assert.match(decision.kind === "done" ? (decision.notes[0] ?? "") : "", /00023 is cold/);
    });

    it("with minReplicas 0 and a pod there is nothing to tell", () => {
      const decision = decideRollout(toV1, worldIn("S6", { minReplicas: 0 }));

      assert.deepEqual(decision, { kind: "done", active: r23, standby: r24, notes: [] });
    });
  });
});

describe("a rollback that is done", () => {
  it("says so where it brought back no other version", () => {
    const notesOf = (...revisions: readonly RevisionReading[]) => {
      const decision = decideRollout(toV1, { ...worldIn("S6"), revisions });
      return decision.kind === "done" ? decision.notes : undefined;
    };
    const untold = { name: r24, images: [] };

    assert.deepEqual(notesOf(revision(r23, "v2"), revision(r24, "v2")), [
      `${r23} runs version v2, and so does ${r24}: no other version has come back`,
    ]);
    assert.deepEqual(notesOf(revision(r23, "v1"), revision(r24, "v2")), []);
    assert.deepEqual(notesOf({ ...untold, name: r23 }, untold), []);
    assert.deepEqual(notesOf(), []);
    const same = [revision(r23, "v2"), revision(r24, "v2")];
    const promoted = decideRollout(promoteV2, { ...worldIn("S5"), revisions: same });
    assert.deepEqual(promoted.kind === "done" && promoted.notes, [], "a promote brings nothing back");
  });
});

describe("link by link", () => {
  describe("the InferenceService is gone", () => {
    const nothing: World = { revisions: [], pods: [] };
    const cases: readonly (readonly [Expectation, string])[] = [
      [firstStage, "waiting service EDIT_NOT_REACHED"],
      [{ ...restored, version: "v1" }, "failed SERVICE_DELETED"],
      [stageV2, "failed SERVICE_DELETED"],
      [promoteV2, "failed SERVICE_DELETED"],
      [toV1, "failed SERVICE_DELETED"],
    ];
    for (const [expected, decision] of cases) {
      it(`${expected.action} with ${expected.active ?? "nothing"} pinned: ${decision}`, () => {
        assert.equal(brief(decideRollout(expected, nothing)), decision);
      });
    }
  });

  describe("an InferenceService that was made anew", () => {
    const world = worldIn("S5");
    const uids = (before: string | undefined, now: string | undefined) =>
      brief(
        decideRollout(
          { ...promoteV2, uid: before },
          {
            ...world,
            service: { ...(world.service as ServiceReading), ...(now === undefined ? {} : { uid: now }) },
          },
        ),
      );

    it("is another one, though its revisions have the same names", () => {
      assert.equal(uids("1", "2"), "failed SERVICE_DELETED");
    });

    it("is the same where its uid is, or where either is not known", () => {
      for (const [before, now] of [
        ["1", "1"],
        [undefined, "2"],
        ["1", undefined],
      ] as const)
        assert.match(uids(before, now), /^done/, `${before} ${now}`);
    });
  });

  describe("an InferenceService that comes while a first deployment waits", () => {
    const first = (known: readonly string[]) => stage("v2", undefined, known);
    const told = (expected: Expectation, world: World) => {
      const decision = decideRollout(expected, world);
      return decision.kind === "waiting" && `${decision.link} ${decision.ifLate}: ${decision.detail}`;
    };

    it("with the name of a revision that was left over: which of the two it is cannot be told", () => {
      assert.equal(
        told(first([r23, r24]), worldIn("S3")),
        `revision NO_FIRST_DEPLOYMENT: ${r24} is the newest revision, and one of that name was there already when there was no InferenceService`,
      );
    });

    it("with another version that is live: it was made by an earlier commit", () => {
      assert.equal(
        told(first([]), worldIn("S3")),
        `traffic NO_FIRST_DEPLOYMENT: ${r23} is live, though nothing was when the run looked: traffic is ${r24} 0 %, ${r23} 100 %`,
      );
    });

    it("as the first is none but a timeout: nothing else is live, or the InferenceService was there", () => {
      assert.equal(brief(decideRollout(first([]), worldIn("S2"))), newRevision);
      assert.equal(brief(decideRollout(first([]), worldIn("S2", { latestCreated: undefined }))), newRevision);
      assert.equal(brief(decideRollout({ ...first([r24]), uid: "1" }, worldIn("S3"))), newRevision);
      assert.equal(brief(decideRollout({ ...stageV2, known: [r24] }, worldIn("S3"))), newRevision);
    });
  });

  describe("the deployment mode", () => {
    for (const mode of ["Standard", "ModelMesh"] as const) {
      for (const [expected, name] of [
        [stageV2, "S3"],
        [promoteV2, "S5"],
        [toV1, "S6"],
      ] as const) {
        it(`${mode} fails ${expected.action}, however right the rest reads`, () => {
          const decision = decideRollout(expected, worldIn(name, { mode }));
          assert.equal(brief(decision), "failed MODE_CHANGED");
        });
      }
    }

    it("unknown is left to the evidence", () => {
      assert.equal(brief(decideRollout(promoteV2, worldIn("S5", { mode: "unknown" }))), "done");
    });
  });

  describe("the model version", () => {
    it("waits for the spec that names another", () => {
      const sourceUri = "oci://registry:5000/user1-test/jukebox:v1";
      assert.equal(brief(decideRollout(stageV2, worldIn("S3", { sourceUri }))), edit);
    });

    it("may be the last part of the path that the model is taken from", () => {
      const sourceUri = "s3://models/jukebox/v2";
      const revisions = [revision(r23, "v1"), { ...revision(r24, "v2"), sourceUri }];
      assert.equal(brief(decideRollout(stageV2, { ...worldIn("S3", { sourceUri }), revisions })), "done");
    });

    it("trusts the revision where the spec does not tell", () => {
      assert.equal(brief(decideRollout(stageV2, worldIn("S3", { sourceUri: undefined }))), "done");
    });

    const green: readonly (readonly [string, World["revisions"], string])[] = [
      ["is not listed yet", [revision(r23, "v1")], newRevision],
      ["runs another version", [revision(r23, "v1"), revision(r24, "v3")], newRevision],
      ["does not tell", [{ name: r24, images: ["registry/jukebox:v3"] }], newRevision],
      ["tells by its image", [{ name: r24, images: ["registry/jukebox:v2"] }], "done"],
    ];
    for (const [title, revisions, decision] of green) {
      it(`green ${title}: ${decision}`, () => {
        assert.equal(brief(decideRollout(stageV2, { ...worldIn("S3"), revisions })), decision);
      });
    }

    it("is not asked of green where none was named", () => {
      const expected = { ...stageV2, version: undefined };
      const world = { ...worldIn("S3"), revisions: [revision(r24, "whatever")] };

      assert.equal(brief(decideRollout(expected, world)), "done");
    });
  });

  it("green is none of the revisions known before, nor blue itself", () => {
    assert.equal(brief(decideRollout({ ...stageV2, known: [r23, r24] }, worldIn("S3"))), newRevision);
    assert.equal(brief(decideRollout(stage("v1", r23, []), worldIn("S19"))), newRevision);
    assert.equal(brief(decideRollout(stageV2, worldIn("S3", { latestCreated: undefined }))), newRevision);
  });

  describe("the traffic", () => {
    const latest = (name: string, percent: number): TrafficEntry => ({
      revision: name,
      percent,
      latest: true,
    });
    const prev = (name: string, percent: number): TrafficEntry => ({
      revision: name,
      percent,
      latest: false,
      tag: "prev",
    });
    const cases: readonly (readonly [string, string, Expectation, readonly TrafficEntry[], string])[] = [
      ["several entries sum to 100", "S5", promoteV2, [latest(r24, 99), latest(r24, 1)], "done"],
      ["the first of several is not the whole", "S5", promoteV2, [latest(r24, 99), latest(r23, 1)], traffic],
      [
        "a split, beside one with nothing",
        "S5",
        promoteV2,
        [latest(r24, 80), latest(r23, 20), latest(r25, 0)],
        traffic,
      ],
      ["99 of 100", "S5", promoteV2, [latest(r24, 99)], traffic],
      ["101 of 100", "S5", promoteV2, [latest(r24, 100), latest(r24, 1)], traffic],
      ["blue still has an entry", "S5", promoteV2, [latest(r24, 100), prev(r23, 0)], traffic],
      ["no entry", "S5", promoteV2, [], traffic],
      ["a stranger", "S5", promoteV2, [latest(r25, 100)], "failed WRONG_REVISION"],
      ["a stranger with nothing", "S5", promoteV2, [latest(r25, 0), prev(r23, 100)], traffic],
      ["rollback with 1 % on green", "S6", toV1, [latest(r24, 1), prev(r23, 99)], traffic],
      [
        "rollback, latest entries in steps",
        "S6",
        toV1,
        [latest(r24, 0), latest(r23, 0), prev(r23, 100)],
        "done",
      ],
      ["rollback without a prev entry", "S6", toV1, [latest(r23, 100)], traffic],
      ["rollback to a stranger", "S6", toV1, [latest(r24, 0), prev(r25, 100)], "failed WRONG_REVISION"],
      ["stage with 20 % on green", "S3", stageV2, [latest(r24, 20), prev(r23, 80)], traffic],
      [
        "stage, a split beside one with nothing",
        "S3",
        stageV2,
        [latest(r24, 20), prev(r23, 80), latest(r25, 0)],
        traffic,
      ],
      [
        "rollback, a split beside one with nothing",
        "S6",
        toV1,
        [latest(r24, 20), prev(r23, 80), latest(r25, 0)],
        traffic,
      ],
      ["stage without a prev entry", "S3", stageV2, [latest(r23, 100)], traffic],
      ["first stage, still split", "S19", firstStage, [latest(r23, 50), prev(r24, 50)], traffic],
      ["first stage, no prev entry yet", "S19", firstStage, [latest(r23, 100)], "done"],
    ];
    for (const [title, name, expected, entries, decision] of cases) {
      it(`${title}: ${decision}`, () => {
        assert.equal(brief(decideRollout(expected, worldIn(name, { traffic: entries }))), decision);
      });
    }

    it("calls nobody a stranger who does not know the other colour, or before the route is in force", () => {
      const stranger = { traffic: [latest(r25, 100)] };
      const blind = { ...promoteV2, standby: undefined };
      assert.equal(brief(decideRollout(blind, worldIn("S5", stranger))), traffic);
      const unknown = worldIn("S5", { ...stranger, ...routeIs("S5", { status: "Unknown" }) });
      assert.equal(brief(decideRollout(promoteV2, unknown)), traffic);
    });

    it("is not done for pins without a name", () => {
      const unnamed = { active: undefined, standby: undefined };
      assert.equal(brief(decideRollout({ ...promoteV2, ...unnamed }, worldIn("S5"))), traffic);
      assert.equal(brief(decideRollout({ ...toV1, ...unnamed }, worldIn("S6"))), traffic);
    });

    it("a rollback does not take the version on its way for a stranger, should it be let in for a moment", () => {
      const before = worldIn("S10");
      const moment = worldIn("S11", { specPercent: 0 });

      const expected = pin({ action: "rollback", sets: [] }, before);

      assert.equal(brief(decideRollout(expected, moment)), traffic);
    });
  });

  describe("the route", () => {
    const cases: readonly (readonly [string, Expectation, Condition["status"], string])[] = [
      ["S3", stageV2, "Unknown", route],
      ["S3", stageV2, "False", route],
      ["S5", promoteV2, "Unknown", route],
      ["S5", promoteV2, "False", route],
      ["S6", toV1, "Unknown", route],
      ["S6", toV1, "False", "waiting route ROLLBACK_BLOCKED"],
    ];
    for (const [name, expected, status, decision] of cases) {
      it(`${expected.action}, ${status}: ${decision}`, () => {
        assert.equal(brief(decideRollout(expected, worldIn(name, routeIs(name, { status })))), decision);
      });
    }

    it("tells why, as far as Knative does", () => {
      const bare = decideRollout(toV1, worldIn("S6", routeIs("S6", { status: "Unknown" })));
      const full = decideRollout(
        toV1,
        worldIn("S6", routeIs("S6", { status: "False", reason: "A", message: "b" })),
      );
      const half = decideRollout(
        toV1,
        worldIn("S6", routeIs("S6", { status: "False", reason: "A", message: "" })),
      );

      assert.equal(bare.kind === "waiting" && bare.detail, "the route is not in force yet");
      assert.equal(full.kind === "waiting" && full.detail, "the route is not in force yet (A: b)");
      assert.equal(half.kind === "waiting" && half.detail, "the route is not in force yet (A)");
    });

    it("that is missing is not in force", () => {
      assert.equal(brief(decideRollout(toV1, worldIn("S6", { conditions: {} }))), route);
    });
  });

  it("is told by what was seen and what was wanted", () => {
    const spec = { sourceUri: "oci://registry:5000/user1-test/jukebox:v7" };
    const broken = { PredictorReady: { status: "False", reason: "A", message: "b" } } as const;
    const green = { name: r24, images: [] };
    const split = [
      { revision: r24, percent: 20, latest: true },
      { revision: r23, percent: 80, latest: false, tag: "prev" },
    ];
    const strangers = [{ revision: r25, percent: 100, latest: true }];
    const without: World = { revisions: [], pods: [] };
    const uid = { ...worldIn("S5"), service: { ...worldIn("S5").service, uid: "2" } };
    const told: readonly (readonly [expected: Expectation, world: World, detail: string])[] = [
      [firstStage, without, "the InferenceService does not exist yet"],
      [promoteV2, without, "the API answers that it does not exist"],
      [{ ...promoteV2, uid: "1" }, uid, "it was made anew: its uid is 2, before 1"],
      [stageV2, worldIn("S3", { mode: "Standard" }), "deployment mode Standard"],
      [
        stageV2,
        worldIn("S3", { specPercent: undefined }),
        "spec.predictor.canaryTrafficPercent is absent, wanted 0",
      ],
      [stageV2, worldIn("S3", spec), `the spec's model is ${spec.sourceUri}, wanted version v2`],
      [{ ...stageV2, known: [r23, r24] }, worldIn("S3"), "green's revision is not created yet"],
      [stageV2, { ...worldIn("S3"), revisions: [] }, `${r24} is not listed by the API yet`],
      [
        stageV2,
        { ...worldIn("S3"), revisions: [green] },
        `${r24} runs a source that it does not tell, wanted version v2`,
      ],
      [
        stageV2,
        { ...worldIn("S3"), revisions: [revision(r24, "v7")] },
        `${r24} runs ${spec.sourceUri}, wanted version v2`,
      ],
      [stageV2, worldIn("S2", { conditions: broken }), `${r24} is not ready (A: b)`],
      [stageV2, worldIn("S3", { traffic: split }), `traffic is ${r24} 20 %, ${r23} 80 %`],
      [promoteV2, worldIn("S5", { traffic: strangers }), `${r25} has 100 %, meant was ${r24}`],
      [promoteV2, { ...worldIn("S5"), pods: [] }, `${r24} has no ready pod yet`],
    ];
    for (const [expected, world, detail] of told) {
      const decision = decideRollout(expected, world);
      assert.equal(decision.kind === "done" ? "done" : decision.detail, detail);
    }
  });

  describe("Ready", () => {
    const notReady = { ...serviceIn("S3").conditions, Ready: { status: "False", reason: "X" } } as const;

    it("is asked of a promote only: a broken green makes it False while blue serves well", () => {
      assert.equal(brief(decideRollout(promoteV2, worldIn("S5", { conditions: notReady }))), ready);
      assert.equal(brief(decideRollout(toV1, worldIn("S6", { conditions: notReady }))), "done");
      assert.equal(brief(decideRollout(stageV2, worldIn("S3", { conditions: notReady }))), "done");
    });
  });
});

function routeIs(name: string, condition: Condition): Pick<ServiceReading, "conditions"> {
  return { conditions: { ...serviceIn(name).conditions, PredictorRouteReady: condition } };
}

function with5(type: string, condition: Condition): World {
  const { service } = falseReadings.T5;
  const conditions = { ...service.conditions, [type]: condition };
  return { ...falseReadings.T5, service: { ...service, conditions } };
}

function pinned(action: Action, service: ServiceReading): Expectation {
  const version = action === "stage" ? "v3" : undefined;
  return pin({ action, version, sets: [] }, worldOf(service, []));
}

function settled(action: Action, { service }: { readonly service: ServiceReading }): Expectation {
  const version = action === "stage" ? "v2" : undefined;
  return pinSettled({ action, version, sets: [] }, service);
}

function promotedAfterT5(): World {
  const { service } = falseReadings.T5;
  const all = [{ revision: r25, percent: 100, latest: true }];
  return worldOf({ ...service, specPercent: 100, latestRolledout: r25, traffic: all }, [r25]);
}
