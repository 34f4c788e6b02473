/** Subjects of bluegreen's commits: the course's own, or a team's template. */
import type { Action } from "../intent.ts";
import { printable } from "../text.ts";

/** 🐳 is blue, 🍏 is green; the arrow of time goes from left to right. 🌱 is a green that serves nobody yet. */
export const defaultSubjects = {
  stage: "🌱 UPDATE - blue green deployment {version} 🍏",
  promote: "🐳 UPDATE - blue green deployment 🍏",
  rollback: "🍏 UPDATE - blue green deployment 🐳",
} as const satisfies Record<Action, string>;

export const placeholders = ["action", "name", "namespace", "version", "percent", "application"] as const;
export type Placeholder = (typeof placeholders)[number];

export type SubjectValues = Readonly<Partial<Record<Placeholder, string>>>;

export type SubjectResult =
  | { readonly kind: "subject"; readonly subject: string }
  | { readonly kind: "problem"; readonly problem: string };

/**
 * Fills `{placeholder}`s in. A problem is an unknown placeholder, one that has no value for this action, or a subject
 * that comes out empty. Values are not templates: braces in them stay.
 */
export function renderSubject(template: string, values: SubjectValues): SubjectResult {
  const problem = templateProblem(template) ?? missingValue(template, values);
  if (problem !== undefined) return { kind: "problem", problem };
  const subject = printable(
    template.replace(/\{(\w+)\}/g, (_, name: Placeholder) => String(values[name])),
    200,
  );
  if (subject === "") return { kind: "problem", problem: "the commit subject is empty" };
  return { kind: "subject", subject };
}

/** What is wrong with a template for any action, or undefined: for checking an option before anything is done. */
export function templateProblem(template: string): string | undefined {
  const unknown = namesIn(template).find((name) => !placeholders.some((known) => known === name));
  if (unknown === undefined) return undefined;
  const known = placeholders.map((name) => `{${name}}`).join(" ");
  return `unknown placeholder {${printable(unknown, 40)}} in the commit subject (known: ${known})`;
}

function missingValue(template: string, values: SubjectValues): string | undefined {
  const missing = namesIn(template).find((name) => !Object.hasOwn(values, name));
  return missing === undefined
    ? undefined
    : `{${missing}} in the commit subject has no value for this action`;
}

function namesIn(template: string): readonly string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map((match) => String(match[1]));
}
