import assert from "node:assert/strict";
import { systemClock } from "../../src/cli/clock.ts";

describe("the machine's clock", () => {
  const clock = systemClock();

  it("tells the time in milliseconds since the epoch", () => {
    const [before, now, after] = [Date.now(), clock.now(), Date.now()];
    assert.ok(before <= now && now <= after);
  });

  it("sleeps as long as asked", async () => {
    const start = performance.now();
    await clock.sleep(20);
    assert.ok(performance.now() - start >= 19);
  });

  it("wakes at once when it is stopped, and leaves no timer and no listener", async () => {
    const stop = new AbortController();
    let listeners = 0;
    const { signal } = stop;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    await new Promise((resolve) => setImmediate(resolve)); // mocha sets a timer of its own for an asynchronous test
    const before = timers();
    const sleeping = clock.sleep(3_600_000, signal);
    assert.equal(timers(), before + 1);

    stop.abort();
    await sleeping;

    assert.deepEqual([timers(), listeners], [before, 0]);
  });

  it("does not sleep when it was stopped before", async () => {
    await clock.sleep(3_600_000, AbortSignal.abort());
  });

  it("takes its listener back after a sleep that was not stopped", async () => {
    const stop = new AbortController();
    await clock.sleep(1, stop.signal);
    stop.abort();
  });
});
