/** What Kubernetes objects of all kinds have in common, and how they are taken apart. */
import * as v from "valibot";
import { printable } from "../core/text.ts";
import type { Condition } from "../core/world.ts";
import { Failure } from "../errors/failure.ts";

export const text = v.optional(v.string());
const textMap = v.optional(v.record(v.string(), v.string()), {});
export const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)));

const condition = v.object({
  type: v.string(),
  status: v.picklist(["True", "False", "Unknown"]),
  reason: text,
  message: text,
});
export const conditions = v.optional(v.array(condition), []);

export const metadata = v.object({
  name: v.string(),
  namespace: v.optional(v.string(), ""),
  uid: text,
  generation: count,
  deletionTimestamp: text,
  labels: textMap,
  annotations: textMap,
});

/** Throws Failure CLUSTER_ANSWER, which names the place. */
export function parse<S extends v.GenericSchema>(schema: S, raw: unknown, kind: string): v.InferOutput<S> {
  const result = v.safeParse(schema, raw);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const where = v.getDotPath(issue) ?? "the object";
  throw new Failure("CLUSTER_ANSWER", printable(`${kind}: ${where}: ${issue.message}`));
}

export function readConditions(list: v.InferOutput<typeof conditions>): Record<string, Condition> {
  return Object.fromEntries(
    list.map(({ type, status, reason, message }) => [type, { status, reason, message }] as const),
  );
}
