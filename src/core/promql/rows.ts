/** The series of a query's result, each with what it speaks of. */
import type { Series } from "../../ports.ts";
import { printable } from "../text.ts";
import { type Identity, identifySeries, type RevisionDirectory } from "./identity.ts";

export interface RowDirectory extends RevisionDirectory {
  /** Series behind the query, of whatever pod. */
  readonly rawSeries: readonly Series[];
}

/** One series of the result. */
export interface QueryRow {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly identity: Identity["kind"];
  readonly revision?: string;
}

/** The row of a series; none where it has no sample. */
export function rowOf({ labels, samples }: Series, input: RowDirectory): readonly QueryRow[] {
  const value = samples.at(-1)?.value;
  if (value === undefined) return [];
  const identity = identifySeries(labels, input);
  if (identity.kind === "revision") {
    return isNamesake(labels, input)
      ? [{ labels, value, identity: "foreign" }]
      : [{ labels, value, identity: "revision", revision: identity.revision }];
  }
  return [{ labels, value, identity: identity.kind }];
}

/** A pod that only its name makes ours, while the samples behind the query show it in other namespaces alone. */
function isNamesake(labels: QueryRow["labels"], { rawSeries, namespace }: RowDirectory): boolean {
  const { pod } = labels;
  if (pod === undefined) return false;
  const homes = rawSeries.flatMap((raw) =>
    raw.labels["pod"] === pod ? (raw.labels["namespace"] ?? []) : [],
  );
  return homes.length > 0 && !homes.includes(namespace);
}

/** One line, printable. */
export function showRow({ labels, value, revision }: QueryRow): string {
  const who = labels["pod"] === undefined ? (revision as string) : `pod ${labels["pod"]}`;
  return `the query gives ${Number(value.toPrecision(6))} for ${printable(who, 100)}`;
}

/** One line, printable. */
export function showLabels({ labels }: QueryRow): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return printable(`{${pairs.join(", ")}}`, 200);
}
