import assert from "node:assert/strict";
import { containerFinding, isBlocked, isCrashLooping } from "../../../src/core/stuck/containers.ts";
import type { ContainerReading } from "../../../src/core/world.ts";
import { r24, readyPod } from "../states.ts";

const nowMs = 1_700_000_000_000;
const pod = readyPod(r24, { ready: false });
const waiting = { name: "kserve-container", init: false, state: "waiting", restarts: 0 } as const;
const crashed = { exitCode: 1, reason: "Error", message: "no such layer", lifeMs: 5_000 };
const initial = { ...waiting, name: "storage-initializer", init: true } as const;

function find(container: ContainerReading) {
  return containerFinding({ namespace: "user1-test", pod, container, nowMs });
}

function fetching(message: string): ContainerReading {
  return { ...initial, state: "terminated", restarts: 1, ended: { exitCode: 1, message } };
}

describe("what one container tells", () => {
  const cases: readonly (readonly [string, ContainerReading, string | undefined])[] = [
    ["creating", { ...waiting, reason: "ContainerCreating" }, undefined],
    ["waiting without a word", waiting, undefined],
    ["running", { ...waiting, state: "running", startedAt: nowMs }, undefined],
    ["back-off of a pull", { ...waiting, reason: "ImagePullBackOff" }, "IMAGE_PULL_FAILED"],
    ["a pull that failed", { ...waiting, reason: "ErrImagePull" }, "IMAGE_PULL_FAILED"],
    ["no image name", { ...waiting, reason: "InvalidImageName" }, "IMAGE_PULL_FAILED"],
    [
      "a Secret that is missing",
      { ...waiting, reason: "CreateContainerConfigError" },
      "CONTAINER_NOT_STARTED",
    ],
    [
      "killed",
      { ...waiting, state: "terminated", ended: { exitCode: 137, reason: "OOMKilled" } },
      "OUT_OF_MEMORY",
    ],
    [
      "killed in an init container",
      { ...initial, ended: { exitCode: 137, reason: "OOMKilled" } },
      "OUT_OF_MEMORY",
    ],
    ["crashed once", { ...waiting, state: "terminated", ended: crashed }, "CRASH_LOOP"],
    [
      "back-off of a crash",
      { ...waiting, reason: "CrashLoopBackOff", restarts: 3, ended: crashed },
      "CRASH_LOOP",
    ],
    ["back-off of we know not what", { ...waiting, reason: "CrashLoopBackOff", restarts: 3 }, "CRASH_LOOP"],
    ["ended without an error", { ...waiting, state: "terminated", ended: { exitCode: 0 } }, "CRASH_LOOP"],
    [
      "an init container that is done",
      { ...initial, state: "terminated", ended: { exitCode: 0 } },
      undefined,
    ],
    [
      "running again, not yet for as long as before",
      { ...waiting, state: "running", restarts: 1, startedAt: nowMs - 5_000, ended: crashed },
      "CRASH_LOOP",
    ],
    [
      "running for longer than before",
      { ...waiting, state: "running", restarts: 1, startedAt: nowMs - 5_001, ended: crashed },
      undefined,
    ],
    [
      "running for longer than until it was killed",
      { ...waiting, state: "running", restarts: 1, startedAt: 0, ended: { ...crashed, reason: "OOMKilled" } },
      undefined,
    ],
    [
      "an init container that got further",
      { ...initial, state: "running", restarts: 1, startedAt: 0, ended: crashed },
      undefined,
    ],
    ["a missing key", fetching("An error occurred (NoSuchKey)"), "MODEL_NOT_FOUND"],
    [
      "nothing under the prefix",
      fetching("RuntimeError: Failed to fetch model. No model found in s3://m/v9"),
      "MODEL_NOT_FOUND",
    ],
    ["404", fetching("(404) when calling the HeadObject operation: Not Found"), "MODEL_NOT_FOUND"],
    [
      "401 for what is not there",
      fetching("401 Client Error. Repository Not Found for url"),
      "MODEL_NOT_FOUND",
    ],
    ["403", fetching("(403) when calling the HeadObject operation: Forbidden"), "MODEL_ACCESS_DENIED"],
    ["no credentials", fetching("NoCredentialsError: Unable to locate credentials"), "MODEL_ACCESS_DENIED"],
    [
      "a name that does not resolve",
      fetching("Could not connect to the endpoint URL"),
      "MODEL_DOWNLOAD_FAILED",
    ],
    ["an end without a word", { ...initial, ended: { exitCode: 2 } }, "MODEL_DOWNLOAD_FAILED"],
  ];
  for (const [what, container, reason] of cases) {
    it(`${what}: ${reason ?? "nothing"}`, () => assert.equal(find(container)?.reason, reason));
  }

  it("is told in a line, with a command", () => {
    assert.deepEqual(find({ ...waiting, reason: "CrashLoopBackOff", restarts: 3, ended: crashed }), {
      reason: "CRASH_LOOP",
      evidence: `container kserve-container of pod ${pod.name}, restarts: 3, exited with 1 after 5 s: no such layer`,
      command: `oc -n user1-test logs ${pod.name} -c kserve-container --previous`,
    });
    assert.deepEqual(find({ ...waiting, reason: "ErrImagePull", message: "manifest\nunknown" }), {
      reason: "IMAGE_PULL_FAILED",
      evidence: `container kserve-container of pod ${pod.name}: ErrImagePull: manifest unknown`,
      command: `oc -n user1-test describe pod ${pod.name}`,
    });
    assert.deepEqual(find({ ...waiting, reason: "CreateContainerError", message: "no such file" }), {
      reason: "CONTAINER_NOT_STARTED",
      evidence: `container kserve-container of pod ${pod.name}: CreateContainerError: no such file`,
      command: `oc -n user1-test describe pod ${pod.name}`,
    });
    assert.equal(
      find({ ...waiting, ended: { exitCode: 137, reason: "OOMKilled" } })?.command,
      `oc -n user1-test get pod ${pod.name} -o jsonpath='{.spec.containers[*].resources}'`,
    );
    assert.match(
      find(fetching("NoSuchKey"))?.evidence ?? "",
      /^init container storage-initializer of pod .* exited with 1, restarts: 1: NoSuchKey$/,
    );
    assert.match(
      find({ ...waiting, ended: { exitCode: 137, reason: "OOMKilled" } })?.evidence ?? "",
      /was OOMKilled, restarts: 0$/,
    );
    assert.match(
      find({ ...waiting, state: "terminated", ended: crashed })?.command ?? "",
      /-c kserve-container$/,
    );
    assert.match(find({ ...waiting, reason: "CrashLoopBackOff" })?.evidence ?? "", /no reason given$/);
  });

  it("puts no name into a command that could do something else", () => {
    const container = { ...waiting, name: "x; rm -rf /", reason: "CrashLoopBackOff" };
    const hostile = { ...pod, name: "$(reboot)" };
    const finding = containerFinding({ namespace: "a b", pod: hostile, container, nowMs });
    assert.equal(finding?.command, "oc -n NAME logs NAME -c NAME");
  });
});

