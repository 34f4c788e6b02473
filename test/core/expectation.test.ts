import assert from "node:assert/strict";
import { liveRevision, pin, pinSettled } from "../../src/core/expectation.ts";
import type { Action, Intent } from "../../src/core/intent.ts";
import type { World } from "../../src/core/world.ts";
import { falseReadings, r23, r24, r25, revision, serviceIn, stateNames, worldIn, worldOf } from "./states.ts";

function intent(action: Action): Intent {
  return { action, version: action === "stage" ? "v9" : undefined, sets: [] };
}

type Pins = readonly [active: string | undefined, standby: string | undefined];
const none = undefined;

describe("pinning before a commit", () => {
  const promote: Readonly<Record<string, Pins>> = {
    S3: [r24, r23],
    S4: [r24, r23],
    S6: [r24, r23],
    S9: [r25, r23],
    S13: [r25, r24],
    S22: [r24, r23],
  };
  for (const [name, [active, standby]] of Object.entries(promote)) {
    it(`promote in ${name}: green ${active} takes over from ${standby}`, () => {
      const expected = { action: "promote", percent: 100, version: none, known: [], active, standby };
      assert.deepEqual(pin(intent("promote"), worldIn(name)), expected);
    });
  }

  const rollback: Readonly<Record<string, Pins>> = {
    S4: [r23, r24],
    S5: [r23, r24],
    S7: [r23, r24],
    S10: [r24, r25],
    S11: [r24, r25],
    S15: [r23, r24],
    S16: [r23, r24],
    S17: [r23, r24],
    S23: [r23, r24],
  };
  for (const [name, [active, standby]] of Object.entries(rollback)) {
    it(`rollback in ${name}: back to ${active} from ${standby}`, () => {
      const expected = { action: "rollback", percent: 0, version: none, known: [], active, standby };
      assert.deepEqual(pin(intent("rollback"), worldIn(name)), expected);
    });
  }

  const stage: Readonly<Record<string, readonly [active: string | undefined, known: readonly string[]]>> = {
    S0: [none, [r23]],
    S1: [r23, [r23]],
    S2: [r23, [r23, r24]],
    S3: [r23, [r23, r24]],
    S4: [r23, [r23, r24]],
    S5: [r24, [r23, r24]],
    S6: [r23, [r23, r24]],
    S7: [r24, [r23, r24]],
    S8: [r23, [r23, r24, r25]],
    S9: [r23, [r23, r24, r25]],
    S10: [r24, [r23, r24, r25]],
    S11: [r25, [r23, r24, r25]],
    S12: [r24, [r23, r24, r25]],
    S13: [r24, [r23, r24, r25]],
    S14: [r24, [r23, r24, r25]],
    S15: [r24, [r23, r24]],
    S16: [r24, [r23, r24]],
    S17: [r24, [r23, r24]],
    S18: [none, [r23]],
    S19: [r23, [r23]],
    S21: [r23, [r23, r24]],
    S22: [r23, [r23, r24]],
    S23: [r24, [r23, r24]],
  };
  it("stage knows every state", () => assert.deepEqual(Object.keys(stage), stateNames));
  for (const [name, [active, known]] of Object.entries(stage)) {
    it(`stage in ${name}: ${active ?? "nobody"} stays live, green is none of ${known.length}`, () => {
      const expected = { action: "stage", percent: 0, version: "v9", known, active };
      assert.deepEqual(pin(intent("stage"), worldIn(name)), expected);
    });
  }

  it("stage counts every name that it hears as known, listed by the API or not", () => {
    const world = { ...worldIn("S12"), revisions: [revision("jukebox-predictor-00022", "v0")] };

    assert.deepEqual(pin(intent("stage"), world).known, ["jukebox-predictor-00022", r24, r25]);
  });

  it("stage takes what is staged already for green, where only Git has gone another way meanwhile", () => {
    const world = worldIn("S3");
    const { sourceUri } = world.service;
    const staged = { action: "stage", version: "v2", sets: [] } as const;
    assert.deepEqual(pin(staged, world).known, [r23]);

    const others: Readonly<Record<string, readonly [Intent, World]>> = {
      "it changes other values": [{ ...staged, sets: [{ path: "memory", value: "8Gi" }] }, world],
      "it is another version": [{ ...staged, version: "v9" }, world],
      "the spec holds another one": [
        staged,
        { ...world, service: serviceIn("S3", { sourceUri: "s3://models/v9" }) },
      ],
      "it is live": [staged, { ...worldIn("S5"), service: serviceIn("S5", { sourceUri }) }],
      "the spec does not tell": [staged, { ...world, service: serviceIn("S3", { sourceUri: undefined }) }],
    };
    for (const [what, [other, there]] of Object.entries(others))
      assert.deepEqual(pin(other, there).known, [r23, r24], what);
  });

  it("stage pins nothing before the first deployment, but knows the revisions that are left over", () => {
    const world = { revisions: [revision(r23, "v1")], pods: [] };

    const expected = { action: "stage", percent: 0, version: "v9", known: [r23] };
    assert.deepEqual(pin(intent("stage"), world), expected);
  });

  it("stage knows nothing of an InferenceService without status", () => {
    const service = serviceIn("S0", { latestCreated: undefined });

    assert.deepEqual(pin(intent("stage"), worldOf(service, [])).known, []);
  });
});

