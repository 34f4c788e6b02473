import assert from "node:assert/strict";
import type { ModelFault } from "../sandbox/cluster/faults.ts";
import { setFaults } from "../sandbox/cluster/faults.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { program } from "./program.ts";

/** A fault before it is given to a version. */
type Fault = ModelFault extends infer F ? (F extends ModelFault ? Omit<F, "match"> : never) : never;

describe("a green that gets stuck", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ prometheus: "none" });
  });
  after(() => sandbox.stop());

  let serial = 1;
  async function stageWith(fault: Fault) {
    serial += 1;
    const match = `v${serial}`;
    setFaults(sandbox.store, { models: [{ ...fault, match } as ModelFault] });
    const argv = [
      "stage",
      "--model-version",
      match,
      "--progress-timeout",
      "2s",
      "--max-errors",
      "1",
      "--output",
      "json",
    ];
    const ended = await program(sandbox, argv);
    return { ...ended, report: JSON.parse(ended.out) };
  }

  const cases: readonly (readonly [fault: Fault, reason: string, evidence: RegExp, command: RegExp])[] = [
    [{ kind: "image-pull" }, "IMAGE_PULL_FAILED", /ImagePullBackOff: Back-off pulling image/, /describe pod/],
    [
      { kind: "model-not-found" },
      "MODEL_NOT_FOUND",
      /storage-initializer .*NoSuchKey/,
      /logs \S+ -c storage-init/,
    ],
    [{ kind: "unschedulable" }, "UNSCHEDULABLE", /3 Insufficient nvidia\.com\/gpu/, /describe pod/],
    [{ kind: "quota" }, "QUOTA_EXCEEDED", /^ReplicaSet .*exceeded quota: gpus/, /describe quota/],
    [
      { kind: "crash-loop" },
      "CRASH_LOOP",
      /exited with 1.*the model server has crashed/,
      /logs .* --previous/,
    ],
    [{ kind: "crash-loop", oomKilled: true }, "OUT_OF_MEMORY", /was OOMKilled/, /get pod/],
  ];
  for (const [fault, reason, evidence, command] of cases) {
    it(`${reason}: exit 35 long before --timeout, with its evidence and the next command`, async () => {
      const { code, text, report } = await stageWith(fault);
      assert.equal(code, 35, text);
      assert.equal(report.reason, reason, text);
      assert.match(report.evidence, evidence);
      assert.match(report.evidence, /nothing has got on for \d+ s/);
      assert.match(report.command, command);
      const [active] = report.rollout.holdings;
      assert.deepEqual(
        [active.revision, active.warmth],
        ["jukebox-predictor-00001", "warm"],
        "blue serves on",
      );
    });
  }

  it("is told without the Events where these may not be read", async () => {
    sandbox.api.authorize(({ resource }) => resource !== "events");
    try {
      const { code, text, report } = await stageWith({ kind: "quota" });
      assert.equal(code, 35, text);
      assert.equal(report.reason, "ROLLOUT_TIMEOUT");
      assert.match(text, /Events cannot be read, so the cause is looked for without them/);
    } finally {
      sandbox.api.authorize(() => true);
    }
  });

  it("is none that is only slow", async () => {
    const { report, text } = await stageWith({ kind: "slow-start", startMs: 5_000 });
    assert.ok(report.rollout.cutOverAt > 0, text);
  });
});
