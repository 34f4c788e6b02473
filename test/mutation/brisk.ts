/** Loaded beside the tests while mutants are tried: what makes a failing test fail sooner, and nothing else. */
import fc from "fast-check";

// A mutant is found by the first case that fails: no smaller one is looked for.
fc.configureGlobal({ endOnFailure: true });

/** Milliseconds; the slowest test takes a tenth of it. Stryker runs Mocha without a limit, and its own is of a whole process. */
const limit = 8000;

beforeEach(function () {
  this.currentTest?.timeout(limit);
});
