/** The chain of one model: what each step did, when, and on what evidence. */
import type { ModelRun } from "../../core/run-state.ts";
import { chainOf, type Link } from "../chain.ts";
import { span } from "../times.ts";
import { html, type Markup } from "./markup.ts";
import { card, link, time } from "./parts.ts";

const signs = { holds: "✓", broken: "✕", none: "–" } as const;
const tones = { holds: "good", broken: "bad", none: "" } as const;
const words = { holds: "holds", broken: "does not hold", none: "not reached" } as const;

export function chain(model: ModelRun): Markup {
  return card("The chain", html`<ol class="chain">${chainOf(model).map((each) => item(each, model))}</ol>`);
}

function item(each: Link, { mutation }: ModelRun): Markup {
  const { step, title, state, evidence } = each;
  const page = step === "mutate" ? mutation.commitUrl : undefined;
  const commit = page === undefined ? undefined : html`<p>${link(page, "See the commit")}</p>`;
  return html`<li class="${tones[state]}"><span class="sign" role="img" aria-label="${words[state]}">${signs[state]}</span>
<strong>${title}</strong> <span class="step">${step}${when(each)}</span>
${evidence.map((sentence) => html`<p>${sentence}</p>`)}${commit}</li>
`;
}

function when({ at, tookMs }: Link): Markup | undefined {
  if (at === undefined) return undefined;
  return html` · ${time(at)} UTC${tookMs === undefined ? "" : `, took ${span(tookMs)}`}`;
}
