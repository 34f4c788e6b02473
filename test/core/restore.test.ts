import assert from "node:assert/strict";
import type { Trailers } from "../../src/core/commit/trailers.ts";
import { pinRestored } from "../../src/core/expectation.ts";
import { decideRestore, type RestoreScene, restoredPins, restoredVersion } from "../../src/core/restore.ts";
import type { RevisionReading, ServiceReading, World } from "../../src/core/world.ts";
import { falseReadings, r23, r24, r25, revision, serviceIn, worldIn, worldOf } from "./states.ts";

const ref = { namespace: "user1-test", name: "jukebox" };
const { T1, T2, T3, T4, T5 } = falseReadings;

function trailers(action: string, changes: Trailers = {}): Trailers {
  return { "Bluegreen-Action": action, "Bluegreen-Service": "user1-test/jukebox", ...changes };
}

const stagedOn = (name: string) => trailers("stage", { "Bluegreen-From-Revision": name });
const rolledBackTo = (name: string) => trailers("rollback", { "Bluegreen-To-Revision": name });
const restoring = (version: string) => trailers("rollback", { "Bluegreen-Restore-Version": version });

/** A rollback to v1 that v2 blocks. */
const blocked: RestoreScene = {
  config: { version: "v2", percent: "0" },
  past: { live: "v1", previous: "v1" },
  trailers: rolledBackTo(r23),
  ref,
  world: T4,
  asked: undefined,
};
/** v3 was staged while v2 was live, and v1 is. */
const passedOver: RestoreScene = {
  ...blocked,
  config: { version: "v3", percent: "0" },
  past: { live: "v2", previous: "v1" },
  trailers: stagedOn(r24),
  world: T5,
};
const healthy = {
  ...blocked,
  config: { version: "v2", percent: "100" },
  past: { live: "v2", previous: "v1" },
};
const unknown = { live: undefined, previous: undefined };

function broken(
  world: World & { readonly service: ServiceReading },
  name: string,
  status: "False" | "Unknown" = "False",
) {
  return {
    ...world,
    revisions: world.revisions.map((each) => (each.name === name ? { ...each, ready: { status } } : each)),
  };
}

function blockedBut(changes: Partial<ServiceReading>): RestoreScene {
  return { ...blocked, world: { ...T4, service: { ...T4.service, ...changes } } };
}

function brief(scene: RestoreScene): string {
  const decision = decideRestore(scene);
  return decision.kind === "refused" ? decision.finding.reason : `${decision.kind} ${decision.version}`;
}

