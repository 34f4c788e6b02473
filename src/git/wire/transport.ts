/** HTTP as Git uses it: credentials, retries of what only reads, and answers that are certainly Git's. */
import type { AxiosInstance, AxiosResponse } from "axios";
import { Failure } from "../../errors/failure.ts";
import { createHttpClient } from "../../net/http.ts";
import type { ProxyEnvironment } from "../../net/proxy.ts";
import type { Clock, Log } from "../../ports.ts";
import type { GitCredentials } from "../credentials/credential-store.ts";
import type { CredentialSource } from "../credentials/credentials.ts";
import {
  type AnswerHead,
  answerTrouble,
  longestWaitMs,
  networkTrouble,
  type Scrub,
  type Trouble,
} from "../trouble.ts";

export type Service = "git-upload-pack" | "git-receive-pack";

export interface Transport {
  /** `GET info/refs`: what the server offers. `protocol` 2 asks for protocol version 2, which it may ignore. */
  discover(service: Service, protocol: 1 | 2): Promise<Buffer>;
  /** `POST` to the service. A receive-pack request is sent once, everything else again after trouble that passes. */
  call(service: Service, body: Uint8Array, protocol: 1 | 2): Promise<Buffer>;
  /**
   * Waits before something is tried again for the `attempt`th time (from 0), as long as the server asked for. False, at
   * once: it asked for more than is waited for.
   */
  pause(attempt: number, after: Failure): Promise<boolean>;
  readonly scrub: Scrub;
}

export interface TransportSettings {
  readonly url: string;
  /** Absent: requests are anonymous. */
  readonly credentials: CredentialSource | undefined;
  readonly extraCa: readonly string[];
  /** Names the proxy, if any. */
  readonly env?: ProxyEnvironment | undefined;
  /** Milliseconds without an answer, or without its next byte, until a request is given up; ten times that in all. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 ≤ x < 1 */
  readonly random: () => number;
}

interface Exchange {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly wanted: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly retries: number;
}

const maxResponseBytes = 128 * 1024 * 1024;
const maxRetries = 3;
const firstPauseMs = 300;

export function createTransport(settings: TransportSettings): Transport {
  const { url, credentials, extraCa, env, timeoutMs } = settings;
  const client = createHttpClient({ url, extraCa, env, timeoutMs, maxResponseBytes, trace: settings });
  const { scrub, blot, authorization } = createIdentity(credentials);
  /** Moves where the first request is redirected, as git's own does: a renamed repository keeps working. */
  let base = url;
  /** How long the server wants to be left alone (Retry-After). */
  let askedMs = 0;

  async function persist(request: Exchange): Promise<Buffer> {
    for (let attempt = 0; ; attempt++) {
      const headers = { "user-agent": "git/bluegreen", ...(await authorization()) };
      const result = await tryOnce({ client, settings, scrub, headers }, base, request);
      if (result.kind === "answer") {
        base = movedBase(result.finalUrl, request) ?? base;
        return blot(result.body);
      }
      const { failure, again, afterMs = 0 } = result.trouble;
      askedMs = afterMs;
      if (!again || attempt >= request.retries) throw withoutAccess(failure, headers);
      await rest(attempt, failure);
    }
  }
  async function rest(attempt: number, after: Failure): Promise<boolean> {
    if (askedMs > longestWaitMs) return false;
    await pause(settings, attempt, askedMs, after);
    return true;
  }
  return {
    scrub,
    pause: rest,
    discover: (service, protocol) =>
      persist({
        method: "GET",
        path: `/info/refs?service=${service}`,
        wanted: `application/x-${service}-advertisement`,
        headers: protocolHeader(protocol),
        retries: maxRetries,
      }),
    call: (service, body, protocol) => {
      const accept = `application/x-${service}-result`;
      return persist({
        method: "POST",
        path: `/${service}`,
        wanted: accept,
        headers: { ...protocolHeader(protocol), accept, "content-type": `application/x-${service}-request` },
        body,
        retries: service === "git-receive-pack" ? 0 : maxRetries,
      });
    },
  };
}

/** That nothing was sent is the commonest cause of a 401. */
function withoutAccess(failure: Failure, { authorization }: { authorization?: string }): Failure {
  if (failure.reason !== "GIT_AUTH" || authorization !== undefined) return failure;
  const evidence = `${failure.evidence}; no credentials were sent, because none were given or found`;
  return new Failure("GIT_AUTH", evidence, { cause: failure.cause });
}

async function pause(
  { clock, log, random }: TransportSettings,
  attempt: number,
  askedMs: number,
  failure: Failure,
): Promise<void> {
  const jittered = Math.round(firstPauseMs * 2 ** attempt * (0.5 + random()));
  const ms = askedMs + jittered;
  log.debug(`${failure.message}; again in ${ms} ms`);
  await clock.sleep(ms);
}

