import assert from "node:assert/strict";
import type { Action } from "../../src/core/intent.ts";
import { type ConfigValues, preflight } from "../../src/core/preflight.ts";
import type { World } from "../../src/core/world.ts";
import type { ReasonId } from "../../src/errors/catalogue.ts";
import { type Deployed, falseReadings, r23, r24, r25, revision, stateNames, worldIn } from "./states.ts";

/** The reasons that speak against an action, with Git holding what the cluster runs unless said otherwise. */
function reasonsOf(action: Action, world: Deployed, config: ConfigValues = {}, version = "v9"): ReasonId[] {
  const { sourceUri, specPercent } = world.service;
  return preflight({
    intent: { action, version: action === "stage" ? version : undefined, sets: [] },
    config: { version: sourceUri?.split(":").at(-1), percent: specPercent, ...config },
    world,
  }).map((finding) => finding.reason);
}

type Reasons = readonly ReasonId[];
const table: Readonly<Record<string, { promote: Reasons; rollback: Reasons; same: Reasons }>> = {
  S0: {
    promote: ["GREEN_NOT_READY", "NOTHING_STAGED"],
    rollback: ["NO_PREVIOUS_REVISION"],
    same: ["STAGE_IS_ROLLBACK"],
  },
  S1: { promote: ["NOTHING_STAGED"], rollback: ["NO_PREVIOUS_REVISION"], same: ["STAGE_IS_ROLLBACK"] },
  S2: { promote: ["GREEN_NOT_READY", "NOTHING_STAGED"], rollback: [], same: [] },
  S3: { promote: [], rollback: [], same: [] },
  S4: { promote: [], rollback: [], same: ["STAGE_IS_ROLLBACK"] },
  S5: { promote: ["NOTHING_STAGED"], rollback: [], same: ["STAGE_IS_ROLLBACK"] },
  S6: { promote: [], rollback: [], same: [] },
  S7: { promote: ["NOTHING_STAGED"], rollback: [], same: ["STAGE_IS_ROLLBACK"] },
  S8: { promote: ["GREEN_NOT_READY"], rollback: [], same: [] },
  S9: { promote: [], rollback: [], same: [] },
  S10: { promote: ["GREEN_NOT_READY", "NOTHING_STAGED"], rollback: [], same: ["STAGE_IS_ROLLBACK"] },
  S11: { promote: ["NOTHING_STAGED"], rollback: [], same: ["STAGE_IS_ROLLBACK"] },
  S12: { promote: ["GREEN_NOT_READY", "NOTHING_STAGED"], rollback: [], same: [] },
  S13: { promote: [], rollback: [], same: [] },
  S14: { promote: ["GREEN_NOT_READY", "NOTHING_STAGED"], rollback: [], same: [] },
  S15: { promote: ["NOTHING_STAGED"], rollback: [], same: ["STAGE_IS_ROLLBACK"] },
  S16: { promote: ["NOTHING_STAGED"], rollback: [], same: ["STAGE_IS_ROLLBACK"] },
  S17: { promote: ["NOTHING_STAGED"], rollback: [], same: ["STAGE_IS_ROLLBACK"] },
  S18: { promote: ["GREEN_NOT_READY", "NOTHING_STAGED"], rollback: ["NO_PREVIOUS_REVISION"], same: [] },
  S19: { promote: ["NOTHING_STAGED"], rollback: ["NO_PREVIOUS_REVISION"], same: [] },
  S21: { promote: ["GREEN_NOT_READY", "NOTHING_STAGED"], rollback: [], same: [] },
  S22: { promote: [], rollback: [], same: [] },
  S23: { promote: ["NOTHING_STAGED"], rollback: [], same: ["STAGE_IS_ROLLBACK"] },
};

describe("pre-flight in every state", () => {
  it("knows every state", () => assert.deepEqual(Object.keys(table), stateNames));

  it("allows promote exactly where a green stands ready beside another blue", () => {
    const allowed = stateNames.filter((name) => reasonsOf("promote", worldIn(name)).length === 0);
    assert.deepEqual(allowed, ["S3", "S4", "S6", "S9", "S13", "S22"]);
  });

  for (const [name, expected] of Object.entries(table)) {
    const world = worldIn(name);

    it(`${name}: promote ${said(expected.promote)}`, () => {
      assert.deepEqual(reasonsOf("promote", world), expected.promote);
    });

    it(`${name}: rollback ${said(expected.rollback)}`, () => {
      assert.deepEqual(reasonsOf("rollback", world), expected.rollback);
    });

    it(`${name}: rollback without the Revisions is refused`, () => {
      const gone = { ...world, revisions: [] };
      const reasons = expected.rollback.length === 0 ? ["PREVIOUS_REVISION_GONE"] : expected.rollback;
      assert.deepEqual(reasonsOf("rollback", gone), reasons);
    });

    it(`${name}: stage of a new version allowed, of the same ${said(expected.same)}`, () => {
      assert.deepEqual(reasonsOf("stage", world), []);
      assert.deepEqual(
        reasonsOf("stage", world, {}, world.service.sourceUri?.split(":").at(-1)),
        expected.same,
      );
    });
  }
});

