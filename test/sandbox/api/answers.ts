import type { Json } from "../cluster/objects.ts";
import { qualified, type Resource } from "./resources.ts";

/** One answer: a body that becomes JSON, or a plain text. */
export interface Answer {
  readonly code: number;
  readonly body: Json | string;
}

interface StatusOptions {
  readonly reason?: string;
  readonly details?: Json;
}

/** A `Status`, with its fields in the order in which the real API gives them. */
export function status(code: number, message: string, { reason, details }: StatusOptions = {}): Answer {
  const result = code < 400 ? "Success" : "Failure";
  return {
    code,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: result, message, reason, details, code },
  };
}

type Named = Pick<Resource, "group" | "plural">;

function detailsOf(resource: Named, name?: string): Json {
  return { name, group: resource.group === "" ? undefined : resource.group, kind: resource.plural };
}

/** The answer for a path, group or version that is not served. */
export const pageNotFound: Answer = { code: 404, body: "404 page not found\n" };

export const unauthorized = status(401, "Unauthorized", { reason: "Unauthorized" });

export function notFound(resource: Named, name: string): Answer {
  const details = detailsOf(resource, name);
  return status(404, `${qualified(resource)} "${name}" not found`, { reason: "NotFound", details });
}

export interface Attempt {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  /** `inferenceservices` or `inferenceservices/status`. */
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

export function forbidden(attempt: Attempt): Answer {
  const { user, verb, group, resource, namespace, name } = attempt;
  const [plural = ""] = resource.split("/");
  const which = name === undefined ? "" : ` "${name}"`;
  const scope = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const action = `User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}`;
  return status(403, `${qualified({ group, plural })}${which} is forbidden: ${action}`, {
    reason: "Forbidden",
    details: detailsOf({ group, plural }, name),
  });
}

export function conflict(resource: Named, name: string): Answer {
  const why = "the object has been modified; please apply your changes to the latest version and try again";
  return status(409, `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, {
    reason: "Conflict",
    details: detailsOf(resource, name),
  });
}

export function alreadyExists(resource: Named, name: string): Answer {
  const details = detailsOf(resource, name);
  return status(409, `${qualified(resource)} "${name}" already exists`, { reason: "AlreadyExists", details });
}

export function expired(asked: number, oldest: number): Answer {
  return status(410, `too old resource version: ${asked} (${oldest})`, { reason: "Expired" });
}

export function unsupportedPatch(resource: Named): Answer {
  const types = [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/apply-patch+yaml",
  ];
  // Only the built-in kinds know strategic merge patches.
  if (resource.group === "") types.push("application/strategic-merge-patch+json");
  return status(
    415,
    `the body of the request was in an unknown format - accepted media types include: ${types.join(", ")}`,
    { reason: "UnsupportedMediaType" },
  );
}

export function badRequest(message: string): Answer {
  return status(400, message, { reason: "BadRequest" });
}

export function methodNotAllowed(): Answer {
  const message = "the server does not allow this method on the requested resource";
  return status(405, message, { reason: "MethodNotAllowed", details: {} });
}

export function unavailable(code: number): Answer {
  if (code === 503)
    return status(503, "the server is currently unable to handle the request", {
      reason: "ServiceUnavailable",
    });
  return status(code, "Internal error occurred: etcdserver: request timed out", { reason: "InternalError" });
}
