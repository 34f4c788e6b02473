import type { IncomingMessage } from "node:http";
import { type Agent, request } from "node:https";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";
import { type Trace, traceRequest } from "../net/trace.ts";
import type { KubeAccess } from "./access.ts";
import { type KubeAnswer, networkFailure, refusal } from "./failures.ts";
import { readLines } from "./lines.ts";

export interface HttpLimits {
  /** Milliseconds for a whole answer; of a watch, for its first byte. */
  readonly requestTimeoutMs: number;
  /** Milliseconds without event or bookmark after which a watch counts as dead. */
  readonly silenceMs: number;
}

export type Query = Readonly<Record<string, string>>;

/** Lists of a few dozen objects are below a megabyte; an object is below 1.5 (etcd's limit). */
const maxBodyBytes = 32 * 1024 * 1024;
const maxLineLength = 8 * 1024 * 1024;

/**
 * Requests to one API server over connections that live until `close()`. After a 401 the credentials are read again,
 * once. Everything throws Failure CLUSTER_UNREACHABLE or CLUSTER_CONFIG, and CLUSTER_AUTH for a second 401; all other
 * answers come back as they are.
 *
 * Node's own https instead of the client's `Watch`: that one comes with node-fetch, passes over broken lines, has no
 * time-out, and its aborts leave the response unread (client-node 1.4).
 */
export interface KubeHttp {
  readonly server: URL;
  get(path: string, query: Query, signal?: AbortSignal, timeoutMs?: number): Promise<KubeAnswer>;
  /** A JSON merge patch. */
  mergePatch(path: string, patch: unknown, signal?: AbortSignal): Promise<KubeAnswer>;
  /** The lines of a streamed answer, or the answer that refuses it. */
  stream(path: string, query: Query, signal: AbortSignal): Promise<KubeAnswer | AsyncGenerator<string>>;
  close(): void;
}

interface Call {
  readonly method: "GET" | "PATCH";
  readonly url: URL;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

export async function openHttp(access: KubeAccess, limits: HttpLimits, trace: Trace): Promise<KubeHttp> {
  const { server } = access;
  const agent = await access.agent();
  const { requestTimeoutMs, silenceMs } = limits;

  /** `take` reads the answer while the time-out still runs. */
  async function exchange<T>(call: Call, take: (response: IncomingMessage) => Promise<T>): Promise<T> {
    for (const renew of [false, true]) {
      const line = { agent, trace, credentials: await access.headers(renew) };
      const result = await once(call, line, async (response) => {
        if (response.statusCode !== 401) return { kept: await take(response) };
        const answer = await readAnswer(response);
        if (renew) throw refusal(answer, server, call.url.pathname);
        return undefined;
      });
      if (result !== undefined) return result.kept;
    }
    throw new Error("unreachable: the second 401 throws");
  }

  return {
    server,
    get: (path, query, signal, timeoutMs = requestTimeoutMs) =>
      exchange({ method: "GET", url: urlOf(server, path, query), signal, timeoutMs }, readAnswer),
    mergePatch(path, patch, signal) {
      const url = urlOf(server, path, {});
      const body = JSON.stringify(patch);
      return exchange({ method: "PATCH", url, body, signal, timeoutMs: requestTimeoutMs }, readAnswer);
    },
    stream(path, query, signal) {
      const url = urlOf(server, path, query);
      const call: Call = { method: "GET", url, signal, timeoutMs: requestTimeoutMs };
      return exchange(call, async (response) =>
        response.statusCode === 200
          ? readLines(response, { silenceMs, maxLength: maxLineLength })
          : readAnswer(response),
      );
    },
    close: () => agent.destroy(),
  };
}

function urlOf(server: URL, path: string, query: Query): URL {
  const url = new URL(server);
  url.pathname = `${server.pathname.replace(/\/$/, "")}${path}`;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

interface Connection {
  readonly agent: Agent;
  readonly trace: Trace;
  readonly credentials: Readonly<Record<string, string>>;
}

async function once<T>(
  call: Call,
  { agent, trace, credentials }: Connection,
  take: (response: IncomingMessage) => Promise<T>,
): Promise<T> {
  const { method, url, body, signal, timeoutMs } = call;
  const patch = { "content-type": "application/merge-patch+json" };
  const headers = {
    accept: "application/json",
    "user-agent": "bluegreen",
    ...(body === undefined ? {} : patch),
    ...credentials,
  };
  refuseUnsendable(credentials);
  const traced = { method, url: url.href, headers, startedAt: trace.clock.now() };
  const sent = request(url, { method, headers, agent, ...(signal === undefined ? {} : { signal }) });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    sent.destroy();
  }, timeoutMs);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.on("response", resolve).on("error", reject).end(body);
    }).catch((error: NodeJS.ErrnoException) => {
      traceRequest(trace, traced, late ? "no answer in time" : (error.code ?? "no answer"));
      throw error;
    });
    traceRequest(trace, traced, response.statusCode ?? 0);
    return await take(response);
  } catch (error) {
    if (late)
      throw new Failure("CLUSTER_UNREACHABLE", `${url.origin}: no answer within ${timeoutMs / 1000} s`);
    throw networkFailure(error, url);
  } finally {
    clearTimeout(timer);
  }
}

/** Nothing in a token may end the header; Node would throw, and that would count as a bug. */
function refuseUnsendable(credentials: Readonly<Record<string, string>>): void {
  const wrong = Object.entries(credentials).find(([, value]) => !/^[\t\x20-\x7e\x80-\xff]*$/.test(value));
  if (wrong === undefined) return;
  throw new Failure(
    "CLUSTER_CONFIG",
    `what ${printable(wrong[0], 50)} is to say holds a line break or another character that no header can`,
  );
}

/** A whole answer, bounded. */
async function readAnswer(response: IncomingMessage): Promise<KubeAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) {
      throw new Failure("CLUSTER_UNREACHABLE", `an answer of more than ${maxBodyBytes} bytes was refused`);
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  const status = response.statusCode ?? 0;
  if (!/^application\/json\b/.test(response.headers["content-type"] ?? "")) return { status, body: text };
  try {
    return { status, body: JSON.parse(text) };
  } catch (error) {
    throw new Failure("CLUSTER_UNREACHABLE", "an answer broke off: its JSON is not whole", { cause: error });
  }
}