describe("pre-flight", () => {
  it("lets only a stage go before the first deployment", () => {
    const world: World = { revisions: [], pods: [] };
    const reasons = (action: Action) =>
      preflight({ intent: { action, sets: [] }, config: {}, world }).map((finding) => finding.reason);

    assert.deepEqual(reasons("stage"), []);
    assert.deepEqual(reasons("promote"), ["SERVICE_MISSING"]);
    assert.deepEqual(reasons("rollback"), ["SERVICE_MISSING"]);
  });

  describe("deployment mode", () => {
    const good = { stage: "S5", promote: "S3", rollback: "S5" } as const satisfies Record<Action, string>;
    for (const [action, name] of Object.entries(good) as [Action, string][]) {
      for (const mode of ["Standard", "ModelMesh"] as const) {
        it(`${action} is refused in ${mode}`, () => {
          assert.deepEqual(reasonsOf(action, worldIn(name, { mode })), ["RAW_MODE"]);
        });
      }
      it(`${action} is allowed where the mode is unknown`, () => {
        assert.deepEqual(reasonsOf(action, worldIn(name, { mode: "unknown" })), []);
      });
    }
  });

  describe("while something else is on its way, stage cannot name who is live", () => {
    const settling: readonly (readonly [string, Deployed, Reasons])[] = [
      ["T1", falseReadings.T1, ["SPLIT_NOT_SETTLED"]],
      ["T2", falseReadings.T2, ["SPLIT_NOT_SETTLED"]],
      ["T2 of a promote", worldIn("S3", { specPercent: 100 }), ["SPLIT_NOT_SETTLED"]],
      ["T2 of 0 after 20", worldIn("S4", { specPercent: 0 }), ["SPLIT_NOT_SETTLED"]],
      ["T2 of the removed key", worldIn("S6", { specPercent: undefined }), ["SPLIT_NOT_SETTLED"]],
      ["T4", falseReadings.T4, ["SPLIT_NOT_SETTLED"]],
      ["T5 on its way", worldIn("S13", { latestRolledout: r23 }), ["SPLIT_NOT_SETTLED"]],
      ["T3 stands still: blue is live", falseReadings.T3, []],
      ["T5 stands still: its repair is a stage", falseReadings.T5, []],
    ];
    for (const [title, world, reasons] of settling) {
      it(`${title}: ${said(reasons)}`, () => assert.deepEqual(reasonsOf("stage", world), reasons));
    }
  });

  describe("promote", () => {
    const cases: readonly (readonly [string, Deployed, Reasons])[] = [
      ["T1: the rollback is not through", falseReadings.T1, ["NOTHING_STAGED"]],
      ["T3", falseReadings.T3, ["GREEN_NOT_READY", "NOTHING_STAGED"]],
      ["T3b", falseReadings.T3b, ["GREEN_NOT_READY", "NOTHING_STAGED"]],
      ["T5: green stands ready beside the wrong blue", falseReadings.T5, []],
      ["a split without its prev entry", worldIn("S3", { traffic: [] }), ["NOTHING_STAGED"]],
      ["nothing created", worldIn("S0", { latestCreated: undefined }), ["GREEN_NOT_READY", "NOTHING_STAGED"]],
    ];
    for (const [title, world, reasons] of cases) {
      it(`${title}: ${said(reasons)}`, () => assert.deepEqual(reasonsOf("promote", world), reasons));
    }
  });

  describe("the version in Git is the one that stands ready", () => {
    const other = { version: "v9" };
    it("else it is on its way, and neither promote nor rollback may let it in", () => {
      assert.deepEqual(reasonsOf("promote", worldIn("S3"), other), ["STAGED_VERSION_DIFFERS"]);
      assert.deepEqual(reasonsOf("rollback", worldIn("S5"), other), ["STAGED_VERSION_DIFFERS"]);
    });

    it("by its source's path as well as by a tag", () => {
      const world = { ...worldIn("S3"), revisions: [{ name: r24, sourceUri: "s3://models/v2", images: [] }] };
      assert.deepEqual(reasonsOf("promote", world, { version: "v2" }), []);
      assert.deepEqual(reasonsOf("promote", world, other), ["STAGED_VERSION_DIFFERS"]);
    });

    it("by what a custom predictor's spec and its newest revision are made with", () => {
      const { service } = worldIn("S3");
      const world = {
        ...worldIn("S3"),
        service: { ...service, custom: { images: ["jukebox:v9"] } },
        revisions: [{ name: r24, images: ["jukebox:v2"] }],
      };
      assert.deepEqual(reasonsOf("promote", world, other), ["STAGED_VERSION_DIFFERS"]);
      assert.deepEqual(reasonsOf("promote", world, { version: undefined }), ["STAGED_VERSION_DIFFERS"]);
      const taken = { ...world, revisions: [{ name: r24, images: ["jukebox:v9"] }] };
      assert.deepEqual(reasonsOf("promote", taken, other), []);
    });

    it("by an image of a version that Git held before", () => {
      const revisions = ["v1", "v2"].map((tag, index) => ({
        name: [r23, r24][index] ?? "",
        images: [`jukebox:${tag}`],
      }));
      const world = { ...worldIn("S3"), revisions };
      const found = (version: string | undefined, ...earlier: readonly string[]) =>
        preflight({
          intent: { action: "promote", sets: [] },
          config: { version },
          world,
          earlier: new Set(earlier),
        }).map(({ detail }) => detail);
      assert.deepEqual(found("v9", "v2", "v9"), [`the file holds version v9, ${r24} runs jukebox:v2`]);
      assert.deepEqual(found("v9", "v9"), []);
      assert.deepEqual(found("v2", "v1", "v2"), []);
      assert.deepEqual(found(undefined, "v2"), []);
    });

    it("is not asked where nobody tells", () => {
      const untold = { ...worldIn("S3"), revisions: [{ name: r24, images: [] }] };
      const unlisted = { ...worldIn("S3"), revisions: [revision(r23, "v1")] };

      assert.deepEqual(reasonsOf("promote", untold, other), []);
      assert.deepEqual(reasonsOf("promote", unlisted, other), []);
      assert.deepEqual(reasonsOf("promote", worldIn("S3"), { version: undefined }), []);
    });
  });

  describe("stage of the version that Git holds", () => {
    it("is a rollback unless percent 0 stands there already", () => {
      for (const percent of [100, 20, "100", "", undefined]) {
        const reasons = reasonsOf("stage", worldIn("S3"), { percent }, "v2");
        assert.deepEqual(reasons, ["STAGE_IS_ROLLBACK"], String(percent));
      }
      for (const percent of [0, "0"]) {
        assert.deepEqual(reasonsOf("stage", worldIn("S3"), { percent }, "v2"), []);
      }
    });
  });

  it("undoes a promote only where the step back is the revision that served before it", () => {
    const undoing = (undone: string, world: World) =>
      preflight({ intent: { action: "rollback", sets: [] }, config: {}, world, undone });

    for (const name of ["S3", "S5"]) assert.deepEqual(undoing(r23, worldIn(name)), []);
    assert.deepEqual(undoing(r24, worldIn("S11")), []);
    assert.deepEqual(undoing(r23, worldIn("S11")), [
      {
        reason: "NO_PREVIOUS_REVISION",
        detail: `percent 0 goes back to ${r24}; before the promote that is to be undone ${r23} served: ${r25} was made since`,
      },
    ]);
    assert.deepEqual(
      undoing(r23, worldIn("S1")).map(({ detail }) => detail),
      [`${r23} is the only one rolled out`],
    );
  });

  it("tells what it saw", () => {
    const details = (action: Action, world: Deployed) =>
      preflight({ intent: { action, sets: [] }, config: { version: "v9" }, world }).map(
        (each) => each.detail,
      );

    assert.deepEqual(details("rollback", { ...worldIn("S5"), revisions: [revision(r25, "v9")] }), [
      `${r23} is not among the revisions (${r25})`,
    ]);
    assert.deepEqual(details("rollback", { ...worldIn("S5"), revisions: [] }), [
      `${r23} is not among the revisions (none)`,
    ]);
    assert.deepEqual(details("rollback", worldIn("S0")), [
      "no revision is the only one rolled out",
      `the file holds version v9, ${r23} runs oci://registry:5000/user1-test/jukebox:v1`,
    ]);
    assert.deepEqual(details("promote", worldIn("S0", { latestCreated: undefined })), [
      "newest revision none, newest ready none",
      "no traffic entry, percent unset",
    ]);
    const { sourceUri: _, ...custom } = falseReadings.T1.service;
    assert.deepEqual(details("promote", { ...falseReadings.T1, service: custom, revisions: [] }), [
      `no other revision than ${r24} is live or staged`,
    ]);
    assert.deepEqual(
      details("promote", worldIn("S6", { mode: "Standard", sourceUri: undefined })).slice(0, 1),
      ["its deployment mode is Standard"],
    );
    assert.deepEqual(details("stage", falseReadings.T2), [
      `percent is 0, traffic ${r24} 100 %, last rolled out ${r24}`,
    ]);
    const gone = { ...worldIn("S5"), revisions: [revision(r24, "v9"), revision(r25, "v9")] };
    assert.equal(details("rollback", gone)[0], `${r23} is not among the revisions (${r24}, ${r25})`);
  });

  it("tells what the file and the cluster hold", () => {
    const details = (action: Action, config: ConfigValues, world: World) =>
      preflight({ intent: { action, version: config.version, sets: [] }, config, world }).map(
        (each) => each.detail,
      );
    const nothing: World = { revisions: [], pods: [] };
    assert.deepEqual(details("promote", {}, nothing), ["promote needs an InferenceService that is deployed"]);
    for (const [percent, shown] of [
      ["100", "100"],
      [undefined, "unset"],
    ] as const) {
      assert.deepEqual(details("stage", { version: "v2", percent }, worldIn("S5")), [
        `the file holds version v2 at percent ${shown}`,
      ]);
    }
  });
});

function said(reasons: Reasons): string {
  return reasons.length === 0 ? "allowed" : `refused (${reasons.join(", ")})`;
}