describe("a version to restore", () => {
  type Case = readonly [what: string, scene: RestoreScene, expected: string];
  const cases: readonly Case[] = [
    ["a blocked rollback (T4): at once, nothing else can come in", blocked, "live v1"],
    ["the cluster knows alone", { ...blocked, past: unknown }, "live v1"],
    [
      "Git knows alone: blue's revision is gone",
      { ...blocked, world: { ...T4, revisions: [revision(r24, "v2")] } },
      "live v1",
    ],
    [
      "nobody knows",
      { ...blocked, past: unknown, world: { ...T4, revisions: [] } },
      "RESTORE_VERSION_UNCLEAR",
    ],
    [
      "the user knows",
      { ...blocked, past: unknown, world: { ...T4, revisions: [] }, asked: "v0" },
      "live v0",
    ],
    ["they disagree", { ...blocked, past: { live: "v0", previous: "v0" } }, "RESTORE_VERSION_UNCLEAR"],
    [
      "they disagree, and the user chooses one",
      { ...blocked, past: { live: "v0", previous: "v0" }, asked: "v0" },
      "live v0",
    ],
    [
      "they disagree, and the user chooses the other",
      { ...blocked, past: { live: "v0", previous: "v0" }, asked: "v1" },
      "live v1",
    ],
    ["the user says otherwise", { ...blocked, asked: "v0" }, "RESTORE_VERSION_UNCLEAR"],
    ["the user says the same", { ...blocked, asked: "v1" }, "live v1"],
    [
      "the file's own version makes no revision",
      { ...blocked, past: { live: "v2", previous: "v2" }, asked: "v2" },
      "NOTHING_TO_RESTORE",
    ],

    ["not blocked: green was never ready", blockedBut({ latestReady: r23 }), "SPLIT_NOT_SETTLED"],
    [
      "not blocked: blue has traffic",
      blockedBut({
        traffic: [
          { revision: r24, percent: 50, latest: true },
          { revision: r23, percent: 50, latest: true },
        ],
      }),
      "SPLIT_NOT_SETTLED",
    ],
    [
      "not blocked: prev has its entry",
      blockedBut({
        traffic: [
          { revision: r24, percent: 100, latest: true },
          { revision: r23, percent: 0, latest: false, tag: "prev" },
        ],
      }),
      "SPLIT_NOT_SETTLED",
    ],
    ["not blocked: KServe has not taken the percent", blockedBut({ specPercent: 100 }), "SPLIT_NOT_SETTLED"],
    ["not blocked: the route is in force", blockedBut({ conditions: {} }), "SPLIT_NOT_SETTLED"],

    ["the wrong blue (T5): staged first, for v3 is ready", passedOver, "stage v2"],
    ["the wrong blue, by Git alone", { ...passedOver, trailers: {} }, "stage v2"],
    [
      "the wrong blue, by another service's commit",
      { ...passedOver, trailers: { ...stagedOn(r23), "Bluegreen-Service": "a/b" } },
      "stage v2",
    ],
    ["the wrong blue, by the trailers alone", { ...passedOver, past: unknown }, "stage v2"],
    ["the wrong blue after a rollback", { ...passedOver, trailers: rolledBackTo(r24) }, "stage v2"],
    [
      "the wrong blue after a rollback, by the trailers alone",
      { ...passedOver, trailers: rolledBackTo(r24), past: unknown },
      "stage v2",
    ],
    [
      "a promote's commit says nothing of percent 0",
      {
        ...passedOver,
        trailers: trailers("promote", { "Bluegreen-From-Revision": r24, "Bluegreen-To-Revision": r24 }),
        past: unknown,
      },
      "NOTHING_TO_RESTORE",
    ],
    [
      "live is what is meant, by the trailers",
      { ...passedOver, trailers: stagedOn(r23) },
      "NOTHING_TO_RESTORE",
    ],
    [
      "live is what is meant, by Git",
      { ...passedOver, trailers: {}, past: { live: "v1", previous: "v1" } },
      "NOTHING_TO_RESTORE",
    ],
    ["nobody knows what was live", { ...passedOver, trailers: {}, past: unknown }, "NOTHING_TO_RESTORE"],
    [
      "live does not tell its version",
      { ...passedOver, trailers: {}, world: { ...T5, revisions: [] } },
      "NOTHING_TO_RESTORE",
    ],

    [
      "staged (S3)",
      {
        ...passedOver,
        config: { version: "v2", percent: "0" },
        trailers: stagedOn(r23),
        world: worldIn("S3"),
      },
      "NOTHING_TO_RESTORE",
    ],
    ["rolled back (S6)", { ...blocked, world: worldIn("S6") }, "NOTHING_TO_RESTORE"],
    ["a rollback on its way (T1)", { ...blocked, world: T1 }, "SPLIT_NOT_SETTLED"],
    ["a rollback on its way (T2)", { ...blocked, world: T2 }, "SPLIT_NOT_SETTLED"],
    ["a rollback that the cluster has not taken", { ...blocked, world: worldIn("S5") }, "SPLIT_NOT_SETTLED"],
    ["promoted and well (S5)", { ...healthy, world: worldIn("S5") }, "ROLLBACK_NOT_BLOCKED"],
    [
      "promoted, and green crashes: it would block",
      { ...healthy, world: broken(worldIn("S5"), r24) },
      "live v1",
    ],
    [
      "promoted, and green is not known to be ready",
      { ...healthy, world: broken(worldIn("S5"), r24, "Unknown") },
      "ROLLBACK_NOT_BLOCKED",
    ],
    [
      "promoted, and another revision is broken",
      { ...healthy, world: broken(worldIn("S5"), r23) },
      "ROLLBACK_NOT_BLOCKED",
    ],
    [
      "a newer revision is on its way",
      { ...healthy, world: broken(worldIn("S11", { latestCreated: "x" }), r25) },
      "ROLLBACK_NOT_BLOCKED",
    ],
    [
      "never promoted (S1)",
      { ...healthy, config: { version: "v1", percent: undefined }, world: worldIn("S1") },
      "NOTHING_TO_RESTORE",
    ],
    ["never deployed", { ...healthy, world: { revisions: [], pods: [] } }, "SERVICE_MISSING"],
    ["no revision yet", { ...healthy, world: worldIn("S0") }, "NOTHING_TO_RESTORE"],
    [
      "a percent that the cluster has not taken",
      { ...blocked, world: worldIn("S1", { specPercent: undefined }) },
      "SPLIT_NOT_SETTLED",
    ],
    [
      "a blocked split",
      { ...blocked, world: worldIn("S4", { specPercent: 0, conditions: T4.service.conditions }) },
      "SPLIT_NOT_SETTLED",
    ],
  ];
  for (const [what, scene, expected] of cases) {
    it(`${what}: ${expected}`, () => assert.equal(brief(scene), expected));
  }

  it("is explained by what the cluster and Git say", () => {
    const decision = decideRestore({ ...blocked, past: { live: "v0", previous: "v0" } });
    assert.ok(decision.kind === "refused");
    assert.equal(decision.finding.detail, `${r23} runs v1, in Git v0 was live before`);
    const nobody = decideRestore({
      ...passedOver,
      past: { live: "v7", previous: undefined },
      trailers: {},
      asked: "v2",
    });
    assert.ok(nobody.kind === "refused");
    assert.equal(
      nobody.finding.detail,
      "blue runs an unknown version, in Git v7 was live before; asked for is v2",
    );
    const none = decideRestore({ ...blocked, past: unknown, world: { ...T4, revisions: [] } });
    assert.ok(none.kind === "refused");
    assert.equal(none.finding.detail, `${r23} runs an unknown version, in Git no version was live before`);
    const told: readonly (readonly [scene: RestoreScene, detail: string])[] = [
      [
        { ...healthy, world: { revisions: [], pods: [] } },
        "a version can be restored only where one is deployed",
      ],
      [
        {
          ...passedOver,
          config: { version: "v3", percent: "0" },
          trailers: restoring("v3"),
          world: worldIn("S13"),
          asked: "v2",
        },
        "the last commit restores v3, asked for is v2",
      ],
      [
        { ...blocked, past: { live: "v2", previous: "v2" }, asked: "v2" },
        "the file holds version v2 already: no new revision would be made",
      ],
      [blockedBut({ specPercent: 100 }), `percent is 100, traffic ${r24} 100 %`],
      [blockedBut({ specPercent: undefined }), `percent is unset, traffic ${r24} 100 %`],
      [{ ...blocked, world: worldIn("S6") }, `${r23} has all the traffic, as the percent in Git means it`],
      [
        { ...healthy, config: { version: "v1", percent: undefined }, world: worldIn("S1") },
        `traffic is ${r23} 100 %, and no earlier revision is known`,
      ],
      [{ ...healthy, world: worldIn("S5") }, `traffic is ${r24} 100 %, a rollback goes to ${r23}`],
    ];
    for (const [scene, detail] of told) {
      const refusal = decideRestore(scene);
      assert.equal(refusal.kind === "refused" ? refusal.finding.detail : refusal.kind, detail);
    }
  });
});

