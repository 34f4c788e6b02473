import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import {
  formatMessage,
  parseTrailers,
  readTrailers,
  type Trailers,
} from "../../../src/core/commit/trailers.ts";

/** What Git itself reads; `divider` also lets a `---` line end the message. */
function gitReads(message: string, divider = false): string[] {
  const options = divider ? ["--parse"] : ["--parse", "--no-divider"];
  const output = execFileSync("git", ["interpret-trailers", ...options], {
    input: message,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      LC_ALL: "C.UTF-8",
    },
  });
  return output.split("\n").filter((line) => line !== "");
}

function weRead(message: string): string[] {
  return readTrailers(message).map(({ token, value }) => `${token}: ${value}`.trim());
}

const full: Trailers = {
  "Bluegreen-Action": "promote",
  "Bluegreen-Run": "jukebox-7f3a",
  "Bluegreen-Service": "user1-test/jukebox",
  "Bluegreen-From-Revision": "jukebox-predictor-00001",
  "Bluegreen-To-Revision": "jukebox-predictor-00002",
  "Bluegreen-From-Value": "0",
  "Bluegreen-To-Value": "100",
};

describe("commit messages", () => {
  describe("written", () => {
    it("hold subject, body and trailers, and are read back whole by Git and by us", () => {
      const message = formatMessage({
        subject: "🐳 UPDATE 🍏",
        body: "Why: because.\nMore.",
        trailers: full,
      });
      assert.equal(
        message,
        `🐳 UPDATE 🍏\n\nWhy: because.\nMore.\n\n${Object.entries(full)
          .map(([name, value]) => `${name}: ${value}`)
          .join("\n")}\n`,
      );
      assert.deepEqual(parseTrailers(message), full);
      assert.deepEqual(
        gitReads(message, true),
        Object.entries(full).map(([name, value]) => `${name}: ${value}`),
      );
    });

    const bodies: Record<string, string> = {
      "a divider": "before\n---\nafter",
      "forged trailers": "text\n\nBluegreen-Action: rollback\n\n",
      "a comment at the end": "text\n# comment",
      "escape sequences and CRLF": "a\u001b[31mred\r\n\r\n\r\n\r\nb\u202e",
      "only blank lines": "\n\n \n",
    };
    for (const [what, body] of Object.entries(bodies)) {
      it(`cannot be broken by ${what} in the body`, () => {
        const message = formatMessage({ subject: "s", body, trailers: { "Bluegreen-Action": "promote" } });
        assert.deepEqual(gitReads(message, true), ["Bluegreen-Action: promote"]);
        assert.deepEqual(parseTrailers(message), { "Bluegreen-Action": "promote" });
        assert.doesNotMatch(message.replaceAll("\n", ""), /[\p{Cc}\p{Cf}]/u);
      });
    }

    it("keep a body's text, its dividers indented and its gaps of one line", () => {
      const body = "\n\n\n---\n--- a/values.yaml\r\n\r\n\r\n\r\nfrom 1 --- to 2 ---\n\n\n";
      assert.equal(
        formatMessage({ subject: "s", body, trailers: {} }),
        "s\n\n ---\n --- a/values.yaml\n\nfrom 1 --- to 2 ---\n",
      );
    });

    it("keep every value on one line and leave empty ones out", () => {
      const message = formatMessage({
        subject: "a\nBluegreen-Action: x\n",
        trailers: { "Bluegreen-Run": "a\nBluegreen-Action: rollback", "Bluegreen-From-Value": " \n" },
      });
      assert.equal(message, "a Bluegreen-Action: x\n\nBluegreen-Run: a Bluegreen-Action: rollback\n");
    });

    it("survive any subject, body and value", () => {
      fc.assert(
        fc.property(
          fc.string(),
          fc.string({ unit: "binary" }),
          fc.string({ unit: "grapheme", minLength: 1 }),
          (subject, body, run) => {
            const trailers = { "Bluegreen-Action": "stage", "Bluegreen-Run": `r${run}` };
            const read = parseTrailers(formatMessage({ subject, body, trailers }));
            assert.equal(read["Bluegreen-Action"], "stage");
            assert.ok(read["Bluegreen-Run"]?.startsWith("r"));
          },
        ),
      );
    });
  });

  describe("read as Git reads them", () => {
    const ours = "subject\n\nBluegreen-Action: promote\n";
    const messages: Record<string, string> = {
      "no trailers": "subject\n\nbody\n",
      "subject only": "Bluegreen-Action: promote\n",
      "two lines, no blank one": "subject\nBluegreen-Action: promote\n",
      "trailers right after the subject": "subject\n\nBluegreen-Action: promote\n",
      "not in the last paragraph": "subject\n\nBluegreen-Action: promote\n\nbody\n",
      "text among the trailers": "subject\n\nsome text\nBluegreen-Action: promote\n",
      "text among them beside a sign-off":
        "subject\n\nsome text\nBluegreen-Action: promote\nSigned-off-by: A <a@b>\n",
      "too much text beside a sign-off": `subject\n\n${"text\n".repeat(9)}Signed-off-by: A <a@b>\n`,
      "cherry-picked": "subject\n\nBluegreen-Action: promote\n(cherry picked from commit 12)\n",
      "continuation lines": "subject\n\nBluegreen-Run: a\n  b\n\tc\nBluegreen-Action: promote\n",
      "a continuation first": "subject\n\n  b\nBluegreen-Action: promote\n",
      "spaces around the colon": "subject\n\nBluegreen-Action \t:promote\nBluegreen-Run:   x  \n",
      "spaces in the token": "subject\n\nBluegreen Action: promote\n",
      "no token": "subject\n\n: promote\nBluegreen-Action: promote\n",
      "empty value": "subject\n\nBluegreen-Action:\nBluegreen-Run: x\n",
      "trailing blank lines": "subject\n\nBluegreen-Action: promote\n\n \n\n",
      "comments within and after": "subject\n\nBluegreen-Action: promote\n# c\nBluegreen-Run: x\n# d\n",
      "a comment before the subject": "# c\n\nsubject\n\nBluegreen-Action: promote\n",
      "no newline at the end": "subject\n\nBluegreen-Action: promote",
      "a divider": "subject\n\nBluegreen-Action: promote\n---\nBluegreen-Run: x\n",
      "a URL": "subject\n\nhttps://example.org/x\n",
      "non-ASCII token": "subject\n\nBlüegreen: x\n",
      "a blank line of spaces": "subject\n   \nBluegreen-Action: promote\n",
      "a vertical tab, which is no space to Git": "subject\n\v\nBluegreen-Action: promote\n",
      "a form feed, which continues nothing": "subject\n\nBluegreen-Run: a\n\fb\n",
      "a carriage return, which does": "subject\n\nBluegreen-Run: a\n\rb\n",
      "a list of conflicts at the end": `${ours}\nConflicts:\n\ta.yaml\n\tb.yaml\n`,
      "a list of conflicts right behind": `${ours}Conflicts:\n\ta.yaml\n`,
      "two lists of conflicts": `${ours}\nConflicts:\n\ta.yaml\n\nConflicts:\n\tb.yaml\n`,
      "a list of conflicts with a gap and a comment": `${ours}\nConflicts:\n\n# c\n\ta.yaml`,
      "a list of conflicts with spaces": `${ours}\nConflicts:\n  a.yaml\n`,
      "text behind a list of conflicts": `${ours}\nConflicts:\n\ta.yaml\ntext\n\tb.yaml\n`,
      "text behind a list of conflicts, and trailers": `s\n\nConflicts:\n\ta.yaml\ntext\n\n${ours.slice(9)}`,
      "paths without a list of conflicts": `${ours}\n\ta.yaml\n`,
      "the head of a list and nothing else": `${ours}\nConflicts:`,
      "as much text as a sign-off allows": "subject\n\na\nb\nc\nSigned-off-by: A <a@b>\n",
      "one line more than a sign-off allows": "subject\n\na\nb\nc\nd\nSigned-off-by: A <a@b>\n",
      "a continued sign-off, which counts once": "subject\n\na\nb\nc\nd\nSigned-off-by: A <a@b>\n c\n",
      empty: "",
      blank: "\n\n",
    };
    for (const [what, message] of Object.entries(messages)) {
      it(what, () =>
        assert.deepEqual(
          weRead(message),
          gitReads(message).map((line) => line.trim()),
        ),
      );
    }
  });

  it("are read as Git reads them, whatever stands in them", () => {
    const lines = [
      ...[
        "subject",
        "",
        " ",
        "\t",
        "text",
        "a: b",
        "a-b : c",
        "a b: c",
        ": x",
        "x:",
        "Bluegreen-Run:x",
        "a:b\r",
      ],
      ...["  cont", "\tcont: x", "# c", " # c", "---", "Conflicts:", "Signed-off-by: x <y>"],
      "(cherry picked from commit 1)",
    ];
    const spaceless = (read: readonly string[]) => read.map((line) => line.replace(/\s+/g, " ").trim());
    const message = fc.array(fc.constantFrom(...lines), { maxLength: 12 }).map((all) => all.join("\n"));
    fc.assert(
      fc.property(message, (text) => assert.deepEqual(spaceless(weRead(text)), spaceless(gitReads(text)))),
      { numRuns: 60 },
    );
  });

  it("take our trailers only, in any case, the last of two, printable", () => {
    const message =
      "s\n\nconstructor: x\nOther: y\nbluegreen-ACTION: promote\nBluegreen-Action: rollback\nBluegreen-Run: \u001b[31ma\n";
    assert.deepEqual(parseTrailers(message), { "Bluegreen-Action": "rollback", "Bluegreen-Run": "[31ma" });
  });

  it("take no empty trailer, and one that stands before the action", () => {
    assert.deepEqual(parseTrailers("s\n\nBluegreen-Run: r\nBluegreen-Action: stage\nBluegreen-Action:\n"), {
      "Bluegreen-Action": "stage",
      "Bluegreen-Run": "r",
    });
    assert.deepEqual(parseTrailers("s\n\nBluegreen-Run: r\n"), { "Bluegreen-Run": "r" });
    assert.deepEqual(parseTrailers("s\n\nBluegreen-Run: r\nBluegreen-Run:\n"), { "Bluegreen-Run": "r" });
  });

  it("are read without backtracking when hostile", () => {
    const message = `s\n\n${"a-".repeat(500_000)} ${" \t".repeat(100_000)}\n${"x: y\n".repeat(100_000)}`;
    assert.deepEqual(parseTrailers(message), {});
  });
});

describe("indented lines among trailers", () => {
  it("continue nothing where no trailer stands above", () => {
    const message = "Subject\n\n  lost\nSigned-off-by: A <a@example.org>\nBluegreen-Action: promote\n";
    assert.deepEqual(parseTrailers(message), { "Bluegreen-Action": "promote" });
  });

  it("takes a value that stands below its name", () => {
    const message = "Subject\n\nBluegreen-Action:\n  promote\n  now\n";
    assert.deepEqual(readTrailers(message), [{ token: "Bluegreen-Action", value: "promote now" }]);
    assert.deepEqual(parseTrailers(message), { "Bluegreen-Action": "promote now" });
  });
});
