import assert from "node:assert/strict";
import { type ChainView, chainLines, type LinkView } from "../../../src/cli/live/chain.ts";
import { wantsColour } from "../../../src/cli/live/terminal.ts";

const none: ReadonlyMap<string, string> = new Map();

function link(name: LinkView["name"], changes: Partial<LinkView> = {}): LinkView {
  return { name, state: "pending", evidence: none, ...changes };
}

function textOf(view: ChainView, now: number): readonly string[] {
  return chainLines(view, now).map((line) =>
    line
      .map(({ text }) => text)
      .join("")
      .trimEnd(),
  );
}

describe("the chain on a terminal", () => {
  const mutate = link("mutate", { state: "done", startedAt: 0, endedAt: 640, summary: "commit 0123456789" });

  it("shows what is done, what goes on with its evidence, and what is to come", () => {
    const running = link("await", {
      state: "running",
      startedAt: 1_000,
      evidence: new Map([["", "green is not ready"]]),
    });
    const view = { title: "stage a/b", links: [mutate, running, link("verify"), link("settle")] };
    assert.deepEqual(textOf(view, 13_999), [
      "stage a/b",
      "  ✔ mutate    0.6 s  commit 0123456789",
      "  ⠏ await      12 s  green is not ready",
      "    verify",
      "    settle",
    ]);
  });

  it("shows what each of several models waits for", () => {
    const evidence = new Map([
      ["jukebox", "green is not ready"],
      ["lyrics", "the route is not in force"],
    ]);
    const running = link("await", { state: "running", startedAt: 0, evidence });
    assert.deepEqual(textOf({ title: "promote", links: [running] }, 0), [
      "promote",
      "  ⠋ await      0 s",
      "      jukebox: green is not ready",
      "      lyrics: the route is not in force",
    ]);
  });

  it("shows what failed, and minutes after a minute", () => {
    const failed = link("verify", {
      state: "failed",
      startedAt: 0,
      endedAt: 125_900,
      summary: "NO_TRAFFIC: x",
    });
    assert.deepEqual(textOf({ title: "t", links: [failed] }, 0), [
      "t",
      "  ✖ verify  2:05 min  NO_TRAFFIC: x",
    ]);
  });

  it("turns its spinner, and nothing else, from one picture to the next", () => {
    const running = link("await", { state: "running", startedAt: 0 });
    const [first, second] = [0, 100].map((now) => textOf({ title: "t", links: [running] }, now)[1]);
    assert.notEqual(first, second);
    assert.equal(first?.slice(3), second?.slice(3));
  });

  it("tells done, failed and running by sign, not by colour alone", () => {
    const signs = (["done", "failed", "running", "pending"] as const).map(
      (state) => textOf({ title: "t", links: [link("await", { state })] }, 0)[1]?.[2],
    );
    assert.equal(new Set(signs).size, 4);
  });
});

describe("colours", () => {
  for (const [env, isTerminal, wanted] of [
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: "1" }, true, false],
    // https://no-color.org: only when not empty.
    [{ NO_COLOR: "" }, true, true],
    [{ TERM: "dumb" }, true, false],
    [{ FORCE_COLOR: "" }, false, true],
    [{ FORCE_COLOR: "1" }, false, true],
    [{ FORCE_COLOR: "3", NO_COLOR: "1", TERM: "dumb" }, false, true],
    [{ FORCE_COLOR: "0" }, true, false],
    [{ FORCE_COLOR: "false" }, true, false],
  ] as const) {
    it(`${JSON.stringify(env)} ${isTerminal ? "on a terminal" : "in a pipe"}: ${wanted}`, () => {
      assert.equal(wantsColour(env, isTerminal), wanted);
    });
  }
});
