import assert from "node:assert/strict";
import { misleadingReadings } from "../../../src/core/status/readings.ts";
import { falseReadings, r23, r24, serviceIn, stateNames, worldIn, worldOf } from "../states.ts";

function idsOf(world: Parameters<typeof misleadingReadings>[0]): readonly string[] {
  return misleadingReadings(world).map(({ id }) => id);
}

describe("misleading readings", () => {
  describe("are seen in one look", () => {
    const expected = {
      T1: ["T1"],
      T2: ["T2"],
      T3: ["T3"],
      T3b: ["T3"],
      T4: ["T4"],
      // Which revision was live before the stage does not stand in the status.
      T5: [],
    } as const satisfies Record<keyof typeof falseReadings, readonly string[]>;
    for (const [name, ids] of Object.entries(expected)) {
      it(`${name}: ${ids.join(", ") || "not told by the cluster alone"}`, () => {
        assert.deepEqual(idsOf(falseReadings[name as keyof typeof falseReadings]), ids);
      });
    }

    it("T6: the right revision has the traffic, and no pod", () => {
      const { service } = worldIn("S6");
      assert.deepEqual(idsOf(worldOf(service, [r24])), ["T6"]);
      const [cold] = misleadingReadings(worldOf(service, [r24]));
      assert.match(cold?.detail ?? "", new RegExp(`^${r23} has the traffic and no ready pod`));
    });

    it("T6: a pod that is going, or not ready, does not count", () => {
      const world = worldIn("S1");
      for (const change of [{ terminating: true }, { ready: false }]) {
        assert.deepEqual(idsOf({ ...world, pods: world.pods.map((pod) => ({ ...pod, ...change })) }), ["T6"]);
      }
    });
  });

  describe("are none of the states in which the cluster rests", () => {
    // A version that goes live by itself as soon as it is ready (T3) is the truth of S10.
    const restless: Readonly<Record<string, readonly string[]>> = { S10: ["T3"] };
    for (const name of stateNames) {
      it(name, () => assert.deepEqual(idsOf(worldIn(name)), restless[name] ?? []));
    }
  });

  it("T2 also where percent 100 is set and the traffic is still split", () => {
    const world = worldOf(serviceIn("S3", { specPercent: 100 }), [r23, r24]);
    assert.deepEqual(idsOf(world), ["T2"]);
  });

  it("T2, not T4, where percent 100 is set and the route is not Ready: nothing is rolled back", () => {
    const conditions = falseReadings.T4.service.conditions;
    const world = worldOf(serviceIn("S3", { specPercent: 100, conditions }), [r23, r24]);
    assert.deepEqual(idsOf(world), ["T2"]);
  });

  it("T4 only until the traffic is as the percent says, whatever the route does then", () => {
    const conditions = falseReadings.T4.service.conditions;
    assert.deepEqual(idsOf(worldOf(serviceIn("S6", { conditions }), [r23, r24])), []);
  });

  it("T1 only while there is somewhere to step back to", () => {
    const { service } = falseReadings.T1;
    assert.deepEqual(idsOf(worldOf({ ...service, previousRolledout: r24 }, [r23, r24])), []);
    assert.deepEqual(idsOf(worldOf({ ...service, latestReady: r23 }, [r23, r24])), []);
  });

  it("say what is seen and what is true, in a line", () => {
    const detail = (world: Parameters<typeof misleadingReadings>[0]) => misleadingReadings(world)[0]?.detail;
    assert.equal(
      detail(falseReadings.T1),
      `it reads as rolled back, but prev names ${r24} itself: the traffic has not moved to ${r23} yet`,
    );
    assert.equal(
      detail(falseReadings.T2),
      `the spec says 0 percent, the traffic still is ${r24} 100 %: KServe has not taken it yet`,
    );
    assert.equal(
      detail(falseReadings.T3),
      `${r23} 100 % only until ${r24} is ready: then that one takes everything, unattended`,
    );
  });

  it("T6 of no revision that has no traffic", () => {
    const { service } = worldIn("S6");
    assert.deepEqual(idsOf(worldOf(service, [r23])), []);
  });

  it("T4 names the newest revision, if there is one", () => {
    const { service, ...rest } = falseReadings.T4;
    const [named] = misleadingReadings({ ...rest, service });
    assert.match(named?.detail ?? "", new RegExp(`as long as ${r24} is broken$`));
    const { latestCreated: _, ...nameless } = service;
    const [unnamed] = misleadingReadings({ ...rest, service: nameless });
    assert.match(unnamed?.detail ?? "", /as long as the newest revision is broken$/);
  });

  it("are none where there is no InferenceService", () => {
    assert.deepEqual(misleadingReadings({ revisions: [], pods: [] }), []);
  });
});
