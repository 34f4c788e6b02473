import type { IncomingMessage } from "node:http";
import { groupKind, type Resource } from "./resources.ts";

/** What a request to a resource's path asks for. */
export interface Target {
  readonly resource: Resource;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** Kubernetes' verb: get, list, watch, create, update, patch, delete. */
  readonly verb: string;
  readonly query: URLSearchParams;
}

/** Finds out what a path means; undefined where nothing of the kind is served. */
export function readTarget(
  method: string,
  path: readonly string[],
  query: URLSearchParams,
  served: readonly Resource[],
): Target | undefined {
  const core = path[0] === "api";
  const [group, version, ...rest] = core ? ["", ...path.slice(1)] : path.slice(1);
  const scoped = rest[0] === "namespaces" && rest.length > 2;
  const namespace = scoped ? rest[1] : undefined;
  const [plural, name, subresource, ...tooMuch] = scoped ? rest.slice(2) : rest;
  const resource = served.find(
    (each) => each.group === group && each.version === version && each.plural === plural,
  );
  if (resource === undefined || tooMuch.length > 0) return undefined;
  if (subresource !== undefined && !(subresource === "status" && resource.status)) return undefined;
  const selected = /(?:^|,)metadata\.name=([^,]+)/.exec(query.get("fieldSelector") ?? "")?.[1];
  const verb = verbOf(method, name, query);
  // As the API server does: a list or watch of one name counts as access to that name.
  return { resource, subresource, namespace, name: name ?? selected, verb, query };
}

function verbOf(method: string, name: string | undefined, query: URLSearchParams): string {
  if (method === "GET" && ["true", "1"].includes(query.get("watch") ?? "")) return "watch";
  if (method === "GET") return name === undefined ? "list" : "get";
  const verbs: Record<string, string> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };
  return verbs[method] ?? method.toLowerCase();
}

export function keyOfTarget(target: Target) {
  return { kind: groupKind(target.resource), namespace: target.namespace ?? "", name: target.name ?? "" };
}

/** Whether the client prefers a table, as kubectl does for `get`. */
export function wantsTable(request: IncomingMessage): boolean {
  const [first = ""] = (request.headers.accept ?? "").split(",");
  return /;\s*as=Table\b/.test(first);
}

/** The body. Bounded as in the API server. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > 3 * 1024 * 1024) throw new Error("the request's body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