describe("pinning for a value that stands in Git already", () => {
  const pins: Readonly<Record<string, { promote: string; rollback: Pins; stage: string | undefined }>> = {
    S0: { promote: r23, rollback: [r23, none], stage: none },
    S1: { promote: r23, rollback: [r23, none], stage: none },
    S2: { promote: r24, rollback: [r23, r24], stage: r23 },
    S3: { promote: r24, rollback: [r23, r24], stage: r23 },
    S4: { promote: r24, rollback: [r23, r24], stage: r23 },
    S5: { promote: r24, rollback: [r23, r24], stage: r23 },
    S6: { promote: r24, rollback: [r23, r24], stage: r23 },
    S7: { promote: r24, rollback: [r23, r24], stage: r23 },
    S8: { promote: r25, rollback: [r23, r25], stage: r23 },
    S9: { promote: r25, rollback: [r23, r25], stage: r23 },
    S10: { promote: r25, rollback: [r24, r25], stage: r24 },
    S11: { promote: r25, rollback: [r24, r25], stage: r24 },
    S12: { promote: r25, rollback: [r24, r25], stage: r24 },
    S13: { promote: r25, rollback: [r24, r25], stage: r24 },
    S14: { promote: r25, rollback: [r24, r25], stage: r24 },
    S15: { promote: r24, rollback: [r23, r24], stage: r23 },
    S16: { promote: r24, rollback: [r23, r24], stage: r23 },
    S17: { promote: r24, rollback: [r23, r24], stage: r23 },
    S18: { promote: r23, rollback: [r23, none], stage: none },
    S19: { promote: r23, rollback: [r23, none], stage: none },
    S21: { promote: r24, rollback: [r23, r24], stage: r23 },
    S22: { promote: r24, rollback: [r23, r24], stage: r23 },
    S23: { promote: r24, rollback: [r23, r24], stage: r23 },
  };
  it("knows every state", () => assert.deepEqual(Object.keys(pins), stateNames));

  for (const [name, expected] of Object.entries(pins)) {
    it(`${name}: promote ${expected.promote}, rollback ${expected.rollback}, stage ${expected.stage}`, () => {
      const service = serviceIn(name);

      const promote = pinSettled(intent("promote"), service);
      assert.deepEqual([promote.active, promote.standby, promote.percent], [expected.promote, none, 100]);
      const rollback = pinSettled(intent("rollback"), service);
      assert.deepEqual([rollback.active, rollback.standby, rollback.percent], [...expected.rollback, 0]);
      const stage = pinSettled(intent("stage"), service);
      const { action, percent, version, active, standby, known } = stage;
      assert.deepEqual(
        [action, percent, version, active, standby, known],
        ["stage", 0, "v9", expected.stage, none, []],
      );
    });
  }

  it("names the same blue through the whole of a rollback (T2, T1)", () => {
    for (const world of [falseReadings.T2, falseReadings.T1]) {
      assert.equal(pinSettled(intent("rollback"), world.service).active, r23);
      assert.equal(pinSettled(intent("stage"), world.service).active, r23);
    }
  });
});

describe("pins to restore a version", () => {
  it("do not name its revision, but say which it is not, and that it is to have everything", () => {
    const restore = { action: "rollback", restore: true, version: "v1", sets: [] } as const;
    const { T4 } = falseReadings;
    assert.deepEqual(pin(restore, T4), {
      action: "rollback",
      percent: 100,
      version: "v1",
      active: undefined,
      standby: r24,
      known: [r23, r24],
    });
  });
});

describe("who serves now", () => {
  it("is the revision with all the traffic", () => assert.equal(liveRevision(serviceIn("S5")), r24));

  it("of a split, the one that percent 0 would leave live", () => {
    assert.equal(liveRevision(serviceIn("S4")), r23);
  });

  it("is green still while a rollback has only renamed things (T1)", () => {
    assert.equal(liveRevision(falseReadings.T1.service), r24);
  });

  it("is nobody before the first revision is ready", () => {
    assert.equal(liveRevision(serviceIn("S0")), undefined);
  });
});
