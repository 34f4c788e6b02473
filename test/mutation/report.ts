/** Stryker's report of one part, as far as it is read here. */
import * as v from "valibot";

const position = v.object({ line: v.number(), column: v.number() });

const mutantSchema = v.object({
  id: v.string(),
  status: v.string(),
  replacement: v.string(),
  location: v.object({ start: position, end: position }),
});

const reportSchema = v.object({
  files: v.record(v.string(), v.object({ source: v.string(), mutants: v.array(mutantSchema) })),
});

export type Report = v.InferOutput<typeof reportSchema>;
export type Mutant = v.InferOutput<typeof mutantSchema>;

export function parseReport(text: string): Report {
  return v.parse(v.pipe(v.string(), v.parseJson(), reportSchema), text);
}

/** A file with one change. Lines and columns count from 1, and an end is behind the last character. */
export function mutated(source: string, { location: { start, end }, replacement }: Mutant): string {
  const lines = source.split("\n");
  const head = [...lines.slice(0, start.line - 1), (lines[start.line - 1] ?? "").slice(0, start.column - 1)];
  const tail = [(lines[end.line - 1] ?? "").slice(end.column - 1), ...lines.slice(end.line)];
  return head.join("\n") + replacement + tail.join("\n");
}

export interface Score {
  readonly found: number;
  readonly survived: number;
  /** Of what a module makes when it is loaded: not tried. */
  readonly ignored: number;
}

/** `refused`: ids of mutants that do not count, because the compiler does not let them pass. */
export function scoreOf({ files }: Report, refused: ReadonlySet<string> = new Set()): Score {
  const all = Object.values(files)
    .flatMap(({ mutants }) => mutants)
    .filter(({ id }) => !refused.has(id))
    .map(({ status }) => status);
  const count = (...statuses: readonly string[]) => all.filter((status) => statuses.includes(status)).length;
  return {
    found: count("Killed", "Timeout"),
    survived: count("Survived", "NoCoverage"),
    ignored: count("Ignored"),
  };
}

export function sum(scores: readonly Score[]): Score {
  return scores.reduce((total, { found, survived, ignored }) => ({
    found: total.found + found,
    survived: total.survived + survived,
    ignored: total.ignored + ignored,
  }));
}
