import assert from "node:assert/strict";
import type { Expectation } from "../../../src/core/expectation.ts";
import type { EventReading } from "../../../src/core/stuck/finding.ts";
import { rolloutFinding } from "../../../src/core/stuck/rollout.ts";
import type {
  Condition,
  ContainerReading,
  PodReading,
  ServiceReading,
  World,
} from "../../../src/core/world.ts";
import { r23, r24, r25, readyPod, revision, serviceIn } from "../states.ts";

const nowMs = 1_700_000_000_000;
const staging: Expectation = { action: "stage", percent: 0, version: "v2", active: r23, known: [r23] };
const promoting: Expectation = { action: "promote", percent: 100, active: r24, standby: r23, known: [] };
const goingBack: Expectation = { action: "rollback", percent: 0, active: r23, standby: r24, known: [] };
/** Of a version whose revision had no name yet: found in Git, or restored. */
const promotingV2: Expectation = { action: "promote", percent: 100, version: "v2", known: [] };
const restoringV2: Expectation = { ...promotingV2, action: "rollback", standby: r23, known: [r23] };
const set = `${r24}-deployment-5c9f`;

interface Given {
  readonly expected?: Expectation;
  readonly service?: Partial<ServiceReading>;
  /** Of green. */
  readonly condition?: Condition;
  readonly pods?: readonly PodReading[];
  readonly events?: readonly EventReading[];
  readonly revisions?: World["revisions"];
}

/** S2: green was made and is not ready. */
function find({ expected = staging, service, condition, pods = [], events = [], revisions }: Given) {
  const green = { ...revision(r24, "v2"), ready: condition };
  const world = {
    service: serviceIn("S2", service),
    revisions: revisions ?? [revision(r23, "v1"), green],
    pods: [readyPod(r23), ...pods],
  };
  return rolloutFinding({ expected, namespace: "user1-test", world, events, nowMs });
}

function hanging(
  changes: Partial<PodReading>,
  containers: readonly Partial<ContainerReading>[] = [],
): PodReading {
  const model = { name: "kserve-container", init: false, state: "waiting", restarts: 0 } as const;
  return readyPod(r24, {
    ready: false,
    containers: containers.map((each) => ({ ...model, ...each })),
    ...changes,
  });
}

function failed(reason: string, message?: string): Condition {
  return { status: "False", reason, message };
}

function event(message: string, changes: Partial<EventReading> = {}): EventReading {
  return { reason: "FailedCreate", kind: "ReplicaSet", name: set, message, ...changes };
}

const quota =
  'Error creating: pods "x" is forbidden: exceeded quota: gpus, requested: requests.nvidia.com/gpu=1, used: 1, limited: 1';
const podSecurity = 'Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest"';
const webhook = 'admission webhook "policy.example.com" denied the request: no latest tags';
const unschedulable = {
  status: "False",
  reason: "Unschedulable",
  message: "0/3 nodes are available",
} as const;
const crash = { restarts: 2, reason: "CrashLoopBackOff", ended: { exitCode: 1 } };

