import assert from "node:assert/strict";
import { revisionsIn } from "../../../src/core/status/revisions.ts";
import { falseReadings, r23, r24, r25, readyPod, revision, stateNames, worldIn, worldOf } from "../states.ts";

function rowsOf(...args: Parameters<typeof worldIn>): string {
  return rows(worldIn(...args));
}

function rows(world: Parameters<typeof revisionsIn>[0]): string {
  return revisionsIn(world)
    .map(({ name, role, percent }) => `${Number(name.slice(-5))} ${role} ${percent}`)
    .join(", ");
}

describe("the revisions that status shows", () => {
  const expected: Readonly<Record<string, string>> = {
    S0: "23 standby 0",
    S1: "23 serving 100",
    S2: "23 serving 100, 24 standby 0",
    S3: "23 serving 100, 24 standby 0",
    S4: "23 serving 80, 24 serving 20",
    S5: "24 serving 100, 23 standby 0",
    S6: "23 serving 100, 24 standby 0",
    S7: "24 serving 100, 23 standby 0",
    S8: "23 serving 100, 25 standby 0, 24 old 0",
    S9: "23 serving 100, 25 standby 0",
    S10: "24 serving 100, 25 standby 0",
    S11: "25 serving 100, 24 standby 0",
    S12: "24 serving 100, 25 standby 0",
    S13: "24 serving 100, 25 standby 0",
    S14: "24 serving 100, 25 standby 0",
    S15: "24 serving 100, 23 standby 0",
    S16: "24 serving 100, 23 standby 0",
    S17: "24 serving 100, 23 standby 0",
    S18: "23 standby 0",
    S19: "23 serving 100",
    S21: "23 serving 100, 24 standby 0",
    S22: "23 serving 100, 24 standby 0",
    S23: "24 serving 100, 23 standby 0",
  };
  it("knows every state", () => assert.deepEqual(Object.keys(expected), stateNames));
  for (const [name, text] of Object.entries(expected)) {
    it(`${name}: ${text}`, () => assert.equal(rowsOf(name), text));
  }

  it("name green, not blue, as serving while a rollback only reads done (T1)", () => {
    assert.equal(rows(falseReadings.T1), "24 serving 100, 23 standby 0");
  });

  it("are none where there is no InferenceService", () => {
    assert.deepEqual(revisionsIn({ revisions: [revision(r23, "v1")], pods: [readyPod(r23)] }), []);
  });

  it("leave out an entry that names nothing yet", () => {
    const world = worldIn("S1", { traffic: [{ revision: "", percent: 100, latest: true }] });
    assert.equal(rows(world), "23 standby 0");
  });

  it("older ones are shown as long as pods of them run, newest first", () => {
    const world = worldOf(worldIn("S11").service, [r25, r23]);
    const pods = [
      ...world.pods,
      readyPod("jukebox-predictor-00022"),
      { name: "x", ready: true, terminating: false },
    ];
    assert.equal(rows({ ...world, pods }), "25 serving 100, 24 standby 0, 23 old 0, 22 old 0");
  });

  it("tell model, readiness and pods", () => {
    const world = worldIn("S3");
    const revisions = [
      { ...revision(r23, "v1"), ready: { status: "True" as const } },
      { name: r24, images: [] },
    ];
    const terminating = readyPod(r24, { name: "old", terminating: true });
    const [blue, green] = revisionsIn({ ...world, revisions, pods: [readyPod(r23), terminating] });
    assert.deepEqual([blue?.version, blue?.ready, blue?.pods.length], ["v1", "True", 1]);
    assert.deepEqual([green?.version, green?.ready], [undefined, undefined]);
    assert.deepEqual(green?.pods, [{ name: "old", ready: true, terminating: true }]);
  });
});
