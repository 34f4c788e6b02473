import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Reading, startWorld, type World } from "./harness.ts";
import type { Json } from "./objects.ts";

/** The columns without READY, which comes and goes in between. */
type Columns = readonly (string | number | null)[];

/** The changes of a recording, each with the columns read after it; numbers less `offset`. */
function recorded(file: string, offset: number): Columns[][] {
  const text = readFileSync(new URL(`../../fixtures/recordings/${file}.jsonl`, import.meta.url), "utf8");
  const rounds: Columns[][] = [];
  for (const row of text.trim().split("\n")) {
    const entry: Json = JSON.parse(row);
    if (entry.apply !== undefined) rounds.push([]);
    if (entry.reading === undefined || entry.kind !== "InferenceService") continue;
    const { PREV, LATEST, PREVROLLEDOUTREVISION, LATESTREADYREVISION } = entry.reading;
    const number = (name: string | null) => (name === null ? null : `${Number(name) - offset}`);
    rounds.at(-1)?.push([PREV, LATEST, number(PREVROLLEDOUTREVISION), number(LATESTREADYREVISION)]);
  }
  return rounds.map(distinct);
}

function columnsOf(reading: Reading): Columns {
  const { prev, latest, prevRevision, latestRevision } = reading;
  return [prev ?? null, latest ?? null, prevRevision ?? null, latestRevision ?? null];
}

function distinct(all: readonly Columns[]): Columns[] {
  const same = (a: Columns | undefined, b: Columns) => JSON.stringify(a) === JSON.stringify(b);
  return all.filter((columns, i) => !same(all[i - 1], columns));
}

type Change = Parameters<World["apply"]>[0];

/** Applies `changes` one after the other; the columns seen after each. */
function replayed(world: World, changes: readonly Change[]): Columns[][] {
  return changes.map((change) => {
    world.apply(change);
    world.settle(15_000);
    return distinct(world.seen.map(({ reading }) => columnsOf(reading)));
  });
}

const DEPLOY: Change = { version: "v1" };
const STAGE: Change = { version: "v2", percent: 0 };

/** What was there when the recording began, the recording's own changes, and its first revision's number less one. */
const REPLAYS: readonly (readonly [string, readonly Change[], readonly Change[], number])[] = [
  ["a", [], [DEPLOY], 0],
  ["b", [DEPLOY], [STAGE], 0],
  ["c", [DEPLOY, STAGE], [{ percent: 20 }], 0],
  ["d", [DEPLOY, STAGE, { percent: 20 }], [{ percent: 100 }], 0],
  ["e", [DEPLOY, STAGE, { percent: 100 }], [{ percent: 0 }], 0],
  ["f", [DEPLOY, STAGE, { percent: 100 }, { percent: 0 }], [{ percent: 100 }], 0],
  ["h", [DEPLOY, STAGE, { percent: 100 }], [{ version: "v3" }], 15],
  ["i", [DEPLOY, STAGE, { percent: 100 }], [{ percent: 0 }, { version: "v3" }, { percent: 100 }], 16],
  [
    "j",
    [DEPLOY, STAGE, { percent: 100 }, { percent: 0 }, { version: "v3" }, { percent: 100 }],
    [{ percent: 0 }, { percent: undefined }],
    16,
  ],
  ["k", [], [{ version: "v1", percent: 0 }, { version: "v2" }, { percent: 100 }], 0],
];

describe("cluster: the order of readings, against the recordings", () => {
  for (const [file, before, changes, offset] of REPLAYS) {
    it(`${file}.jsonl`, () => {
      const world = startWorld();
      replayed(world, before);
      const got = replayed(world, changes);
      world.driver.stop();
      assert.deepEqual(withoutFirst(got), withoutFirst(recorded(file, offset)));
    });
  }
});

/** The first reading after a change is the old state; the recordings do not always have it after their marker. */
function withoutFirst(rounds: readonly Columns[][]): Columns[][] {
  let last: string | undefined;
  return rounds.map((round) => {
    const kept = round.filter(
      (columns, i) => i > 0 || JSON.stringify(columns) !== (last ?? JSON.stringify(columns)),
    );
    last = JSON.stringify(round.at(-1));
    return kept;
  });
}
