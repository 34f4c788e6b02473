// Sums up for CI: mocha's JSON report plus one per other check. Usage: count-tests.mjs report.json passed failed
import { readFileSync } from "node:fs";

const [report, passed, failed] = process.argv.slice(2);
let stats = { passes: 0, failures: 1 };
try {
  ({ stats } = JSON.parse(readFileSync(report, "utf8")));
} catch {
  console.log("The test run left no report: counted as one failure.");
}
console.log(`${stats.passes + Number(passed)} passed, ${stats.failures + Number(failed)} failed`);
process.exitCode = stats.failures + Number(failed) > 0 || stats.passes === 0 ? 1 : 0;
