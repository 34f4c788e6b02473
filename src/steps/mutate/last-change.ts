import { readConfig, sameValues } from "../../core/config.ts";
import type { ConfigLocation, ValueEdit } from "../../core/intent.ts";
import { type Past, pastOf } from "../../core/past.ts";
import type { ConfigValues } from "../../core/preflight.ts";
import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";
import type { FileVersion, GitSnapshot } from "../../ports.ts";

/** Versions of the file looked at before giving up: a file that changes often for other reasons must not stall a run. */
const maxVersions = 500;

/**
 * The commit that gave our values, and those in the places of `sets`, their present form; undefined
 * where it lies too far back.
 * A version of the file that cannot be read counts as different: whoever mended it wrote the values.
 */
export async function lastChange(
  snapshot: GitSnapshot,
  at: ConfigLocation,
  sets: readonly ValueEdit[] = [],
): Promise<FileVersion | undefined> {
  let newest: { version: FileVersion; values: ConfigValues | undefined } | undefined;
  let looked = 0;
  for await (const version of snapshot.fileHistory(at.path)) {
    const values = valuesOf(version, at, sets);
    if (newest !== undefined && !same(newest.values, values)) return newest.version;
    newest = { version, values };
    looked += 1;
    if (looked > maxVersions) return undefined;
  }
  return newest?.version;
}

/** What the file's versions say of who served, read as far back as it takes to say both. */
export async function pastOfFile(snapshot: GitSnapshot, at: ConfigLocation): Promise<Past> {
  const values: ConfigValues[] = [];
  let past = pastOf(values);
  for await (const version of snapshot.fileHistory(at.path)) {
    const each = valuesOf(version, at, []);
    // Before a file that cannot be read nothing is known.
    if (each === undefined) break;
    const newer = values.at(-1);
    if (newer === undefined || !sameValues(newer, each)) values.push(each);
    past = pastOf(values);
    if ((past.live !== undefined && past.previous !== undefined) || values.length >= maxVersions) break;
  }
  return past;
}

/** Versions of the file that are looked at for the model's: of a model that is on its way a few would do. */
const maxEarlier = 50;

/** The model versions that the file held before the one it holds. */
export async function earlierVersions(
  snapshot: GitSnapshot,
  at: ConfigLocation,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  let looked = 0;
  for await (const version of snapshot.fileHistory(at.path)) {
    const { version: held } = valuesOf(version, at, []) ?? {};
    if (held !== undefined) found.add(held);
    looked += 1;
    if (looked >= maxEarlier) break;
  }
  return found;
}

/** Who made a commit and what for, in one line that is safe to print. */
export function describeAuthor(change: { author: { name: string }; message: string }): string {
  const subject = change.message.split("\n", 1)[0] ?? "";
  return `${printable(change.author.name, 60)}: “${printable(subject, 80)}”`;
}

function valuesOf(
  version: FileVersion,
  at: ConfigLocation,
  sets: readonly ValueEdit[],
): ConfigValues | undefined {
  if (version.content === undefined) return undefined;
  try {
    return readConfig(version.content, at, sets);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function same(one: ConfigValues | undefined, other: ConfigValues | undefined): boolean {
  return one !== undefined && other !== undefined && sameValues(one, other);
}
