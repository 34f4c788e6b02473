/** The commit as a diff. */
import type { Diff, DiffLine } from "../../core/diff.ts";
import { html, type Markup } from "./markup.ts";
import { card } from "./parts.ts";

const signs = { same: " ", removed: "-", added: "+" } as const;

/** `heading`: whether it was made, or would have been. */
export function diff(heading: string, path: string | undefined, { lines, cut }: Diff): Markup {
  const more = cut === undefined ? undefined : html`<p>${cut} further lines are left out.</p>`;
  const file = path === undefined ? undefined : html`<p class="kicker"><code>${path}</code></p>`;
  return card(
    heading,
    file,
    html`<pre class="diff" tabindex="0" aria-label="Lines removed (-) and added (+)">${lines.map(line)}</pre>`,
    more,
  );
}

function line({ kind, text }: DiffLine): Markup {
  return html`<span class="${kind}">${signs[kind]} ${text}</span>`;
}
