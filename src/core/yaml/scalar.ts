/** How a value is written so that YAML 1.1 and 1.2 readers get the same value out of it. */

import type { NewValue } from "./types.ts";

export interface Style {
  readonly quote: "plain" | "single" | "double";
  /** Within `{ }` or `[ ]`, where some more characters need quotes. */
  readonly flow: boolean;
  /** A tag says already that it is a string: what looks like a number needs no quotes. */
  readonly tagged: boolean;
}

/** The text for `value`; asks no more of the style than the value allows. */
export function writeScalar(value: NewValue, style: Style): string {
  if (typeof value === "number") return writeNumber(value);
  if (typeof value === "boolean") return String(value);
  if (style.quote === "single" && !needsEscape(value)) return `'${value.replaceAll("'", "''")}'`;
  if (style.quote === "plain" && isPlain(value, style)) return value;
  return writeDoubleQuoted(value);
}

/** YAML 1.1 wants a dot in what is to be a float: `1.0e-7`. */
export function writeNumber(value: number): string {
  return String(value).replace(/^(-?\d+)e/, "$1.0e");
}

function isPlain(value: string, style: Style): boolean {
  if (needsEscape(value) || !(style.tagged || isUntyped(value))) return false;
  if (/^[-?:,[\]{}#&*!|>'"%@`=\s]|^\.\.\.|\s$|: |:$| #/.test(value)) return false;
  return !style.flow || !/[,[\]{}]/.test(value);
}

/** Characters that only a double-quoted scalar can hold safely on one line. */
function needsEscape(value: string): boolean {
  return value === "" || /[\p{Cc}\xa0\u2028\u2029\ufeff\ufffe\uffff]/u.test(value);
}

/** JSON's escapes are YAML's too; the rest are characters that YAML forbids or takes for line ends. */
function writeDoubleQuoted(value: string): string {
  return JSON.stringify(value).replace(
    /[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Whether every reader takes this plain text for a string: no null, bool, number, date or merge key of YAML 1.1 (Go and
 * Python read the files with it) or 1.2. Sources: yaml.org/type, the core schema of YAML 1.2.2 §10.3, go-yaml resolve.go.
 */
export function isUntyped(text: string): boolean {
  return !typedForms.some((form) => form.test(text));
}

const typedForms = [
  /^(?:~|null|true|false|yes|no|on|off|y|n|=|<<)?$/i,
  /^[-+]?\d[\d_]*$/,
  /^[-+]?0(?:x[\da-f_]+|o?[0-7_]+|b[01_]+)$/i,
  /^[-+]?(?:\.[\d_]+|\d[\d_]*(?:\.[\d_]*)?)(?:e[-+]?\d+)?$/i,
  /^[-+]?\.inf$|^\.nan$/i,
  /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/,
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt\s].*)?$/,
] as const;

/** Whether every reader takes this plain text, a number by the core schema, for the same number (`010` is 8 to Go). */
export function isPlainDecimal(text: string): boolean {
  return !/^[-+]?0\d/.test(text);
}