describe("a restore that was begun", () => {
  const staged = worldOf(serviceIn("S13", { latestRolledout: r23 }), [r23, r25]);
  const v3 = { version: "v3", percent: "0" };
  type Case = readonly [what: string, scene: RestoreScene, expected: string];
  const cases: readonly Case[] = [
    [
      "is let in when its revision is ready",
      { ...passedOver, config: v3, trailers: restoring("v3"), world: staged },
      "live v3",
    ],
    [
      "waits for its revision",
      { ...passedOver, config: v3, trailers: restoring("v3"), world: worldIn("S8") },
      "stage v3",
    ],
    [
      "waits for its revision to be made",
      { ...passedOver, config: v3, trailers: restoring("v3"), world: worldIn("S3") },
      "stage v3",
    ],
    [
      "is proven when it is let in",
      { ...healthy, config: { version: "v3", percent: "100" }, trailers: restoring("v3"), world: staged },
      "live v3",
    ],
    [
      "is gone on with by who names it",
      { ...passedOver, config: v3, trailers: restoring("v3"), world: staged, asked: "v3" },
      "live v3",
    ],
    [
      "is not what somebody else asks for",
      { ...passedOver, config: v3, trailers: restoring("v3"), world: staged, asked: "v2" },
      "RESTORE_VERSION_UNCLEAR",
    ],
    ["is over when the file holds another version", { ...blocked, trailers: restoring("v1") }, "live v1"],
  ];
  for (const [what, scene, expected] of cases) {
    it(`${what}: ${expected}`, () => assert.equal(brief(scene), expected));
  }

  it("is told by the trailer, of this service and of the version in the file", () => {
    const config = { version: "v1", percent: "100" };
    assert.equal(restoredVersion(restoring("v1"), ref, config), "v1");
    assert.equal(restoredVersion(restoring("v2"), ref, config), undefined);
    assert.equal(restoredVersion({ ...restoring("v1"), "Bluegreen-Service": "a/b" }, ref, config), undefined);
    assert.equal(restoredVersion(trailers("rollback"), ref, { percent: "0" }), undefined);
  });
});

