/** The body of a probe request: what the user gave, held against the Open Inference Protocol before anything is changed. */
import * as v from "valibot";
import { printable } from "../text.ts";
import { shapeProblem, shapeSchema } from "./tensor.ts";

export type PayloadReading =
  | { readonly kind: "payload"; readonly body: string }
  /** `problem` follows the option's name; printable. */
  | { readonly kind: "problem"; readonly problem: string };

/** Larger than any example of the field, and small enough to be sent a few times a second. */
export const longestPayload = 1024 * 1024;

const requestSchema = v.looseObject({
  id: v.optional(v.string()),
  inputs: v.pipe(
    v.array(
      v.looseObject({
        name: v.pipe(v.string(), v.minLength(1)),
        shape: shapeSchema,
        datatype: v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9]*$/)),
        data: v.array(v.unknown()),
      }),
    ),
    v.minLength(1),
  ),
});

/** The text is sent as it stands. */
export function readPayload(text: string): PayloadReading {
  if (text.length > longestPayload) return problem("must be at most 1 MiB long");
  const json = parseJson(text);
  if (json === undefined) return problem("must be JSON");
  const parsed = v.safeParse(requestSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = v.getDotPath(issue);
    const what = printable(issue.message, 200);
    return problem(
      `must be a request of the V2 inference protocol: ${where === null ? "" : `${printable(where, 100)}: `}${what}`,
    );
  }
  for (const { name, shape, data } of parsed.output.inputs) {
    const odd = shapeProblem(data, shape);
    if (odd !== undefined) {
      return problem(`must hold as much data as the shapes say: input ${printable(name, 100)} ${odd}`);
    }
  }
  return { kind: "payload", body: text };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problem(text: string): PayloadReading {
  return { kind: "problem", problem: text };
}
