/** Requests per second by pod: the picture, its legend, and its numbers as a table. */
import { type Colours, colourOf } from "../../core/colours.ts";
import type { ModelRun } from "../../core/run-state.ts";
import { printable } from "../../core/text.ts";
import type { PodRates, Rates } from "../../core/traffic.ts";
import type { Traffic } from "../../steps/settle/traffic.ts";
import type { Mark, Picture, PictureLine } from "../picture.ts";
import { clockTime, span } from "../times.ts";
import { html, type Markup, trusted } from "./markup.ts";
import { card, colourMark, table } from "./parts.ts";

/** From figures to an SVG, by the plotting library. */
export type Draw = (picture: Picture) => string;

/** `rollback`: when an automatic rollback was seen in force, in milliseconds since the epoch. */
export function picture(
  model: ModelRun,
  colours: Colours,
  traffic: Traffic | undefined,
  draw: Draw | string,
  rollback: number | undefined,
): Markup {
  const heading = "Requests per second by pod";
  if (traffic === undefined) return card(heading, html`<p>No picture: nothing was asked of Prometheus.</p>`);
  if (traffic.kind === "none") return card(heading, html`<p>No picture: ${traffic.why}.</p>`);
  if (typeof draw === "string")
    return card(heading, html`<p>No picture: ${draw}.</p>`, numbers(traffic.rates));
  const { rates } = traffic;
  const marks = marksOf(model, rates, rollback);
  const drawn = attempt(draw, { times: rates.times, lines: linesOf(rates, colours), marks });
  if (typeof drawn === "string") return card(heading, html`<p>No picture: ${drawn}.</p>`, numbers(rates));
  return card(
    heading,
    html`<figure>
<ul class="legend">${rates.pods.map((pod) => entry(pod, colours))}</ul>
<div role="img" aria-label="${summaryOf(rates, marks)}"><div class="wide">${drawn.wide}</div><div class="narrow">${drawn.narrow}</div></div>
<figcaption>${captionOf(rates, marks)}</figcaption>
</figure>
<details><summary>The picture's numbers</summary>${numbers(rates)}</details>`,
  );
}

/** For a desk and for a phone: scaled down, one picture's letters could not be read. */
function attempt(
  draw: Draw,
  figures: Omit<Picture, "width" | "height">,
): { readonly wide: Markup; readonly narrow: Markup } | string {
  try {
    return {
      wide: trusted(draw({ width: 960, height: 340, ...figures })),
      narrow: trusted(draw({ width: 360, height: 300, ...figures })),
    };
  } catch (error) {
    return printable(error instanceof Error ? error.message : String(error), 200);
  }
}

function linesOf({ pods }: Rates, colours: Colours): readonly PictureLine[] {
  const seen = new Map<string, number>();
  return pods.map(({ revision, rates }) => {
    const colour = colourOf(revision, colours);
    const rank = seen.get(colour) ?? 0;
    seen.set(colour, rank + 1);
    return { colour, rank, values: rates };
  });
}

/** Only what lies within the picture. */
function marksOf(
  { mutation, rollout }: ModelRun,
  { times }: Rates,
  rollback: number | undefined,
): readonly Mark[] {
  const all: readonly (readonly [Mark["label"], number | undefined])[] = [
    ["commit", mutation.kind === "committed" ? mutation.at : undefined],
    ["cut-over", rollout?.cutOverAt],
    ["rollback", rollback],
  ];
  const [from = 0, to = 0] = [times[0], times.at(-1)];
  return all.flatMap(([label, at]) => (at === undefined || at < from || at > to ? [] : [{ label, at }]));
}

function entry({ pod, revision }: PodRates, colours: Colours): Markup {
  return html`<li>${colourMark(colourOf(revision, colours))} ${pod}</li>`;
}

function captionOf({ stepSeconds, omitted }: Rates, marks: readonly Mark[]): string {
  const moments = marks.map(({ label, at }) => `${label} at ${clockTime(at)}`).join(", ");
  const more = omitted === 0 ? "" : ` ${omitted} further pods are left out.`;
  return `Each point is the mean of the ${span(stepSeconds * 1000)} before it, so a change shows up to that much later; where a pod was not read twice by then there is none, which is no outage. Times are UTC${moments === "" ? "" : `; ${moments}`}.${more}`;
}

/** For whoever cannot see it. */
function summaryOf({ pods, times }: Rates, marks: readonly Mark[]): string {
  const [from = 0, to = 0] = [times[0], times.at(-1)];
  const moments = marks.map(({ label, at }) => `${label} at ${clockTime(at)}`).join(", ");
  const each = pods.map(({ pod, rates }) => {
    const known = rates.filter((rate) => rate !== null);
    return `${pod}: from ${known[0] ?? "nothing"} to ${known.at(-1) ?? "nothing"}`;
  });
  return `Line chart of requests per second from ${clockTime(from)} to ${clockTime(to)} UTC. ${moments}. ${each.join("; ")}. The numbers are in the table below.`;
}

function numbers({ times, pods }: Rates): Markup {
  return table(
    "Requests per second, mean over the step that ends at each time (UTC)",
    ["time", ...pods.map(({ pod }) => pod)],
    times.map((at, index) => [
      clockTime(at),
      ...pods.map(({ rates }) => {
        const rate = rates[index] ?? undefined;
        return rate === undefined ? { content: "–", look: "number" } : rate;
      }),
    ]),
  );
}
