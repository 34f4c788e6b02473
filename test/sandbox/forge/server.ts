/**
 * A server as people have one: the sandbox's real Git repository and, beside it on the same address, an API for pull
 * requests in the dialect of Gitea or GitHub. Merges are made by real git.
 */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { GitServer } from "../git/server.ts";
import { type Dialect, dialects, owner, type Pull, repository, type Shown } from "./dialects.ts";
import { canMerge, hasBranch, type MergeStyle, mergeByGit } from "./merge.ts";

export interface ForgeOptions {
  readonly provider: keyof typeof dialects;
  readonly git: GitServer;
  /** Values of the Authorization header that are let in. */
  readonly authorized: readonly string[];
}

export interface SeenCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

export interface ForgeFault {
  /** Which calls it hits: `GET`, `POST` or both. */
  readonly method?: "GET" | "POST";
  readonly times?: number;
  /** Answers this instead. */
  readonly answer?: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  /** Does what was asked and then cuts the connection. */
  readonly lost?: boolean;
}

export interface ForgeServer {
  readonly origin: string;
  /** Of the repository, as people clone it. */
  readonly gitUrl: string;
  readonly apiUrl: string;
  readonly calls: readonly SeenCall[];
  readonly pulls: readonly Pull[];
  /** Somebody merges; throws for a conflict. Gives the commit on the target branch. */
  merge(number: number, style: MergeStyle): Promise<string>;
  close(number: number): void;
  /** Whether the server says that it still works out whether a pull request can be merged. */
  checking: boolean;
  fault(fault: ForgeFault): void;
  /** As if nobody had ever called. */
  forget(): void;
  /** Called before each call is answered. */
  onCall: ((call: SeenCall) => Promise<unknown> | undefined) | undefined;
  stop(): Promise<void>;
}

interface State {
  readonly options: ForgeOptions;
  readonly dialect: Dialect;
  readonly calls: SeenCall[];
  readonly pulls: Pull[];
  readonly faults: { fault: ForgeFault; left: number }[];
  readonly server: ForgeServer;
}

export async function startForge(options: ForgeOptions): Promise<ForgeServer> {
  const calls: SeenCall[] = [];
  const pulls: Pull[] = [];
  const faults: State["faults"] = [];
  const http = createServer((request, response) => {
    void handle(state, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const dialect = dialects[options.provider];
  const server: ForgeServer = {
    origin,
    gitUrl: `${origin}/${owner}/${repository}.git`,
    apiUrl: `${origin}${dialect.root}`,
    calls,
    pulls,
    checking: false,
    onCall: undefined,
    merge: (number, style) => merge(state, number, style),
    close: (number) => {
      pullOf(state, number).state = "closed";
    },
    fault: (fault) => {
      faults.push({ fault, left: fault.times ?? 1 });
    },
    forget: () => {
      calls.splice(0);
      pulls.splice(0);
    },
    stop: () => stop(http),
  };
  const state: State = { options, dialect, calls, pulls, faults, server };
  return server;
}

async function stop(http: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()));
  http.closeAllConnections();
  await closed;
}

async function merge(state: State, number: number, style: MergeStyle): Promise<string> {
  const pull = pullOf(state, number);
  const { origin } = state.server;
  const { dialect } = state;
  const message =
    style === "squash" ? dialect.squashMessage(pull, origin) : dialect.mergeMessage(pull, origin);
  const { branch, target } = pull;
  const commit = await mergeByGit(state.options.git, { branch, target, style, message });
  if (commit === undefined) throw new Error(`pull request #${number} conflicts with ${target}`);
  pull.state = "closed";
  pull.mergeCommit = commit;
  return commit;
}

function pullOf({ pulls }: State, number: number): Pull {
  const pull = pulls.find((each) => each.number === number);
  if (pull === undefined) throw new Error(`no pull request #${number}`);
  return pull;
}

async function handle(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? "/";
  const gitPath = `/${owner}/${repository}.git`;
  if (path.startsWith(`${gitPath}/`)) return forward(state, path.slice(gitPath.length), request, response);
  const body = await readBody(request);
  const { authorization } = request.headers;
  const call: SeenCall = {
    method: request.method ?? "",
    path,
    authorization,
    headers: request.headers,
    body,
  };
  state.calls.push(call);
  await state.server.onCall?.(call);
  const fault = takeFault(state, call.method);
  if (fault?.answer !== undefined) {
    const { status, headers = {}, body: text = "" } = fault.answer;
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
    return;
  }
  const { status, data } = await answer(state, call);
  if (fault?.lost === true) request.socket.destroy();
  else response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(data));
}

