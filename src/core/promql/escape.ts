/** How a value is written where it stands in PromQL. */
import { escapeRegex } from "../verdict/pods.ts";

export type Quote = '"' | "'" | "`";

/** Where a value stands. `regex`: the string is the pattern of a `=~` or `!~` matcher. */
export type Place =
  | { readonly kind: "string"; readonly quote: Quote; readonly regex: boolean }
  | { readonly kind: "duration" };

/** The text that means exactly `value` there. Undefined where it cannot be written: a backtick in a raw string. */
export function escapeFor(value: string, place: Place): string | undefined {
  if (place.kind === "duration") return value;
  const whole = wellFormed(value);
  const meant = place.regex ? escapeRegex(whole) : whole;
  if (place.quote !== "`") return escapeString(meant, place.quote);
  return meant.includes("`") ? undefined : meant;
}

/** The inside of a string with Go's escapes, which are PromQL's. */
export function escapeString(text: string, quote: '"' | "'"): string {
  return wellFormed(text)
    .replace(/\\/g, "\\\\")
    .replaceAll(quote, `\\${quote}`)
    .replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Halves of a character have no form in UTF-8: they become U+FFFD, as they would on the wire. */
function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "\uFFFD");
}
