import * as v from "valibot";
import { printable } from "../core/text.ts";
import type { QueryAnswer, Series } from "../ports.ts";

/** Time in seconds since the epoch, value as text: JSON has no NaN and no infinity. */
const pointSchema = v.pipe(
  v.tuple([
    v.pipe(v.number(), v.finite()),
    v.pipe(v.string(), v.regex(/^(NaN|[+-]?(Inf|\d+(\.\d+)?(e[+-]?\d+)?))$/i)),
  ]),
  v.transform(([time, value]) => ({ time, value: numberOf(value) })),
);
const labelsSchema = v.record(v.string(), v.string());

/** Native histograms have `histogram(s)` in the place of `value(s)`: series without samples for us. */
const dataSchema = v.variant("resultType", [
  v.object({
    resultType: v.literal("matrix"),
    result: v.array(v.object({ metric: labelsSchema, values: v.optional(v.array(pointSchema), []) })),
  }),
  v.object({
    resultType: v.literal("vector"),
    result: v.array(v.object({ metric: labelsSchema, value: v.optional(pointSchema) })),
  }),
  v.object({ resultType: v.literal("scalar"), result: pointSchema }),
]);

const successSchema = v.object({
  status: v.literal("success"),
  data: dataSchema,
  warnings: v.optional(v.nullable(v.array(v.string()))),
  /** VictoriaMetrics' cluster, where one of its stores did not answer: in the place of a warning. */
  isPartial: v.optional(v.unknown()),
});

const errorSchema = v.object({ status: v.literal("error"), errorType: v.string(), error: v.string() });

/** Prometheus' answer to an instant query, or undefined where the text is no such thing. */
export function parseAnswer(text: string): QueryAnswer | undefined {
  const parsed = v.safeParse(successSchema, parseJson(text));
  if (!parsed.success) return undefined;
  const { data, warnings, isPartial } = parsed.output;
  const partial = isPartial === true ? ["isPartial: a store did not answer"] : [];
  return {
    series: seriesOf(data),
    warnings: [...(warnings ?? []).map((text) => printable(text)), ...partial],
  };
}

/** The message in Prometheus' error form, or undefined where the text is no such thing. Not yet printable. */
export function parseError(text: string): string | undefined {
  const parsed = v.safeParse(errorSchema, parseJson(text));
  return parsed.success ? `${parsed.output.errorType}: ${parsed.output.error}` : undefined;
}

function seriesOf(data: v.InferOutput<typeof dataSchema>): readonly Series[] {
  if (data.resultType === "scalar") return [{ labels: {}, samples: [data.result] }];
  if (data.resultType === "matrix") {
    return data.result.map(({ metric, values }) => ({ labels: metric, samples: values }));
  }
  return data.result.map(({ metric, value }) => ({
    labels: metric,
    samples: value === undefined ? [] : [value],
  }));
}

function numberOf(text: string): number {
  return Number(text.replace(/inf$/i, "Infinity"));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
