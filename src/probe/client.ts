/** Sends inference requests. Unlike the other adapters it never asks twice: each request is to be counted once. */
import { readFile } from "node:fs/promises";
import type { AxiosInstance } from "axios";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import { createHttpClient } from "../net/http.ts";
import type { ProxyEnvironment } from "../net/proxy.ts";
import type { Trace } from "../net/trace.ts";
import type { ProbeClient, ProbeReply, ProbeRequest } from "../ports.ts";

export interface ProbeClientSettings {
  /** PEM certificates trusted in addition to Node's own roots. */
  readonly extraCa: readonly string[];
  /** Names the proxy, if any. */
  readonly env?: ProxyEnvironment | undefined;
  /** Holds a bearer token; read anew for each request, because Kubernetes rotates it. */
  readonly tokenFile?: string | undefined;
  /** Milliseconds for one request; a cold revision starts within it. */
  readonly timeoutMs: number;
  /** Is told of each request. */
  readonly trace?: Trace | undefined;
}

const maxResponseBytes = 1024 * 1024;

/**
 * `infer` throws PROBE_DENIED (no usable token, or it may not travel to this URL) before anything is sent, and
 * INVALID_OPTION for a proxy variable that cannot be used.
 */
export function createProbeClient(settings: ProbeClientSettings): ProbeClient {
  const clients = new Map<string, AxiosInstance>();

  function clientOf(url: string): AxiosInstance {
    const { origin } = new URL(url);
    const client = clients.get(origin) ?? createHttpClient({ ...settings, url: origin, maxResponseBytes });
    clients.set(origin, client);
    return client;
  }
  return {
    async infer(request, signal) {
      const token = await readToken(settings.tokenFile, request);
      const reply = await post(clientOf(request.url), request, token, settings.timeoutMs, signal);
      return withoutSecret(reply, token);
    },
  };
}

async function readToken(
  path: string | undefined,
  { url, confidential }: ProbeRequest,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  if (!confidential) {
    const { origin } = new URL(url);
    throw new Failure("PROBE_DENIED", `the token is not sent to ${printable(origin, 200)}`);
  }
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Failure(
      "PROBE_DENIED",
      `the token file ${printable(path, 200)} cannot be read (${error.code ?? "unknown error"})`,
    );
  });
  const token = text.trim();
  // RFC 6750's b64token, so that nothing in the file can end the header.
  if (/^[\w.~+/-]+=*$/.test(token)) return token;
  throw new Failure("PROBE_DENIED", `the token is ${token === "" ? "empty" : "malformed"}`);
}

async function post(
  client: AxiosInstance,
  { url, body }: ProbeRequest,
  token: string | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeReply> {
  try {
    const response = await client.post<string>(url, body, {
      responseType: "text",
      // As it came: a body that is no JSON is a finding.
      transformResponse: (text: string) => text,
      maxRedirects: 0,
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      // The client's own limit is for silence; this one is for an answer that trickles.
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const location: unknown = response.headers["location"];
    return {
      kind: "answered",
      status: response.status,
      body: response.data,
      ...(typeof location === "string" ? { location } : {}),
    };
  } catch (error) {
    return unanswered(error);
  }
}

/** Codes of what went wrong before a request was written. */
const neverSent =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$|CERT|SELF_SIGNED|UNABLE_TO_/;

/** The error itself goes no further: it holds the request with its Authorization header. */
function unanswered(error: unknown): ProbeReply {
  const code =
    typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
      ? error.code
      : "";
  const message = error instanceof Error ? error.message : "";
  const timedOut = code === "ERR_CANCELED" || code === "ECONNABORTED" || code === "ETIMEDOUT";
  const text = message.includes(code) ? message : `${code}: ${message}`;
  const tooLong = /maxContentLength/.test(message);
  return {
    kind: tooLong ? "nonsense" : "unanswered",
    detail: timedOut
      ? "timed out"
      : tooLong
        ? "the answer is longer than 1 MiB"
        : printable(text, 300) || "unknown error",
    arrived: !(neverSent.test(code) || /^the proxy /.test(message)),
  };
}

function withoutSecret(reply: ProbeReply, token: string | undefined): ProbeReply {
  if (token === undefined) return reply;
  if (reply.kind !== "answered") return { ...reply, detail: reply.detail.replaceAll(token, "(redacted)") };
  const { location } = reply;
  return {
    ...reply,
    body: reply.body.replaceAll(token, "(redacted)"),
    ...(location === undefined ? {} : { location: location.replaceAll(token, "(redacted)") }),
  };
}
