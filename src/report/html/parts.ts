/** Small pieces that the page's sections share. */
import { type Colour, type Colours, colourOf } from "../../core/colours.ts";
import { clockTime, isoTime } from "../times.ts";
import { type Content, html, type Markup } from "./markup.ts";

/** One part of a section, under a heading of its own. */
export function card(heading: string, ...content: readonly Content[]): Markup {
  return html`<section class="card"><h3>${heading}</h3>${content}</section>\n`;
}

/** `label`: what is in it, for whoever scrolls by keyboard or has it read aloud. */
export function scrolling(label: string, content: Content): Markup {
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${label}">${content}</div>`;
}

export interface Cell {
  readonly content: Content;
  /** Classes of the style sheet. */
  readonly look?: string;
}

export type Row = readonly (Cell | string | number | undefined)[];

/** The first cell of a row is its head. */
export function table(caption: string, heads: readonly string[], rows: readonly Row[]): Markup {
  const head = heads.map((each) => html`<th scope="col">${each}</th>`);
  const body = rows.map((row) => {
    const [first, ...rest] = row.map(cellOf);
    return html`<tr><th scope="row" class="${first?.look ?? "nowrap"}">${first?.content}</th>${rest.map(
      ({ content, look }) => html`<td class="${look ?? ""}">${content}</td>`,
    )}</tr>\n`;
  });
  // Beside the table, not in it: a caption would scroll away with it.
  return html`<p class="kicker">${caption}</p>${scrolling(
    caption,
    html`<table aria-label="${caption}"><thead><tr>${head}</tr></thead><tbody>\n${body}</tbody></table>`,
  )}`;
}

function cellOf(cell: Row[number]): Cell {
  if (typeof cell === "object") return cell;
  return typeof cell === "number" ? { content: cell, look: "number" } : { content: cell };
}

/** `17:03:21`, with the day for machines and on demand. `at`: milliseconds since the epoch. */
export function time(at: number): Markup {
  return html`<time datetime="${isoTime(at)}" title="${isoTime(at)}">${clockTime(at)}</time>`;
}

/** The shapes that the picture's lines have. */
export const signs: Readonly<Record<Colour, string>> = { blue: "●", green: "▲", other: "■" };

/** `● blue`, in its colour. */
export function colourMark(colour: Colour): Markup {
  return html`<span class="colour ${colour}">${signs[colour]} ${colour}</span>`;
}

export function colouredRevision(revision: string | undefined, colours: Colours): Markup {
  const colour = colourOf(revision, colours);
  return html`${colourMark(colour)} ${revision ?? "of no known revision"}`;
}

/** A link only where it leads to a web page. */
export function link(url: string | undefined, text: string): Content {
  if (url === undefined || !/^https?:\/\/[^\s]+$/.test(url)) return text;
  return html`<a href="${url}" rel="noreferrer">${text}</a>`;
}
