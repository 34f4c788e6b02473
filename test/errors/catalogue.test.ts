import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { exitCodes, type Reason, type ReasonId, reasons } from "../../src/errors/catalogue.ts";
import { Failure } from "../../src/errors/failure.ts";
import { exitCodeTable, outcomeTable, reasonIndex, withTable } from "../../src/report/catalogue.ts";

const all = Object.entries(reasons) as [ReasonId, Reason][];
const codes = Object.values(exitCodes);

describe("exit codes", () => {
  it("are unique", () => assert.equal(new Set(codes).size, codes.length));

  it("are 0 for success and 20 to 39 for everything else", () => {
    assert.equal(exitCodes.ok, 0);
    const others = Object.entries(exitCodes).filter(([name]) => name !== "ok");
    for (const [name, code] of others) assert.ok(code >= 20 && code <= 39, `${name}: ${code}`);
  });

  it("are of at most 20 classes, each of which has a cause", () => {
    assert.ok(codes.length <= 20);
    const used = new Set(all.map(([, reason]) => reason.class));
    assert.deepEqual([...used].sort(), Object.keys(exitCodes).sort());
  });

  it("are 0 for PASS and for what was proven without a commit, and for nothing else", () => {
    for (const [id, { outcome, class: exitClass }] of all) {
      // NOT_THE_RUNS_CHANGE is UNCHANGED too, but nothing was rolled back: no caller may take it for done.
      const proven = outcome === "PASS" || id === "ALREADY_THERE";
      assert.equal(exitCodes[exitClass] === 0, proven, id);
    }
  });
});

describe("what explains a rollout that got stuck", () => {
  it("changes neither the outcome nor the exit code of what it explains", () => {
    for (const [id, { outcome, class: exitClass }] of all) {
      if (exitClass === "notReached") assert.equal(outcome, reasons.EDIT_NOT_REACHED.outcome, id);
      if (exitClass === "timeout" && id !== "MERGE_TIMEOUT") {
        assert.equal(outcome, reasons.ROLLOUT_TIMEOUT.outcome, id);
      }
    }
  });
});

describe("the catalogue", () => {
  for (const [id, { what, why, next, outcome, retryable }] of all) {
    it(`${id} says what, why and what next, each on one line`, () => {
      assert.match(id, /^[A-Z]+(_[A-Z]+)*$/);
      assert.match(what, /^\S.*[^.\s]$/);
      assert.match(why, /^[A-Za-z].*\.$/);
      assert.match(next, /^.+\S$/);
      for (const text of [what, why, next]) assert.doesNotMatch(text, /[\p{Cc}|]/u);
    });

    if (outcome === "FAIL") it(`${id} is a finding, which no repetition mends`, () => assert.ok(!retryable));
  }

  it("has no text twice", () => {
    for (const key of ["what", "why"] as const) {
      const texts = all.map(([, reason]) => reason[key]);
      assert.equal(new Set(texts).size, texts.length, key);
    }
  });

  it("gives every outcome a cause", () => {
    assert.deepEqual([...new Set(all.map(([, { outcome }]) => outcome))].sort(), [
      "ERROR",
      "FAIL",
      "INCONCLUSIVE",
      "PASS",
      "REFUSED",
      "SUPERSEDED",
      "UNCHANGED",
    ]);
  });
});

describe("a failure", () => {
  it("has its cause's text and whether to try again", () => {
    const failure = new Failure("GIT_UNREACHABLE", "connect ECONNREFUSED");
    assert.equal(failure.message, `${reasons.GIT_UNREACHABLE.what}: connect ECONNREFUSED`);
    assert.deepEqual([failure.name, failure.retryable, failure.also], ["Failure", true, []]);
    assert.equal(new Failure("GIT_AUTH", "401").retryable, false);
  });

  it("keeps what caused it and what was found beside it", () => {
    const cause = new Error("x");
    const also = [new Failure("RAW_MODE", "y")];
    const failure = new Failure("GREEN_NOT_READY", "z", { cause, also });
    assert.deepEqual([failure.cause, failure.also], [cause, also]);
  });
});

describe("the table of outcomes", () => {
  it("has a row for every cause, by exit code", () => {
    const [head, rule, ...rows] = outcomeTable().split("\n");
    assert.equal(head, "| exit code | outcome | reason | what happened |");
    assert.equal(rule, "|---|---|---|---|");
    assert.equal(rows.length, all.length);
    assert.equal(
      rows[0],
      "| 0 | PASS | [`CUT_OVER_PROVEN`](runbook.md#cut_over_proven) | The cut-over is proven |",
    );
    const numbers = rows.map((row) => Number(row.split("|")[1]));
    assert.deepEqual(
      numbers,
      numbers.toSorted((one, other) => one - other),
    );
  });

  it("is put between its markers, whatever stood there", () => {
    const readme = "# x\n<!-- outcomes -->\nold\n$& <!-- /outcomes -->\nend\n";
    const table = `# x\n<!-- outcomes -->\n${outcomeTable()}\n<!-- /outcomes -->\nend\n`;
    assert.equal(withTable(readme, "outcomes"), table);
    assert.equal(withTable(table, "outcomes"), table);
    assert.throws(() => withTable("# x\n", "outcomes"), /markers/);
  });
});

describe("the table of exit codes", () => {
  it("has a row for every code, which counts its reasons", () => {
    const rows = exitCodeTable().split("\n").slice(2);
    assert.deepEqual(
      rows.map((row) => Number(row.split("|")[1])),
      codes,
    );
    const counted = rows.map((row) => Number(row.split("|")[4]));
    assert.equal(
      counted.reduce((sum, count) => sum + count, 0),
      all.length,
    );
    assert.equal(rows[0], "| 0 | PASS, UNCHANGED | proven | 3 |");
  });
});

describe("the index of the runbook", () => {
  it("has a row for every code, and every reason once, as a link to its entry", () => {
    const rows = reasonIndex().split("\n").slice(2);
    assert.deepEqual(
      rows.map((row) => Number(row.split("|")[1])),
      codes,
    );
    const linked = [...rows.join("\n").matchAll(/\[`(\w+)`\]\(#(\w+)\)/g)];
    assert.deepEqual(linked.map(([, id]) => id).sort(), Object.keys(reasons).sort());
    for (const [, id, anchor] of linked) assert.equal(anchor, id?.toLowerCase());
    assert.match(rows[0] ?? "", /^\| 0 \| PASS, UNCHANGED \| \[`CUT_OVER_PROVEN`\]/);
  });
});

describe("the pages", () => {
  for (const [page, name] of [
    ["README.md", "exit codes"],
    ["docs/outcomes.md", "outcomes"],
    ["docs/runbook.md", "reason index"],
  ] as const) {
    it(`${page} has the table as it is made from the catalogue`, () => {
      const text = readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
      assert.equal(text, withTable(text, name), `${page} is out of date: run npm run readme`);
    });
  }
});
