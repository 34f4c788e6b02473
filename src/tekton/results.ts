/** The contract with Tekton: one file per result, no trailing newline, all of them on every path. */
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Results } from "../core/results.ts";
import { Failure } from "../errors/failure.ts";
import type { ResultsSink } from "../steps/settle.ts";

/** Writes results into `folder` (in a Task: `/tekton/results`); without one there is nobody to write for. */
export function createResultsSink(folder: string | undefined): ResultsSink {
  return {
    async write(results: Results) {
      if (folder === undefined) return;
      try {
        await mkdir(folder, { recursive: true });
        await Promise.all(
          Object.entries(results).map(([name, value]) => writeFile(join(folder, name), value)),
        );
      } catch (error) {
        throw new Failure("STATE_UNWRITABLE", `results folder ${folder}: ${codeOf(error)}`, { cause: error });
      }
    },
  };
}

/** For a process that ends with the next line. Throws what the file system throws. */
export function writeResultsNow(folder: string | undefined, results: Results): void {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const [name, value] of Object.entries(results)) writeFileSync(join(folder, name), value);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
