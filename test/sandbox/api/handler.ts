import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { ObjectStore } from "../cluster/objects.ts";
import { type Authorize, type Identity, identify } from "./access.ts";
import {
  type Answer,
  type Attempt,
  forbidden,
  methodNotAllowed,
  pageNotFound,
  unauthorized,
  unavailable,
} from "./answers.ts";
import { discover } from "./discovery.ts";
import type { Faults } from "./faults.ts";
import { getMany, getOne } from "./reads.ts";
import { readBody, readTarget, type Target, wantsTable } from "./request.ts";
import type { Resource } from "./resources.ts";
import { review } from "./review.ts";
import { type OpenWatch, startWatch } from "./watches.ts";
import { create, patch, remove, update } from "./writes.ts";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly user: string | undefined;
  readonly verb: string | undefined;
}

/** What the server knows; the fields change at run time. */
export interface ApiState {
  readonly store: ObjectStore;
  readonly served: readonly Resource[];
  readonly faults: Faults;
  readonly tokens: ReadonlyMap<string, Identity>;
  readonly authorize: Authorize;
  readonly oldest: number;
  readonly now: () => number;
  readonly bookmarkMs: number;
  readonly requests: SeenRequest[];
  readonly watches: Set<OpenWatch>;
}

/** Answers one request. Throws only where the sandbox itself is wrong. */
export async function serve(
  state: ApiState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? "/", "https://api");
  const path = pathname.split("/").slice(1).map(decodeURIComponent);
  const method = request.method ?? "GET";
  const target = readTarget(method, path, query, state.served);
  const identity = identify(request.headers.authorization, state.tokens);
  state.requests.push({ method, path: pathname, query, user: identity?.user, verb: target?.verb });
  const body = await readBody(request);
  const spoiled = state.faults.match(target) ? await spoil(state.faults) : undefined;
  if (spoiled === "mute") return;
  const answer =
    spoiled ?? (await answerTo(state, { method, path, target, identity, request, response, body }));
  if (answer === undefined) return;
  if (state.faults.half && state.faults.match(target)) sendHalf(response, answer);
  else send(request, response, answer);
}

function sendHalf(response: ServerResponse, { code, body }: Answer): void {
  const whole = JSON.stringify(body);
  response.writeHead(code, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(whole),
  });
  response.write(whole.slice(0, whole.length / 2), () => response.destroy());
}

async function spoil(faults: Faults): Promise<Answer | "mute" | undefined> {
  if (faults.delayMs > 0) await delay(faults.delayMs, undefined, { ref: false });
  if (faults.mute) return "mute";
  if (faults.status !== undefined) return unavailable(faults.status);
  return faults.rejectTokens ? unauthorized : undefined;
}

interface Call {
  readonly method: string;
  readonly path: readonly string[];
  readonly target: Target | undefined;
  readonly identity: Identity | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
}

async function answerTo(state: ApiState, call: Call): Promise<Answer | undefined> {
  const { method, path, target, identity } = call;
  if (identity === undefined) return unauthorized;
  const discovery = method === "GET" ? discover(path, state.served) : undefined;
  if (discovery !== undefined) return discovery;
  return target === undefined ? pageNotFound : act(state, { ...call, target, identity });
}

/** The answer to a request for a resource; undefined where a watch streams instead. */
function act(state: ApiState, call: Call & { target: Target; identity: Identity }): Answer | undefined {
  const { target, identity, request, response, body } = call;
  const { store } = state;
  if (target.resource.kind === "SelfSubjectAccessReview") return review(state.authorize, identity, body);
  const attempt = attemptOf(target, identity);
  if (!state.authorize(attempt)) return forbidden(attempt);
  if (!target.resource.verbs.includes(target.verb)) return methodNotAllowed();
  const asTable = wantsTable(request);
  const read = { nowMs: state.now(), asTable };
  switch (target.verb) {
    case "get":
      return getOne(store, target, read);
    case "list":
      return getMany(store, target, read);
    case "watch":
      return watch(state, target, asTable, response);
    case "create":
      return create(store, target, body.toString());
    case "update":
      return update(store, target, body.toString());
    case "patch":
      return patch(store, target, request.headers["content-type"] ?? "", body.toString());
    default:
      return remove(store, target);
  }
}

function watch(
  state: ApiState,
  target: Target,
  asTable: boolean,
  response: ServerResponse,
): Answer | undefined {
  const { store, now, oldest, bookmarkMs, watches, faults } = state;
  // Who has left is not told of by another "close": the watch would stay for ever.
  if (response.destroyed) return undefined;
  const silent = () => faults.silent && faults.match(target);
  const options = { asTable, now, oldest, bookmarkMs, silent };
  const started = startWatch(store, target, response, options, () => {
    if (!("code" in started)) watches.delete(started);
  });
  if ("code" in started) return started;
  if (!response.writableEnded) watches.add(started);
  return undefined;
}

function attemptOf(target: Target, identity: Identity): Attempt {
  const { verb, resource, subresource, namespace, name } = target;
  const path = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  return { user: identity.user, verb, group: resource.group, resource: path, namespace, name };
}

/** Sends an answer. */
export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const text = typeof answer.body === "string";
  // As the API server does, for people's eyes.
  const pretty =
    /[?&]pretty=(true|1)\b/.test(request.url ?? "") || /^curl\//.test(request.headers["user-agent"] ?? "");
  const body = text ? answer.body : `${JSON.stringify(answer.body, undefined, pretty ? 2 : undefined)}\n`;
  const type = text ? "text/plain; charset=utf-8" : "application/json";
  const headers = { "content-type": type, "cache-control": "no-cache, private" };
  response.writeHead(answer.code, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
}
