import assert from "node:assert/strict";
import type { Expectation } from "../../../src/core/expectation.ts";
import { isAtWork, type Pace, paced } from "../../../src/core/stuck/pace.ts";
import type { ContainerReading, PodReading, ServiceReading, World } from "../../../src/core/world.ts";
import { r23, r24, readyPod, worldIn } from "../states.ts";

const staging: Expectation = { action: "stage", percent: 0, version: "v2", active: r23, known: [r23] };
const start = 1_700_000_000_000;

function green(
  changes: Partial<PodReading>,
  ...containers: readonly Partial<ContainerReading>[]
): PodReading {
  const model = { name: "kserve-container", init: false, state: "waiting", restarts: 0 } as const;
  return readyPod(r24, {
    ready: false,
    containers: containers.map((each) => ({ ...model, ...each })),
    ...changes,
  });
}

function worldWith(...pods: readonly PodReading[]): World {
  return { ...worldIn("S2"), pods: [readyPod(r23), ...pods] };
}

describe("a pod that is waited for", () => {
  const loop = { restarts: 3, ended: { exitCode: 1 } };
  const cases: readonly (readonly [string, PodReading, boolean])[] = [
    ["runs", green({}, { state: "running" }), true],
    ["pulls its image for the first time", green({}, { reason: "ContainerCreating" }), true],
    [
      "is prepared",
      green({}, { name: "storage-initializer", init: true, state: "running" }, { reason: "PodInitializing" }),
      true,
    ],
    ["waits without a word", green({}, {}), true],
    ["has crashed once", green({}, { state: "running", restarts: 1, ended: { exitCode: 1 } }), true],
    ["crashes again and again", green({}, { state: "running", ...loop }), false],
    ["backs off", green({}, { reason: "CrashLoopBackOff", ...loop }), false],
    [
      "pulls in vain while a sidecar runs",
      green({}, { reason: "ImagePullBackOff" }, { name: "modelcar", state: "running" }),
      false,
    ],
    ["has only its proxy running", green({}, { name: "queue-proxy", state: "running" }), false],
    ["has ended", green({}, { state: "terminated" }), false],
    ["is for no node", green({ scheduled: { status: "False" } }, {}), false],
    ["waits for what only begins like its making", green({}, { reason: "ContainerCreatingFailed" }), false],
    ["waits for what only ends like its making", green({}, { reason: "NotContainerCreating" }), false],
    ["is not seen by a kubelet", green({ scheduled: { status: "True" } }), false],
    ["tells nothing", green({ containers: undefined }), false],
    ["is ready", green({ ready: true }, { state: "running" }), false],
    ["is on its way out", green({ terminating: true }, { state: "running" }), false],
  ];
  for (const [what, pod, expected] of cases) {
    it(`${what}: ${expected ? "slow" : "stuck"}`, () =>
      assert.equal(isAtWork(staging, worldWith(pod), start), expected));
  }

  it("is one of the revision that is awaited", () => {
    const other = readyPod(r23, { ready: false, containers: green({}, { state: "running" }).containers });
    assert.ok(!isAtWork(staging, worldWith(other), start));
    assert.ok(isAtWork({ ...staging, action: "rollback", standby: r24 }, worldWith(other), start));
  });

  it("is one of the version that a promote found in Git", () => {
    const promoting: Expectation = { action: "promote", percent: 100, version: "v2", known: [] };
    const loading = worldWith(green({}, { state: "running" }));
    assert.ok(isAtWork(promoting, loading, start));
    assert.ok(!isAtWork({ ...promoting, version: "v3" }, loading, start));
  });
});

describe("the pace of a rollout", () => {
  /** What is still after these worlds, one a minute. */
  function after(...worlds: readonly World[]): number {
    let before: { readonly pace: Pace; readonly world: World } | undefined;
    worlds.forEach((world, minute) => {
      before = { pace: paced(before, staging, world, start + minute * 60_000), world };
    });
    return ((before?.pace.stillSince ?? 0) - start) / 60_000;
  }
  const pull = worldWith(green({}, { reason: "ErrImagePull" }));
  const backOff = worldWith(green({}, { reason: "ImagePullBackOff" }));
  const running = worldWith(green({}, { state: "running" }));

  const withService = (changes: Partial<ServiceReading>): World => ({
    ...pull,
    service: { ...worldIn("S2").service, ...changes },
  });
  const cases: readonly (readonly [string, number, readonly World[]])[] = [
    ["one look", 0, [pull]],
    ["the same again", 0, [pull, pull, pull]],
    ["something new", 1, [pull, backOff]],
    ["the same two things in turn", 1, [pull, backOff, pull, backOff, pull]],
    [
      "a pod in the place of another",
      1,
      [pull, backOff, worldWith({ ...green({}, { reason: "ErrImagePull" }), name: "other" })],
    ],
    [
      "a second pod",
      2,
      [pull, pull, worldWith(green({}, { reason: "ErrImagePull" }), green({}, { reason: "ErrImagePull" }))],
    ],
    ["loading until now", 2, [running, running, running]],
    ["loading until a while ago", 2, [running, running, pull, pull]],
    ["another split", 2, [pull, pull, { ...pull, service: worldIn("S4").service }]],
    ["another split and nothing else", 1, [pull, withService({ traffic: worldIn("S4").service.traffic })]],
    ["another spec and nothing else", 1, [pull, withService({ generation: 99 })]],
    [
      "another condition and nothing else",
      1,
      [
        pull,
        withService({
          conditions: { ...worldIn("S2").service.conditions, IngressReady: { status: "Unknown" } },
        }),
      ],
    ],
    [
      "a revision that gets ready",
      1,
      [pull, { ...pull, revisions: [{ name: r24, images: [], ready: { status: "True" } }] }],
    ],
    [
      "a pod that finds its node",
      1,
      [pull, worldWith(green({ scheduled: { status: "True" } }, { reason: "ErrImagePull" }))],
    ],
    [
      "no service yet",
      0,
      [
        { revisions: [], pods: [] },
        { revisions: [], pods: [] },
      ],
    ],
  ];
  for (const [what, minute, worlds] of cases) {
    it(`${what}: still since minute ${minute}`, () => assert.equal(after(...worlds), minute));
  }

  it("begins anew where the API was away", () => {
    assert.equal(paced(undefined, staging, pull, start + 5).stillSince, start + 5);
  });
});
