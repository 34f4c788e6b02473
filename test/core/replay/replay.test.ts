import assert from "node:assert/strict";
import { type Expectation, pin, pinSettled } from "../../../src/core/expectation.ts";
import { type Action, actions, type Intent } from "../../../src/core/intent.ts";
import { preflight } from "../../../src/core/preflight.ts";
import { decideRollout, type RolloutDecision } from "../../../src/core/rollout.ts";
import { type ExpectedRun, expectedChanges } from "./expected.ts";
import { liveNumber, type Objection, objections } from "./oracle.ts";
import { type Change, type Frame, loadRecording, revisionName } from "./recording.ts";

interface Replayed {
  readonly file: string;
  readonly change: Change;
  readonly expected: ExpectedRun;
}

/** Every change that looks like a run, with what is expected of it. */
const replayed: Replayed[] = Object.entries(expectedChanges).flatMap(([file, expected]) =>
  [...loadRecording(file).values()].flatMap((changes) =>
    changes.flatMap((change, index) => {
      const run = expected[index];
      return run === undefined || run === "other" ? [] : [{ file, change, expected: run }];
    }),
  ),
);

describe("replay of recorded changes", () => {
  describe("the recordings are what is expected of them", () => {
    for (const [file, expected] of Object.entries(expectedChanges)) {
      it(file, () => {
        for (const changes of loadRecording(file).values()) {
          const actual = changes.map((change) => change.action ?? "other");
          assert.deepEqual(
            actual,
            expected.map((each) => (each === "other" ? each : each.action)),
          );
          for (const change of changes) assertInOrder(change);
        }
      });
    }

    it("replays enough of each action", () => {
      const counts = Object.fromEntries(actions.map((action) => [action, countOf(action)]));
      assert.deepEqual(counts, { stage: 130, promote: 138, rollback: 18 });
    });
  });

  for (const { file, change, expected } of replayed) {
    it(`${file}, ${change.label}: ${expected.end}`, () => {
      const pins = pinned(change);

      assert.equal(pins.active, nameOf(expected.wanted), "pinned");
      assert.deepEqual(refusals(change), expected.refused, "pre-flight");
      assertNeverFalselyDone(change, expected, pins);
      assert.deepEqual(
        change.rows.map((row) => brief(decide(pins, row.frame))),
        expected.rows,
        "at the rows",
      );
      assert.equal(brief(decide(pins, change.frames.at(-1))), expected.end, "at the end");
    });
  }

  describe("a run that finds its value in Git", () => {
    for (const { file, change, expected } of replayed.filter((each) => each.expected.end === "done")) {
      it(`${file}, ${change.label}: agrees with the run that made the change, at its end`, () => {
        const { world } = change.frames.at(-1) ?? change.before;
        assert.ok(world.service);

        const decision = decideRollout(pinSettled(intentOf(change), world.service), world);

        assert.equal(decision.kind, "done");
        const active = expected.wanted ?? change.frames.at(-1)?.columns?.c ?? undefined;
        assert.equal(decision.kind === "done" && decision.active, nameOf(active));
      });
    }

    it("is never done against the oracle, at whatever moment it looks", () => {
      // What is wrong for good (T5), or let in by a premature promote (T3b), it cannot know: no name was pinned.
      const knowable = replayed.filter(({ expected }) => !expected.end.startsWith("failed WRONG"));
      for (const { file, change, expected } of knowable) {
        for (const frame of change.frames.filter((each) => looksUnchanged(change, each))) {
          const found = [...objections(change, frame, expected.wanted)];
          assert.deepEqual(found, [], `${file}, ${change.label}, +${frame.t - change.before.t}`);
        }
      }
    });
  });

  describe("the oracle bites", () => {
    const withReady: Readonly<Record<Objection, number>> = {
      "T1 prev is not blue": 9,
      "T2 old numbers": 250,
      "T3 green is not ready": 0,
      "T3b another revision is let in": 1,
      "T5 wrong blue": 8,
      "T6 no ready pod": 1,
      "no new revision": 100,
      "data plane elsewhere": 70,
    };
    for (const [objection, atLeast] of Object.entries(withReady)) {
      it(`${objection}: with READY True in at least ${atLeast} changes`, () => {
        const bitten = replayed.filter(({ change, expected }) =>
          change.frames.some(
            (frame) =>
              (atLeast === 0 || frame.columns?.READY === "True") &&
              objections(change, frame, expected.wanted).has(objection as Objection),
          ),
        );
        assert.ok(bitten.length >= Math.max(1, atLeast), `only in ${bitten.length}`);
      });
    }
  });

  it("a deployment mode that ignores the percent is told at every moment", () => {
    const changes = loadRecording("p").get("") ?? [];
    const frames = changes
      .flatMap((change) => change.frames)
      .filter((frame) => frame.world.service !== undefined);
    assert.equal(changes.length, 3);
    assert.ok(frames.length >= 15);

    for (const frame of frames) {
      for (const action of actions) {
        const intent: Intent = { action, version: action === "stage" ? "v2" : undefined, sets: [] };
        const decision = decideRollout(pin(intent, frame.world), frame.world);
        assert.equal(brief(decision), "failed MODE_CHANGED");
        const found = preflight({ intent, config: { version: "v1", percent: 10 }, world: frame.world });
        assert.ok(found.some((finding) => finding.reason === "RAW_MODE"));
      }
    }
  });
});

