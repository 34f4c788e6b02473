import assert from "node:assert/strict";
import { coloursOf, describeHolding, heldAtEnd, holdingsOf } from "../../src/core/holdings.ts";
import type { PodReading } from "../../src/core/world.ts";
import { r23, r24, r25, readyPod, revision, serviceIn, worldIn, worldOf } from "./states.ts";

const requests = { cpu: 1.025, memory: 2 * 1024 ** 3, "nvidia.com/gpu": 1 };
const promoted = { active: r24, standby: r23 };

/** S5: 24 was promoted. */
function s5With(...pods: readonly PodReading[]) {
  return { ...worldOf(serviceIn("S5"), []), pods };
}

function lines(...pods: readonly PodReading[]): readonly string[] {
  return holdingsOf(s5With(...pods), promoted).map(describeHolding);
}

describe("what the colours hold", () => {
  it("is counted by revision, from pods that are ready, not ready and ending", () => {
    const [active, standby] = holdingsOf(
      s5With(
        readyPod(r24, { requests }),
        readyPod(r24, { requests: { cpu: 1 } }),
        readyPod(r24, { ready: false, requests: { "nvidia.com/gpu": 1 } }),
        readyPod(r23, { terminating: true, requests }),
        readyPod(r25, { requests }),
        { name: "stray", ready: true, terminating: false, requests },
      ),
      promoted,
    );
    assert.deepEqual(active, {
      role: "active",
      revision: r24,
      warmth: "warm",
      routed: true,
      replicas: { ready: 2, unready: 1, ending: 0 },
      requests: { cpu: 2.025, memory: 2 * 1024 ** 3, "nvidia.com/gpu": 2 },
    });
    assert.deepEqual(standby, {
      role: "standby",
      revision: r23,
      warmth: "cold",
      routed: false,
      replicas: { ready: 0, unready: 0, ending: 1 },
      requests,
    });
  });

  it("leaves out pods that have ended for good", () => {
    const [active] = holdingsOf(s5With(readyPod(r24, { finished: true, requests })), promoted);
    assert.deepEqual(active?.replicas, { ready: 0, unready: 0, ending: 0 });
    assert.deepEqual(active?.requests, {});
  });

  it("is told in one line a colour", () => {
    assert.deepEqual(lines(readyPod(r24, { requests }), readyPod(r23, { requests: { cpu: 0.5 } })), [
      `Active ${r24}: warm, replicas: 1 ready; holds cpu 1.025, memory 2Gi, nvidia.com/gpu 1`,
      `Standby ${r23}: warm, replicas: 1 ready; holds cpu 0.5; off the route, so it will scale to zero`,
    ]);
    assert.deepEqual(
      lines(readyPod(r24, { ready: false }), readyPod(r24, { terminating: true, requests: { cpu: 1 } })),
      [
        `Active ${r24}: cold, replicas: 1 not ready, 1 ending; holds cpu 1`,
        `Standby ${r23}: cold, no replica, holds nothing`,
      ],
    );
    assert.match(lines(readyPod(r24))[0] ?? "", /1 ready; holds no requested resources$/);
  });

  it("says of the active one off the route nothing of the kind: the route is still to come", () => {
    const [active] = holdingsOf(s5With(readyPod(r23)), { active: r23 });
    assert.equal(active?.routed, false);
    assert.ok(active && !describeHolding(active).includes("scale to zero"));
  });

  it("says of a standby on the route that it stays", () => {
    const world = worldIn("S6");
    const [, standby] = holdingsOf(world, { active: r23, standby: r24 });
    assert.equal(standby?.routed, true);
    assert.ok(standby && !describeHolding(standby).includes("scale to zero"));
  });

  it("says when the revision is gone, and what its last pod still holds", () => {
    const gone = {
      ...s5With(readyPod(r23, { terminating: true, requests })),
      revisions: [revision(r24, "v2")],
    };
    const [, standby] = holdingsOf(gone, promoted);
    assert.equal(standby?.warmth, "gone");
    assert.match(
      standby === undefined ? "" : describeHolding(standby),
      /: gone, its Revision no longer exists, replicas: 1 ending; holds cpu 1\.025/,
    );
  });

  it("speaks of no revision that is not named, and of a world without a service", () => {
    assert.deepEqual(holdingsOf(s5With(), {}), []);
    const [active] = holdingsOf({ revisions: [], pods: [] }, { active: r23 });
    assert.deepEqual([active?.warmth, active?.routed], ["gone", false]);
  });

  it("prints no control characters of a resource's name", () => {
    const [line] = lines(readyPod(r24, { requests: { "a\u001b[2J": 1 } }));
    assert.doesNotMatch(line ?? "", /\p{Cc}/u);
  });
});

describe("the colours of a rollout that broke off", () => {
  const staged = { action: "stage", percent: 0, active: r23, known: [r23] } as const;
  const cases = {
    "a stage: the revision that it made": [staged, worldIn("S2"), { active: r23, standby: r24 }],
    "a stage that made none": [staged, worldIn("S1"), { active: r23, standby: undefined }],
    "a stage that made none, and knew of none": [
      { ...staged, known: [] },
      worldIn("S1"),
      { active: r23, standby: undefined },
    ],
    "a stage upon an older one": [
      { ...staged, known: [r23, r24] },
      worldIn("S2"),
      { active: r23, standby: undefined },
    ],
    "a first deployment": [{ ...staged, active: undefined, known: [] }, worldIn("S1"), { active: r23 }],
    "a first deployment that made nothing": [
      { ...staged, active: undefined, known: [] },
      { revisions: [], pods: [] },
      { active: undefined },
    ],
    "a promote of a version that Git holds: its revision": [
      { action: "promote", percent: 100, version: "v2", known: [] },
      worldIn("S2"),
      { active: r24 },
    ],
    "a promote of a version that has no revision yet": [
      { action: "promote", percent: 100, version: "v9", known: [] },
      worldIn("S2"),
      { active: undefined },
    ],
    "a promote of nothing in particular": [
      { action: "promote", percent: 100, known: [] },
      worldIn("S2"),
      { active: undefined },
    ],
    "a restore whose revision is not made yet": [
      { action: "rollback", percent: 100, version: "v2", standby: r24, known: [r23, r24] },
      worldIn("S5"),
      { active: undefined, standby: r24 },
    ],
    "a restore without a service": [
      { action: "rollback", percent: 100, version: "v2", standby: r24, known: [] },
      { revisions: [], pods: [] },
      { active: undefined, standby: r24 },
    ],
    "a promote: as pinned": [
      { action: "promote", percent: 100, ...promoted, known: [] },
      worldIn("S3"),
      promoted,
    ],
  } as const;
  for (const [what, [expected, world, colours]] of Object.entries(cases)) {
    it(what, () => {
      const { active, standby } = coloursOf(expected, world);
      assert.deepEqual(
        { standby: undefined, active, ...(standby && { standby }) },
        { standby: undefined, ...colours },
      );
    });
  }
});

describe("the end of a run", () => {
  const [early] = holdingsOf(s5With(), promoted);
  const [late] = holdingsOf(s5With(readyPod(r24)), promoted);
  const rollout = { startedAt: 1, endedAt: 2, notes: [], holdings: early && [early] };
  const verdict = { startedAt: 2, endedAt: 3 };
  it("tells what verify saw, else what await saw, else nothing", () => {
    assert.deepEqual(heldAtEnd({ rollout, verdict: { ...verdict, holdings: late && [late] } }), [late]);
    assert.deepEqual(heldAtEnd({ rollout, verdict }), [early]);
    assert.deepEqual(heldAtEnd({ verdict }), []);
  });
});
