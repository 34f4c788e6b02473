/** What the YAML editor hands out, and the small shapes its parts share. */

/** What can be written. */
export type NewValue = number | string | boolean;

export type YamlScalar = string | number | boolean | null;

export type RefusalKind =
  /** The change would also change another place that shares the value through an anchor. */
  | "ALIASED"
  /** More than one place could be meant. */
  | "AMBIGUOUS"
  | "INVALID_PATH"
  | "INVALID_VALUE"
  | "INVALID_YAML"
  /** The path leads through something that is not a map (or not a list that has this item). */
  | "NOT_A_MAP"
  | "TOO_LARGE"
  /** The edited text does not parse to the old data with just this value changed. */
  | "UNPROVEN"
  /** A form (block scalar, collection, foreign tag …) that cannot be edited without touching more than the value. */
  | "UNSUPPORTED_STYLE";

export interface Refusal {
  readonly kind: "refused";
  readonly error: RefusalKind;
  /** One line, with the line number where one is known. May hold text of the file: not yet fit for a terminal. */
  readonly detail: string;
}

export type EditResult =
  /** `before`: the effective value until now; undefined where there was none. */
  | { readonly kind: "edited"; readonly text: string; readonly before: YamlScalar | undefined }
  | { readonly kind: "unchanged"; readonly text: string; readonly before: YamlScalar }
  | Refusal;

export type Reading =
  /** `source`: a plain value as it stands in the file (`1234567890`, `12345e6789`), else the string itself. */
  | { readonly kind: "found"; readonly value: YamlScalar; readonly source: string }
  | { readonly kind: "absent" }
  | Refusal;

/** Replaces the characters `start` to `end` (exclusive) by `text`; equal offsets insert. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export function refused(error: RefusalKind, detail: string): Refusal {
  return { kind: "refused", error, detail };
}
