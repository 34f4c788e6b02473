/**
 * The little of PromQL that the program and the course use: selectors, bare range selectors, `rate` of a range and
 * `sum`, with or without `by`. Anything else is refused in Prometheus' own form rather than answered half right.
 */
import { type Token, tokenize } from "./tokens.ts";

export interface Matcher {
  readonly label: string;
  readonly matches: (value: string) => boolean;
}

export type Expression =
  | { readonly kind: "vector"; readonly matchers: readonly Matcher[] }
  | { readonly kind: "matrix"; readonly matchers: readonly Matcher[]; readonly rangeMs: number }
  | { readonly kind: "rate"; readonly of: Expression & { readonly kind: "matrix" } }
  | { readonly kind: "sum"; readonly by: readonly string[]; readonly of: Expression };

/** A query that Prometheus, or at least this one, does not take. */
export class QueryError extends Error {}

interface Cursor {
  /** The next token, left where it is. */
  peek(): Token;
  next(): Token;
  /** Takes the next token, which must be `text`. */
  expect(text: string): void;
  fail(what: string): never;
}

/** Throws a `QueryError`. */
export function parseQuery(text: string): Expression {
  const cursor = cursorOver(text);
  const expression = parseExpression(cursor);
  if (cursor.peek().kind !== "end") cursor.fail(`unexpected ${cursor.peek().text}`);
  return expression;
}

function cursorOver(text: string): Cursor {
  const tokens = tokenize(text, (at, what) => refuse(at, what));
  const end: Token = { kind: "end", text: "end of input", at: text.length };
  let index = 0;
  const peek = () => tokens[index] ?? end;
  return {
    peek,
    next: () => tokens[index++] ?? end,
    expect(wanted) {
      if (peek().text !== wanted || peek().kind === "string") {
        refuse(peek().at, `unexpected ${peek().text}, expected "${wanted}"`);
      }
      index++;
    },
    fail: (what) => refuse(peek().at, what),
  };
}

function refuse(at: number, what: string): never {
  throw new QueryError(`invalid parameter "query": 1:${at + 1}: parse error: ${what}`);
}

function parseExpression(cursor: Cursor): Expression {
  const { kind, text } = cursor.peek();
  if (kind === "word" && text.toLowerCase() === "sum") return parseSum(cursor);
  if (kind === "word" && text === "rate") return parseRate(cursor);
  return parseSelector(cursor);
}

function parseSum(cursor: Cursor): Expression {
  cursor.next();
  const before = parseBy(cursor);
  cursor.expect("(");
  const of = parseExpression(cursor);
  cursor.expect(")");
  if (of.kind === "matrix") {
    cursor.fail("expected type instant vector in aggregation expression, got range vector");
  }
  return { kind: "sum", by: before ?? parseBy(cursor) ?? [], of };
}

function parseBy(cursor: Cursor): readonly string[] | undefined {
  if (cursor.peek().text.toLowerCase() !== "by") return undefined;
  cursor.next();
  cursor.expect("(");
  const labels: string[] = [];
  while (cursor.peek().kind === "word") {
    labels.push(cursor.next().text);
    if (cursor.peek().text === ",") cursor.next();
  }
  cursor.expect(")");
  return labels;
}

function parseRate(cursor: Cursor): Expression {
  cursor.next();
  cursor.expect("(");
  const of = parseSelector(cursor);
  cursor.expect(")");
  if (of.kind !== "matrix") {
    cursor.fail('expected type range vector in call to function "rate", got instant vector');
  }
  return { kind: "rate", of };
}

function parseSelector(cursor: Cursor): Expression & { readonly kind: "vector" | "matrix" } {
  const matchers: Matcher[] = [];
  if (cursor.peek().kind === "word") matchers.push(equals("__name__", cursor.next().text));
  if (cursor.peek().text === "{") matchers.push(...parseMatchers(cursor));
  if (matchers.every(({ matches }) => matches(""))) {
    cursor.fail("vector selector must contain at least one non-empty matcher");
  }
  if (cursor.peek().text !== "[") return { kind: "vector", matchers };
  cursor.next();
  const rangeMs = parseDuration(cursor);
  cursor.expect("]");
  return { kind: "matrix", matchers, rangeMs };
}

function parseMatchers(cursor: Cursor): readonly Matcher[] {
  const matchers: Matcher[] = [];
  cursor.expect("{");
  while (cursor.peek().kind === "word") {
    matchers.push(parseMatcher(cursor));
    if (cursor.peek().text === ",") cursor.next();
  }
  cursor.expect("}");
  return matchers;
}

function parseMatcher(cursor: Cursor): Matcher {
  const label = cursor.next().text;
  const operator = cursor.next().text;
  const { kind, text: value } = cursor.peek();
  if (kind !== "string") cursor.fail(`unexpected ${value} in label matching, expected string`);
  cursor.next();
  switch (operator) {
    case "=":
      return equals(label, value);
    case "!=":
      return { label, matches: (other) => other !== value };
    case "=~":
    case "!~": {
      const pattern = compile(value, cursor);
      return { label, matches: (other) => pattern.test(other) === (operator === "=~") };
    }
    default:
      return cursor.fail(`unexpected ${operator} in label matching`);
  }
}

function equals(label: string, value: string): Matcher {
  return { label, matches: (other) => other === value };
}

/** Prometheus' patterns are RE2's and match whole values; the plain ones mean the same here. */
function compile(pattern: string, cursor: Cursor): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return cursor.fail(`error parsing regexp: ${pattern}`);
  }
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

function parseDuration(cursor: Cursor): number {
  const { kind, text } = cursor.peek();
  if (kind !== "duration") cursor.fail(`unexpected ${text} in subquery selector, expected duration`);
  cursor.next();
  const parts = [...text.matchAll(/(\d+)([a-z]+)/g)];
  const rangeMs = parts.reduce(
    (total, [, count, unit = ""]) => total + Number(count) * (unitMs[unit] ?? 0),
    0,
  );
  if (rangeMs === 0) cursor.fail("duration must be greater than 0");
  return rangeMs;
}
