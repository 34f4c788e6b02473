import assert from "node:assert/strict";
import { createConsole } from "../../src/cli/console.ts";

function write(output: "text" | "json", verbose: boolean) {
  const written = { out: "", err: "" };
  const console = createConsole(
    {
      out: (text) => {
        written.out += text;
      },
      err: (text) => {
        written.err += text;
      },
    },
    output,
    verbose,
  );
  console.log.info("one");
  console.log.warn("two");
  console.log.debug("three");
  console.report(["a", "b"], { reason: "X", list: [1] });
  return written;
}

describe("the console", () => {
  it("writes everything to stdout for people", () => {
    assert.deepEqual(write("text", false), { out: "one\nWarning: two\na\nb\n", err: "" });
  });

  it("writes details only where asked to", () => {
    assert.deepEqual(write("text", true), { out: "one\nWarning: two\n  three\na\nb\n", err: "" });
  });

  it("keeps stdout for one JSON document, and ends the log for people as ever", () => {
    const { out, err } = write("json", true);
    assert.deepEqual(JSON.parse(out), { reason: "X", list: [1] });
    assert.ok(out.endsWith("}\n"));
    assert.equal(err, "one\nWarning: two\n  three\na\nb\n");
  });
});
