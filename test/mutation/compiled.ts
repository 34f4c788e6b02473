/**
 * Which mutants the compiler refuses: nobody could build them, so no test has to find them. (Stryker's own checker of
 * types cannot drive TypeScript 7.) Each mutant is a file beside its original, and all are compiled at once; what a
 * mutant breaks in other files is not looked at.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mutated, type Report } from "./report.ts";

const config = {
  extends: "../../../tsconfig.json",
  // A mutant that makes a variable needless is a mutant all the same.
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, allowUnreachableCode: true },
  include: ["src"],
};

/** Ids. `folder` is emptied; it stands three below the repository's root. */
export function refusedByCompiler({ files }: Report, folder: string): ReadonlySet<string> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync("src", join(folder, "src"), { recursive: true });
  cpSync("package.json", join(folder, "package.json"));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  for (const [file, { source, mutants }] of Object.entries(files)) {
    for (const mutant of mutants) {
      writeFileSync(join(folder, file.replace(/\.ts$/, `.mutant${mutant.id}.ts`)), mutated(source, mutant));
    }
  }
  const { stdout, error } = spawnSync("npx", ["tsc", "--pretty", "false", "--project", folder], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (error !== undefined) throw error;
  const places = [...stdout.matchAll(/^(\S+)\(\d+,\d+\): error TS/gm)].map((match) => String(match[1]));
  const strange = places.find((place) => !/\.mutant\d+\.ts$/.test(place));
  if (strange !== undefined) throw new Error(`${strange} does not compile without any mutant`);
  rmSync(folder, { recursive: true });
  return new Set(places.map((place) => String(/\.mutant(\d+)\.ts$/.exec(place)?.[1])));
}