describe("why a rollout is stuck", () => {
  const cases: readonly (readonly [string, Given, string | undefined])[] = [
    ["nothing shows", { pods: [hanging({})] }, undefined],
    ["a node is missing", { pods: [hanging({ scheduled: unschedulable })] }, "UNSCHEDULABLE"],
    [
      "scheduled, and pulling in vain",
      { pods: [hanging({ scheduled: { status: "True" } }, [{ reason: "ImagePullBackOff" }])] },
      "IMAGE_PULL_FAILED",
    ],
    [
      "the second container crashes",
      { pods: [hanging({}, [{ state: "running", startedAt: nowMs }, crash])] },
      "CRASH_LOOP",
    ],
    ["only the second pod says why", { pods: [hanging({}), hanging({}, [crash])] }, "CRASH_LOOP"],
    ["a pod on its way out is none of ours", { pods: [hanging({ terminating: true }, [crash])] }, undefined],
    ["a ready pod has nothing to tell", { pods: [hanging({ ready: true }, [crash])] }, undefined],
    ["quota, by Event", { events: [event(quota)] }, "QUOTA_EXCEEDED"],
    ["PodSecurity, by Event", { events: [event(podSecurity)] }, "ADMISSION_REFUSED"],
    [
      "quota, by the Event of the revision itself",
      { events: [event(quota, { name: r24 })] },
      "QUOTA_EXCEEDED",
    ],
    ["the same of another revision", { events: [event(quota, { name: `${r23}-deployment-1` })] }, undefined],
    ["another trouble of the ReplicaSet", { events: [event("etcd is away")] }, undefined],
    ["another Event with such words", { events: [event(quota, { reason: "Other" })] }, undefined],
    ["quota, by Knative's condition", { condition: failed("FailedCreate", quota) }, "QUOTA_EXCEEDED"],
    [
      "a webhook, by Knative's condition",
      { condition: failed("FailedCreate", webhook) },
      "ADMISSION_REFUSED",
    ],
    [
      "a volume",
      {
        pods: [hanging({})],
        events: [event("secret missing", { reason: "FailedMount", name: hanging({}).name })],
      },
      "CONTAINER_NOT_STARTED",
    ],
    [
      "a volume of another pod",
      { pods: [hanging({})], events: [event("x", { reason: "FailedMount", name: "other" })] },
      undefined,
    ],
    [
      "pods gone: the image",
      { condition: failed("ImagePullBackOff", "Back-off pulling") },
      "IMAGE_PULL_FAILED",
    ],
    [
      "the digest",
      { condition: failed("ContainerMissing", 'Unable to fetch image "x": 404') },
      "IMAGE_PULL_FAILED",
    ],
    ["pods gone: nodes", { condition: failed("Unschedulable", "0/3 nodes are available") }, "UNSCHEDULABLE"],
    ["pods gone: memory", { condition: failed("OOMKilled") }, "OUT_OF_MEMORY"],
    [
      "pods gone: crash",
      { condition: failed("ExitCode1", "Container failed with: access is forbidden") },
      "CRASH_LOOP",
    ],
    ["pods gone: container", { condition: failed("CreateContainerConfigError") }, "CONTAINER_NOT_STARTED"],
    ["pods gone, and no word why", { condition: failed("ProgressDeadlineExceeded", "timed out") }, undefined],
    ["a failure without any words", { condition: { status: "False" } }, undefined],
    [
      "a condition that is not False",
      { condition: { status: "Unknown", reason: "ImagePullBackOff" } },
      undefined,
    ],
    [
      "modelStatus: not found",
      {
        service: {
          modelTransition: "BlockedByFailedLoad",
          modelFailure: { reason: "ModelLoadFailed", message: "NoSuchKey" },
        },
      },
      "MODEL_NOT_FOUND",
    ],
    [
      "modelStatus: no word why",
      { service: { modelTransition: "BlockedByFailedLoad", modelFailure: { reason: "ModelLoadFailed" } } },
      "CRASH_LOOP",
    ],
    [
      "modelStatus: a failure that is over",
      { service: { modelTransition: "InProgress", modelFailure: { message: "NoSuchKey" } } },
      undefined,
    ],
    [
      "modelStatus: of a newer revision, not of ours",
      {
        expected: promoting,
        service: {
          latestCreated: r25,
          modelTransition: "BlockedByFailedLoad",
          modelFailure: { reason: "ModelLoadFailed", message: "NoSuchKey" },
        },
      },
      undefined,
    ],
    ["modelStatus: nothing to go by", { service: { modelTransition: "BlockedByFailedLoad" } }, undefined],
    [
      "no runtime",
      { service: { modelTransition: "InvalidSpec", modelFailure: { reason: "NoSupportingRuntime" } } },
      "RUNTIME_UNSUITABLE",
    ],
    ["no runtime, and no word why", { service: { modelTransition: "InvalidSpec" } }, "RUNTIME_UNSUITABLE"],
    [
      "slow, not stuck",
      {
        pods: [
          hanging({ containers: undefined }),
          hanging({}, [{ state: "running", startedAt: nowMs - 90_000 }]),
        ],
      },
      "STILL_LOADING",
    ],
    ["slow, we know not since when", { pods: [hanging({}, [{ state: "running" }])] }, "STILL_LOADING"],
    ["slow, we know not what of", { pods: [hanging({}, [{ reason: "ContainerCreating" }])] }, undefined],
    [
      "only the sidecar runs",
      { pods: [hanging({}, [{ name: "queue-proxy", state: "running" }])] },
      undefined,
    ],
    [
      "no revision, by KServe's condition",
      { service: { latestCreated: r23, conditions: { PredictorReady: failed("", webhook) } } },
      "ADMISSION_REFUSED",
    ],
    [
      "no revision, by Event",
      {
        service: { latestCreated: r23 },
        events: [event(webhook, { kind: "InferenceService", reason: "InternalError", name: "jukebox" })],
      },
      "ADMISSION_REFUSED",
    ],
    [
      "no revision, by the Knative Service's Event",
      { service: { latestCreated: r23 }, events: [event(webhook, { name: "jukebox-predictor" })] },
      "ADMISSION_REFUSED",
    ],
    ["no revision, and no word why", { service: { latestCreated: r23 } }, undefined],
    [
      "promote: the pinned one is gone, and others are there",
      { expected: promoting, revisions: [revision(r23, "v1")] },
      "REVISION_MISSING",
    ],
    ["promote: the pinned one is gone", { expected: promoting, revisions: [] }, "REVISION_MISSING"],
    ["promote: the pinned one crashes", { expected: promoting, pods: [hanging({}, [crash])] }, "CRASH_LOOP"],
    [
      "promote of a version: its revision crashes",
      { expected: promotingV2, pods: [hanging({}, [crash])] },
      "CRASH_LOOP",
    ],
    [
      "promote of a version: that of another one crashes",
      { expected: { ...promotingV2, version: "v3" }, pods: [hanging({}, [crash])] },
      undefined,
    ],
    [
      "restore: the new revision crashes",
      { expected: restoringV2, pods: [hanging({}, [crash])] },
      "CRASH_LOOP",
    ],
    [
      "restore: what it replaces crashes, and keeps nothing from moving",
      { expected: { ...restoringV2, standby: r24, known: [r24] }, pods: [hanging({}, [crash])] },
      undefined,
    ],
    [
      "rollback: green keeps it from moving",
      { expected: goingBack, pods: [hanging({}, [crash])] },
      "CRASH_LOOP",
    ],
    [
      "first deployment",
      { expected: { ...staging, active: undefined, known: [] }, pods: [hanging({}, [crash])] },
      "CRASH_LOOP",
    ],
  ];
  for (const [what, given, reason] of cases) {
    it(`${what}: ${reason ?? "nothing"}`, () => assert.equal(find(given)?.reason, reason));
  }

  it("is looked for at blue first where blue is to serve", () => {
    const cold = readyPod(r23, { ready: false, scheduled: unschedulable });
    assert.equal(find({ expected: goingBack, pods: [cold, hanging({}, [crash])] })?.reason, "UNSCHEDULABLE");
  });

  it("is told in a line, with a command", () => {
    assert.deepEqual(find({ pods: [hanging({ scheduled: unschedulable })] }), {
      reason: "UNSCHEDULABLE",
      evidence: `pod ${hanging({}).name}: Unschedulable: 0/3 nodes are available`,
      command: `oc -n user1-test describe pod ${hanging({}).name}`,
    });
    assert.deepEqual(find({ events: [event(quota)] }), {
      reason: "QUOTA_EXCEEDED",
      evidence: `ReplicaSet ${set}: ${quota}`,
      command: "oc -n user1-test describe quota",
    });
    const slow = find({ pods: [hanging({}, [{ state: "running", startedAt: nowMs - 90_000 }])] });
    assert.match(
      slow?.evidence ?? "",
      /^container kserve-container of pod .* runs for 90 s and is not ready yet$/,
    );
    const unknown = find({ pods: [hanging({}, [{ state: "running" }])] });
    assert.match(unknown?.evidence ?? "", / runs and is not ready yet$/);
    const lost = find({ expected: promoting, revisions: [] });
    assert.deepEqual(lost, {
      reason: "REVISION_MISSING",
      evidence: `revision ${r24} is not listed by the API`,
      command: "oc -n user1-test get revisions",
    });
  });

  it("is told with what to look at", () => {
    const { name } = hanging({});
    const commands: readonly (readonly [given: Given, evidence: string, command: string])[] = [
      [
        { events: [event(podSecurity)] },
        `ReplicaSet ${set}: ${podSecurity}`,
        "get events --field-selector reason=FailedCreate",
      ],
      [
        { pods: [hanging({})], events: [event("secret missing", { reason: "FailedMount", name })] },
        `pod ${name}: FailedMount: secret missing`,
        `describe pod ${name}`,
      ],
      [
        { condition: failed("ImagePullBackOff", "Back-off") },
        `revision ${r24}: ImagePullBackOff: Back-off`,
        `describe revision ${r24}`,
      ],
      [
        {
          service: {
            modelTransition: "BlockedByFailedLoad",
            modelFailure: { reason: "ModelLoadFailed", message: "NoSuchKey" },
          },
        },
        "modelStatus: ModelLoadFailed: NoSuchKey",
        `describe revision ${r24}`,
      ],
      [
        { service: { modelTransition: "InvalidSpec", modelFailure: { reason: "NoSupportingRuntime" } } },
        "modelStatus: NoSupportingRuntime",
        "get servingruntimes,clusterservingruntimes",
      ],
      [
        { service: { latestCreated: r23, conditions: { PredictorReady: failed("", webhook) } } },
        webhook,
        "describe inferenceservice jukebox",
      ],
      [
        { pods: [hanging({}, [{ state: "running" }])] },
        `container kserve-container of pod ${name} runs and is not ready yet`,
        `logs ${name} -c kserve-container --tail=50`,
      ],
    ];
    for (const [given, evidence, command] of commands) {
      const finding = find(given);
      assert.deepEqual([finding?.evidence, finding?.command], [evidence, `oc -n user1-test ${command}`]);
    }
  });

  it("is nothing in a world without a service", () => {
    const world = { revisions: [], pods: [] };
    const expected = { ...staging, active: undefined };
    assert.equal(rolloutFinding({ expected, namespace: "x", world, events: [], nowMs }), undefined);
  });

  it("is one line of printable text, whatever the cluster says", () => {
    const hostile = `x\u001b[2J\n${"y".repeat(5_000)}`;
    const finding = find({ pods: [hanging({}, [{ reason: "ErrImagePull", message: hostile }])] });
    assert.doesNotMatch(finding?.evidence ?? "", /\p{Cc}/u);
    assert.ok((finding?.evidence.length ?? 0) < 600);
  });
});
