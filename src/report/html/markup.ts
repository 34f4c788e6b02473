/** HTML by a tagged template that escapes every value: what comes from outside can be text, never markup. */

/** Markup that may stand in a page as it is. Made by `html`, and by `trusted` for a library's own output. */
export interface Markup {
  readonly markup: string;
}

export type Content = Markup | string | number | undefined | readonly Content[];

/** Values become text; markup stays markup; lists are joined; undefined is nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return { markup: parts.reduce((done, part, index) => `${done}${textOf(values[index - 1])}${part}`) };
}

export function trusted(markup: string): Markup {
  return { markup };
}

function textOf(value: Content): string {
  if (value === undefined) return "";
  if (typeof value !== "object") return escaped(String(value));
  return "markup" in value ? value.markup : value.map(textOf).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Also fit for an attribute's value in quotes. Control and formatting characters, but for line breaks, become spaces. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] as string)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, (character) => (character === "\n" ? character : " "));
}
