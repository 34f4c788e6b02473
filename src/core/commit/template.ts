/** Templates of what a commit says: text with `{placeholder}`s. Values are not templates: braces in them stay. */
import { printable } from "../text.ts";

export const placeholders = [
  "action",
  "name",
  "namespace",
  "version",
  "percent",
  "application",
  "run",
] as const;
export type Placeholder = (typeof placeholders)[number];

export type TemplateValues = Readonly<Partial<Record<Placeholder, string>>>;

export type Rendered =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "problem"; readonly problem: string };

/**
 * Fills placeholders in; each value comes out on one line, whatever it holds. A problem is an unknown placeholder, or
 * one that has no value for this action.
 */
export function renderTemplate(template: string, values: TemplateValues): Rendered {
  const problem = templateProblem(template) ?? missingValue(template, values);
  if (problem !== undefined) return { kind: "problem", problem };
  const text = template.replace(/\{(\w+)\}/g, (_, name: Placeholder) => printable(String(values[name])));
  return { kind: "text", text };
}

/** What is wrong with a template for any action, or undefined: for checking an option before anything is done. */
export function templateProblem(template: string): string | undefined {
  const unknown = namesIn(template).find((name) => !placeholders.some((known) => known === name));
  if (unknown === undefined) return undefined;
  const known = placeholders.map((name) => `{${name}}`).join(" ");
  return `unknown placeholder {${printable(unknown, 40)}} in the commit's text (known: ${known})`;
}

function missingValue(template: string, values: TemplateValues): string | undefined {
  const missing = namesIn(template).find((name) => !Object.hasOwn(values, name));
  return missing === undefined ? undefined : `{${missing}} in the commit's text has no value for this action`;
}

function namesIn(template: string): readonly string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map((match) => String(match[1]));
}
