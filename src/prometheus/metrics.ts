import { isDeepStrictEqual } from "node:util";
import type { AxiosInstance } from "axios";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import { createHttpClient } from "../net/http.ts";
import type { ProxyEnvironment } from "../net/proxy.ts";
import type { Clock, Log, Metrics, QueryAnswer, QueryTime, ServerClock } from "../ports.ts";
import { parseAnswer, parseError } from "./answer.ts";
import { type Credentials, readAuthorization, redact } from "./credentials.ts";
import { type HeaderSource, readHeaders } from "./headers.ts";
import { pauseMs } from "./pause.ts";
import { troubleOf } from "./trouble.ts";

export interface MetricsSettings {
  /** Base URL of Prometheus or thanos-querier, without `/api/v1/…` and without credentials. */
  readonly url: string;
  readonly extraCa: readonly string[];
  /** Names the proxy, if any. */
  readonly env?: ProxyEnvironment | undefined;
  readonly credentials?: Credentials | undefined;
  /** Sent with each request, and never to another origin: redirects that leave it are refused. */
  readonly headers?: HeaderSource | undefined;
  /** Adds `namespace=…` to each request, which thanos-querier's tenancy port (9092) demands. */
  readonly tenancyNamespace?: string;
  /** Milliseconds for one request. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to below 1; spreads the back-off. */
  readonly random?: () => number;
}

/** Raw samples of a handful of pods are kilobytes; this is for the mistaken query. */
const maxResponseBytes = 16 * 1024 * 1024;
/** Short trouble is smoothed over here; longer trouble is the step's to wait for. */
const maxAttempts = 3;

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: string;
  readonly clock?: ServerClock;
}

type Outcome =
  | { readonly kind: "answer"; readonly answer: QueryAnswer }
  | { readonly kind: "again"; readonly failure: Failure; readonly retryAfter?: string };

/**
 * Prometheus' HTTP API, `GET /api/v1/query` only: thanos-querier's tenancy port takes POST for `create` and answers 403.
 * `query` throws METRICS_AUTH (401, 403, no usable token), METRICS_QUERY (the query or the answer makes no sense) and
 * METRICS_UNREACHABLE (after a few tries with growing pauses; Retry-After is honoured up to 30 s), INVALID_OPTION
 * (unusable headers).
 */
export function createMetrics(settings: MetricsSettings): Metrics {
  const base = parseUrl(settings.url);
  const http = createHttpClient({
    url: base.href,
    env: settings.env,
    extraCa: settings.extraCa,
    timeoutMs: settings.timeoutMs,
    maxResponseBytes,
    trace: settings,
  });
  return { query: (promql, time) => query(promql, time ?? {}, settings, http, base) };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Failure("INVALID_OPTION", "the Prometheus URL is no http(s) URL");
  }
  if (url.username !== "" || url.password !== "") {
    throw new Failure("INVALID_OPTION", "the Prometheus URL holds credentials; pass them by file");
  }
  return url;
}

async function query(
  promql: string,
  time: QueryTime,
  settings: MetricsSettings,
  http: AxiosInstance,
  base: URL,
): Promise<QueryAnswer> {
  const url = queryUrl(base, promql, time, settings.tenancyNamespace);
  for (let attempt = 1; ; attempt++) {
    const outcome = await ask(url, promql, settings, http);
    if (outcome.kind === "answer") return outcome.answer;
    if (attempt === maxAttempts) throw outcome.failure;
    const pause = pauseMs(attempt, outcome.retryAfter, settings);
    settings.log.warn(`${outcome.failure.message}; trying again in ${(pause / 1000).toFixed(1)} s`);
    await settings.clock.sleep(pause);
  }
}

