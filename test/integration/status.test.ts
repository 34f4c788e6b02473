import assert from "node:assert/strict";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { program } from "./program.ts";

describe("status on the embedded cluster", function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ requestsPerSecond: 40, prometheus: "embedded" });
  });
  after(() => sandbox.stop());

  const r1 = "jukebox-predictor-00001";
  const r2 = "jukebox-predictor-00002";

  it("follows a rollback from one change to the next, and ends with 0", async () => {
    assert.equal((await program(sandbox, ["stage", "--model-version", "v2"])).code, 0);
    assert.equal((await program(sandbox, ["promote"])).code, 0);

    const stop = new AbortController();
    const watching = program(sandbox, ["status", "--watch", "--output", "json"], {}, stop.signal);
    assert.equal((await program(sandbox, ["rollback"])).code, 0);
    stop.abort();
    const { code, out, text } = await watching;

    assert.equal(code, 0, text);
    const documents = out.split("\n").filter((line) => line !== "");
    const models = documents.map((line) => JSON.parse(line).services[0]);
    assert.ok(models.length > 1, out);
    assert.deepEqual(models.at(-1).traffic, { [r2]: 0, [r1]: 100 });
    const readings = models.flatMap((model) => model.readings).map(({ id }) => id);
    assert.ok(readings.includes("T1") || readings.includes("T2"), `misleading on the way: ${readings}`);
  });

  it("shows the same for people, with rates and the next actions", async () => {
    const { code, out } = await program(sandbox, ["status"]);
    assert.equal(code, 0, out);
    assert.match(out, new RegExp(`^user1-test/jukebox: ${r1} has all the traffic; percent 0`));
    assert.match(out, new RegExp(`^ {2}${r2} {2}standby {2}0 % {6}v2 .* \\d+\\.\\d$`, "m"));
    assert.match(out, /^ {2}Last commit of bluegreen: [0-9a-f]{10}, rollback, in force$/m);
    assert.match(
      out,
      new RegExp(`^ {2}promote would commit percent 0 → 100: all the traffic to ${r2}$`, "m"),
    );
  });

  it("needs neither Git nor Prometheus, and asks neither unless it is told where they are", async () => {
    const { code, out } = await program(sandbox, ["status"], {
      BLUEGREEN_GIT_URL: undefined,
      BLUEGREEN_PROMETHEUS_URL: undefined,
    });
    assert.equal(code, 0, out);
    assert.match(out, /Not told without --git-url/);
    assert.match(out, /Not told without --prometheus-url/);
  });

  it("shows what it knows where Git refuses, and ends with that code", async () => {
    const { code, out } = await program(sandbox, ["status"], { BLUEGREEN_GIT_PASSWORD: "wrong" });
    assert.equal(code, 27, out);
    assert.match(out, new RegExp(`${r1} has all the traffic`));
    assert.match(out, /Git is not known: GIT_AUTH/);
  });

  it("knows of several models which one is missing", async () => {
    const { code, out } = await program(sandbox, ["status", "--name", "jukebox", "--name", "nosuch"]);
    assert.equal(code, 22, out);
    assert.match(out, /^user1-test\/jukebox: jukebox/m);
    assert.match(out, /^user1-test\/nosuch: there is no such InferenceService$/m);
  });

  it("changes nothing", async () => {
    const before = [await sandbox.git.head(), JSON.stringify(sandbox.service())];
    assert.equal((await program(sandbox, ["status"])).code, 0);
    assert.deepEqual([await sandbox.git.head(), JSON.stringify(sandbox.service())], before);
  });
});
