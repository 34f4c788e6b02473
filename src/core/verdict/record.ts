/** What a verdict rests on, for the state file and the JSON output: enough to redo it by hand, and bounded. */
import type { Judgement } from "./judge.ts";
import type { SeriesCount } from "./pod-count.ts";
import type { Sample } from "./rise.ts";

export interface VerdictRecord {
  readonly pods: readonly Record<string, unknown>[];
  /** What was left out for size; absent where nothing was. */
  readonly cut?: string;
}

const mostSeries = 100;
/** In all; a sample takes about 20 bytes. */
const mostSamples = 5000;

/**
 * Per pod the counts, and per series its base, last, resets, rise and samples as `time=value`, times in seconds. Beyond
 * 100 series or 5,000 samples those that change nothing go first: series that do not count, then samples in between.
 */
export function recordOf({ pods }: Pick<Judgement, "pods">): VerdictRecord {
  const all = pods.flatMap(({ series }) => series);
  const kept = new Set(
    [...all.filter(isTelling), ...all.filter((one) => !isTelling(one))].slice(0, mostSeries),
  );
  const samples = [...kept].reduce((total, one) => total + one.samples.length, 0);
  const thin = samples > mostSamples;
  const cut = [
    ...(kept.size < all.length ? [`${all.length - kept.size} of ${all.length} series`] : []),
    ...(thin ? [`samples between the first, the last and the resets of ${kept.size} series`] : []),
  ].join("; ");
  return {
    pods: pods.map(({ series, failedIncrease: _, failedRequests: __, ...pod }) => ({
      ...pod,
      series: series.filter((one) => kept.has(one)).map((one) => recordSeries(one, thin)),
    })),
    ...(cut === "" ? {} : { cut }),
  };
}

function isTelling({ counted, increase, hidden }: SeriesCount): boolean {
  return counted && increase + hidden > 0;
}

function recordSeries({ samples, ...rest }: SeriesCount, thin: boolean): Record<string, unknown> {
  const around = new Set(
    rest.resets.flatMap(({ time }) => {
      const at = samples.findIndex((one) => one.time === time);
      return [at - 1, at];
    }),
  );
  const shown = thin
    ? samples.filter((_, index) => index === 0 || index === samples.length - 1 || around.has(index))
    : samples;
  return { ...rest, base: samples[0], last: samples.at(-1), samples: shown.map(asText).join(" ") };
}

function asText({ time, value }: Sample): string {
  return `${time}=${value}`;
}
