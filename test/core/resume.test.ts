import assert from "node:assert/strict";
import type { Trailers } from "../../src/core/commit/trailers.ts";
import type { Expectation } from "../../src/core/expectation.ts";
import type { Action, Intent } from "../../src/core/intent.ts";
import { isOwnCommit, pinsFromTrailers } from "../../src/core/resume.ts";
import { decideRollout } from "../../src/core/rollout.ts";
import { falseReadings, r23, r24, r25, worldIn } from "./states.ts";

const ref = { namespace: "user1-test", name: "jukebox" };

function intent(action: Action): Intent {
  return { action, version: action === "stage" ? "v2" : undefined, sets: [] };
}

function trailers(action: Action, changes: Trailers = {}): Trailers {
  return {
    "Bluegreen-Action": action,
    "Bluegreen-Run": "run-1",
    "Bluegreen-Service": "user1-test/jukebox",
    ...changes,
  };
}

function revisions(from: string | undefined, to?: string): Trailers {
  return { "Bluegreen-From-Revision": from, "Bluegreen-To-Revision": to };
}

describe("a run's own commit", () => {
  const cases: readonly (readonly [what: string, found: Trailers, own: boolean])[] = [
    ["all three agree", trailers("promote"), true],
    ["another run", trailers("promote", { "Bluegreen-Run": "run-2" }), false],
    ["another action", trailers("rollback"), false],
    ["another service", trailers("promote", { "Bluegreen-Service": "user1-prod/jukebox" }), false],
    ["no trailers", {}, false],
  ];
  for (const [what, found, own] of cases) {
    it(`${what}: ${own}`, () => assert.equal(isOwnCommit(found, "run-1", intent("promote"), ref), own));
  }
});

describe("pins from the trailers of an earlier run's commit", () => {
  type Case = readonly [
    what: string,
    action: Action,
    state: string,
    found: Trailers,
    pins: Pick<Expectation, "active" | "standby"> | undefined,
  ];
  const cases: readonly Case[] = [
    [
      "promote, done",
      "promote",
      "S5",
      trailers("promote", revisions(r23, r24)),
      { active: r24, standby: r23 },
    ],
    [
      "promote, not yet",
      "promote",
      "S3",
      trailers("promote", revisions(r23, r24)),
      { active: r24, standby: r23 },
    ],
    ["promote, a newer revision came", "promote", "S11", trailers("promote", revisions(r23, r24)), undefined],
    ["promote without a name", "promote", "S5", trailers("promote"), undefined],
    [
      "rollback, done",
      "rollback",
      "S6",
      trailers("rollback", revisions(r24, r23)),
      { active: r23, standby: r24 },
    ],
    [
      "rollback, not yet",
      "rollback",
      "S5",
      trailers("rollback", revisions(r24, r23)),
      { active: r23, standby: r24 },
    ],
    [
      "rollback to what KServe has forgotten",
      "rollback",
      "S11",
      trailers("rollback", revisions(r24, r23)),
      undefined,
    ],
    ["stage, done", "stage", "S3", trailers("stage", revisions(r23)), { active: r23 }],
    ["stage, green on its way", "stage", "S2", trailers("stage", revisions(r23)), { active: r23 }],
    ["stage on a promoted model", "stage", "S13", trailers("stage", revisions(r24)), { active: r24 }],
    ["stage, the live one has changed since", "stage", "S11", trailers("stage", revisions(r23)), undefined],
    ["stage, a first deployment", "stage", "S19", trailers("stage"), { active: undefined }],
    ["stage, no first deployment after all", "stage", "S3", trailers("stage"), undefined],
    [
      "stage, a first deployment that is not live yet",
      "stage",
      "S18",
      trailers("stage"),
      { active: undefined },
    ],
    [
      "rollback of what is staged: what was there when it was staged is no matter",
      "rollback",
      "S3",
      trailers("stage", { ...revisions(r23), "Bluegreen-After-Revision": r23 }),
      { active: r23 },
    ],
    [
      "rollback of what is staged: nothing to do",
      "rollback",
      "S3",
      trailers("stage", revisions(r23)),
      { active: r23 },
    ],
    [
      "rollback, by a promote's commit: what was live before need not be what is meant",
      "rollback",
      "S5",
      trailers("promote", revisions(r23, r24)),
      undefined,
    ],
    ["rollback after a first deployment", "rollback", "S19", trailers("stage"), undefined],
    [
      "promote after stage: says nothing of green",
      "promote",
      "S3",
      trailers("stage", revisions(r23)),
      undefined,
    ],
    ["stage after promote", "stage", "S5", trailers("promote", revisions(r23, r24)), undefined],
    ["stage after rollback", "stage", "S6", trailers("rollback", revisions(r24, r23)), undefined],
    ["no trailers", "promote", "S5", {}, undefined],
    [
      "another service's commit",
      "promote",
      "S5",
      trailers("promote", { ...revisions(r23, r24), "Bluegreen-Service": "user1-prod/jukebox" }),
      undefined,
    ],
  ];
  for (const [what, action, state, found, pins] of cases) {
    it(`${what} (${state}): ${pins === undefined ? "none" : (pins.active ?? "no name yet")}`, () => {
      const wanted = intent(action);

      const read = pinsFromTrailers(found, wanted, ref, worldIn(state));

      const rest = { action, percent: action === "promote" ? 100 : 0, version: wanted.version, known: [] };
      assert.deepEqual(read, pins && { ...rest, ...pins });
    });
  }

  it("of a stage name the revision that was the newest then: it waits for another", () => {
    const staged = trailers("stage", { ...revisions(r23), "Bluegreen-After-Revision": r24 });
    assert.deepEqual(pinsFromTrailers(staged, intent("stage"), ref, worldIn("S3"))?.known, [r24]);
  });

  it("of a restore name its revision, or the one that it must not be", () => {
    const restore: Intent = { action: "rollback", restore: true, version: "v2", sets: [] };
    const base = { action: "rollback", percent: 100, version: "v2", standby: r23, known: [r23] };
    const found = (to?: string) =>
      pinsFromTrailers(trailers("rollback", revisions(r23, to)), restore, ref, worldIn("S5"));
    assert.deepEqual(found(r24), { ...base, active: r24 });
    assert.deepEqual(found(), { ...base, active: undefined });
  });

  it("of a stage show the wrong blue (T5), to a stage and to a rollback, as long as the right one exists", () => {
    const { T5 } = falseReadings;
    const found = trailers("stage", revisions(r24));
    for (const action of ["stage", "rollback"] as const) {
      const wanted: Intent = { action, version: action === "stage" ? "v3" : undefined, sets: [] };
      const read = pinsFromTrailers(found, wanted, ref, T5);
      assert.equal(read?.active, r24);
      const decision = read && decideRollout(read, T5);
      assert.equal(decision?.kind === "failed" && decision.reason, "WRONG_BLUE", action);
      assert.equal(pinsFromTrailers(found, wanted, ref, { ...T5, revisions: [] }), undefined);
    }
  });

  it("trusts the trailer as far as KServe can still go back", () => {
    const world = worldIn("S13", { latestRolledout: r24, previousRolledout: r25 });
    const found = (to: string) => trailers("rollback", revisions(r23, to));
    assert.equal(pinsFromTrailers(found(r24), intent("rollback"), ref, world)?.active, r24);
    assert.equal(pinsFromTrailers(found(r25), intent("rollback"), ref, world)?.active, r25);
    assert.equal(pinsFromTrailers(found(r23), intent("rollback"), ref, world), undefined);
  });
});
