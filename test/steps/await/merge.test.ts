import assert from "node:assert/strict";
import { merge } from "../../../src/steps/await/merge.ts";
import { createClock, type VirtualClock } from "../fakes.ts";

async function* items<T>(clock: VirtualClock, all: readonly (readonly [ms: number, item: T])[]) {
  for (const [ms, item] of all) {
    await clock.sleep(ms);
    yield item;
  }
}

async function* broken(clock: VirtualClock, ms: number, error: unknown): AsyncGenerator<never> {
  await clock.sleep(ms);
  yield* [];
  throw error;
}

async function collect<T>(source: AsyncIterable<T>): Promise<{ got: T[]; error?: unknown }> {
  const got: T[] = [];
  try {
    for await (const item of source) got.push(item);
    return { got };
  } catch (error) {
    return { got, error };
  }
}

describe("merging sources", () => {
  it("keeps the order of arrival", async () => {
    const clock = createClock();
    const one = items(clock, [
      [1, "a"],
      [10, "d"],
    ]);
    const other = items(clock, [
      [2, "b"],
      [2, "c"],
    ]);
    assert.deepEqual(await collect(merge([one, other])), { got: ["a", "b", "c", "d"] });
  });

  it("loses nothing while the reader is slow", async () => {
    const clock = createClock();
    const got: number[] = [];
    const fast = items(
      clock,
      Array.from({ length: 50 }, (_, index) => [1, index] as const),
    );
    for await (const item of merge([fast])) {
      got.push(item);
      await clock.sleep(7);
    }
    assert.deepEqual(
      got,
      Array.from({ length: 50 }, (_, index) => index),
    );
  });

  it("gives out what arrived before a source broke, then throws its error", async () => {
    const clock = createClock();
    const error = new Error("broken");
    const merged = merge<string>([
      items(clock, [
        [1, "a"],
        [2, "b"],
        [9, "c"],
      ]),
      broken(clock, 5, error),
    ]);
    assert.deepEqual(await collect(merged), { got: ["a", "b"], error });
  });

  it("throws the first of several errors, be it undefined", async () => {
    const clock = createClock();
    const outcome = await collect(merge([broken(clock, 2, new Error("later")), broken(clock, 1, undefined)]));
    assert.deepEqual(outcome, { got: [], error: undefined });
    assert.ok("error" in outcome);
  });

  it("ends when all sources have ended", async () => {
    const clock = createClock();
    assert.deepEqual(await collect(merge([])), { got: [] });
    assert.deepEqual(await collect(merge([items(clock, []), items(clock, [])])), { got: [] });
  });

  it("can be left early", async () => {
    const clock = createClock();
    for await (const item of merge([
      items(clock, [
        [1, "a"],
        [1, "b"],
      ]),
    ])) {
      assert.equal(item, "a");
      break;
    }
  });
});
