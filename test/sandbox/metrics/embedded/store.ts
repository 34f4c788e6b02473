/** The embedded Prometheus' memory: one list of samples per set of labels. */

export type Labels = Readonly<Record<string, string>>;

export interface Point {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** `stale` is Prometheus' marker for "no longer there": not a sample, but it ends a series for instant queries. */
  readonly value: number | "stale";
}

export interface StoredSeries {
  readonly labels: Labels;
  readonly points: readonly Point[];
}

export interface SampleStore {
  append(labels: Labels, point: Point): void;
  all(): readonly StoredSeries[];
}

const keepMs = 2 * 3_600_000;

export function createSampleStore(): SampleStore {
  const series = new Map<string, { readonly labels: Labels; readonly points: Point[] }>();
  return {
    append(labels, point) {
      const key = labelsKey(labels);
      const known = series.get(key) ?? { labels, points: [] };
      series.set(key, known);
      const last = known.points.at(-1);
      // As Prometheus: out of order samples are dropped.
      if (last !== undefined && last.time >= point.time) return;
      known.points.push(point);
      while ((known.points[0]?.time ?? point.time) < point.time - keepMs) known.points.shift();
    },
    all: () => [...series.values()],
  };
}

/** Equal for equal sets of labels. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