describe("the names of a restore", () => {
  const intent = { action: "rollback", restore: true, version: "v1", sets: [] } as const;

  it("name the newest revision where it went live at once, by a chart that ignored the percent: no other is made", () => {
    const live = worldIn("S5");
    const { service } = live;
    assert.deepEqual(
      service.traffic.map(({ revision, percent }) => [revision, percent]),
      [[r24, 100]],
    );
    assert.deepEqual(pinRestored({ ...intent, version: "v2" }, live, service), {
      active: r24,
      standby: undefined,
    });
    // One that is not ready is what is to be replaced.
    const [first, newest] = live.revisions as [RevisionReading, RevisionReading];
    const broken: World = { ...live, revisions: [first, { ...newest, ready: { status: "False" } }] };
    assert.equal(pinRestored({ ...intent, version: "v2" }, broken, service).active, undefined);
  });

  it("name the newest revision there, whatever becomes of another", () => {
    const live = worldIn("S5");
    const wanted = { ...intent, version: "v2" };
    assert.equal(pinRestored(wanted, broken(live, r23), live.service).active, r24);
  });

  it("do not name a newest revision that another serves for: it waits to get ready, or never will", () => {
    const { service, ...rest } = T3;
    const wanted = { ...intent, version: "v2" };
    assert.deepEqual(pinRestored(wanted, { ...rest, service }, service), { active: undefined, standby: r23 });
  });

  it("are not known before its revision is made", () => {
    assert.deepEqual(pinRestored(intent, T4, T4.service), { active: undefined, standby: r24 });
  });

  it("are known where it was staged", () => {
    const staged = worldIn("S13");
    assert.deepEqual(pinRestored({ ...intent, version: "v3" }, staged, staged.service), {
      active: r25,
      standby: r24,
    });
    assert.deepEqual(pinRestored(intent, staged, staged.service), { active: undefined, standby: r24 });
    assert.deepEqual(
      pinRestored({ ...intent, version: undefined }, staged, staged.service).active,
      undefined,
    );
  });

  it("come from the trailers afterwards, as long as they name the newest revision", () => {
    const names = { ...restoring("v2"), "Bluegreen-From-Revision": r23, "Bluegreen-To-Revision": r24 };
    assert.deepEqual(restoredPins(names, serviceIn("S5")), { active: r24, standby: r23, known: [r23] });
    assert.deepEqual(restoredPins(names, serviceIn("S11")), {
      active: undefined,
      standby: r23,
      known: [r23],
    });
    assert.deepEqual(restoredPins(restoring("v2"), serviceIn("S5")), {
      active: undefined,
      standby: undefined,
      known: [],
    });
  });
});
