import assert from "node:assert/strict";
import { isCrashLooping } from "../../../src/core/stuck/containers.ts";
import { type Starts, timed } from "../../../src/core/stuck/starts.ts";
import type { ContainerReading, World } from "../../../src/core/world.ts";
import { r24, readyPod, worldIn } from "../states.ts";

const start = 1_700_000_000_000;
const second = 1_000;
const minute = 60 * second;

type Given = Partial<ContainerReading>;

function worldWith(...containers: readonly Given[]): World {
  const model = { name: "kserve-container", init: false, state: "running", restarts: 0 } as const;
  const pod = readyPod(r24, { ready: false, containers: containers.map((each) => ({ ...model, ...each })) });
  return { ...worldIn("S2"), pods: [pod] };
}

/** When the (first) container is said to have begun, after looks at these times, in milliseconds after the start. */
function begun(looks: readonly (readonly [atMs: number, container: Given])[]): number | undefined {
  let starts: Starts | undefined;
  let world: World | undefined;
  for (const [at, container] of looks) ({ starts, world } = timed(starts, worldWith(container), start + at));
  const startedAt = world?.pods[0]?.containers?.[0]?.startedAt;
  return startedAt && startedAt - start;
}

const by = (ms: number) => ({ startedAt: start + ms });
const waiting = { state: "waiting" } as const;

describe("when a container began", () => {
  const cases: readonly (readonly [string, number | undefined, readonly (readonly [number, Given])[]])[] = [
    ["before the first look, as its node says", -minute, [[0, by(-minute)]]],
    ["by a node ahead of us: now", 0, [[0, by(1)]]],
    ["is not known where its node does not say", undefined, [[0, {}], [9, {}]]], // biome-ignore format: short
    ["as it was first seen, whatever its node says later", -minute, [[0, by(-minute)], [second, by(9)]]], // biome-ignore format: short
    ["between two looks, as its node says", 5, [[0, waiting], [9, by(5)]]], // biome-ignore format: short
    ["at the last look", 0, [[0, waiting], [9, by(0)]]], // biome-ignore format: short
    ["at this one", 9, [[0, waiting], [9, by(9)]]], // biome-ignore format: short
    ["by a node behind us: not before the last look, so now", 9, [[0, waiting], [9, by(-1)]]], // biome-ignore format: short
    ["anew, with a restart between two looks", 9, [[0, by(-5)], [9, { ...by(-2), restarts: 1 }]]], // biome-ignore format: short
    ["anew, after it had ceased", 9, [[0, by(-5)], [3, waiting], [9, by(-5)]]], // biome-ignore format: short
  ];
  for (const [what, expected, looks] of cases) {
    it(what, () => assert.equal(begun(looks), expected));
  }

  it("is told of each by itself, of none that does not run, and of no other pod", () => {
    const first = timed(undefined, worldWith(by(7), { name: "other", ...by(-3) }, waiting), start);
    const again = timed(first.starts, worldWith(by(7), { name: "other", ...by(-9) }, waiting), start + 9);
    const startsOf = (world: World) => world.pods[0]?.containers?.map(({ startedAt }) => startedAt);
    assert.deepEqual(startsOf(first.world), [start, start - 3, undefined]);
    assert.deepEqual(startsOf(again.world), [start, start - 3, undefined]);
    const { pods, ...rest } = worldWith(by(-7));
    const renamed = { ...rest, pods: pods.map((pod) => ({ ...pod, name: "another" })) };
    assert.deepEqual(startsOf(timed(first.starts, renamed, start + 9).world), [start + 9]);
    const bare = { ...rest, pods: pods.map((pod) => ({ ...pod, containers: undefined })) };
    assert.deepEqual(timed(first.starts, bare, start).world, bare);
  });
});

describe("a container that restarted, on a node whose clock is minutes off", () => {
  const ended = { exitCode: 1, lifeMs: 30 * second };
  for (const offMs of [-5 * minute, 5 * minute]) {
    const running = (restarts: number, at: number) =>
      worldWith({ restarts, ended, startedAt: start + at + offMs });
    const isLooping = (world: World, at: number) => {
      const container = world.pods[0]?.containers?.[0];
      assert.ok(container);
      return isCrashLooping(container, start + at);
    };

    it(`crashes again and again until it has got further than the time before (${offMs / minute} min)`, () => {
      const before = timed(undefined, worldWith({ ...waiting, restarts: 2, ended }), start);
      const { world } = timed(before.starts, running(3, 10 * second), start + 10 * second);
      assert.ok(isLooping(world, 20 * second), "it runs for 10 s");
      assert.ok(isLooping(world, 40 * second));
      assert.ok(!isLooping(world, 40 * second + 1));
    });
  }
});