describe("a container that crashes again and again", () => {
  const twice: ContainerReading = { ...waiting, restarts: 2, ended: crashed };
  const cases: readonly (readonly [string, ContainerReading, boolean])[] = [
    ["twice", twice, true],
    ["once", { ...twice, restarts: 1 }, false],
    ["running, we know not since when", { ...twice, state: "running" }, true],
    [
      "having run, we know not for how long",
      { ...twice, state: "running", startedAt: 0, ended: { exitCode: 1 } },
      true,
    ],
    [
      "waiting to be started again, though it began long ago",
      { ...twice, startedAt: 0, reason: "CrashLoopBackOff" },
      true,
    ],
    ["running for longer now", { ...twice, state: "running", startedAt: 0 }, false],
    ["restarted without an end that is known", { ...twice, ended: undefined }, false],
  ];
  for (const [what, container, expected] of cases) {
    it(`${what}: ${expected}`, () => assert.equal(isCrashLooping(container, nowMs), expected));
  }
});

describe("a container that comes to nothing by itself", () => {
  it("waits for what somebody has to mend", () => {
    for (const reason of ["ImagePullBackOff", "CreateContainerConfigError", "CrashLoopBackOff"]) {
      assert.ok(isBlocked({ ...waiting, reason }), reason);
    }
    assert.ok(!isBlocked({ ...waiting, reason: "PodInitializing" }));
    assert.ok(!isBlocked(waiting));
    assert.ok(!isBlocked({ ...waiting, state: "terminated", reason: "CrashLoopBackOff" }));
  });
});
