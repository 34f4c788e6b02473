import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { unlessCancelled } from "../../src/steps/cancel.ts";
import { failureOf } from "./builders.ts";

const never = new Promise<never>(() => {});

describe("what only reads", () => {
  it("comes to what it comes to", async () => {
    const cancel = new AbortController();
    assert.equal(await unlessCancelled(cancel.signal, "here", Promise.resolve(1)), 1);
    const broken = new Error("broken");
    await assert.rejects(unlessCancelled(cancel.signal, "here", Promise.reject(broken)), broken);
  });

  it("leaves nothing on the signal: a run reads a thousand times", async () => {
    const { signal } = new AbortController();
    await unlessCancelled(signal, "here", Promise.resolve(1));
    await assert.rejects(unlessCancelled(signal, "here", Promise.reject(new Error("broken"))));
    assert.deepEqual(getEventListeners(signal, "abort"), []);
  });

  it("is given up at once when the run is cancelled, and says where", async () => {
    const cancel = new AbortController();
    const failure = failureOf(unlessCancelled(cancel.signal, "while looking", never));
    cancel.abort();
    const { reason, evidence } = await failure;
    assert.deepEqual([reason, evidence], ["CANCELLED", "while looking"]);
  });

  it("is not waited for where the run was cancelled before, and what it fails with is nobody's", async () => {
    const late = Promise.reject(new Error("late"));
    assert.equal((await failureOf(unlessCancelled(AbortSignal.abort(), "here", late))).reason, "CANCELLED");
  });
});
