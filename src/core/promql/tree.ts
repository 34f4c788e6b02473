/** The syntax tree of a query, by Prometheus' own grammar. Costs some milliseconds to load: import it when needed. */
import type { SyntaxNode, Tree } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import { type Parsed, parsed, problem } from "./problem.ts";

export type { SyntaxNode } from "@lezer/common";

/** Far beyond what a person writes; bounds the work of every walk through the tree. */
const longestQuery = 10_000;

/** The tree of a text without syntax errors; else the first error. */
export function parseTree(text: string): Parsed<Tree> {
  if (text.length > longestQuery) {
    return problem(text, longestQuery, `the query is longer than ${longestQuery} characters`);
  }
  if (text.trim() === "") return problem(text, text.length, "the query is empty");
  const tree = parser.parse(text);
  let error: { readonly from: number; readonly to: number } | undefined;
  tree.iterate({
    enter(node) {
      if (node.type.isError && error === undefined) error = { from: node.from, to: node.to };
      return error === undefined;
    },
  });
  if (error === undefined) return stringsOf(text, tree);
  // The parser stops before the white space and comments that it skips.
  const skipped = /^(?:\s|#[^\n]*)*/.exec(text.slice(error.from))?.[0] as string;
  const at = error.from + skipped.length;
  return problem(text, at, at === text.length ? "the query ends too early" : "this is not expected here");
}

const escapes = /\\(?:[abfnrtv\\]|x[0-9A-Fa-f]{2}|[0-7]{3}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})/.source;
/** By the opening quote. */
const wholeStrings: Readonly<Record<string, RegExp>> = {
  '"': new RegExp(`^"(?:[^"\\\\\n]|\\\\"|${escapes})*"$`),
  "'": new RegExp(`^'(?:[^'\\\\\n]|\\\\'|${escapes})*'$`),
  "`": /^`[^`]*`$/,
};

/** The grammar takes a string that nothing closes, and any escape; Prometheus' own reader does not. */
function stringsOf(text: string, tree: Tree): Parsed<Tree> {
  for (const node of nodesOf(tree, "StringLiteral")) {
    const literal = textOf(text, node);
    if (wholeStrings[literal.charAt(0)]?.test(literal)) continue;
    return problem(
      text,
      node.from,
      "this string is not closed, or holds an escape that PromQL does not know",
    );
  }
  return parsed(tree);
}

/** All nodes of these types, in the text's order. */
export function nodesOf(tree: Tree, ...names: readonly string[]): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  tree.iterate({
    enter(node) {
      if (names.includes(node.name)) found.push(node.node);
    },
  });
  return found;
}

/** The children, without comments. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== "LineComment") children.push(child);
  }
  return children;
}

/** The nodes around it, the nearest first. */
export function ancestorsOf(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let parent = node.parent; parent !== null; parent = parent.parent) found.push(parent);
  return found;
}

export function textOf(text: string, { from, to }: SyntaxNode): string {
  return text.slice(from, to);
}
