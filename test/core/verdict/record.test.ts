import assert from "node:assert/strict";
import { judge } from "../../../src/core/verdict/judge.ts";
import { recordOf } from "../../../src/core/verdict/record.ts";
import type { Series } from "../../../src/ports.ts";
import { bluePod, busyGreen, cutOver, greenPod, idleBlue, input, pod, series } from "./builders.ts";

interface RecordedSeries {
  readonly labels: Series["labels"];
  readonly counted: boolean;
  readonly base: { readonly value: number };
  readonly last: { readonly value: number };
  readonly resets: readonly { readonly from: number; readonly to: number }[];
  readonly increase: number;
  readonly hidden: number;
  readonly samples: string;
}

function recorded(all: readonly Series[], change: Parameters<typeof input>[0] = {}) {
  const { pods, cut } = recordOf(judge(input(change, all)));
  // As it is read from the state file.
  const parsed = JSON.parse(JSON.stringify(pods)) as { requests: number; series: RecordedSeries[] }[];
  return { cut, pods: parsed, size: JSON.stringify(pods).length };
}

/** What a person does with the record: the sum of the steps, written out. */
function byHand({ samples, hidden }: RecordedSeries): number {
  const values = samples.split(" ").map((text) => Number(text.split("=")[1]));
  const steps = values.slice(1).map((value, index) => value - (values[index] ?? 0));
  return steps.reduce((sum, step, index) => sum + (step >= 0 ? step : (values[index + 1] ?? 0)), hidden);
}

describe("recordOf", () => {
  it("lets the verdict be redone by hand", () => {
    const reset = series(greenPod, [[7, 10], [12, 4], [17, 9]], { interface: "gRPC" }); // biome-ignore format: short
    const { pods, cut } = recorded([idleBlue(), busyGreen(), reset]);

    assert.equal(cut, undefined);
    for (const { requests, series: all } of pods) {
      const counted = all.filter((one) => one.counted);
      assert.equal(
        counted.reduce((sum, one) => sum + byHand(one), 0),
        requests,
      );
      assert.equal(
        counted.reduce((sum, one) => sum + one.increase + one.hidden, 0),
        requests,
      );
    }
    assert.deepEqual(pods[1]?.series[1]?.resets, [{ time: cutOver + 12, from: 10, to: 4 }]);
    assert.equal(pods[0]?.series[0]?.samples.split(" ")[0], `${cutOver + 6}=960`);
  });

  it("keeps its size, and says what it left out", () => {
    const points = Array.from({ length: 400 }, (_, n) => [6 + n, n === 200 ? 3 : n] as const);
    const many = Array.from({ length: 150 }, (_, n) =>
      series(greenPod, points, { version: String(n), interface: n < 10 ? "none" : "REST" }),
    );
    const idle = Array.from({ length: 5 }, () => series(bluePod, [[6, 1]]));
    const { pods, cut, size } = recorded([...idle, ...many], { nowMs: (cutOver + 406) * 1000 });

    assert.match(
      cut ?? "",
      /^55 of 155 series; samples between the first, the last and the resets of 100 series$/,
    );
    const kept = pods.flatMap(({ series: all }) => all);
    assert.equal(kept.length, 100);
    for (const one of kept) {
      assert.equal(one.samples.split(" ").length, 4);
      assert.equal(byHand(one), one.increase + one.hidden);
      assert.deepEqual([one.base.value, one.last.value], [0, 399]);
    }
    assert.ok(size < 100_000, String(size));
  });

  it("keeps what tells first", () => {
    const idle = Array.from({ length: 120 }, (_, n) => series(bluePod, [[6, 1], [11, 1]], { version: String(n) })); // biome-ignore format: short
    const { pods, cut } = recorded([...idle, busyGreen()]);

    assert.equal(cut, "21 of 121 series");
    assert.equal(pods[1]?.series.length, 1);
  });

  it("tells which of two jobs' series counts", () => {
    const again = { ...busyGreen(), labels: { ...busyGreen().labels, job: "again" } };
    const { pods } = recorded([idleBlue(), busyGreen(), again]);

    assert.deepEqual(
      pods[1]?.series.map(({ counted }) => counted),
      [true, false],
    );
  });

  it("has nothing of a pod that nobody scraped", () => {
    assert.deepEqual(recorded([], { pods: [pod(greenPod)] }).pods[0]?.series, []);
  });
});
