/** JSON over HTTP as both APIs have it: time limits, rate limits, retries of what only reads, no secret in any text. */
import type { AxiosResponse } from "axios";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import { networkTrouble } from "../git/trouble.ts";
import { createHttpClient } from "../net/http.ts";
import type { ProxyEnvironment } from "../net/proxy.ts";
import type { Clock, Log, Patience } from "../ports.ts";
import type { Authorization } from "./authorization.ts";
import { type Answer, parseJson, type Trouble, troubleOf, wordsOf } from "./trouble.ts";

export interface ClientSettings {
  /** The API's address, without a slash at the end. */
  readonly url: string;
  /** Asked for each request; undefined sends none. */
  readonly authorize: () => Promise<Authorization | undefined>;
  readonly headers: Readonly<Record<string, string>>;
  readonly extraCa: readonly string[];
  readonly env?: ProxyEnvironment | undefined;
  /** Milliseconds for one request. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ x < 1 */
  readonly random: () => number;
}

export interface Call {
  readonly method: "GET" | "POST";
  /** From the API's address on, parts encoded. */
  readonly path: string;
  readonly body?: object;
  /** Statuses besides success that the caller knows what to do with. */
  readonly expected?: readonly number[];
}

export interface Reply {
  readonly status: number;
  /** Undefined where it is not JSON. */
  readonly data: unknown;
  /** The server's words, for an error; without secrets. */
  readonly said: string;
}

export interface ApiClient {
  /**
   * Throws Failure FORGE_AUTH, FORGE_NOT_FOUND, PULL_REQUEST_REFUSED, GIT_UNREACHABLE (of a POST: it may have been
   * done all the same), GIT_PROTOCOL, CANCELLED.
   */
  call(call: Call, patience: Patience): Promise<Reply>;
}

const maxResponseBytes = 8 * 1024 * 1024;
const maxRetries = 3;
const firstPauseMs = 500;

type Outcome = { readonly kind: "reply"; readonly reply: Reply } | Trouble;

export function createClient(settings: ClientSettings): ApiClient {
  const { url, extraCa, env, timeoutMs, clock, log, random } = settings;
  const http = createHttpClient({ url, extraCa, env, timeoutMs, maxResponseBytes, trace: settings });
  /** Until then the server wants to be left alone: every call waits, whoever was told. */
  let quietUntil = 0;

  async function rest(until: number, { deadline, signal }: Patience, failure: Failure): Promise<void> {
    if (until >= deadline) {
      const text = `${failure.evidence}; to be asked again only after the time that is left`;
      throw new Failure(failure.reason, text);
    }
    await clock.sleep(Math.max(until - clock.now(), 0), signal);
    refuseCancelled(signal);
  }
  async function once(call: Call, { signal }: Patience): Promise<Outcome> {
    const authorization = await settings.authorize();
    const scrub = scrubber(authorization);
    const what = `${call.method} ${new URL(url).host}${printable(call.path, 200)}`;
    try {
      const response: AxiosResponse<Buffer> = await http.request({
        method: call.method,
        url: `${url}${call.path}`,
        headers: { ...settings.headers, ...header(authorization), accept: "application/json" },
        ...(call.body === undefined ? {} : { data: call.body }),
        responseType: "arraybuffer",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs * 2)]),
        // A redirected POST would turn into a GET.
        ...(call.method === "POST" ? { maxRedirects: 0 } : {}),
      });
      return outcomeOf(call, response, { what, scrub, now: clock.now() });
    } catch (error) {
      refuseCancelled(signal);
      const { failure, again } = networkTrouble(error, url, scrub);
      return { kind: again ? "lost" : "refused", failure };
    }
  }
  /** Waits for the next attempt, where there is one; else throws. Gives how many attempts count as made. */
  async function next(trouble: Trouble, attempt: number, call: Call, patience: Patience): Promise<number> {
    const { failure } = trouble;
    if (trouble.kind === "later") {
      quietUntil = clock.now() + trouble.afterMs;
      log.debug(`${failure.evidence}; waiting ${Math.round(trouble.afterMs / 1000)} s`);
      await rest(quietUntil, patience, failure);
      return attempt;
    }
    if (trouble.kind === "refused" || call.method === "POST" || attempt >= maxRetries) throw failure;
    await rest(clock.now() + firstPauseMs * 2 ** attempt * (0.5 + random()), patience, failure);
    return attempt + 1;
  }
  return {
    async call(call, patience) {
      for (let attempt = 0; ; ) {
        refuseCancelled(patience.signal);
        if (quietUntil > clock.now()) await rest(quietUntil, patience, askedToWait(url));
        const outcome = await once(call, patience);
        if (outcome.kind === "reply") return outcome.reply;
        attempt = await next(outcome, attempt, call, patience);
      }
    },
  };
}

interface Context {
  readonly what: string;
  readonly scrub: (text: string) => string;
  readonly now: number;
}

function outcomeOf(call: Call, response: AxiosResponse<Buffer>, { what, scrub, now }: Context): Outcome {
  const answer: Answer = {
    status: response.status,
    headers: response.headers,
    text: response.data.toString("utf8"),
  };
  const said = scrub(wordsOf(answer.text));
  const data = parseJson(answer.text);
  if (isWanted(call, answer.status, data)) {
    return { kind: "reply", reply: { status: answer.status, data, said } };
  }
  const isPage = answer.status < 300 ? "no JSON (a proxy or a login page?)" : said;
  return troubleOf(answer, what, isPage, now);
}

function isWanted({ expected = [] }: Call, status: number, data: unknown): boolean {
  if (status >= 200 && status < 300) return data !== undefined;
  return expected.includes(status);
}

function askedToWait(url: string): Failure {
  return new Failure("GIT_UNREACHABLE", `${new URL(url).host} limits how often it may be asked`);
}

function refuseCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new Failure("CANCELLED", "while asking the Git server's API");
}

function header(authorization: Authorization | undefined): { authorization?: string } {
  return authorization === undefined ? {} : { authorization: authorization.header };
}

/** A server may repeat what it was sent. Secrets of one to three characters would blot out half of every text. */
function scrubber(authorization: Authorization | undefined): (text: string) => string {
  const worthy = (authorization?.secrets ?? []).filter((secret) => secret.length > 3);
  return (text) => worthy.reduce((rest, secret) => rest.replaceAll(secret, "***"), text);
}