function queryUrl(base: URL, promql: string, { at }: QueryTime, namespace: string | undefined): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, "")}/api/v1/query`;
  url.searchParams.set("query", promql);
  if (at !== undefined) url.searchParams.set("time", (at / 1000).toFixed(3));
  if (namespace !== undefined) url.searchParams.set("namespace", namespace);
  return url;
}

async function ask(
  url: URL,
  promql: string,
  settings: MetricsSettings,
  http: AxiosInstance,
): Promise<Outcome> {
  const place = printable(`GET ${url.origin}${url.pathname}`, 200);
  const secrets: string[] = [];
  try {
    const answer = await getAuthorized(url, settings, http, secrets);
    return judgeAnswer(answer, place, promql, secrets);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { kind, again, text } = troubleOf(error);
    const cause = new Error(redact(text, secrets));
    if (kind === "wrong") throw wrong(place, cause.message, promql);
    const failure = new Failure("METRICS_UNREACHABLE", `${place}: ${cause.message}`, { cause });
    if (!again) throw failure;
    return { kind: "again", failure };
  }
}

/** A token can have been rotated between reading and use: after a 401 a new one gets a second try. */
async function getAuthorized(
  url: URL,
  settings: MetricsSettings,
  http: AxiosInstance,
  secrets: string[],
): Promise<HttpAnswer> {
  const first = await readOwnHeaders(settings, secrets);
  const answer = await get(url, first, settings, http);
  if (answer.status !== 401) return answer;
  const renewed = await readOwnHeaders(settings, secrets);
  return isDeepStrictEqual(first, renewed) ? answer : get(url, renewed, settings, http);
}

/** Whatever the user had us send may be a secret. */
async function readOwnHeaders(
  { credentials, headers }: MetricsSettings,
  secrets: string[],
): Promise<Readonly<Record<string, string>>> {
  const authorization = await readAuthorization(credentials);
  secrets.push(...(authorization?.secrets ?? []));
  const own = await readHeaders(headers);
  // A tenant named "1" is no secret, and striking out every 1 would spoil what a server says.
  secrets.push(...Object.values(own).filter(({ length }) => length >= 4));
  return { ...own, ...(authorization === undefined ? {} : { Authorization: authorization.header }) };
}

async function get(
  url: URL,
  own: Readonly<Record<string, string>>,
  { timeoutMs, clock }: MetricsSettings,
  http: AxiosInstance,
): Promise<HttpAnswer> {
  const askedAt = clock.now();
  const response = await http.get<string>(url.href, {
    responseType: "text",
    headers: { ...own, Accept: "application/json" },
    // The client's own limit is for silence; this one is for an answer that trickles.
    signal: AbortSignal.timeout(timeoutMs),
  });
  const retryAfter: unknown = response.headers["retry-after"];
  const told = readServerClock(response.headers["date"], askedAt, clock.now());
  return {
    status: response.status,
    body: response.data,
    ...(told === undefined ? {} : { clock: told }),
    ...(typeof retryAfter === "string" ? { retryAfter } : {}),
  };
}

/** RFC 9110's Date, in whole seconds: it was written after we asked and before we had the answer. */
function readServerClock(date: unknown, askedAt: number, answeredAt: number): ServerClock | undefined {
  const written = typeof date === "string" ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(written)) return undefined;
  return { aheadLeast: (written - answeredAt) / 1000, aheadMost: (written + 1000 - askedAt) / 1000 };
}

function judgeAnswer(
  { status, body, retryAfter, clock }: HttpAnswer,
  place: string,
  promql: string,
  secrets: readonly string[],
): Outcome {
  const answer = status === 200 ? parseAnswer(body) : undefined;
  if (answer !== undefined) {
    return { kind: "answer", answer: clock === undefined ? answer : { ...answer, clock } };
  }
  // A secret that the server echoes must be out before anything is cut to length.
  const said = printable(`answered ${status}: ${redact(parseError(body) ?? whatCame(body), secrets)}`, 300);
  if (status === 401 || status === 403) throw new Failure("METRICS_AUTH", `${place} ${said}`);
  if (status < 500 && status !== 408 && status !== 429) throw wrong(place, said, promql);
  const failure = new Failure("METRICS_UNREACHABLE", `${place} ${said}`);
  return { kind: "again", failure, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

function whatCame(body: string): string {
  if (/^\s*(<!doctype html|<html)/i.test(body)) {
    const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1]?.trim();
    return title ? `an HTML page titled "${title}"` : "an HTML page";
  }
  return body.trim() === "" ? "nothing" : `not in Prometheus' form: ${body.slice(0, 2000)}`;
}

function wrong(place: string, said: string, promql: string): Failure {
  return new Failure("METRICS_QUERY", `${place} ${said}; the query was ${printable(promql, 1000)}`);
}
