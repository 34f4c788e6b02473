/** A Git server as people have one: a real bare repository behind real `git http-backend`, with basic auth and faults. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type CgiAnswer, type CgiHead, serveByGit } from "./cgi.ts";
import type { FileChanges } from "./fast-import.ts";
import { type ActiveFault, type FaultScope, type GitFault, inScope, loginPage } from "./faults.ts";
import { type BareRepository, createRepository } from "./repository.ts";
import { discard, halfOf } from "./streams.ts";

export interface GitServerOptions {
  /** The first commit's files; without them the repository is empty. */
  readonly files?: FileChanges;
  readonly user?: string;
  readonly password?: string;
  readonly branch?: string;
  /** Lets everybody read; a push always needs the password. */
  readonly anonymousRead?: boolean;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The highest version of Git's protocol that it speaks; 0 is one that takes no notice of what is asked for. */
  readonly protocol?: 0 | 1 | 2;
  /** Further settings of the repository's configuration: name → value. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** Whether an Authorization header came along. */
  readonly authorised: boolean;
  readonly authorization: string | undefined;
  readonly protocol: string | undefined;
}

export interface GitServer extends BareRepository {
  readonly url: string;
  /** `http://host:port` */
  readonly origin: string;
  /** Every request since the start, in order. */
  readonly requests: readonly SeenRequest[];
  /** Switches a fault on for `times` requests (for ever unless told otherwise). Newer faults go first. */
  fault(fault: GitFault, options?: { scope?: FaultScope; times?: number }): Promise<void>;
  /** Switches every fault off. */
  heal(): Promise<void>;
  /** Called after every push, before the client gets its answer: what follows the repository is never behind. */
  afterPush(listener: () => Promise<void>): void;
  /** Ends everything and removes the folder. */
  stop(): Promise<void>;
}

interface State {
  readonly options: GitServerOptions;
  readonly repository: BareRepository;
  readonly requests: SeenRequest[];
  /** Git processes still at work. */
  readonly working: Set<Promise<void>>;
  readonly stalled: Set<ServerResponse>;
  readonly afterPush: (() => Promise<void>)[];
  faults: ActiveFault[];
}

export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const repository = await createRepository(options.files, options.branch ?? "main");
  for (const [name, value] of Object.entries(options.config ?? {}))
    await repository.git(["config", name, value]);
  const state: State = {
    options,
    repository,
    requests: [],
    working: new Set(),
    stalled: new Set(),
    afterPush: [],
    faults: [],
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => handle(state, request, response);
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  return {
    ...repository,
    origin,
    url: `${origin}/repository.git`,
    requests: state.requests,
    fault: async (fault, { scope = "any", times = Number.POSITIVE_INFINITY } = {}) => {
      if (fault.kind === "declined") return repository.decline(fault.lines);
      state.faults.unshift({ fault, scope, left: times });
    },
    heal: async () => {
      state.faults = [];
      for (const response of state.stalled) response.destroy();
      await repository.decline(undefined);
    },
    afterPush: (listener) => {
      state.afterPush.push(listener);
    },
    stop: () => stop(server, state),
  };
}

async function stop(server: Server, state: State): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
  await Promise.all(state.working);
  await state.repository.remove();
}

function handle(state: State, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const service = url.searchParams.get("service") ?? url.pathname.split("/").at(-1) ?? "";
  const authorization = request.headers.authorization;
  state.requests.push({
    method: request.method ?? "",
    path: request.url ?? "",
    authorised: authorization !== undefined,
    authorization,
    protocol: request.headers["git-protocol"]?.toString(),
  });
  const fault = takeFault(state, request.method ?? "", service);
  if (fault !== undefined && answerWithoutGit(state, fault, request, response)) return;
  if (!allowed(state.options, authorization, service)) {
    response
      .writeHead(401, { "www-authenticate": 'Basic realm="sandbox"', "content-type": "text/plain" })
      .end("Unauthorized\n");
    return;
  }
  const user = authorization === undefined ? undefined : state.options.user;
  const work = serve(state, { request, response, user, fault })
    .catch(() => {
      response.destroy();
    })
    .finally(() => state.working.delete(work));
  state.working.add(work);
}

function takeFault(state: State, method: string, service: string): GitFault | undefined {
  const active = state.faults.find(({ scope, left }) => left > 0 && inScope(scope, method, service));
  if (active === undefined) return undefined;
  active.left--;
  return active.fault;
}

/** The faults that need no repository. Says whether the request is done with. */
function answerWithoutGit(
  state: State,
  fault: GitFault,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  switch (fault.kind) {
    case "status":
      response
        .writeHead(fault.status, { "content-type": "text/plain", ...fault.headers })
        .end(fault.body ?? "");
      return true;
    case "stall":
      state.stalled.add(response);
      response.once("close", () => state.stalled.delete(response));
      return true;
    case "cut":
      request.socket.destroy();
      return true;
    case "redirect":
      response.writeHead(fault.status ?? 302, { location: `${fault.origin}${request.url}` }).end();
      return true;
    case "login-page":
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(loginPage);
      return true;
    default:
      return false;
  }
}

function allowed(options: GitServerOptions, authorization: string | undefined, service: string): boolean {
  if (options.user === undefined) return true;
  if (authorization === undefined) return options.anonymousRead === true && service !== "git-receive-pack";
  const [scheme, encoded = ""] = authorization.split(" ");
  const given = Buffer.from(encoded, "base64").toString("utf8");
  return scheme?.toLowerCase() === "basic" && given === `${options.user}:${options.password ?? ""}`;
}

interface Serving {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly user: string | undefined;
  readonly fault: GitFault | undefined;
}

async function serve(state: State, { request, response, user, fault }: Serving): Promise<void> {
  if (fault?.kind === "race") await fault.run();
  if (fault?.kind === "late") await sleep(fault.ms);
  const { root } = state.repository;
  const held = holdBack(state, request);
  const answer = held ?? answerTo(response, fault);
  const { protocol = 2 } = state.options;
  await serveByGit(request, { root, home: root, user: user ?? anonymousUser(state), protocol }, answer);
  if (held !== undefined) {
    await Promise.all(state.afterPush.map((listener) => listener()));
    held.release(answerTo(response, fault));
  }
  if (fault?.kind === "lost-answer") response.destroy();
}

interface HeldAnswer extends CgiAnswer {
  release(answer: CgiAnswer): void;
}

/** Keeps the answer to a push until everybody who follows the repository has seen the push. */
function holdBack({ afterPush }: State, request: IncomingMessage): HeldAnswer | undefined {
  if (afterPush.length === 0 || request.method !== "POST" || !request.url?.endsWith("/git-receive-pack")) {
    return undefined;
  }
  let head: CgiHead | undefined;
  const chunks: Buffer[] = [];
  return {
    begin(answered) {
      head = answered;
      return new Writable({
        write(chunk, _encoding, done) {
          chunks.push(chunk);
          done();
        },
      });
    },
    release(answer) {
      if (head !== undefined) answer.begin(head).end(Buffer.concat(chunks));
    },
  };
}

/** http-backend lets only a known user push; without a password everybody is known. */
function anonymousUser(state: State): string | undefined {
  return state.options.user === undefined ? "anybody" : undefined;
}

function answerTo(response: ServerResponse, fault: GitFault | undefined): CgiAnswer {
  if (fault?.kind === "lost-answer") return { begin: () => discard() };
  return {
    begin: ({ status, headers }) => {
      response.writeHead(status, headers);
      return fault?.kind === "half" ? halfOf(response) : response;
    },
  };
}
