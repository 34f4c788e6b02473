/**
 * Makes text from outside fit for a terminal, a log line or an error: control and formatting characters (escape
 * sequences, line breaks, bidirectional overrides) and halves of a character become spaces, and the length is bounded.
 */
export function printable(text: string, maxLength = 500): string {
  const flat = plain(text).replace(/ {2,}/g, " ").trim();
  if (flat.length <= maxLength) return flat;
  // A cut through an emoji would leave half of it, which no encoding can write.
  return `${flat.slice(0, maxLength - 1).replace(/\p{Cs}$/u, "")}…`;
}

/** The same without a bound, and with every space kept: for a line whose parts were bounded where they came in. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ");
}
