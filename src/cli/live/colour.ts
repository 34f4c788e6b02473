/** Colours of plain lines: reports and warnings. */
const green = "\u001b[32m";
const yellow = "\u001b[33m";
const red = "\u001b[31m";

/** By the first word of a line: outcomes, warnings. */
const colours: Readonly<Record<string, string>> = {
  PASS: green,
  UNCHANGED: green,
  FAIL: red,
  ERROR: red,
  "CANCELLED:": red,
  REFUSED: yellow,
  Refused: yellow,
  INCONCLUSIVE: yellow,
  SUPERSEDED: yellow,
  "Warning:": yellow,
  Misleading: yellow,
};

/** Text is never wholly coloured: what matters is told by words, too. */
export function colour(text: string): string {
  return text.replace(/^( *)(\S+)/, (whole, indent: string, word: string) => {
    const start = Object.hasOwn(colours, word) ? colours[word] : undefined;
    return start === undefined ? whole : `${indent}${start}${word}\u001b[39m`;
  });
}