function forward(state: State, rest: string, request: IncomingMessage, response: ServerResponse): void {
  const { git } = state.options;
  const onward = httpRequest(
    `${git.url}${rest}`,
    { method: request.method, headers: request.headers },
    (got) => {
      response.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(response);
    },
  );
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
}

function takeFault({ faults }: State, method: string): ForgeFault | undefined {
  const active = faults.find(({ fault, left }) => left > 0 && (fault.method ?? method) === method);
  if (active === undefined) return undefined;
  active.left -= 1;
  return active.fault;
}

interface Answer {
  readonly status: number;
  readonly data: unknown;
}

async function answer(state: State, call: SeenCall): Promise<Answer> {
  const { dialect, options } = state;
  const url = new URL(call.path, "http://localhost");
  if (!url.pathname.startsWith(`${dialect.root}/`)) return refusal(state, 404, "Not Found");
  const path = url.pathname.slice(dialect.root.length);
  if (path === "/version" && options.provider === "gitea")
    return { status: 200, data: { version: "1.24.2" } };
  if (path === "/meta" && options.provider === "github") {
    return { status: 200, data: { verifiable_password_authentication: false } };
  }
  if (!options.authorized.includes(call.authorization ?? "")) return refusal(state, 401, "Bad credentials");
  const pulls = `/repos/${owner}/${repository}/pulls`;
  if (path === pulls && call.method === "POST") return open(state, call.body);
  if (path === pulls && call.method === "GET") return list(state, url.searchParams);
  return path.startsWith(`${pulls}/`)
    ? one(state, path.slice(pulls.length + 1))
    : refusal(state, 404, "Not Found");
}

function refusal({ dialect }: State, status: number, message: string): Answer {
  return { status, data: dialect.error(message) };
}

async function open(state: State, body: unknown): Promise<Answer> {
  const { pulls, dialect, options } = state;
  const { base, head, title, body: text } = body as Record<"base" | "head" | "title" | "body", string>;
  if (!(await hasBranch(options.git, head)) || !(await hasBranch(options.git, base))) {
    return refusal(state, options.provider === "gitea" ? 404 : 422, "Validation Failed: no such branch");
  }
  if (pulls.some((pull) => pull.branch === head && pull.target === base && pull.state === "open")) {
    return refusal(state, dialect.existsStatus, `A pull request already exists for ${head}`);
  }
  const pull: Pull = {
    number: pulls.length + 1,
    branch: head,
    target: base,
    title,
    body: text,
    state: "open",
    mergeCommit: undefined,
  };
  pulls.push(pull);
  return { status: 201, data: dialect.one(await shown(state, pull)) };
}

/** GitHub's list with its filters; Gitea has no filter for the head. */
async function list(state: State, query: URLSearchParams): Promise<Answer> {
  const wanted = query.get("state") ?? "open";
  const head = query.get("head")?.replace(`${owner}:`, "");
  const found = state.pulls
    .filter((pull) => wanted === "all" || pull.state === wanted)
    .filter((pull) => head === undefined || pull.branch === head)
    .filter((pull) => query.get("base") === null || pull.target === query.get("base"))
    .toReversed()
    .slice(0, Number(query.get("per_page") ?? 30));
  const data = await Promise.all(found.map(async (pull) => state.dialect.listed(await shown(state, pull))));
  return { status: 200, data };
}

async function one(state: State, rest: string): Promise<Answer> {
  const [first = "", ...more] = rest.split("/").map(decodeURIComponent);
  const pull =
    more.length === 0
      ? state.pulls.find(({ number }) => number === Number(first))
      : state.pulls.find(({ target, branch }) => target === first && branch === more.join("/"));
  if (pull === undefined || (more.length > 0 && state.options.provider === "github")) {
    return refusal(state, 404, "Not Found");
  }
  return { status: 200, data: state.dialect.one(await shown(state, pull)) };
}

async function shown(state: State, pull: Pull): Promise<Shown> {
  const { git } = state.options;
  const head = (await git.git(["rev-parse", `refs/heads/${pull.branch}`])).trim();
  const mergeable = state.server.checking ? undefined : await canMerge(git, pull.target, pull.branch);
  return { pull, mergeable: pull.state === "open" ? mergeable : false, head, origin: state.server.origin };
}
