// Sums up for CI: mocha's JSON reports plus one per other check. Usage: count-tests.mjs passed failed report.json…
// A report that is missing or without a single passed test is one failure more: a run must not pass by running nothing.
import { readFileSync } from "node:fs";

let [passed, failed] = process.argv.slice(2, 4).map(Number);
for (const report of process.argv.slice(4)) {
  let stats = { passes: 0, failures: 0 };
  try {
    ({ stats } = JSON.parse(readFileSync(report, "utf8")));
  } catch {
    console.log(`No report ${report}: the test run did not get to its end.`);
  }
  if (stats.passes === 0) console.log(`No test passed in ${report}: counted as one failure.`);
  passed += stats.passes;
  failed += stats.passes === 0 ? stats.failures + 1 : stats.failures;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
