/** A reverse proxy between a client and a Git server, which spoils chosen exchanges in the ways networks do. */
import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { loginPage } from "./faults.ts";

export interface Exchange {
  /** From 0, in order of arrival. */
  readonly index: number;
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
}

export interface SeenExchange extends Exchange {
  readonly status: number;
  readonly answer: Buffer;
}

export type Spoil =
  /** Only the first `bytes` of the request reach the server, which takes them for all; the client gets no answer. */
  | { readonly kind: "cut-request"; readonly bytes: number }
  /** The answer breaks off after `bytes`: by a reset, or as if it ended there. */
  | { readonly kind: "cut-answer"; readonly bytes: number; readonly as: "reset" | "end" }
  /** The answer stops after `bytes`, and nothing happens any more. */
  | { readonly kind: "stall-answer"; readonly bytes: number }
  /** The answer comes compressed, and only in part, as if it ended there. */
  | { readonly kind: "cut-gzip" }
  /** The server does what it is asked; the client never hears of it. */
  | { readonly kind: "lose-answer" }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "content-type"; readonly type: string }
  /** A page to log in at, instead of anything else; the server hears nothing. */
  | { readonly kind: "portal" };

export interface FaultProxy {
  /** The repository's URL through the proxy. */
  readonly url: string;
  readonly seen: readonly SeenExchange[];
  /** Asked for each exchange; undefined leaves it alone. */
  spoil(choose: ((exchange: Exchange) => Spoil | undefined) | undefined): void;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

export async function startFaultProxy(target: { origin: string; url: string }): Promise<FaultProxy> {
  const seen: SeenExchange[] = [];
  let choose: ((exchange: Exchange) => Spoil | undefined) | undefined;
  let count = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await collect(request);
    const { method = "", url: path = "" } = request;
    const exchange = { index: count++, method, path, body };
    const spoil = choose?.(exchange);
    if (spoil?.kind === "portal") {
      response.writeHead(200, { "content-type": "text/html" }).end(loginPage);
      return;
    }
    if (spoil?.kind === "delay") await sleep(spoil.ms);
    const passed = spoil?.kind === "cut-request" ? body.subarray(0, spoil.bytes) : body;
    const answer = await forward(target.origin, request, passed);
    seen.push({ ...exchange, status: answer.status, answer: answer.body });
    reply(response, answer, spoil);
  }
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: target.url.replace(target.origin, `http://127.0.0.1:${port}`),
    seen,
    spoil: (chosen) => {
      choose = chosen;
    },
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function collect(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** To the server, whole, and its answer, whole. */
async function forward(
  origin: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const outgoing = send(`${origin}${url}`, {
    method: method ?? "GET",
    headers: { ...headers, host: new URL(origin).host, "content-length": body.length },
  });
  const incoming = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on("response", resolve).on("error", reject);
  });
  outgoing.end(body);
  const answer = await incoming;
  return {
    status: answer.statusCode ?? 502,
    type: answer.headers["content-type"] ?? "",
    body: await collect(answer),
  };
}

function reply(response: ServerResponse, { status, type, body }: Answer, spoil: Spoil | undefined): void {
  // A pack may come out a little smaller the next time; what is to be cut has to lack something.
  const part = (bytes: number) => body.subarray(0, Math.min(bytes, body.length - 1));
  const head = { "content-type": spoil?.kind === "content-type" ? spoil.type : type };
  const length = { "content-length": body.length };
  switch (spoil?.kind) {
    case "cut-request":
    case "lose-answer":
      response.destroy();
      return;
    case "cut-gzip": {
      const compressed = gzipSync(body);
      response.writeHead(status, { ...head, "content-encoding": "gzip" });
      response.end(compressed.subarray(0, Math.floor(compressed.length / 2)));
      return;
    }
    case "stall-answer":
      response.writeHead(status, { ...head, ...length }).write(part(spoil.bytes));
      return;
    case "cut-answer":
      if (spoil.as === "end") response.writeHead(status, head).end(part(spoil.bytes));
      else
        response.writeHead(status, { ...head, ...length }).write(part(spoil.bytes), () => response.destroy());
      return;
    default:
      response.writeHead(status, { ...head, ...length }).end(body);
  }
}
