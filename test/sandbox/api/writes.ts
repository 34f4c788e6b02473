import { parse } from "yaml";
import type { Json, KubeObject, ObjectStore } from "../cluster/objects.ts";
import {
  type Answer,
  alreadyExists,
  badRequest,
  conflict,
  notFound,
  status,
  unsupportedPatch,
} from "./answers.ts";
import { jsonPatch, mergePatch } from "./patch.ts";
import { keyOfTarget, type Target } from "./request.ts";
import { apiVersion, qualified, type Resource } from "./resources.ts";
import { Conflict } from "./store.ts";

export function create(store: ObjectStore, target: Target, body: string): Answer {
  const sent = readObject(body);
  if (sent === undefined) return badRequest("the object provided is unrecognized");
  return write(store, { ...target, name: sent.metadata?.name }, undefined, sent);
}

export function update(store: ObjectStore, target: Target, body: string): Answer {
  const sent = readObject(body);
  if (sent === undefined) return badRequest("the object provided is unrecognized");
  const current = store.get(keyOfTarget(target));
  if (current === undefined) return notFound(target.resource, target.name ?? "");
  if (sent.metadata?.resourceVersion === undefined && target.resource.group !== "") {
    return invalid(target, "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update");
  }
  return write(store, target, current, sent);
}

export function patch(store: ObjectStore, target: Target, type: string, body: string): Answer {
  const how = patchKind(target.resource, type.split(";")[0] ?? "");
  if (how === undefined) return unsupportedPatch(target.resource);
  const current = store.get(keyOfTarget(target));
  if (current === undefined && how !== "apply") return notFound(target.resource, target.name ?? "");
  try {
    return write(store, target, current, patched(how, current, body));
  } catch (error) {
    return badRequest(`error decoding patch: ${error instanceof Error ? error.message : error}`);
  }
}

type PatchKind = "apply" | "merge" | "json";

/** Server-side apply counts as a merge here: field ownership is nobody's business in the sandbox. */
function patchKind(resource: Resource, mediaType: string): PatchKind | undefined {
  if (mediaType === "application/strategic-merge-patch+json" && resource.group === "") return "merge";
  const kinds: Record<string, PatchKind> = {
    "application/apply-patch+yaml": "apply",
    "application/merge-patch+json": "merge",
    "application/json-patch+json": "json",
  };
  return kinds[mediaType];
}

function patched(how: PatchKind, current: KubeObject | undefined, body: string): Json {
  const change = how === "apply" ? parse(body) : JSON.parse(body);
  const wanted = how === "json" ? jsonPatch(current, change) : mergePatch(current ?? {}, change);
  // Unless a merge patch names a version it holds for whatever is there.
  const resourceVersion =
    how === "json" ? current?.metadata.resourceVersion : change?.metadata?.resourceVersion;
  return { ...wanted, metadata: { ...wanted.metadata, resourceVersion } };
}

export function remove(store: ObjectStore, target: Target): Answer {
  const { resource } = target;
  const key = keyOfTarget(target);
  const current = store.get(key);
  if (current === undefined) return notFound(resource, key.name);
  store.delete(key);
  const { uid } = current.metadata;
  const details = { name: key.name, group: resource.group || undefined, kind: resource.plural, uid };
  return { code: 200, body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details } };
}

function write(store: ObjectStore, target: Target, current: KubeObject | undefined, sent: Json): Answer {
  const { resource, subresource } = target;
  const key = keyOfTarget(target);
  if (current !== undefined && target.verb === "create") return alreadyExists(resource, key.name);
  if (target.verb === "create" && store.get(key) !== undefined) return alreadyExists(resource, key.name);
  const object = fitting(resource, subresource, key, current, sent);
  const complaint = decodeComplaint(object);
  if (complaint !== undefined) return status(400, complaint);
  try {
    return { code: current === undefined ? 201 : 200, body: store.put(object) };
  } catch (error) {
    if (error instanceof Conflict) return conflict(resource, key.name);
    throw error;
  }
}

/** What of `sent` counts: a status only through the status subresource, and through that nothing else. */
function fitting(
  resource: Resource,
  subresource: string | undefined,
  key: { readonly namespace: string; readonly name: string },
  current: KubeObject | undefined,
  sent: Json,
): KubeObject {
  const { resourceVersion } = sent.metadata ?? {};
  if (subresource === "status" && current !== undefined) {
    return { ...current, metadata: { ...current.metadata, resourceVersion }, status: sent.status };
  }
  const metadata = { ...sent.metadata, namespace: key.namespace, name: key.name };
  const object = { ...sent, apiVersion: apiVersion(resource), kind: resource.kind, metadata };
  if (!resource.status) return object;
  const { status: _ignored, ...rest } = object;
  return current?.status === undefined ? rest : { ...rest, status: current.status };
}

function readObject(body: string): Json | undefined {
  try {
    const object = parse(body);
    return typeof object === "object" && object !== null && !Array.isArray(object) ? object : undefined;
  } catch {
    return undefined;
  }
}

function invalid(target: Target, cause: string): Answer {
  const { resource, name = "" } = target;
  const details = { name, group: resource.group, kind: resource.plural };
  const message = `${qualified(resource)} "${name}" is invalid: ${cause}`;
  return status(422, message, { reason: "Invalid", details });
}

/** KServe's defaulter decodes an InferenceService before any schema is looked at. */
function decodeComplaint(object: KubeObject): string | undefined {
  if (object.kind !== "InferenceService") return undefined;
  const webhook = 'admission webhook "inferenceservice.kserve-webhook-server.defaulter" denied the request';
  const types = { minReplicas: "int32", canaryTrafficPercent: "int64" };
  for (const [field, type] of Object.entries(types)) {
    const value = object.spec?.predictor?.[field];
    if (value === undefined || value === null || Number.isInteger(value)) continue;
    const path = `PredictorSpec.spec.predictor.ComponentExtensionSpec.${field}`;
    return `${webhook}: json: cannot unmarshal ${typeof value} into Go struct field ${path} of type ${type}`;
  }
  return undefined;
}
