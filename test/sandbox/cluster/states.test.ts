import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setFaults } from "./faults.ts";
import { startWorld, type World } from "./harness.ts";
import { ANNOTATION_TAG_ROUTING } from "./kinds.ts";
import type { Json } from "./objects.ts";

const STATES_FILE = new URL("../../fixtures/kserve-states.json", import.meta.url);
const states: readonly Json[] = JSON.parse(readFileSync(STATES_FILE, "utf8")).states;

function stateNamed(id: string): Json {
  const found = states.find((state) => state.state.startsWith(`${id}-`));
  if (found === undefined) throw new Error(`no state ${id}`);
  return found;
}

/** The file counts from 00023 on; a new cluster from 00001. */
function renumbered<T>(value: T): T {
  const text = JSON.stringify(value ?? null);
  return JSON.parse(
    text.replace(/predictor-000(\d\d)/g, (_, n) => `predictor-${`${Number(n) - 22}`.padStart(5, "0")}`),
  );
}

function deployed(world: World): void {
  world.apply({ version: "v1" });
  world.settle();
}

function staged(world: World): void {
  deployed(world);
  world.apply({ version: "v2", percent: 0 });
  world.settle();
}

function promoted(world: World): void {
  staged(world);
  world.apply({ percent: 20 });
  world.settle();
  world.apply({ percent: 100 });
  world.settle();
}

function rolledBack(world: World): void {
  promoted(world);
  world.apply({ percent: 0 });
  world.settle();
}

function changed(before: (world: World) => void, change: Parameters<World["apply"]>[0], ms?: number) {
  return (world: World) => {
    before(world);
    world.apply(change);
    world.settle(ms);
  };
}

function tagged(steps: (world: World) => void) {
  return (world: World) => {
    world.annotate({ [ANNOTATION_TAG_ROUTING]: "true" });
    steps(world);
  };
}

/** Long enough for everything but the new pod. */
const BEFORE_READY_MS = 1000;

const PATHS: Readonly<Record<string, (world: World) => void>> = {
  S1: deployed,
  S2: changed(deployed, { version: "v2", percent: 0 }, BEFORE_READY_MS),
  S3: staged,
  S4: changed(staged, { percent: 20 }),
  S5: promoted,
  S6: rolledBack,
  S7: changed(rolledBack, { percent: 100 }),
  S8: changed(rolledBack, { version: "v3" }, BEFORE_READY_MS),
  S9: changed(rolledBack, { version: "v3" }),
  S10: changed(promoted, { version: "v3" }, BEFORE_READY_MS),
  S11: changed(promoted, { version: "v3" }),
  S12: changed(promoted, { version: "v3", percent: 0 }, BEFORE_READY_MS),
  S13: changed(promoted, { version: "v3", percent: 0 }),
  S14(world) {
    setFaults(world.store, { models: [{ match: "v3", kind: "crash-loop" }] });
    changed(promoted, { version: "v3", percent: 0 }, 130_000)(world);
  },
  S15: changed(promoted, { percent: undefined }),
  S16: changed(rolledBack, { percent: undefined }),
  S17: changed(staged, { percent: undefined }),
  S19(world) {
    world.apply({ version: "v1", percent: 0 });
    world.settle();
  },
  S21: tagged(changed(deployed, { version: "v2", percent: 0 }, BEFORE_READY_MS)),
  S22: tagged(staged),
  S23: tagged(changed(staged, { percent: 100 })),
};

describe("cluster: the states of an InferenceService", () => {
  for (const [id, path] of Object.entries(PATHS)) {
    it(`reaches ${id}`, () => {
      const expected = stateNamed(id);
      const world = startWorld({ urlScheme: "https" });
      path(world);
      const reading = world.reading();
      const status = world.isvc().status;
      world.driver.stop();

      const columns = renumbered(expected.ocGetIsvcColumns);
      const name = (revision: string | undefined) =>
        revision === undefined ? null : `jukebox-predictor-${revision.padStart(5, "0")}`;
      assert.deepEqual(
        {
          READY: reading.ready,
          PREV: reading.prev ?? null,
          LATEST: reading.latest ?? null,
          PREVROLLEDOUTREVISION: name(reading.prevRevision),
          LATESTREADYREVISION: name(reading.latestRevision),
        },
        columns,
      );
      assert.deepEqual(status.components.predictor, renumbered(expected.object.status.components.predictor));
      const brief = ({ type, status, reason }: Json) => ({ type, status, ...(reason ? { reason } : {}) });
      assert.deepEqual(status.conditions.map(brief), expected.object.status.conditions.map(brief));
      const split = Object.entries(renumbered(expected.dataplanePercentByRevision))
        .filter(([, percent]) => (percent as number) > 0)
        .map(([revision, percent]) => `${revision.replace(/^.*-0*/, "")}:${percent}`);
      assert.deepEqual(reading.split.split(" ").sort(), split.sort());
      assert.equal(status.modelStatus.transitionStatus, expected.object.status.modelStatus.transitionStatus);
    });
  }

  it("counts the Knative Service's generations, two of them for a rollback", () => {
    for (const [id, generation] of Object.entries({ S1: 1, S3: 2, S4: 3, S5: 4, S6: 6, S7: 7 })) {
      const world = startWorld();
      PATHS[id]?.(world);
      world.driver.stop();
      assert.equal(world.service().metadata.generation, generation, id);
      assert.equal(world.isvc().status.observedGeneration, generation, id);
    }
  });
});
