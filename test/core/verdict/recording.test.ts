import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { judge } from "../../../src/core/verdict/judge.ts";
import type { Series } from "../../../src/ports.ts";
import { blue, pod } from "./builders.ts";

type Row = readonly [time: number, pod: string, method: string, job: string, value: string];
interface Recording {
  readonly cutOverAt: number;
  readonly active: string;
  readonly rows: readonly Row[];
}

const recordings = JSON.parse(
  readFileSync(new URL("../../fixtures/prometheus/prom_de.json", import.meta.url), "utf8"),
) as Record<"promote" | "rollback", Recording>;

const inference = (row: Row) => row[2] === "ModelInfer";

function keyOf(row: Row): string {
  return row.slice(1, 4).join();
}

function seriesOf(rows: readonly Row[]): readonly Series[] {
  const keys = [...new Set(rows.map(keyOf))];
  return keys.map((key) => {
    const all = rows.filter((row) => keyOf(row) === key);
    const [, name = "", method = "", job = ""] = all[0] ?? [];
    return {
      labels: { __name__: "ovms_requests_success", pod: name, method, job },
      samples: all.map(([time, , , , value]) => ({ time, value: Number(value) })),
    };
  });
}

function judgeAt(
  recording: Recording,
  after: number,
  change: { settle?: number; rows?: typeof inference } = {},
) {
  const { active, cutOverAt, rows } = recording;
  const now = cutOverAt + after;
  const seen = rows.filter((row) => row[0] <= now && (change.rows ?? inference)(row));
  const scrapedNow = new Set(seen.filter(([time]) => time > now - 6).map((row) => row[1]));
  return judge({
    service: "jukebox",
    active,
    pods: [...scrapedNow].map((name) => pod(name)),
    answer: { series: seriesOf(seen), warnings: [] },
    cutOverAt: cutOverAt * 1000,
    settleSeconds: change.settle ?? 2,
    nowMs: now * 1000,
  });
}

describe("a recorded promote and rollback, every series scraped by two jobs", () => {
  for (const name of ["promote", "rollback"] as const) {
    it(`${name}: passes two scrapes after the cut-over, and stays`, () => {
      const first = [3, 6, 9, 12, 15].find((after) => judgeAt(recordings[name], after).verdict === "PASS");

      assert.ok(first !== undefined && first <= 12, `first PASS after ${first} s`);
      for (const after of [15, 20, 25, 30]) assert.equal(judgeAt(recordings[name], after).verdict, "PASS");
    });

    it(`${name}: counts a request once`, () => {
      const judgement = judgeAt(recordings[name], 30);

      // 20 requests/s were sent; doubled it would be 40.
      const [served] = judgement.pods.filter(({ role }) => role === "active");
      const seconds = (served?.last?.time ?? 0) - (served?.base?.time ?? 0);
      assert.ok(Math.abs(judgement.activeRequests / seconds - 20) < 1, judgement.summary);
    });

    it(`${name}: fails against the revision that had served`, () => {
      const recording = recordings[name];
      const loser = recording.rows
        .map((row) => row[1].slice(0, blue.length))
        .find((it) => it !== recording.active);

      assert.equal(judgeAt({ ...recording, active: loser ?? "" }, 30).verdict, "FAIL");
    });
  }

  it("is not disturbed when blue's pod vanishes", () => {
    const judgement = judgeAt(recordings.promote, 115);

    assert.equal(judgement.verdict, "PASS", judgement.summary);
    assert.deepEqual(
      judgement.pods.map(({ presence, role }) => `${role} ${presence}`),
      ["other gone", "active ready"],
    );
  });

  it("is not disturbed by readiness probes on idle blue, should the query let them through", () => {
    assert.equal(judgeAt(recordings.promote, 60, { rows: () => true }).verdict, "PASS");
  });

  it("would fail for them, were they not told apart by their method", () => {
    const { rows, ...rest } = recordings.promote;
    const asInference = rows.map(([time, name, , job, value]): Row => [time, name, "ModelInfer", job, value]);

    assert.equal(judgeAt({ ...rest, rows: asInference }, 60).verdict, "FAIL");
  });

  it("fails where the base lies before the last requests on blue", () => {
    assert.equal(judgeAt(recordings.promote, 30, { settle: -25 }).verdict, "FAIL");
  });
});
