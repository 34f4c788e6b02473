/** One line of a live view: pieces of text with a colour each, and how wide they are on a terminal. */
import { styleText } from "node:util";
import stringWidth from "string-width";
import { plain } from "../../core/text.ts";

export type Style = "green" | "yellow" | "red" | "cyan" | "bold" | "dim";

export interface Piece {
  readonly text: string;
  readonly style?: Style | undefined;
}

export type Line = readonly Piece[];

/** At most `columns` wide, with … where something was cut off, and plain text only. Wide characters take two columns. */
export function cut(pieces: Line, columns: number): Line {
  const line = pieces.map((piece) => ({ ...piece, text: plain(piece.text) }));
  if (stringWidth(line.map(({ text }) => text).join("")) <= columns) return line;
  let left = columns - 1;
  const kept: Piece[] = [];
  for (const piece of line) {
    const text = head(piece.text, left);
    kept.push({ ...piece, text });
    left -= stringWidth(text);
    if (text !== piece.text) break;
  }
  return columns < 1 ? [] : [...kept, { text: "…" }];
}

const segmenter = new Intl.Segmenter();

function head(text: string, columns: number): string {
  let width = 0;
  let kept = "";
  for (const { segment } of segmenter.segment(text)) {
    width += stringWidth(segment);
    if (width > columns) break;
    kept += segment;
  }
  return kept;
}

/** What is written to the terminal. */
export function render(line: Line, coloured: boolean): string {
  // Whether there are colours is decided in one place, and not by what Node finds out of stdout.
  return line
    .map(({ text, style }) =>
      coloured && style !== undefined ? styleText(style, text, { validateStream: false }) : text,
    )
    .join("");
}
