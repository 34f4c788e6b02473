import assert from "node:assert/strict";
import { shownOf } from "../cli/live/terminal-emulator.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { builtBundle } from "../tekton/taskrun/bundle.ts";
import { program } from "./program.ts";
import { hasPty, type OnTerminal, onTerminal } from "./pty.ts";

const showsCursor = "\u001b[?25h";
const hidesCursor = "\u001b[?25l";

describe("the program on a real terminal", function () {
  this.timeout(90_000);
  let bundle: string;
  let sandbox: Sandbox;
  let terminal: OnTerminal | undefined;
  before(async function () {
    if (!hasPty()) return this.skip();
    bundle = await builtBundle();
    sandbox = await startSandbox({ requestsPerSecond: 40, prometheus: "embedded" });
  });
  afterEach(() => terminal?.kill());
  after(() => sandbox?.stop());

  function start(...argv: readonly string[]): OnTerminal {
    terminal = onTerminal(bundle, argv, { ...sandbox.env, BLUEGREEN_SETTLE_TIME: "1s" });
    return terminal;
  }

  function cursorIsBack(output: string): void {
    assert.ok(output.includes(hidesCursor), "it drew");
    assert.ok(output.lastIndexOf(showsCursor) > output.lastIndexOf(hidesCursor), "the cursor is back");
  }

  it("draws the chain, and leaves it above the outcome", async () => {
    const running = start("stage", "--model-version", "v2");
    assert.equal(await running.ended, 0);
    const { output } = running;
    cursorIsBack(output);
    assert.match(output, /⠋|⠙|⠹|⠸|⠼|⠴|⠦|⠧|⠇|⠏/);
    const lines = await shownOf(output);
    const at = lines.indexOf("stage user1-test/jukebox");
    assert.ok(at > 0, lines.join("\n"));
    assert.match(lines[at + 1] ?? "", /^ {2}✔ mutate +[\d.]+ s {2}commit [0-9a-f]{10}$/);
    assert.match(
      lines[at + 2] ?? "",
      /^ {2}✔ await +[\d.]+ s {2}jukebox-predictor-00001 has all the traffic$/,
    );
    assert.match(
      lines[at + 3] ?? "",
      /^ {2}✔ verify +[\d.]+ s {2}\d+ requests on jukebox-predictor-00001, 0 on.*…$/,
    );
    assert.match(lines[at + 4] ?? "", /^ {2}✔ settle +[\d.]+ s {2}PASS STAGE_PROVEN$/);
    assert.ok(lines.some((line) => line.startsWith("PASS STAGE_PROVEN (exit 0)")));
    assert.ok(
      !lines.some((line) => line.startsWith("Waiting: ")),
      "what is awaited has its place in the chain",
    );
    assert.equal(lines.filter((line) => /✔ await/.test(line)).length, 1, "it is drawn in one place");
  });

  it("status --watch draws in one place, and ends with 0 at Ctrl-C", async () => {
    const running = start("status", "--watch");
    await running.shows(/jukebox-predictor-00002 +standby/);
    assert.equal((await program(sandbox, ["promote"])).code, 0);
    await running.shows(/promote, in force/);
    running.type("\u0003");
    assert.equal(await running.ended, 0);
    cursorIsBack(running.output);
    const lines = await shownOf(running.output);
    assert.equal(lines.filter((line) => line.startsWith("user1-test/jukebox: ")).length, 1);
    assert.match(lines.join("\n"), /jukebox-predictor-00002 +serving +100 %/);
    assert.ok(lines.every((line) => line.length <= 80));
  });

  it("gives the cursor back, and says what became of it, where Ctrl-C ends a run", async () => {
    const running = start("stage", "--model-version", "v3", "--min-requests", "900000");
    await running.shows(/✔[^✔]*await/);
    running.type("\u0003");
    assert.equal(await running.ended, 37);
    cursorIsBack(running.output);
    const text = (await shownOf(running.output)).join("\n");
    assert.match(text, /SIGINT: ending; a push that has begun is finished first/);
    assert.match(text, /✖ verify/);
    assert.match(text, /CANCELLED/);
  });

  it("draws nothing on a dumb terminal, and nothing in colour where nobody wants it", async () => {
    terminal = onTerminal(bundle, ["status"], { ...sandbox.env, TERM: "dumb" });
    assert.equal(await terminal.ended, 0);
    assert.ok(!terminal.output.includes("\u001b"));
    const refused = onTerminal(bundle, ["promote", "--model-version", "nosuch"], {
      ...sandbox.env,
      NO_COLOR: "1",
    });
    terminal = refused;
    assert.equal(await refused.ended, 22);
    cursorIsBack(refused.output);
    assert.ok(!refused.output.includes("\u001b[3"), "no colour");
    assert.match((await shownOf(refused.output)).join("\n"), /✖ mutate/);
  });
});