/** Whether a run that starts at this moment and finds its value in Git would call it done. */
function looksUnchanged(change: Change, { world }: Frame): boolean {
  if (world.service === undefined) return false;
  return decideRollout(pinSettled(intentOf(change), world.service), world).kind === "done";
}

/** Never done against the oracle; and, once done, the data plane never leaves before the next change. */
function assertNeverFalselyDone(change: Change, expected: ExpectedRun, pins: Expectation): void {
  let seenDone = false;
  for (const frame of change.frames) {
    const decision = decide(pins, frame);
    const at = `+${(frame.t - change.before.t).toFixed(3)} s`;
    if (decision.kind === "failed") assert.match(expected.end, /^failed/, `${at} ${decision.reason}`);
    if (decision.kind === "done") {
      assert.deepEqual([...objections(change, frame, expected.wanted)], [], at);
      assert.equal(decision.active, nameOf(expected.wanted ?? frame.columns?.c ?? undefined), at);
      seenDone = true;
    }
    if (seenDone && frame.dataPlane !== undefined) {
      assert.ok(!objectsToDataPlane(change, frame, expected), `${at} the data plane has left`);
    }
  }
  if (expected.rows.includes("done") || expected.end === "done") assert.ok(seenDone, "done at some time");
  else assert.ok(!seenDone, "never done");
}

function objectsToDataPlane(change: Change, frame: Frame, { wanted }: ExpectedRun): boolean {
  return objections(change, frame, wanted).has("data plane elsewhere");
}

function assertInOrder(change: Change): void {
  const times = change.frames.map((frame) => frame.t);
  assert.deepEqual(
    times,
    times.toSorted((one, other) => one - other),
    change.label,
  );
  assert.ok(change.frames.length > 0, change.label);
}

function countOf(action: Action): number {
  return replayed.filter((each) => each.change.action === action).length;
}

function intentOf({ action, apply }: Change): Intent {
  assert.ok(action);
  return { action, version: action === "stage" ? apply.version : undefined, sets: [] };
}

function pinned(change: Change): Expectation {
  const pins = pin(intentOf(change), change.before.world);
  const live = liveNumber(change.before.columns);
  // What the recorder calls live is what a stage must leave live.
  if (change.action === "stage") assert.equal(pins.active, nameOf(live));
  return pins;
}

function refusals(change: Change): readonly string[] {
  const config = { version: change.versionBefore, percent: change.before.columns?.specPercent ?? undefined };
  return preflight({ intent: intentOf(change), config, world: change.before.world }).map(
    (each) => each.reason,
  );
}

function decide(pins: Expectation, frame: Frame | undefined): RolloutDecision {
  assert.ok(frame);
  return decideRollout(pins, frame.world);
}

function brief(decision: RolloutDecision): string {
  if (decision.kind === "done") return "done";
  if (decision.kind === "failed") return `failed ${decision.reason}`;
  return `waiting ${decision.link} ${decision.ifLate}`;
}

function nameOf(number: string | undefined): string | undefined {
  return number === undefined ? undefined : revisionName(number);
}
