/** The head of the page: the verdict, and what to do about it. */

import { printable } from "../../core/text.ts";
import { reasons } from "../../errors/catalogue.ts";
import { subjectOf, type WholeRun } from "../whole.ts";
import { html, type Markup } from "./markup.ts";

export type Tone = "good" | "bad" | "doubt";

export function toneOf(whole: Pick<WholeRun, "settlement">): Tone {
  const { outcome, reason } = whole.settlement;
  if (reasons[reason].class === "ok") return "good";
  return outcome === "FAIL" || outcome === "ERROR" ? "bad" : "doubt";
}

export function verdict(whole: WholeRun): Markup {
  const { settlement, failure } = whole;
  const { outcome, reason, evidence, command } = settlement;
  const tone = toneOf(whole);
  const { what, why, next } = reasons[reason];
  const advice = [
    ["Why", why],
    ["Next", next],
    ...(command === undefined ? [] : [["Command", html`<code>${printable(command)}</code>`] as const]),
  ] as const;
  const rows = [["Evidence", printable(evidence, 2_000)] as const, ...(tone === "good" ? [] : advice)];
  const also = (failure?.also ?? []).map(
    (each) => ["Also", `${reasons[each.reason].what}: ${each.evidence}`] as const,
  );
  const shown =
    failure === undefined || failure.shown.length === 0
      ? undefined
      : html`<pre>${failure.shown.join("\n")}</pre>`;
  return html`<section class="card verdict ${tone}" aria-label="Verdict">
<span class="badge">${outcome}</span><span class="reason">${reason}</span>
<h1>${subjectOf(whole)}: ${what}</h1>
<dl class="facts">${[...rows, ...also].map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>\n`)}</dl>${shown}
</section>
`;
}
