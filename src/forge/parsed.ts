import * as v from "valibot";
import { printable } from "../core/text.ts";
import { Failure } from "../errors/failure.ts";

/** Throws Failure GIT_PROTOCOL where an answer is not what it should be. */
export function parsed<const S extends v.GenericSchema>(
  schema: S,
  data: unknown,
  what: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const at = v.getDotPath(issue) ?? "the answer";
  throw new Failure("GIT_PROTOCOL", `${what}: ${at}: ${printable(issue.message, 200)}`);
}
