/** `npm run mutation [PART…]`: mutation testing of src/core and src/steps, part by part; an hour and more, outside CI. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { optionsFor, type Part } from "./options.ts";

const folder = "dist/mutation";
const require = createRequire(import.meta.url);
const stryker = join(dirname(require.resolve("@stryker-mutator/core/package.json")), "bin/stryker.js");

const parts: Readonly<Record<string, Part>> = {
  yaml: { files: ["src/core/yaml/**/*.ts"], tests: testsIn("core/yaml") },
  promql: { files: ["src/core/promql/**/*.ts"], tests: testsIn("core/promql", "steps/query-look") },
  checks: { files: ["src/core/checks/**/*.ts"], tests: testsIn("core/checks", "steps/checks") },
  probe: { files: ["src/core/probe/**/*.ts"], tests: testsIn("core/probe", "steps/probing") },
  commit: { files: ["src/core/commit/**/*.ts"], tests: testsIn("core/commit") },
  verdict: { files: ["src/core/verdict/**/*.ts"], tests: testsIn("core/verdict", "steps/verify") },
  rest: {
    files: [
      "src/core/**/*.ts",
      ...["yaml", "promql", "checks", "probe", "commit", "verdict"].map((part) => `!src/core/${part}/**`),
    ],
    tests: testsIn("core", "steps"),
  },
  steps: { files: ["src/steps/**/*.ts"], tests: testsIn("steps") },
};

function testsIn(...places: readonly string[]): readonly string[] {
  return places.flatMap((place) => [`test/${place}/**/*.test.ts`, `test/${place}.test.ts`]);
}

const reportSchema = v.object({
  files: v.record(v.string(), v.object({ mutants: v.array(v.object({ status: v.string() })) })),
});

interface Score {
  readonly found: number;
  readonly survived: number;
  /** Of what a module makes when it is loaded: not tried. */
  readonly ignored: number;
}

function main(asked: readonly string[]): number {
  const unknown = asked.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) {
    console.error(`There is no part ${unknown}; the parts are ${Object.keys(parts).join(", ")}`);
    return 2;
  }
  const names = asked.length === 0 ? Object.keys(parts) : asked;
  const scores = names.map((name) => measure(name));
  for (const [index, score] of scores.entries()) console.log(row(names[index] ?? "", score));
  console.log(row("all", sum(scores)));
  return 0;
}

function measure(name: string): Score {
  const part = parts[name];
  if (part === undefined) throw new TypeError(name);
  const report = join(folder, `${name}.json`);
  const options = join(folder, `${name}.config.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(options, JSON.stringify(optionsFor(part, report)));
  const { status } = spawnSync(process.execPath, [stryker, "run", options], { stdio: "inherit" });
  if (status !== 0) throw new Error(`the run of ${name} ended with ${status}`);
  return scoreOf(readFileSync(report, "utf8"));
}

function scoreOf(report: string): Score {
  const { files } = v.parse(v.pipe(v.string(), v.parseJson(), reportSchema), report);
  const all = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const count = (...statuses: readonly string[]) => all.filter((status) => statuses.includes(status)).length;
  return {
    found: count("Killed", "Timeout"),
    survived: count("Survived", "NoCoverage"),
    ignored: count("Ignored"),
  };
}

function sum(scores: readonly Score[]): Score {
  return scores.reduce((total, { found, survived, ignored }) => ({
    found: total.found + found,
    survived: total.survived + survived,
    ignored: total.ignored + ignored,
  }));
}

function row(name: string, { found, survived, ignored }: Score): string {
  const percent = (100 * found) / (found + survived);
  return `${name.padEnd(8)} ${percent.toFixed(1)} %: ${found} of ${found + survived} found, ${ignored} not tried`;
}

process.exitCode = main(process.argv.slice(2));
