/** Subjects of bluegreen's commits: the course's own, or a team's template. */
import type { Action } from "../intent.ts";
import { printable } from "../text.ts";
import { renderTemplate, type TemplateValues } from "./template.ts";

/** 🐳 is blue, 🍏 is green; the arrow of time goes from left to right. 🌱 is a green that serves nobody yet. */
export const defaultSubjects = {
  stage: "🌱 UPDATE - blue green deployment {version} 🍏",
  promote: "🐳 UPDATE - blue green deployment 🍏",
  rollback: "🍏 UPDATE - blue green deployment 🐳",
} as const satisfies Record<Action, string>;

export type SubjectResult =
  | { readonly kind: "subject"; readonly subject: string }
  | { readonly kind: "problem"; readonly problem: string };

/** One line. A problem is what `renderTemplate` refuses, or a subject that comes out empty. */
export function renderSubject(template: string, values: TemplateValues): SubjectResult {
  const rendered = renderTemplate(template, values);
  if (rendered.kind === "problem") return rendered;
  const subject = printable(rendered.text, 200);
  if (subject === "") return { kind: "problem", problem: "the commit subject is empty" };
  return { kind: "subject", subject };
}

/** A whole message's template: its first line is the subject's, the rest the body's. */
export function splitMessage(template: string): { readonly subject: string; readonly body: string } {
  const [subject = "", ...body] = template.split(/\r\n|\r|\n/);
  return { subject, body: body.join("\n") };
}
