/** One model's values in its GitOps file: reading and editing them as bytes. */
import { Failure } from "../errors/failure.ts";
import type { ConfigLocation, ValueEdit } from "./intent.ts";
import { nearest } from "./nearest.ts";
import type { ConfigValues } from "./preflight.ts";
import { printable } from "./text.ts";
import { editYaml, missingKey, readYaml } from "./yaml/edit.ts";
import type { NewValue } from "./yaml/types.ts";

/**
 * The percent and the version as the file holds them, and what stands in the places of `sets`. Throws Failure
 * EDIT_REFUSED for a file that cannot be read safely.
 */
export function readConfig(
  bytes: Uint8Array,
  at: ConfigLocation,
  sets: readonly ValueEdit[] = [],
): ConfigValues {
  const text = decode(bytes, at.path);
  return {
    percent: valueAt(text, at, at.percentPath)?.value,
    // A version of digits is a number to YAML and a tag to everybody else: its text counts (`12345e6789`).
    version: valueAt(text, at, at.versionPath)?.source,
    ...(sets.length === 0 ? {} : { sets: sets.map(({ path }) => valueAt(text, at, path)?.source) }),
  };
}

/** All edits in one go. Returns the input itself when every value is there already. Throws Failure EDIT_REFUSED. */
export function editConfig(bytes: Uint8Array, at: ConfigLocation, edits: readonly ValueEdit[]): Uint8Array {
  const before = decode(bytes, at.path);
  let text = before;
  for (const { path, value } of edits) {
    if (isOwn(at, path)) refuseTypo(text, at, path);
    const result = editYaml(text, path, isOwn(at, path) ? value : typed(text, path, value));
    if (result.kind === "refused") throw refused(at, path, result.detail);
    text = result.text;
  }
  return text === before ? bytes : new TextEncoder().encode(text);
}

function isOwn({ percentPath, versionPath }: ConfigLocation, path: string): boolean {
  return path === percentPath || path === versionPath;
}

/**
 * The value of a `--set`: of the kind that stands there, so that false does not become "false", which a chart takes for
 * true. A new key gets what Helm's own `--set` would make of the text.
 */
function typed(text: string, path: string, value: string | number): NewValue {
  const reading = readYaml(text, path);
  const present = reading.kind === "found" ? reading.value : null;
  const isFree = present === null;
  if ((isFree || typeof present === "boolean") && (value === "true" || value === "false"))
    return value === "true";
  if (isFree && /^(?:0|-?[1-9]\d{0,14})$/.test(String(value))) return Number(value);
  if (typeof present === "number" && String(Number(value)) === value) return Number(value);
  return value;
}

/** A key that is added where another was meant would be a change that no chart reads. */
function refuseTypo(text: string, at: ConfigLocation, path: string): void {
  const missing = missingKey(text, path);
  const meant = missing && nearest(missing.key, missing.beside);
  if (missing === undefined || meant === undefined) return;
  const advice = `if ${meant} is not what is meant, add ${missing.key} to the file by hand`;
  throw refused(at, path, `there is no ${missing.key}, but ${meant}: ${advice}`);
}

/** Whether two readings of a file, for the same edits, hold the same values for us. */
export function sameValues(one: ConfigValues, other: ConfigValues): boolean {
  return (
    String(one.percent) === String(other.percent) &&
    one.version === other.version &&
    JSON.stringify(one.sets) === JSON.stringify(other.sets)
  );
}

/** What a file holds for us, for people: `percent 0, version v3`. */
export function describeValues(values: ConfigValues, sets: readonly ValueEdit[]): string {
  const further = sets.map(({ path }, index) => `, ${path} ${values.sets?.[index] ?? "unset"}`).join("");
  return printable(`percent ${values.percent ?? "unset"}, version ${values.version ?? "unset"}${further}`);
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Failure("EDIT_REFUSED", `${printable(path)} is not UTF-8 text`);
  }
}

/** Undefined: not there, or null (`trafficPercent:`), which a chart does not render either. */
function valueAt(
  text: string,
  at: ConfigLocation,
  path: string,
): { readonly value: string; readonly source: string } | undefined {
  const reading = readYaml(text, path);
  if (reading.kind === "refused") throw refused(at, path, reading.detail);
  if (reading.kind === "absent" || reading.value === null) return undefined;
  return { value: String(reading.value), source: reading.source };
}

function refused(at: ConfigLocation, path: string, detail: string): Failure {
  return new Failure("EDIT_REFUSED", printable(`${at.path}, ${path}: ${detail}`));
}
