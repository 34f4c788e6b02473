/**
 * What Prometheus answers to the few forms of queries that the simulated worlds ask, from its samples and by its own rules
 * (`extrapolatedRate` and `instantValue` in promql/functions.go):
 *
 *   M{…}[57s]   rate(M{…}[1m])   sum(X)   sum by (pod) (increase(M{…}[57s]))   sum(rate(M[5m])) by (pod)   X + Y   X > 0
 *
 * Anything else is an error, so that no query is answered by a guess.
 */
import type { Series } from "../../src/ports.ts";
import { type AskedAt, type StoredSeries, select } from "../bench/cutovers/selector.ts";

type Samples = Series["samples"];

/** One series of an instant vector. */
interface Row {
  readonly labels: Series["labels"];
  readonly value: number;
}

const rangeForm = /^([\w:]*)(\{.*\})?\[(\d+)([sm])\]$/;
const callForm = /^(rate|increase|irate)\((.+)\)$/;
const sumForm = /^sum by \((\w+)\) \((.+)\)$/;
const totalForm = /^sum\((.+)\)$/;
const lateSumForm = /^sum ?\((.+)\) by \((\w+)\)$/;

/** An instant query at the present that `at` names. */
export function answerTo(text: string, all: Iterable<StoredSeries>, at: AskedAt): readonly Series[] {
  const promql = text.trim();
  if (rangeForm.test(promql)) return samplesOf(promql, all, at).series;
  const time = Math.round(at.right * 1000) / 1000;
  return evaluate(promql, [...all], at).map(({ labels, value }) => ({ labels, samples: [{ time, value }] }));
}

function evaluate(promql: string, all: readonly StoredSeries[], at: AskedAt): readonly Row[] {
  const [, positive] = /^(.+) > 0$/.exec(promql) ?? [];
  if (positive !== undefined) return evaluate(positive, all, at).filter(({ value }) => value > 0);
  const [left = "", right] = promql.split(" + ");
  if (right !== undefined) return added(evaluate(left, all, at), evaluate(right, all, at));
  const [, label, summed] = sumForm.exec(promql) ?? [];
  if (summed !== undefined) return sumBy(label as string, evaluate(summed, all, at));
  const [, early, by] = lateSumForm.exec(promql) ?? [];
  if (early !== undefined) return sumBy(by as string, evaluate(early, all, at));
  const [, total] = totalForm.exec(promql) ?? [];
  if (total !== undefined) return sumBy(undefined, evaluate(total, all, at));
  const [, name, range = ""] = callForm.exec(promql) ?? [];
  if (name === undefined) throw new Error(`not understood: ${promql}`);
  const { series, seconds } = samplesOf(range, all, at);
  return series.flatMap(({ labels: { __name__: _, ...labels }, samples }) => {
    const value = name === "irate" ? instantRate(samples) : increaseOf(samples, at.right, seconds);
    if (value === undefined) return [];
    return [{ labels, value: name === "rate" ? value / seconds : value }];
  });
}

function samplesOf(range: string, all: Iterable<StoredSeries>, at: AskedAt) {
  const [, name, braces = "{}", length, unit] = rangeForm.exec(range) ?? [];
  if (name === undefined) throw new Error(`not understood: ${range}`);
  const seconds = Number(length) * (unit === "m" ? 60 : 1);
  const matchers = name === "" ? braces : `{__name__="${name}",${braces.slice(1)}`;
  return { seconds, series: select(`${matchers}[${seconds}s]`, all, at) };
}

/** Series without a partner on the other side are left out. */
function added(left: readonly Row[], right: readonly Row[]): readonly Row[] {
  const key = ({ labels }: Row) => JSON.stringify(Object.entries(labels).sort());
  const others = new Map(right.map((row) => [key(row), row.value]));
  return left.flatMap((row) => {
    const other = others.get(key(row));
    return other === undefined ? [] : [{ labels: row.labels, value: row.value + other }];
  });
}

function sumBy(label: string | undefined, rows: readonly Row[]): readonly Row[] {
  const sums = new Map<string, number>();
  for (const { labels, value } of rows) {
    const of = (label === undefined ? undefined : labels[label]) ?? "";
    sums.set(of, (sums.get(of) ?? 0) + value);
  }
  return [...sums].map(([of, value]) => ({
    labels: label === undefined || of === "" ? {} : { [label]: of },
    value,
  }));
}

/** A counter that falls began again at 0. */
function riseOf(samples: Samples): number {
  return samples.slice(1).reduce((total, { value }, index) => {
    const before = samples[index]?.value as number;
    return total + (value < before ? value : value - before);
  }, 0);
}

function increaseOf(samples: Samples, end: number, seconds: number): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || samples.length < 2) return undefined;
  const sampled = last.time - first.time;
  const average = sampled / (samples.length - 1);
  const most = average * 1.1;
  let toStart = first.time - (end - seconds);
  let toEnd = end - last.time;
  if (toStart >= most) toStart = average / 2;
  const rise = riseOf(samples);
  if (rise > 0 && first.value >= 0) toStart = Math.min(toStart, sampled * (first.value / rise));
  if (toEnd >= most) toEnd = average / 2;
  return rise * ((sampled + toStart + toEnd) / sampled);
}

function instantRate(samples: Samples): number | undefined {
  const [before, last] = samples.slice(-2);
  if (before === undefined || last === undefined || last.time === before.time) return undefined;
  return riseOf([before, last]) / (last.time - before.time);
}
