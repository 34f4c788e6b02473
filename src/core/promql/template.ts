/** Reading a user's query with placeholders, before anything is changed. */
import type { Place, Quote } from "./escape.ts";
import { findPlaceholders, type Placeholder } from "./placeholders.ts";
import { type Parsed, parsed, problem } from "./problem.ts";
import type { Gap, QueryTemplate } from "./resolve.ts";
import { ancestorsOf, type SyntaxNode } from "./tree.ts";
import { parseTyped, typeOf } from "./types.ts";

/** Checks the syntax, the types and every placeholder's place. The problem points into the user's own text. */
export function parseTemplate(text: string): Parsed<QueryTemplate> {
  const masked = findPlaceholders(text);
  if (masked.kind === "problem") return masked;
  const tree = parseTyped(masked.value.text);
  if (tree.kind === "problem") return problem(text, tree.problem.offset, tree.problem.message);
  const gaps: Gap[] = [];
  for (const placeholder of masked.value.placeholders) {
    const node = tree.value.resolveInner(placeholder.from, 1);
    if (node.name === "LineComment") continue;
    const place = placeOf(text, placeholder, node);
    if (typeof place === "string") return problem(text, placeholder.from, place);
    gaps.push({ ...placeholder, place });
  }
  const top = tree.value.topNode.firstChild as SyntaxNode;
  return parsed({ text, type: typeOf(masked.value.text, top), gaps });
}

/** What is wrong with the place, or the place. */
function placeOf(text: string, { name, from, to }: Placeholder, node: SyntaxNode): Place | string {
  if (node.name === "StringLiteral") {
    if (name === "window") return `$${name} is a duration and stands outside strings: [$window]`;
    return stringPlace(text, from, node);
  }
  if (name !== "window") return `$${name} stands inside a string only: "$${name}"`;
  const inDuration = node.name.startsWith("NumberDurationLiteral");
  return inDuration && node.from === from && node.to === to
    ? { kind: "duration" }
    : `$${name} stands alone where a duration does: [$window]`;
}

function stringPlace(text: string, from: number, node: SyntaxNode): Place | string {
  const quote = text.charAt(node.from) as Quote;
  const before = /\\*$/.exec(text.slice(node.from, from))?.[0] as string;
  if (quote !== "`" && before.length % 2 === 1) return "a backslash stands right before this placeholder";
  const matcher = ancestorsOf(node).find(({ name }) => /LabelMatcher$/.test(name));
  const regex = ["EqlRegex", "NeqRegex"].some((type) => matcher?.getChild("MatchOp")?.getChild(type));
  return { kind: "string", quote, regex };
}
