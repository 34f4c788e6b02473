import type { KubeObject, ObjectStore } from "../cluster/objects.ts";
import { toTable } from "../cluster/table.ts";
import { type Answer, badRequest, notFound } from "./answers.ts";
import { keyOfTarget, type Target } from "./request.ts";
import { apiVersion, groupKind, type Resource, resources } from "./resources.ts";
import { readSelectors } from "./selectors.ts";

export interface ReadOptions {
  readonly asTable: boolean;
  readonly nowMs: number;
}

export function getOne(store: ObjectStore, target: Target, options: ReadOptions): Answer {
  const { resource } = target;
  const key = keyOfTarget(target);
  const object = allOf(store, resource).find(
    ({ metadata }) => metadata.name === key.name && metadata.namespace === key.namespace,
  );
  if (object === undefined) return notFound(resource, key.name);
  if (!options.asTable) return { code: 200, body: object };
  const version = object.metadata.resourceVersion ?? "";
  return { code: 200, body: toTable(key.kind, [object], options.nowMs, version) };
}

/** A list in the order of namespaces and names; in pages where `limit` asks for it. */
export function getMany(store: ObjectStore, target: Target, options: ReadOptions): Answer {
  const { resource, namespace, query } = target;
  const matches = readSelectors(query, resource.group !== "");
  if (typeof matches !== "function") return matches;
  const found = allOf(store, resource, namespace).filter(matches);
  const limit = Number(query.get("limit") ?? 0);
  const start = readContinue(query.get("continue"));
  if (start === undefined) return badRequest("continue key is not valid");
  const page = limit > 0 ? found.slice(start, start + limit) : found.slice(start);
  const left = found.length - start - page.length;
  const resourceVersion = `${store.version}`;
  if (options.asTable) {
    return {
      code: 200,
      body: toTable(groupKind(resource), page, options.nowMs, resourceVersion),
    };
  }
  const more =
    left > 0 ? { continue: writeContinue(start + limit), remainingItemCount: left } : { continue: "" };
  return {
    code: 200,
    body: {
      apiVersion: apiVersion(resource),
      items: page,
      kind: `${resource.kind}List`,
      metadata: { ...more, resourceVersion },
    },
  };
}

/** A resource's objects. Namespaces are those that hold anything. */
export function allOf(store: ObjectStore, resource: Resource, namespace?: string): readonly KubeObject[] {
  return resource.kind === "Namespace" ? namespaces(store) : store.list(groupKind(resource), namespace);
}

function namespaces(store: ObjectStore): readonly KubeObject[] {
  const names = new Set(
    resources
      .filter((each) => each.kind !== "Namespace")
      .flatMap((each) => store.list(groupKind(each)).map((object) => object.metadata.namespace)),
  );
  return [...names].sort().map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, namespace: "", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" },
    status: { phase: "Active" },
  }));
}

function writeContinue(start: number): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", start })).toString("base64url");
}

function readContinue(token: string | null): number | undefined {
  if (token === null || token === "") return 0;
  try {
    const { start } = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    return Number.isInteger(start) ? start : undefined;
  } catch {
    return undefined;
  }
}
