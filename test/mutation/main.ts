/**
 * `npm run mutation [PART…]`: mutation testing of src/core and src/steps, part by part; an hour and more, outside CI.
 * `MUTATION_CONCURRENCY` is how many processes try mutants; with `MUTATION_AGAIN=1` only what has changed since the
 * part's last run is tried, and what tests have changed for.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { refusedByCompiler } from "./compiled.ts";
import { optionsFor, type Part } from "./options.ts";
import { parseReport, type Score, scoreOf, sum } from "./report.ts";

const folder = "dist/mutation";
const require = createRequire(import.meta.url);
const stryker = join(dirname(require.resolve("@stryker-mutator/core/package.json")), "bin/stryker.js");

const separate = ["yaml", "promql", "checks", "probe", "commit", "verdict"];
/** A part of its own: with the tests that go through all of them by pushing to a real Git server it took an hour. */
const pullRequests = [
  "src/steps/mutate/propose.ts",
  "src/steps/mutate/merged.ts",
  "src/steps/mutate/target.ts",
];
/** Takes no part: a second and more for each mutant. */
const slow = testsIn("steps/mutate/propose");

const parts: Readonly<Record<string, Part>> = {
  yaml: { files: ["src/core/yaml/**/*.ts"], tests: testsIn("core/yaml") },
  promql: { files: ["src/core/promql/**/*.ts"], tests: testsIn("core/promql", "steps/verify/query-look") },
  checks: {
    files: ["src/core/checks/**/*.ts"],
    tests: testsIn("core/checks", "steps/verify/checks", "steps/verify/verify-checks"),
  },
  probe: { files: ["src/core/probe/**/*.ts"], tests: testsIn("core/probe", "steps/verify/probing") },
  commit: { files: ["src/core/commit/**/*.ts"], tests: testsIn("core/commit") },
  verdict: { files: ["src/core/verdict/**/*.ts"], tests: testsIn("core/verdict", "steps/verify") },
  rest: {
    files: ["src/core/**/*.ts", ...separate.map((part) => `!src/core/${part}/**`)],
    tests: testsIn("core", "steps"),
    except: slow,
  },
  steps: {
    files: ["src/steps/**/*.ts", ...pullRequests.map((file) => `!${file}`)],
    tests: testsIn("steps"),
    except: slow,
  },
  propose: { files: pullRequests, tests: testsIn("steps/mutate"), except: slow },
};

function testsIn(...places: readonly string[]): readonly string[] {
  return places.flatMap((place) => [`test/${place}/**/*.test.ts`, `test/${place}.test.ts`]);
}

function main(asked: readonly string[]): number {
  const unknown = asked.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) {
    console.error(`There is no part ${unknown}; the parts are ${Object.keys(parts).join(", ")}`);
    return 2;
  }
  const names = asked.length === 0 ? Object.keys(parts) : asked;
  const scores = names.map((name) => measure(name));
  for (const [index, score] of scores.entries()) print(names[index] ?? "", score);
  print("all", { all: sum(scores.map(({ all }) => all)), built: sum(scores.map(({ built }) => built)) });
  return 0;
}

interface Measured {
  readonly all: Score;
  /** Of the mutants that the compiler lets pass. */
  readonly built: Score;
}

function measure(name: string): Measured {
  const part = parts[name];
  if (part === undefined) throw new TypeError(name);
  const report = join(folder, `${name}.json`);
  const options = join(folder, `${name}.config.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(options, JSON.stringify(optionsFor(part, report)));
  const { status } = spawnSync(process.execPath, [stryker, "run", options], { stdio: "inherit" });
  if (status !== 0) throw new Error(`the run of ${name} ended with ${status}`);
  const read = parseReport(readFileSync(report, "utf8"));
  return { all: scoreOf(read), built: scoreOf(read, refusedByCompiler(read, join(folder, "compiled"))) };
}

function print(name: string, { all, built }: Measured): void {
  const { found, survived, ignored } = all;
  const tried = `${found} of ${found + survived} found, ${ignored} not tried`;
  const compiled = `of ${built.found + built.survived} that compile ${percent(built)}`;
  console.log(`${name.padEnd(8)} ${percent(all)}: ${tried}; ${compiled}`);
}

function percent({ found, survived }: Score): string {
  return `${((100 * found) / (found + survived)).toFixed(1)} %`;
}

process.exitCode = main(process.argv.slice(2));
