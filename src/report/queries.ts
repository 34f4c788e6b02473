/** Every query of a run, so that it can be asked again. */
import type { ModelRun } from "../core/run-state.ts";
import type { Traffic } from "../steps/settle/traffic.ts";

export interface AskedQuery {
  readonly what: string;
  readonly query: string;
  /** The evaluation time in seconds since the epoch. A range such as [90s] ends there. */
  readonly at: number;
}

export function queriesOf({ verdict }: ModelRun, traffic: Traffic | undefined): readonly AskedQuery[] {
  return [...verdictQueries(verdict), ...checkQueries(verdict), ...pictureQuery(traffic)];
}

function verdictQueries(verdict: ModelRun["verdict"]): readonly AskedQuery[] {
  if (verdict?.query === undefined) return [];
  const { companions, evaluatedAt } = verdict.promql ?? {};
  const at = typeof evaluatedAt === "number" ? evaluatedAt : verdict.endedAt / 1000;
  const behind = Array.isArray(companions) ? companions.filter((each) => typeof each === "string") : [];
  return [
    { what: "the proof", query: verdict.query, at },
    ...behind.map((query) => ({ what: "the raw samples behind it", query, at })),
  ];
}

function checkQueries(verdict: ModelRun["verdict"]): readonly AskedQuery[] {
  return (verdict?.checks?.checks ?? []).flatMap(({ name, query, baseline, measurements }) => {
    const at = (measurements.at(-1)?.at ?? verdict?.endedAt ?? 0) / 1000;
    return [
      ...(query === undefined ? [] : [{ what: `check ${name}`, query, at }]),
      ...(baseline === undefined
        ? []
        : [{ what: `the baseline of check ${name}`, query: baseline.query, at: baseline.at / 1000 }]),
    ];
  });
}

function pictureQuery(traffic: Traffic | undefined): readonly AskedQuery[] {
  return traffic?.kind === "rates"
    ? [{ what: "the picture", query: traffic.query, at: traffic.at / 1000 }]
    : [];
}

/** For a shell that knows PROMETHEUS. Single quotes keep everything but themselves. */
export function curlOf({ query, at }: AskedQuery): string {
  const quoted = query.replaceAll("'", `'\\''`);
  return `curl -G "$PROMETHEUS/api/v1/query" --data-urlencode 'query=${quoted}' --data-urlencode time=${at.toFixed(3)}`;
}
