import type { KubeObject } from "../cluster/objects.ts";
import { type Answer, badRequest } from "./answers.ts";

export type Matcher = (object: KubeObject) => boolean;

/** Reads `labelSelector` and `fieldSelector`; an answer 400 where they cannot be read. */
export function readSelectors(query: URLSearchParams, custom: boolean): Matcher | Answer {
  const matchers: Matcher[] = [];
  for (const term of splitTerms(query.get("labelSelector") ?? "")) {
    const matcher = labelTerm(term);
    if (matcher === undefined) return badRequest(`unable to parse requirement: ${term}`);
    matchers.push(matcher);
  }
  for (const term of splitTerms(query.get("fieldSelector") ?? "")) {
    const match = /^([\w.]+)(==|=|!=)(.*)$/.exec(term);
    if (match === null) return badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
    const [, path = "", operator, value = ""] = match;
    // Custom resources know these two fields only.
    if (custom && path !== "metadata.name" && path !== "metadata.namespace") {
      return badRequest(`field label not supported: ${path}`);
    }
    matchers.push((object) => (field(object, path) === value) === (operator !== "!="));
  }
  return (object) => matchers.every((matches) => matches(object));
}

/** Splits at commas outside parentheses. */
function splitTerms(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== "");
}

function labelTerm(term: string): Matcher | undefined {
  const compare = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/.exec(term);
  if (compare !== null) {
    const [, key = "", operator, value] = compare;
    return (object) => (object.metadata.labels?.[key] === value) === (operator !== "!=");
  }
  const set = /^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(term);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = list.split(",").map((each) => each.trim());
    return (object) => values.includes(object.metadata.labels?.[key] ?? "\0") === (operator === "in");
  }
  const exists = /^(!?)\s*([\w./-]+)$/.exec(term);
  if (exists === null) return undefined;
  const [, not, key = ""] = exists;
  return (object) => (object.metadata.labels?.[key] !== undefined) === (not === "");
}

function field(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const part of path.split(".")) value = (value as Record<string, unknown> | undefined)?.[part];
  return value === undefined ? "" : String(value);
}
