import assert from "node:assert/strict";
import { type MachineClock, systemClock } from "../../src/cli/clock.ts";
import type { Timeline } from "../../src/core/run-state.ts";

describe("the machine's clock", () => {
  const clock = systemClock();

  it("tells the time in milliseconds since the epoch", () => {
    const behind = Date.now() - clock.now();
    // The machine's own clock may be slewed for as long as this process runs.
    assert.ok(Math.abs(behind) < 10 + 0.001 * performance.now(), `${behind} ms`);
    assert.ok(Number.isInteger(clock.now()));
  });

  for (const jump of [3_600_000, -3_600_000]) {
    it(`goes on evenly where the machine's is set by ${jump} ms: no wait ends for that, nor goes on`, () => {
      const real = Date.now;
      let offset = 0;
      Date.now = () => real() + offset;
      try {
        const own = systemClock();
        const before = own.now();
        offset = jump;
        const passed = own.now() - before;
        assert.ok(passed >= 0 && passed < 10_000, `${passed} ms`);
      } finally {
        Date.now = real;
      }
    });
  }

  it("goes on with the time of an earlier process on this machine, and knows by how much it was set since", () => {
    const { timeline }: MachineClock = systemClock();
    assert.ok(timeline !== undefined, "Linux tells its starts apart");
    for (const wrongMs of [-3_600_000, 3_600_000]) {
      const earlier: Timeline = { ...timeline, zero: timeline.zero + wrongMs };

      const later = systemClock(earlier);

      const apart = later.now() - systemClock().now() - wrongMs;
      assert.ok(Math.abs(apart) < 100, `${apart} ms`);
      assert.ok(Math.abs(later.setByMs + wrongMs) < 100, `${later.setByMs} ms`);
      assert.deepEqual(later.timeline, earlier, "for the next one");
    }
  });

  it("begins a time of its own on another machine, or after another start of it", () => {
    const { timeline } = systemClock();
    const elsewhere = systemClock({ boot: "another", zero: 0 });
    assert.ok(Math.abs(elsewhere.now() - systemClock().now()) < 100);
    assert.equal(elsewhere.setByMs, 0);
    assert.equal(elsewhere.timeline?.boot, timeline?.boot);
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
