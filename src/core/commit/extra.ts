/** Trailers that a team adds to bluegreen's own, such as a ticket. */
import { printable } from "../text.ts";
import { templateProblem } from "./template.ts";
import type { Trailer } from "./trailers.ts";

export type ExtraTrailer =
  | { readonly kind: "trailer"; readonly trailer: Trailer }
  | { readonly kind: "problem"; readonly problem: string };

/** Later runs decide by trailers whose names begin so, and nobody else may write them into a commit of ours. */
const reserved = /^bluegreen-/i;

/** `Key: value` with a key as Git has it. The value is a template of one line. */
export function parseExtraTrailer(text: string): ExtraTrailer {
  const [, token = "", rest = ""] = /^([A-Za-z0-9][A-Za-z0-9-]*):(.*)/s.exec(text.trim()) ?? [];
  const value = printable(rest);
  if (value === "") return refuse("must be written as Key: value");
  if (reserved.test(token)) return refuse(`must not begin with Bluegreen-: runs are known by these trailers`);
  const problem = templateProblem(value);
  return problem === undefined ? { kind: "trailer", trailer: { token, value } } : refuse(problem);
}

function refuse(problem: string): ExtraTrailer {
  return { kind: "problem", problem };
}
