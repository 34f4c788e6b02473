/** What Stryker is told of one part, as its configuration file's content. */

export interface Part {
  /** Globs. */
  readonly files: readonly string[];
  /** Those that are to find the mutants: the nearer they are, the more a survivor says. */
  readonly tests: readonly string[];
  /** Of these tests. */
  readonly except?: readonly string[];
}

export function optionsFor({ files, tests, except = [] }: Part, report: string): object {
  return {
    packageManager: "npm",
    testRunner: "mocha",
    plugins: ["@stryker-mutator/mocha-runner"],
    // The runner's own processes have to read TypeScript; why no require() is said where mocha is configured.
    testRunnerNodeArgs: ["--import=tsx", "--no-experimental-require-module"],
    mochaOptions: {
      // Without the project's own configuration, which names every test.
      "no-config": true,
      spec: ["test/mutation/brisk.ts", ...tests],
      // They draw thousands of cases for each mutant, and what only they find is found by chance.
      ignore: ["test/**/*.property.test.ts", "test/steps/cutovers.test.ts", ...except],
    },
    mutate: files,
    coverageAnalysis: "perTest",
    // A mutant of what a module makes when it is loaded needs a process of its own.
    ignoreStatic: true,
    concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 2),
    timeoutMS: 10_000,
    // TypeScript 7 has no programming interface that could rewrite it, and nothing in it has to be.
    tsconfigFile: "none",
    tempDirName: "dist/mutation/work",
    ignorePatterns: ["docs", "dist"],
    incremental: process.env["MUTATION_AGAIN"] !== undefined,
    incrementalFile: report,
    reporters: ["progress-append-only", "clear-text", "json"],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    jsonReporter: { fileName: report },
  };
}
