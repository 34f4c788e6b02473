import type { Answer, Ask } from "../gate.ts";
import { evaluate, type Value } from "./evaluate.ts";
import { parseQuery, QueryError } from "./promql.ts";
import type { Sample } from "./rate.ts";
import type { SampleStore, StoredSeries } from "./store.ts";

/** Prometheus' HTTP API: `/api/v1/query` by GET and by POST form (as the web page sends it), and `/-/ready`. */
export function embeddedApi(store: SampleStore, now: () => number): Ask {
  return async ({ method, url, body }) => {
    const { pathname, searchParams } = new URL(url, "http://embedded");
    if (pathname === "/-/ready") return text(200, "Prometheus Server is Ready.\n");
    if (pathname !== "/api/v1/query") return text(404, "404 page not found\n");
    const parameters =
      method === "POST" ? new URLSearchParams([...new URLSearchParams(body), ...searchParams]) : searchParams;
    return answerQuery(parameters, store.all(), now());
  };
}

function answerQuery(parameters: URLSearchParams, series: readonly StoredSeries[], now: number): Answer {
  try {
    const time = parseTime(parameters.get("time"), now);
    const value = evaluate(parseQuery(parameters.get("query") ?? ""), series, time);
    return json(200, { status: "success", data: render(value) });
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const isBad = error.message.startsWith("invalid parameter");
    const errorType = isBad ? "bad_data" : "execution";
    return json(isBad ? 400 : 422, { status: "error", errorType, error: error.message });
  }
}

/** Seconds since the epoch or RFC 3339; milliseconds since the epoch come back. */
function parseTime(value: string | null, now: number): number {
  if (value === null || value === "") return now;
  const time = /^[\d.]+$/.test(value) ? Math.round(Number(value) * 1000) : Date.parse(value);
  if (!Number.isFinite(time)) {
    throw new QueryError(`invalid parameter "time": cannot parse "${value}" to a valid timestamp`);
  }
  return time;
}

function render(value: Value): unknown {
  if (value.kind === "matrix") {
    const result = value.elements.map(({ labels, samples }) => ({
      metric: labels,
      values: samples.map(point),
    }));
    return { resultType: "matrix", result };
  }
  return {
    resultType: "vector",
    result: value.elements.map(({ labels, sample }) => ({ metric: labels, value: point(sample) })),
  };
}

function point({ time, value }: Sample): readonly [number, string] {
  return [time / 1000, format(value)];
}

/** As Go prints a float: `+Inf`, and never an exponent. */
function format(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const short = String(value);
  return short.includes("e")
    ? value.toLocaleString("en-US", { useGrouping: false, maximumSignificantDigits: 17 })
    : short;
}

function text(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: Buffer.from(body) };
}

function json(status: number, body: unknown): Answer {
  return { status, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(body)) };
}
