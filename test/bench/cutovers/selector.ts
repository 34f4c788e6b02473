/** What Prometheus answers an instant query of a bare range selector: the raw samples in its range. */
import type { Series } from "../../../src/ports.ts";

export interface StoredSample {
  /** When queries see it, by the simulation's own clock. */
  readonly stored: number;
  /** Seconds since the epoch, by Prometheus' clock. */
  readonly time: number;
  readonly value: number;
}

export interface StoredSeries {
  readonly labels: Series["labels"];
  /** In order of time. */
  readonly samples: readonly StoredSample[];
}

export interface AskedAt {
  /** By the simulation's own clock. */
  readonly now: number;
  /** The present by Prometheus' clock, in seconds since the epoch. */
  readonly right: number;
  /** Prometheus 3 leaves the left border out of a range. */
  readonly leftOpen: boolean;
}

export function select(
  promql: string,
  all: Iterable<StoredSeries>,
  { now, right, leftOpen }: AskedAt,
): readonly Series[] {
  const range = Number(/\}\[(\d+)s\]$/.exec(promql)?.[1]);
  const matchers = [...promql.matchAll(/(\w+)(=~|=)("(?:[^"\\]|\\.)*")/g)].map(
    ([, label = "", kind, value = ""]) => {
      const text: string = JSON.parse(value);
      const pattern = kind === "=~" ? new RegExp(`^(?:${text})$`) : undefined;
      return { label, matches: (given: string) => pattern?.test(given) ?? given === text };
    },
  );
  if (matchers.length === 0 || Number.isNaN(range)) throw new Error(`not understood: ${promql}`);
  const left = right - range;
  return [...all].flatMap(({ labels, samples }) => {
    if (!matchers.every(({ label, matches }) => matches(labels[label] ?? ""))) return [];
    const inRange = samples.filter(
      ({ stored, time }) => stored <= now && time <= right && (leftOpen ? time > left : time >= left),
    );
    if (inRange.length === 0) return [];
    return [{ labels, samples: inRange.map(({ time, value }) => ({ time, value })) }];
  });
}
