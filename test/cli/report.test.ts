import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Reporting, writeReports } from "../../src/cli/report.ts";
import { run } from "../../src/cli/run.ts";
import { formatRunState } from "../../src/core/run-state.ts";
import { fromTrouble, settlementOf } from "../../src/core/settlement.ts";
import { Failure } from "../../src/errors/failure.ts";
import type { Traffic } from "../../src/steps/settle/traffic.ts";
import { proven } from "../report/wholes.ts";
import { createLog } from "../steps/fakes.ts";

const settlement = settlementOf(proven);

/** Drawing is tested elsewhere: the library takes a while to load. */
const traffic: Traffic = { kind: "none", why: "503" };

describe("the report of a run", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-report-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function reporting(flags: Reporting["flags"], more: Partial<Reporting> = {}) {
    const log = createLog();
    const signal = new AbortController().signal;
    const options: Reporting = {
      command: "promote",
      flags,
      env: {},
      log,
      signal,
      traffic: async () => [traffic],
      ...more,
    };
    return { log, write: (ended: Parameters<typeof writeReports>[1]) => writeReports(options, ended) };
  }

  it("is written as each file's name says, in the place of an older one", async () => {
    const files = ["a.html", "b.md", "c.json"].map((name) => join(folder, name));
    await writeFile(files[0] ?? "", "old");
    const { log, write } = reporting({ report: files });
    await write({ state: proven, settlement });
    const [html = "", md = "", json = ""] = await Promise.all(files.map((path) => readFile(path, "utf8")));
    assert.match(html, /^<!DOCTYPE html>.*No picture: 503/s);
    assert.match(md, /^# PASS: promote user1-test\/jukebox/);
    const { outcome, report, traffic: figures, run: id } = JSON.parse(json);
    assert.deepEqual([outcome, id, figures], ["PASS", "run-1", [traffic]]);
    assert.equal(typeof report.at, "number");
    assert.deepEqual(await readdir(folder), ["a.html", "b.md", "c.json"]);
    assert.deepEqual(
      log.of("info"),
      files.map((path) => `Report: ${path}`),
    );
  });

  it("is of each kind in a folder, under a name that stays the same", async () => {
    const { write } = reporting(
      {},
      { env: { BLUEGREEN_REPORT_DIR: join(folder, "new"), BLUEGREEN_REPORT: "" } },
    );
    await write({ state: proven, settlement });
    const name = "bluegreen-promote-user1-test-jukebox";
    assert.deepEqual(await readdir(join(folder, "new")), [`${name}.html`, `${name}.json`, `${name}.md`]);
  });

  it("that cannot be written is a warning, and the others are written", async () => {
    await mkdir(join(folder, "a.html"));
    await writeFile(join(folder, "file"), "");
    const paths = [join(folder, "a.html"), join(folder, "file", "b.md"), join(folder, "c.md")];
    const { log, write } = reporting({ report: paths });
    await write({ state: proven, settlement });
    assert.deepEqual(log.of("warn"), [
      `The report ${paths[0]} is not written: EISDIR`,
      `The report ${paths[1]} is not written: EEXIST`,
    ]);
    assert.deepEqual(
      (await readdir(folder)).sort(),
      ["a.html", "c.md", "file"],
      "nothing half-written is left",
    );
  });

  it("asks nothing more of a run that is cancelled", async () => {
    const signal = AbortSignal.abort();
    const { write } = reporting(
      { report: [join(folder, "a.html")] },
      { signal, traffic: () => assert.fail("it was asked") },
    );
    await write({ state: proven, settlement });
    assert.match(await readFile(join(folder, "a.html"), "utf8"), /No picture: nothing was asked/);
  });

  it("asks nothing where none was wanted", async () => {
    const { write } = reporting({}, { traffic: () => assert.fail("it was asked") });
    await write({ state: proven, settlement });
  });

  it("names what was asked for where there is no state, and never makes a path of it", async () => {
    const failure = new Failure("INVALID_OPTION", "--name");
    const ended = { failure, settlement: fromTrouble(failure), found: [] };
    const flags = { "report-dir": folder, namespace: "user1-test", name: ["../../x", "y"] };
    await reporting(flags).write(ended);
    assert.deepEqual(
      await readdir(folder),
      ["html", "json", "md"].map((kind) => `bluegreen-promote-user1-test.${kind}`),
    );
    const { outcome, reason } = JSON.parse(
      await readFile(join(folder, "bluegreen-promote-user1-test.json"), "utf8"),
    );
    assert.deepEqual([outcome, reason], ["ERROR", "INVALID_OPTION"]);
  });

  it("holds what was reached, where a step broke off after it", async () => {
    const failure = new Failure("STATE_UNWRITABLE", "ENOSPC");
    const path = join(folder, "a.json");
    await reporting({ report: path }).write({ state: proven, failure, settlement: fromTrouble(failure) });
    const report = JSON.parse(await readFile(path, "utf8"));
    assert.deepEqual([report.outcome, report.reason, report.run], ["ERROR", "STATE_UNWRITABLE", "run-1"]);
    assert.ok(report.verdict.summary);
  });

  async function end(argv: readonly string[], env: Readonly<Record<string, string>>, signal?: AbortSignal) {
    let text = "";
    const out = (part: string) => {
      text += part;
    };
    const host = { argv, env, streams: { out, err: out }, version: "test" };
    const code = await run({ ...host, signal: signal ?? new AbortController().signal });
    return { code, text };
  }

  it("is there where the options are what is wrong, and the exit code is theirs", async () => {
    const path = join(folder, "a.html");
    const { code } = await end(["promote", "--report", path], { BLUEGREEN_NAMESPACE: "user1-test" });
    assert.equal(code, 20);
    assert.match(await readFile(path, "utf8"), /INVALID_OPTION.*Also/s);
  });

  it("of another kind than there is, is refused before anything is done", async () => {
    const { code, text } = await end(["promote", "--report", join(folder, "a.pdf")], {});
    assert.equal(code, 20);
    assert.match(text, /--report \(BLUEGREEN_REPORT\) must end in \.html, \.md or \.json/);
  });

  it("is there where settle finds no state", async () => {
    const path = join(folder, "a.md");
    const { code } = await end(["settle", "--report", path, "--state-file", join(folder, "none.json")], {});
    assert.equal(code, 21);
    assert.match(await readFile(path, "utf8"), /^# ERROR: run\n/);
  });

  it("changes no exit code where it cannot be written", async () => {
    const state = join(folder, "run.json");
    await writeFile(state, formatRunState(proven));
    const argv = ["settle", "--report", join(state, "a.html"), "--state-file", state];
    const { code, text } = await end(argv, { BLUEGREEN_PROMETHEUS_URL: "http://127.0.0.1:9" });
    assert.equal(code, 0, text);
    assert.match(text, /Warning: The report .* is not written: EEXIST/);
    assert.match(text, /Evidence: 142 requests on jukebox-predictor-00002/);
  });
});
