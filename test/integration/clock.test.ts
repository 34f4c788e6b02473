/** The steps of a Task as processes, on a machine whose clock is set anew between two of them. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ended, startProcess } from "../faults/processes.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { builtBundle } from "../tekton/taskrun/bundle.ts";

/** What the machine says when the process begins. */
function setBy(ms: number): Readonly<Record<string, string>> {
  const code = `
    const { timeOrigin } = performance, { now } = Date;
    Object.defineProperty(performance, "timeOrigin", { value: timeOrigin + ${ms} });
    Date.now = () => now() + ${ms};
  `;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
}

describe("the machine's clock is set between two steps", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-clock-"));
    sandbox = await startSandbox({ requestsPerSecond: 20, prometheus: "embedded", scrapeSeconds: 0.6 });
  });
  after(async () => {
    await sandbox.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function step(run: string, argv: readonly string[], offsetMs = 0): Promise<Ended> {
    const state = ["--run-id", run, "--state-file", join(folder, `${run}.json`)];
    const quickly = {
      BLUEGREEN_SETTLE_TIME: "1s",
      BLUEGREEN_VERIFY_INTERVAL: "200ms",
      BLUEGREEN_VERIFY_TIMEOUT: "20s",
    };
    const env = { ...sandbox.env, ...quickly, ...setBy(offsetMs) };
    const ended = await startProcess(await builtBundle(), [...argv, ...state], env).ended;
    assert.equal(ended.code, 0, ended.text);
    return ended;
  }

  /** `wrongMs`: how far the clock is off before it is set to the right time. */
  async function cutOver(run: string, action: readonly string[], wrongMs: number): Promise<string> {
    await step(run, ["mutate", "--action", ...action], wrongMs);
    await step(run, ["await"], wrongMs);
    const { text } = await step(run, ["verify"]);
    await step(run, ["settle"]);
    return text;
  }

  it("counts from the cut-over all the same, and says that it was set", async () => {
    await cutOver("staged", ["stage", "--model-version", "v2"], 0);
    // Requests that blue answered before the cut-over are no leak of it.
    const forward = await cutOver("promoted", ["promote"], -3_600_000);
    assert.match(forward, /This machine's clock was set forward by 3600 s since the run began/);
    assert.doesNotMatch(await cutOver("rolled-back", ["rollback"], 0), /clock was set/);
  });
});
