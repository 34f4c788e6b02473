/** Loaded beside the tests while mutants are tried: what makes the trials quick. It changes nothing of what they find. */
import fc from "fast-check";

// A mutant is found by the first case that fails: no smaller one is looked for.
fc.configureGlobal({ endOnFailure: true });

/** Milliseconds; the slowest test takes a tenth of it. Stryker runs Mocha without a limit, and its own is of a whole process. */
const limit = 8000;

beforeEach(function () {
  this.currentTest?.timeout(limit);
});

interface Coverage {
  /** By mutant. */
  readonly static: Record<string, number>;
  /** By test, then by mutant. */
  readonly perTest: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/**
 * Code that both a test and the making of its tables run counts as run by the test alone: else Stryker starts a process
 * for each mutant of it, although (`ignoreStatic`) none is active while files are loaded.
 */
after(() => {
  const { mutantCoverage } =
    (globalThis as { __stryker__?: { readonly mutantCoverage?: Coverage } }).__stryker__ ?? {};
  for (const covered of Object.values(mutantCoverage?.perTest ?? {})) {
    for (const id of Object.keys(covered)) delete mutantCoverage?.static[id];
  }
});
