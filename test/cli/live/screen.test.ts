import assert from "node:assert/strict";
import fc from "fast-check";
import { openScreen } from "../../../src/cli/live/screen.ts";
import { createEmulator } from "./terminal-emulator.ts";

function linesOf(...texts: readonly string[]) {
  return texts.map((text) => [{ text }]);
}

describe("a screen", () => {
  it("shows a frame in the place of the last one, whatever came before", async () => {
    const frame = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 6 });
    const step = fc.oneof(
      fc.record({ show: frame }),
      fc.record({ print: fc.array(fc.stringMatching(/^[A-Z]{1,30}$/), { minLength: 1, maxLength: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const terminal = createEmulator(20, 10);
        const screen = openScreen(terminal, false);
        const printed: string[] = [];
        let shown: readonly string[] = [];
        for (const each of steps) {
          if ("show" in each) {
            shown = each.show;
            screen.show(linesOf(...shown));
          } else {
            // What is wider than the terminal goes on in its next row.
            printed.push(...each.print.flatMap((text) => text.match(/.{1,20}/g) ?? []));
            screen.print(`${each.print.join("\n")}\n`);
          }
        }
        assert.deepEqual(await terminal.lines(), [...printed, ...shown]);
      }),
      { numRuns: 60 },
    );
  });

  it("writes again only what has changed, and each frame at once", async () => {
    const terminal = createEmulator();
    const screen = openScreen(terminal, false);
    screen.show(linesOf("title", "one", "two", "three"));
    const before = terminal.written.length;
    screen.show(linesOf("title", "one", "TWO", "three"));
    const update = terminal.written.slice(before);
    assert.equal(update.length, 1);
    assert.ok(update[0]?.startsWith("\u001b[?2026h") && update[0].endsWith("\u001b[?2026l"));
    assert.match(update[0] ?? "", /TWO/);
    assert.doesNotMatch(update[0] ?? "", /title|one|three/);
    screen.show(linesOf("title", "one", "TWO", "three"));
    assert.equal(terminal.written.slice(before + 1).join(""), "");
    assert.deepEqual(await terminal.lines(), ["title", "one", "TWO", "three"]);
  });

  it("cuts what is wider or higher than the terminal", async () => {
    const terminal = createEmulator(10, 4);
    const screen = openScreen(terminal, false);
    for (const round of [1, 2, 3]) {
      screen.show(linesOf(`${round} ${"x".repeat(40)}`, "漢字漢字漢字", "c", "d", "e"));
    }
    assert.deepEqual(await terminal.lines(), ["3 xxxxxxx…", "漢字漢字…", "c"]);
  });

  it("hides the cursor while it draws, and gives it back at the end and at any exit", async () => {
    const terminal = createEmulator();
    const screen = openScreen(terminal, false);
    assert.equal(terminal.isCursorHidden(), false);
    screen.show(linesOf("a"));
    assert.equal(terminal.isCursorHidden(), true);
    screen.close("keep");
    assert.equal(terminal.isCursorHidden(), false);
    assert.deepEqual(await terminal.lines(), ["a"]);
    screen.close("keep");

    screen.show(linesOf("b"));
    terminal.exit();
    assert.equal(terminal.isCursorHidden(), false);
  });

  it("goes on below what it left, and takes away what it shall", async () => {
    const terminal = createEmulator();
    const screen = openScreen(terminal, false);
    screen.print("before\n");
    screen.show(linesOf("a", "b"));
    screen.close("erase");
    screen.print("after\n");
    screen.show(linesOf("c"));
    assert.deepEqual(await terminal.lines(), ["before", "after", "c"]);
  });

  it("draws anew for a terminal of another size", async () => {
    const terminal = createEmulator(20, 10);
    const screen = openScreen(terminal, false);
    screen.show(linesOf("x".repeat(30)));
    terminal.resize(10, 10);
    const lines = await terminal.lines();
    assert.equal(lines.at(-1), `${"x".repeat(9)}…`);
  });
});
