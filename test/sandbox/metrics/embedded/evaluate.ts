/** Prometheus' semantics (2.x) for the expressions of promql.ts, at one moment. */
import { type Expression, type Matcher, QueryError } from "./promql.ts";
import { rate, type Sample } from "./rate.ts";
import { type Labels, labelsKey, type StoredSeries } from "./store.ts";

export interface VectorElement {
  readonly labels: Labels;
  readonly sample: Sample;
}

export interface MatrixElement {
  readonly labels: Labels;
  readonly samples: readonly Sample[];
}

export type Value =
  | { readonly kind: "vector"; readonly elements: readonly VectorElement[] }
  | { readonly kind: "matrix"; readonly elements: readonly MatrixElement[] };

/** How far an instant query looks back for a series' latest sample. */
const lookBackMs = 300_000;

/** `time`: milliseconds since the epoch. Throws a `QueryError`. */
export function evaluate(expression: Expression, series: readonly StoredSeries[], time: number): Value {
  if (expression.kind === "matrix") {
    return { kind: "matrix", elements: matrix(expression, series, time) };
  }
  return { kind: "vector", elements: vector(expression, series, time) };
}

function vector(
  expression: Exclude<Expression, { kind: "matrix" }> | Expression,
  series: readonly StoredSeries[],
  time: number,
): readonly VectorElement[] {
  switch (expression.kind) {
    case "vector":
      return select(series, expression.matchers).flatMap((one) => latest(one, time) ?? []);
    case "rate":
      return rates(expression.of, series, time);
    case "sum":
      return sum(vector(expression.of, series, time), expression.by, time);
    case "matrix":
      throw new QueryError("expected type instant vector, got range vector");
  }
}

function select(series: readonly StoredSeries[], matchers: readonly Matcher[]): readonly StoredSeries[] {
  return series.filter(({ labels }) => matchers.every(({ label, matches }) => matches(labels[label] ?? "")));
}

/** The latest sample, stamped with the time of the query, unless it is too old or the series has ended. */
function latest({ labels, points }: StoredSeries, time: number): VectorElement | undefined {
  const last = points.filter((point) => point.time <= time).at(-1);
  if (last === undefined || last.value === "stale" || last.time < time - lookBackMs) return undefined;
  return { labels, sample: { time, value: last.value } };
}

/** Both ends belong to the range (Prometheus 3 leaves the beginning out). */
function matrix(
  { matchers, rangeMs }: Expression & { readonly kind: "matrix" },
  series: readonly StoredSeries[],
  end: number,
): readonly MatrixElement[] {
  return select(series, matchers).flatMap(({ labels, points }) => {
    const samples = points.flatMap(({ time, value }) =>
      value !== "stale" && time >= end - rangeMs && time <= end ? { time, value } : [],
    );
    return samples.length === 0 ? [] : { labels, samples };
  });
}

function rates(
  range: Expression & { readonly kind: "matrix" },
  series: readonly StoredSeries[],
  time: number,
): readonly VectorElement[] {
  const elements = matrix(range, series, time).flatMap(({ labels: { __name__: _, ...labels }, samples }) => {
    const value = rate(samples, time, range.rangeMs);
    return value === undefined ? [] : { labels, sample: { time, value } };
  });
  if (new Set(elements.map(({ labels }) => labelsKey(labels))).size < elements.length) {
    throw new QueryError("vector cannot contain metrics with the same labelset");
  }
  return elements;
}

function sum(
  elements: readonly VectorElement[],
  by: readonly string[],
  time: number,
): readonly VectorElement[] {
  const groups = new Map<string, { readonly labels: Labels; readonly value: number }>();
  for (const { labels: all, sample } of elements) {
    // A label that is absent and one that is empty are the same.
    const labels = Object.fromEntries(
      by.filter((label) => all[label]).map((label) => [label, all[label] ?? ""]),
    );
    const key = labelsKey(labels);
    groups.set(key, { labels, value: (groups.get(key)?.value ?? 0) + sample.value });
  }
  return [...groups.values()].map(({ labels, value }) => ({ labels, sample: { time, value } }));
}
