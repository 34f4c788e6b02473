/** `git http-backend` as its manual wants it called: CGI, bodies streamed both ways. */
import { spawn } from "node:child_process";
import type { IncomingMessage } from "node:http";
import type { Writable } from "node:stream";
import { finished, gitEnvironment } from "./process.ts";

export interface CgiTarget {
  /** The folder that holds the repositories. */
  readonly root: string;
  readonly home: string;
  readonly user: string | undefined;
  /** The highest version that is answered to. */
  readonly protocol: 0 | 1 | 2;
}

export interface CgiHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where the answer goes: `begin` once with its head, then the body. */
export interface CgiAnswer {
  begin(head: CgiHead): Writable;
}

/** Serves one request. Resolves when git has ended, also where the client went away meanwhile. */
export async function serveByGit(
  request: IncomingMessage,
  target: CgiTarget,
  answer: CgiAnswer,
): Promise<void> {
  const child = spawn("git", ["http-backend"], { cwd: target.root, env: cgiEnvironment(request, target) });
  const ended = finished(child);
  child.stdin.on("error", () => undefined);
  child.stderr.resume();
  request.pipe(child.stdin);
  request.once("close", () => child.stdin.end());
  await forward(child.stdout, answer);
  await ended;
}

function cgiEnvironment(request: IncomingMessage, target: CgiTarget): NodeJS.ProcessEnv {
  const url = new URL(request.url ?? "/", "http://localhost");
  const optional: Record<string, string | undefined> = {
    REMOTE_USER: target.user,
    CONTENT_TYPE: request.headers["content-type"],
    CONTENT_LENGTH: request.headers["content-length"],
    HTTP_CONTENT_ENCODING: request.headers["content-encoding"],
    GIT_PROTOCOL: protocolOf(request.headers["git-protocol"]?.toString(), target.protocol),
  };
  const given = Object.entries(optional).filter(([, value]) => value !== undefined);
  return {
    ...gitEnvironment(target.home),
    GIT_PROJECT_ROOT: target.root,
    GIT_HTTP_EXPORT_ALL: "1",
    REQUEST_METHOD: request.method,
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    REMOTE_ADDR: "127.0.0.1",
    ...Object.fromEntries(given),
  };
}

/** A server answers in the highest version that it and the client know. */
function protocolOf(asked: string | undefined, highest: 0 | 1 | 2): string | undefined {
  return asked === undefined || highest === 0 ? undefined : asked.replace("version=2", `version=${highest}`);
}

async function forward(output: NodeJS.ReadableStream, answer: CgiAnswer): Promise<void> {
  let pending = Buffer.alloc(0);
  let body: Writable | undefined;
  for await (const chunk of output) {
    if (body !== undefined) {
      await write(body, chunk as Buffer);
      continue;
    }
    pending = Buffer.concat([pending, chunk as Buffer]);
    const end = pending.indexOf("\r\n\r\n");
    if (end === -1) continue;
    body = answer.begin(parseHead(pending.subarray(0, end).toString("latin1")));
    await write(body, pending.subarray(end + 4));
  }
  (body ?? answer.begin({ status: 500, headers: {} })).end();
}

/** Goes on without writing where the client has gone: git's output still has to be read to its end. */
async function write(body: Writable, chunk: Buffer): Promise<void> {
  if (body.destroyed || chunk.length === 0 || body.write(chunk)) return;
  await new Promise<void>((resolve) => {
    function goOn(): void {
      body.off("drain", goOn).off("close", goOn);
      resolve();
    }
    body.on("drain", goOn).on("close", goOn);
  });
}

function parseHead(text: string): CgiHead {
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "status") status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return { status, headers };
}
