/**
 * Makes text from outside fit for a terminal, a log line or an error: control and formatting characters (escape
 * sequences, line breaks, bidirectional overrides) become spaces, and the length is bounded.
 */
export function printable(text: string, maxLength = 500): string {
  const flat = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  return flat.length <= maxLength ? flat : `${flat.slice(0, maxLength - 1)}…`;
}
