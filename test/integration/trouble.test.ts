import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCertificates } from "../sandbox/api/certificates.ts";
import { writeKubeconfig } from "../sandbox/api/kubeconfig.ts";
import { jukeboxPath } from "../sandbox/git/seed.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { program } from "./program.ts";

const canary = "canary-password-Zq7";

describe("bad input and broken surroundings", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let head: string;
  before(async () => {
    sandbox = await startSandbox({ requestsPerSecond: 40, prometheus: "embedded", password: canary });
  });
  after(() => sandbox.stop());
  beforeEach(async () => {
    head = await sandbox.git.head();
  });
  afterEach(async () => {
    Object.assign(sandbox.api.faults, { status: undefined, delayMs: 0, mute: false, rejectTokens: false });
    await sandbox.git.heal();
    assert.equal(await sandbox.git.head(), head, "nothing was committed");
  });

  const stage = ["stage", "--model-version", "v2"];

  for (const { title, argv = stage, env = {}, code, says } of [
    {
      title: "a path that climbs out of the repository",
      argv: [...stage, "--config-path", "../../etc/passwd"],
      code: 20,
      says: /--config-path \(BLUEGREEN_CONFIG_PATH\).*inside the repository/,
    },
    {
      title: "wrong credentials",
      env: { BLUEGREEN_GIT_PASSWORD: "wrong" },
      code: 27,
      says: /GIT_AUTH[\s\S]*BLUEGREEN_GIT_USERNAME/,
    },
    {
      title: "an unknown branch",
      argv: [...stage, "--branch", "nosuch"],
      code: 27,
      says: /GIT_NOT_FOUND[\s\S]*nosuch/,
    },
    {
      title: "a file that is not there",
      argv: [...stage, "--environment", "staging"],
      code: 23,
      says: /EDIT_FILE_MISSING[\s\S]*model-deployments\/staging\/jukebox\/config.yaml/,
    },
    {
      title: "a service that is not there",
      argv: ["rollback", "--name", "nosuch", "--config-path", jukeboxPath],
      code: 22,
      says: /SERVICE_MISSING/,
    },
    {
      title: "a namespace without rights or service",
      argv: ["rollback", "--namespace", "nowhere-test"],
      code: 22,
      says: /SERVICE_MISSING/,
    },
    {
      title: "a kubeconfig that is not there",
      env: { BLUEGREEN_KUBECONFIG: "/nonexistent/kubeconfig" },
      code: 31,
      says: /CLUSTER_CONFIG/,
    },
    {
      title: "a Git server that is not there",
      env: { BLUEGREEN_GIT_URL: "http://127.0.0.1:9/x.git" },
      code: 28,
      says: /GIT_UNREACHABLE/,
    },
  ] as const) {
    it(`${title}: exit ${code}`, async () => {
      const ended = await program(sandbox, argv, env);
      assert.equal(ended.code, code, ended.text);
      assert.match(ended.text, says);
      assert.ok(!ended.text.includes(canary));
    });
  }

  it("reports every configuration problem at once, each with flag and variable", async () => {
    const { code, text } = await program(sandbox, ["promote", "--timeout", "soon", "--branch", ""], {
      BLUEGREEN_NAMESPACE: "Not A Name",
      BLUEGREEN_GIT_URL: "git@gitea.example.com:user1/mlops-gitops.git",
    });
    assert.equal(code, 20);
    for (const name of ["timeout", "branch", "namespace", "git-url"]) {
      assert.match(text, new RegExp(`--${name} \\(BLUEGREEN_${name.toUpperCase().replace("-", "_")}\\)`));
    }
  });

  it("refuses a file that is no YAML, with the line, and leaves it", async () => {
    const broken = "---\nname: jukebox\ncanary: {trafficPercent: 1\n";
    await sandbox.git.commitAsOther({ "broken.yaml": broken }, "break it\n");
    head = await sandbox.git.head();
    const ended = await program(sandbox, [...stage, "--config-path", "broken.yaml"]);
    assert.equal(ended.code, 23, ended.text);
    assert.match(ended.text, /EDIT_REFUSED[\s\S]*broken\.yaml[\s\S]*line \d/);
  });

  it("does not trust an unknown certificate authority", async () => {
    const { ca } = await createCertificates();
    const folder = join(sandbox.folder, "other-ca");
    const kubeconfig = await writeKubeconfig(folder, { url: sandbox.api.url, ca, token: "admin-token" });
    const ended = await program(sandbox, stage, { BLUEGREEN_KUBECONFIG: kubeconfig });
    assert.equal(ended.code, 32, ended.text);
    assert.match(ended.text, /certificate/i);
  });

  it("says what is missing for 401 and 403", async () => {
    sandbox.api.faults.rejectTokens = true;
    const unauthorized = await program(sandbox, stage);
    assert.equal(unauthorized.code, 31, unauthorized.text);
    sandbox.api.faults.rejectTokens = false;
    sandbox.api.authorize(() => false);
    const forbidden = await program(sandbox, stage);
    sandbox.api.authorize(() => true);
    assert.equal(forbidden.code, 31, forbidden.text);
    assert.match(forbidden.text, /inferenceservices[\s\S]*user1-test/);
  });

  it("keeps the canary password out of output, state, results and commits", async () => {
    const state = join(sandbox.folder, "secret.json");
    const results = join(sandbox.folder, "secret-results");
    const argv = [...stage, "--verbose", "--state-file", state, "--results-dir", results, "--output", "json"];
    const good = await program(sandbox, argv);
    assert.equal(good.code, 0, good.text);
    const kept = await readFile(state, "utf8");
    await sandbox.git.fault({ kind: "status", status: 500, body: `oops ${canary}` });
    const bad = await program(sandbox, argv);
    assert.notEqual(bad.code, 0);
    const files = await Promise.all(
      ["outcome", "reason", "commit", "commit-url"].map((name) => readFile(join(results, name), "utf8")),
    );
    const everything = [good.text, bad.text, kept, ...files, await sandbox.git.git(["log", "-p"])];
    for (const text of everything) assert.ok(!text.includes(canary));
    head = await sandbox.git.head();
  });

  it("finds out before the push that the state file cannot be written", async () => {
    const ended = await program(sandbox, [...stage, "--state-file", "/nonexistent/run.json"]);
    assert.equal(ended.code, 21, ended.text);
    assert.match(ended.text, /STATE_UNWRITABLE/);
  });

  it("refuses a state file that is missing, foreign or broken", async () => {
    const at = (name: string) => join(sandbox.folder, name);
    await writeFile(at("broken.json"), '{"format": "bluegr');
    await writeFile(at("foreign.json"), '{"kind": "Pod"}');
    for (const [name, says] of [
      ["missing.json", /STATE_UNREADABLE[\s\S]*missing\.json: ENOENT/],
      ["broken.json", /STATE_UNREADABLE[\s\S]*not JSON/],
      ["foreign.json", /STATE_FOREIGN[\s\S]*not written by bluegreen/],
    ] as const) {
      const ended = await program(sandbox, ["await", "--state-file", at(name)]);
      assert.equal(ended.code, 21, ended.text);
      assert.match(ended.text, says);
    }
  });
});

