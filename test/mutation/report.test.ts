import assert from "node:assert/strict";
import { mutated, parseReport, scoreOf, sum } from "./report.ts";

const place = { start: { line: 2, column: 3 }, end: { line: 3, column: 2 } };

function report(...statuses: readonly string[]) {
  const mutants = statuses.map((status, id) => ({
    id: String(id),
    status,
    replacement: "X",
    location: place,
  }));
  return parseReport(JSON.stringify({ files: { "a.ts": { source: "", mutants } } }));
}

describe("the report of a mutation run", () => {
  it("counts what was found, what survived, and what was not tried", () => {
    const all = report("Killed", "Timeout", "Survived", "NoCoverage", "Ignored", "RuntimeError");
    assert.deepEqual(scoreOf(all), { found: 2, survived: 2, ignored: 1 });
    assert.deepEqual(scoreOf(all, new Set(["0", "3"])), { found: 1, survived: 1, ignored: 1 });
    assert.deepEqual(sum([scoreOf(all), scoreOf(all)]), { found: 4, survived: 4, ignored: 2 });
  });

  it("makes a mutant's file again", () => {
    const [mutant] = report("Killed").files["a.ts"]?.mutants ?? [];
    assert.ok(mutant !== undefined);
    assert.equal(mutated("one\nabcd\nefgh\nend\n", mutant), "one\nabXfgh\nend\n");
  });
});