function protocolHeader(protocol: 1 | 2): Readonly<Record<string, string>> {
  return protocol === 2 ? { "git-protocol": "version=2" } : {};
}

type Attempt =
  | { readonly kind: "answer"; readonly body: Buffer; readonly finalUrl: string | undefined }
  | { readonly kind: "trouble"; readonly trouble: Trouble };

interface Line {
  readonly client: AxiosInstance;
  readonly settings: TransportSettings;
  readonly scrub: Scrub;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

async function tryOnce(
  { client, settings, scrub, headers }: Line,
  base: string,
  request: Exchange,
): Promise<Attempt> {
  const { method, path, wanted, body } = request;
  const { clock, timeoutMs } = settings;
  const url = `${base}${path}`;
  try {
    const response: AxiosResponse<Buffer> = await client.request({
      method,
      url,
      headers: { ...headers, ...request.headers },
      ...(body === undefined ? {} : { data: Buffer.from(body) }),
      responseType: "arraybuffer",
      signal: AbortSignal.timeout(timeoutMs * 10),
      // A redirected POST would turn into a GET.
      ...(method === "POST" ? { maxRedirects: 0 } : {}),
    });
    const { data } = response;
    const head = headOf(response, clock.now());
    const trouble = answerTrouble(head, wanted, data.subarray(0, 4000).toString("utf8"), scrub);
    if (trouble !== undefined) return { kind: "trouble", trouble };
    return { kind: "answer", body: data, finalUrl: response.request?.res?.responseUrl };
  } catch (error) {
    return { kind: "trouble", trouble: networkTrouble(error, url, scrub) };
  }
}

function headOf({ status, headers }: AxiosResponse, now: number): AnswerHead {
  const contentType = String(headers["content-type"] ?? "").split(";")[0] ?? "";
  const afterMs = retryAfter(String(headers["retry-after"] ?? ""), now);
  return { status, contentType: contentType.trim().toLowerCase(), location: headers["location"], afterMs };
}

/** Seconds, or a date; in milliseconds from now. */
function retryAfter(text: string, now: number): number {
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.max(ms, 0) : 0;
}

function movedBase(finalUrl: string | undefined, { method, path }: Exchange): string | undefined {
  return method === "GET" && finalUrl?.endsWith(path) ? finalUrl.slice(0, -path.length) : undefined;
}

/** An answer that is text, with the secrets blotted out: later they might be cut through, and not be found any more. */
function blotted(body: Buffer, secrets: Iterable<string>): Buffer {
  if (body.includes("PACK")) return body;
  const text = [...secrets].reduce((rest, secret) => {
    const bytes = Buffer.from(secret, "utf8").toString("latin1");
    return rest.replaceAll(bytes, "*".repeat(bytes.length));
  }, body.toString("latin1"));
  return Buffer.from(text, "latin1");
}

interface Identity {
  /** For the next request. Throws Failure GIT_AUTH. */
  authorization(): Promise<{ authorization?: string }>;
  readonly scrub: Scrub;
  readonly blot: (body: Buffer) => Buffer;
}

/** A server may repeat what it was sent: every secret that ever went out is taken out of what comes back. */
function createIdentity(credentials: CredentialSource | undefined): Identity {
  const secrets = new Set<string>();
  return {
    authorization: async () => {
      const current = await credentials?.();
      if (current === undefined) return {};
      for (const secret of secretsOf(current)) secrets.add(secret);
      return { authorization: headerOf(current) };
    },
    scrub: (text) => [...secrets].reduce((rest, secret) => rest.replaceAll(secret, "***"), text),
    blot: (body) => blotted(body, secrets),
  };
}

/** Only a token's own characters: what could end a header line is not one. */
function headerOf({ scheme, username, password }: GitCredentials): string {
  if (scheme !== "bearer") return `Basic ${encoded(username, password)}`;
  if (/^[\x21-\x7e]+$/.test(password)) return `Bearer ${password}`;
  throw new Failure(
    "GIT_AUTH",
    "the bearer token holds a space, a line break or another character that no token has",
  );
}

function encoded(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`, "utf8").toString("base64");
}

/** The longest first, so that none is cut up by another. Of one to three characters they would blot out half of every text. */
function secretsOf({ username, password }: GitCredentials): readonly string[] {
  const secrets = [encoded(username, password), encodeURIComponent(password), password];
  return secrets.filter((secret) => secret.length > 3);
}

/** Whether a failure came of a request itself, so that a push may have landed all the same. */
export function mayHaveLanded(failure: Failure): boolean {
  return failure.reason === "GIT_UNREACHABLE" || failure.reason === "GIT_PROTOCOL";
}
