import type { Json } from "../cluster/objects.ts";
import type { Authorize, Identity } from "./access.ts";
import { type Answer, badRequest } from "./answers.ts";

/** `kubectl auth can-i`: answers a SelfSubjectAccessReview, sent as JSON or, as kubectl does, as protobuf. */
export function review(authorize: Authorize, identity: Identity, body: Buffer): Answer {
  const attributes = body.subarray(0, 4).toString("latin1") === "k8s\0" ? decode(body) : parse(body);
  if (attributes === undefined) return badRequest("the object provided is unrecognized");
  const { verb = "", group = "", resource = "", subresource, namespace, name } = attributes;
  const allowed = authorize({
    user: identity.user,
    verb,
    group,
    resource: subresource ? `${resource}/${subresource}` : resource,
    namespace: namespace || undefined,
    name: name || undefined,
  });
  const reason = allowed ? "RBAC: allowed" : "";
  return {
    code: 201,
    body: {
      kind: "SelfSubjectAccessReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: {},
      spec: { resourceAttributes: attributes },
      status: { allowed, reason },
    },
  };
}

function parse(body: Buffer): Record<string, string> | undefined {
  try {
    const sent: Json = JSON.parse(body.toString("utf8"));
    return sent.spec?.resourceAttributes;
  } catch {
    return undefined;
  }
}

/** Unknown.raw → SelfSubjectAccessReview.spec → resourceAttributes, whose fields are all strings. */
function decode(body: Buffer): Record<string, string> {
  const raw = fields(body.subarray(4)).get(2);
  const spec = fields(raw ?? Buffer.alloc(0)).get(2);
  const found = fields(fields(spec ?? Buffer.alloc(0)).get(1) ?? Buffer.alloc(0));
  const names = ["namespace", "verb", "group", "version", "resource", "subresource", "name"];
  return Object.fromEntries(names.map((name, index) => [name, (found.get(index + 1) ?? "").toString()]));
}

/** The length-delimited fields of a protobuf message, by number. */
function fields(message: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  let at = 0;
  function varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
  while (at < message.length) {
    const tag = varint();
    const size = varint();
    if (tag % 8 !== 2) continue;
    found.set(tag >> 3, message.subarray(at, at + size));
    at += size;
  }
  return found;
}
