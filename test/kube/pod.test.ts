import assert from "node:assert/strict";
import { readPod } from "../../src/kube/pod.ts";
import { reserved } from "../../src/kube/requests.ts";

type Json = Readonly<Record<string, unknown>>;

function podWith(spec: Json, status: Json = {}): Json {
  return { metadata: { name: "p" }, spec, status };
}

function container(requests: Json, more: Json = {}): Json {
  return { name: "c", resources: { requests }, ...more };
}

const amounts = (record: Readonly<Record<string, number>>) => new Map(Object.entries(record));

describe("what a pod requests", () => {
  const nothing = { containers: [], init: [], whole: amounts({}), overhead: amounts({}) };
  const cases = {
    "the sum of its containers": [
      { containers: [amounts({ cpu: 1, gpu: 1 }), amounts({ cpu: 0.5 })] },
      { cpu: 1.5, gpu: 1 },
    ],
    "what one init container needs, where that is more": [
      {
        containers: [amounts({ cpu: 1, memory: 5 })],
        init: [
          { requests: amounts({ cpu: 2 }), stays: false },
          { requests: amounts({ cpu: 1, memory: 4 }), stays: false },
        ],
      },
      { cpu: 2, memory: 5 },
    ],
    "sidecars beside the containers, and beside the init containers after them": [
      {
        containers: [amounts({ cpu: 1 })],
        init: [
          { requests: amounts({ cpu: 3 }), stays: false },
          { requests: amounts({ cpu: 1 }), stays: true },
          { requests: amounts({ cpu: 3 }), stays: false },
        ],
      },
      { cpu: 4 },
    ],
    "its own figures instead of the containers'": [
      { containers: [amounts({ cpu: 1, gpu: 1 })], whole: amounts({ cpu: 3 }) },
      { cpu: 3, gpu: 1 },
    ],
    "the runtime's overhead on top": [
      { containers: [amounts({ cpu: 1 })], overhead: amounts({ cpu: 0.25, memory: 10 }) },
      { cpu: 1.25, memory: 10 },
    ],
  } as const;
  for (const [what, [asked, expected]] of Object.entries(cases)) {
    it(`is ${what}`, () => assert.deepEqual(reserved({ ...nothing, ...asked }), expected));
  }

  it("is read from the object, without what is no quantity", () => {
    const { requests } = readPod(
      podWith({
        containers: [
          container({ cpu: "1", memory: "2Gi", "nvidia.com/gpu": 1, odd: "much" }),
          container({ cpu: "25m" }),
          { name: "bare" },
        ],
        initContainers: [container({ cpu: "3" }), container({ memory: "1Gi" }, { restartPolicy: "Always" })],
        overhead: { cpu: "1" },
        resources: { requests: { memory: "4Gi" } },
      }),
    );
    assert.deepEqual(requests, { cpu: 4, memory: 4 * 1024 ** 3, "nvidia.com/gpu": 1 });
  });

  it("is nothing where the object makes no sense", () => {
    for (const spec of [null, 1, { containers: "x" }, { containers: [{ resources: { requests: [1] } }] }]) {
      const { requests = {} } = readPod({ metadata: { name: "p" }, spec });
      assert.deepEqual(Object.keys(requests).length <= 1 && requests["cpu"], undefined);
    }
  });

  it("is not misled by names that objects inherit", () => {
    const raw = JSON.parse(
      '{"metadata":{"name":"p"},"spec":{"containers":[{"resources":{"requests":{"__proto__":"1","constructor":"2","cpu":"1"}}}]}}',
    );
    assert.equal(readPod(raw).requests?.["cpu"], 1);
    assert.equal(({} as Json)["cpu"], undefined);
  });
});

describe("how a pod's containers stand", () => {
  const ended = {
    exitCode: 137,
    reason: "OOMKilled",
    message: "killed",
    startedAt: "2026-11-23T21:08:42Z",
    finishedAt: "2026-11-23T21:08:48Z",
  };
  const end = { exitCode: 137, reason: "OOMKilled", message: "killed", lifeMs: 6_000 };

  function only(status: Json) {
    const { containers } = readPod(podWith({}, { containerStatuses: [{ name: "c", ...status }] }));
    return containers?.[0];
  }

  const cases = {
    waiting: [
      { state: { waiting: { reason: "ImagePullBackOff", message: "Back-off" } } },
      { state: "waiting", reason: "ImagePullBackOff", message: "Back-off", restarts: 0, ended: undefined },
    ],
    "waiting after an end": [
      {
        restartCount: 3,
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: ended },
      },
      { state: "waiting", reason: "CrashLoopBackOff", restarts: 3, ended: end },
    ],
    running: [
      { state: { running: { startedAt: "2026-11-23T21:07:51Z" } }, lastState: {} },
      { state: "running", startedAt: Date.parse("2026-11-23T21:07:51Z"), restarts: 0, ended: undefined },
    ],
    "running since nobody knows when": [
      { state: { running: { startedAt: "soon" } } },
      { state: "running", startedAt: undefined, restarts: 0, ended: undefined },
    ],
    ended: [
      { state: { terminated: ended }, restartCount: 1, lastState: { terminated: { exitCode: 1 } } },
      { state: "terminated", reason: "OOMKilled", message: "killed", restarts: 1, ended: end },
    ],
    "ended without times": [
      { state: { terminated: { exitCode: 1 } } },
      {
        state: "terminated",
        reason: undefined,
        message: undefined,
        restarts: 0,
        ended: { exitCode: 1, reason: undefined, message: undefined, lifeMs: undefined },
      },
    ],
    "not known yet": [{}, { state: "unknown", restarts: 0, ended: undefined }],
  } as const;
  for (const [what, [status, expected]] of Object.entries(cases)) {
    it(what, () => assert.deepEqual(only(status), { name: "c", init: false, ...expected }));
  }

  it("those that prepare it come first", () => {
    const status = {
      initContainerStatuses: [{ name: "i" }],
      containerStatuses: [{ name: "c" }],
      phase: "Failed",
    };
    const pod = readPod(podWith({}, status));
    assert.deepEqual(
      pod.containers?.map(({ name, init }) => [name, init]),
      [
        ["i", true],
        ["c", false],
      ],
    );
    assert.equal(pod.finished, true);
    assert.equal(readPod(podWith({}, { phase: "Succeeded" })).finished, true);
  });

  it("nothing of it can keep a pod from being read", () => {
    for (const odd of [1, "x", {}, [1], [{ name: 1 }], [{ name: "c", state: { waiting: "x" } }]]) {
      const { ready, containers } = readPod(
        podWith({}, { phase: 7, containerStatuses: odd, conditions: [{ type: "Ready", status: "True" }] }),
      );
      assert.deepEqual([ready, containers], [true, []]);
    }
  });

  it("knows why it was not scheduled", () => {
    const condition = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/3 nodes",
    };
    const { scheduled } = readPod(podWith({}, { conditions: [condition] }));
    assert.deepEqual(scheduled, { status: "False", reason: "Unschedulable", message: "0/3 nodes" });
  });
});
