/**
 * Free checks as text, one a line: `[name:] QUERY => CONDITION`. Empty lines and lines that begin with `#` are skipped.
 * PromQL has no `=>`; the last one of a line divides it. A name ends in a colon and white space, which no metric does.
 */
import { type Parsed, parsed, problem } from "../promql/problem.ts";
import type { QueryTemplate } from "../promql/resolve.ts";
import { parseTemplate } from "../promql/template.ts";
import { type Condition, parseCondition } from "./condition.ts";

export interface QueryCheck {
  readonly name: string;
  readonly template: QueryTemplate;
  readonly condition: Condition;
}

const mostChecks = 50;

/** All checks, or the first problem; it points into the whole text. */
export function parseChecks(text: string): Parsed<readonly QueryCheck[]> {
  const checks: QueryCheck[] = [];
  let from = 0;
  for (const line of text.split("\n")) {
    const check = /^\s*(?:#|$)/.test(line) ? undefined : parseLine(text, from, line, checks);
    if (check?.kind === "problem") return check;
    if (check !== undefined) checks.push(check.value);
    if (checks.length > mostChecks) return problem(text, from, `more than ${mostChecks} checks`);
    from += line.length + 1;
  }
  return parsed(checks);
}

function parseLine(
  text: string,
  from: number,
  line: string,
  earlier: readonly QueryCheck[],
): Parsed<QueryCheck> {
  const end = from + line.length;
  const arrow = line.lastIndexOf("=>");
  if (arrow < 0) return problem(text, end, "a check is [name:] QUERY => CONDITION; there is no =>");
  const condition = parseCondition(text, from + arrow + 2, end);
  if (condition.kind === "problem") return condition;
  const [prefix, given] = /^\s*(?:([A-Za-z][\w.-]{0,62}):\s+)?/.exec(line) as unknown as [string, string?];
  const name = given ?? `check-${earlier.length + 1}`;
  if (earlier.some((other) => other.name === name)) {
    return problem(text, from, `the name ${name} is taken by another check`);
  }
  const start = from + prefix.length;
  const template = parseTemplate(text.slice(start, from + arrow));
  if (template.kind === "problem")
    return problem(text, start + template.problem.offset, template.problem.message);
  if (template.value.type === "range" || template.value.type === "string") {
    return problem(text, start, "a check compares numbers; this query yields a range or a string");
  }
  return parsed({ name, template: template.value, condition: condition.value });
}
