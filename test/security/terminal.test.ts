/** What comes from outside reaches a terminal, a log or a file of results as plain text, whoever sends it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createConsole } from "../../src/cli/console.ts";
import { cut, render } from "../../src/cli/live/line.ts";
import { parseRunState } from "../../src/core/run-state.ts";
import { settlementOf } from "../../src/core/settlement.ts";
import { Failure } from "../../src/errors/failure.ts";
import { runAsJson } from "../../src/report/json.ts";
import { describeRun, explainFailure } from "../../src/report/text.ts";
import { stateOf } from "../steps/builders.ts";

/** Clear the screen, set the title, reverse the order of writing, begin a line as another step, C1's own CSI. */
const nasty = "\u001b[2J\u001b]0;owned\u0007\u202e\r\nPASS CUT_OVER_PROVEN\u009b31m\u2028";
const forbidden = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

function written(output: "text" | "json", use: (console: ReturnType<typeof createConsole>) => void) {
  const texts = { out: "", err: "" };
  const streams = {
    out: (text: string) => {
      texts.out += text;
    },
    err: (text: string) => {
      texts.err += text;
    },
  };
  use(createConsole(streams, output, true));
  return texts;
}

describe("text from outside", () => {
  for (const output of ["text", "json"] as const) {
    it(`never controls the terminal: log and report, --output ${output}`, () => {
      const { out, err } = written(output, ({ log, report, reportNext }) => {
        log.info(nasty);
        log.warn(nasty);
        log.debug(nasty);
        reportNext([nasty], { said: nasty, [nasty]: [nasty] });
        report([nasty], { said: nasty, [nasty]: [nasty] });
      });
      assert.doesNotMatch(out, forbidden);
      assert.doesNotMatch(err, forbidden);
      if (output === "json") {
        const [first = "", ...rest] = out.split("\n");
        for (const text of [first, rest.join("\n")])
          assert.deepEqual(JSON.parse(text), { said: nasty, [nasty]: [nasty] });
      }
      assert.doesNotMatch(out + err, /^PASS/m, "nor begins a line of its own");
    });
  }

  it("never controls the terminal, whatever its characters are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const plain = written("text", ({ log, report }) => {
          log.warn(text);
          report([text], {});
        }).out;
        assert.doesNotMatch(plain, forbidden);
        assert.equal(plain.split("\n").length, 3);
        const { out } = written("json", ({ report }) => report([], { text }));
        assert.doesNotMatch(out, forbidden);
        assert.equal(JSON.parse(out).text, text);
      }),
    );
  });

  it("never controls the terminal from within a live view, and no wider than it is", () => {
    const shown = render(cut([{ text: nasty, style: "red" }, { text: nasty }], 20), false);
    assert.doesNotMatch(shown, forbidden);
    assert.ok(shown.length <= 20 && !shown.includes("\n"), shown);
  });

  it("a stack keeps its lines, and nothing else", () => {
    const { out } = written("text", ({ log }) => log.debug(`Error: ${"\u001b[2J"}x\n    at here`));
    assert.equal(out, "  Error:  [2Jx\n      at here\n");
  });

  it("in a forged state file shows in no line of the report", () => {
    const state = stateOf();
    const forged = parseRunState(
      JSON.stringify({
        ...state,
        mutation: { ...state.mutation, commit: nasty, commitUrl: nasty },
        rollout: { startedAt: 1, endedAt: 2, cutOverAt: 2, active: nasty, notes: [nasty] },
        verdict: { startedAt: 1, endedAt: 2, trouble: { reason: "NO_TRAFFIC", evidence: nasty } },
      }),
      {},
    );
    const settlement = settlementOf(forged);
    const { out } = written("text", ({ report }) =>
      report(describeRun(forged, settlement), runAsJson(forged, settlement)),
    );
    assert.doesNotMatch(out, forbidden);
    assert.doesNotMatch(out, /^PASS/m);
  });

  it("in a failure, its further causes and the lines that it shows is plain", () => {
    const failure = new Failure("GIT_PUSH_DECLINED", nasty, {
      also: [new Failure("BUG", nasty)],
      shown: [nasty],
    });
    const { out } = written("text", ({ report }) => report(explainFailure(failure), {}));
    assert.doesNotMatch(out, forbidden);
  });
});