describe("Prometheus in trouble", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ requestsPerSecond: 40, prometheus: "embedded" });
    const staged = await program(sandbox, ["stage", "--model-version", "v2"]);
    assert.equal(staged.code, 0, staged.text);
  });
  after(() => sandbox.stop());

  // Git holds the value already: every run proves the same state again, whatever Prometheus does.
  const again = ["stage", "--model-version", "v2", "--max-errors", "2", "--verify-timeout", "3s"];

  for (const { mode, code, says } of [
    { mode: "down", code: 26, says: /METRICS_UNREACHABLE/ },
    { mode: "unprocessable", code: 26, says: /METRICS_QUERY/ },
    { mode: "empty", code: 25, says: /NO_SCRAPE|NO_TRAFFIC/ },
    { mode: "nan", code: 25, says: /NO_SCRAPE|NO_TRAFFIC/ },
  ] as const) {
    it(`${mode}: exit ${code}, never a PASS`, async () => {
      assert.ok(sandbox.prometheus);
      sandbox.prometheus.faults.mode = mode;
      try {
        const ended = await program(sandbox, again);
        assert.equal(ended.code, code, ended.text);
        assert.match(ended.text, says);
      } finally {
        sandbox.prometheus.faults.mode = "none";
      }
    });
  }

  it("is INCONCLUSIVE without traffic, and says what to do", async () => {
    await sandbox.traffic?.stop();
    const ended = await program(sandbox, again);
    assert.equal(ended.code, 25, ended.text);
    assert.match(ended.text, /NO_TRAFFIC[\s\S]*Send a few inference requests/);
  });
});
