import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { noGatewayFaults } from "../sandbox/gateway.ts";
import { jukeboxConfig, jukeboxPath, seedRepository } from "../sandbox/git/seed.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../sandbox/sandbox.ts";
import { program } from "./program.ts";

const payloadFile = "tekton/samples/probe-jukebox.json";
const probing = ["--probe-payload-file", payloadFile, "--probe-rate", "50"];
const [blue, green] = ["jukebox-predictor-00001", "jukebox-predictor-00002"];

/** With the annotation that gives green a URL of its own. */
const tagged = {
  ...seedRepository(),
  [jukeboxPath]: `${jukeboxConfig}annotations:\n  serving.kserve.io/enable-tag-routing: "true"\n`,
};

describe("probe requests to an idle model", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ gateway: true, prometheus: "embedded", files: tagged });
  });
  after(() => sandbox.stop());
  afterEach(() => Object.assign(sandbox.gateway?.faults ?? {}, noGatewayFaults()));

  function answered(revision: string): number {
    const pods = sandbox.pods.running.filter((pod) => pod.revision === revision);
    return pods.reduce((total, { server }) => total + server.inferences(), 0);
  }

  it("prove a stage: green by its own URL, the revision that serves by the service's", async () => {
    const ended = await program(sandbox, ["stage", "--model-version", "v2", ...probing, "--output", "json"]);

    assert.equal(ended.code, 0, ended.text);
    const { outcome, verdict } = JSON.parse(ended.out);
    assert.equal(outcome, "PASS");
    assert.deepEqual(
      verdict.probes.map(({ revision, sent, doubtful }: Record<string, unknown>) => [
        revision,
        sent,
        doubtful,
      ]),
      [[green, 10, 0], [blue, 10, 0]], // biome-ignore format: short
    );
    assert.match(
      verdict.summary,
      /^10 requests on \S+00001 \(10 of them our own probes\), 10 on \S+00002 \(we sent 10 probes there\)/,
    );
    assert.deepEqual([answered(blue), answered(green)], [10, 10]);
    const hosts = new Set(sandbox.gateway?.seen.map(({ host, revision }) => `${host} ${revision}`));
    assert.deepEqual([...hosts].sort(), [
      `jukebox-predictor-user1-test.apps.example.com ${blue}`,
      `latest-jukebox-predictor-user1-test.apps.example.com ${green}`,
    ]);
  });

  it("prove a promote and a rollback, by requests to the service's URL alone", async () => {
    for (const [action, revision] of [
      ["promote", green],
      ["rollback", blue],
    ] as const) {
      // biome-ignore format: short
      const from = sandbox.gateway?.seen.length ?? 0;
      const ended = await program(sandbox, [action, ...probing, "--output", "json"]);
      assert.equal(ended.code, 0, ended.text);
      const { verdict } = JSON.parse(ended.out);
      assert.deepEqual(
        [verdict.probes.length, verdict.probes[0].revision, verdict.probes[0].sent],
        [1, revision, 10],
      );
      assert.deepEqual(
        new Set(sandbox.gateway?.seen.slice(from).map((each) => each.revision)),
        new Set([revision]),
      );
    }
  });

  it("prove the same to a query of the user's own", async () => {
    const query = ["--promql", "sum(rate(ovms_requests_success[$window])) by (pod)"];
    const ended = await program(sandbox, ["rollback", ...query, ...probing, "--output", "json"]);
    assert.equal(ended.code, 0, ended.text);
    const { outcome, verdict } = JSON.parse(ended.out);
    assert.equal(outcome, "UNCHANGED");
    assert.equal(verdict.probes[0].sent, 10);
  });

  it("are not sent without a payload: INCONCLUSIVE, with the next command", async () => {
    const from = sandbox.gateway?.seen.length;
    const ended = await program(sandbox, ["rollback", "--verify-timeout", "4s"]);
    assert.equal(ended.code, 25, ended.text);
    assert.match(
      ended.text,
      /NO_TRAFFIC[\s\S]*requests go to https:\/\/jukebox-predictor-user1-test\.apps\.example\.com\/v2\/models\/jukebox\/infer/,
    );
    assert.match(
      ended.text,
      /run the same command again with `--probe auto --probe-payload-file request\.json`/,
    );
    assert.equal(sandbox.gateway?.seen.length, from);
  });

  it("are refused as a whole by a wrong payload, before anything is committed", async () => {
    const head = await sandbox.git.head();
    const file = join(sandbox.folder, "broken.json");
    await writeFile(file, '{"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [1]}]}');
    for (const [argv, says] of [
      [["--probe-payload-file", file], /input x of shape \[1, 2\] has 1/],
      [["--probe-payload-file", "/nonexistent.json"], /--probe-payload-file .* cannot be read \(ENOENT\)/],
      [["--probe-payload", "{"], /--probe-payload .*must be JSON/],
      [["--probe-payload", await readFile(payloadFile, "utf8"), ...probing], /cannot both be given/],
      [["--probe", "always"], /--probe-payload-file .* is required with --probe/],
      [["--probe", "sometimes"], /must be one of off, auto, always/],
      [["--probe-count", "1001"], /must be at most 1000/],
      [["--probe-rate", "0"], /must be a whole number from 1 up/],
      [["--probe-model", "a/b"], /must be a model's name/],
    ] as const) {
      const ended = await program(sandbox, ["promote", ...argv]);
      assert.equal(ended.code, 20, ended.text);
      assert.match(ended.text, says);
    }
    assert.equal(await sandbox.git.head(), head);
  });

  const again = ["rollback", "--verify-timeout", "6s"];

  it("that the model does not take (400) end it with that", async () => {
    const payload = '{"inputs":[{"name":"tempo","shape":[1,1],"datatype":"FP32","data":[0.5]}]}';
    const ended = await program(sandbox, [...again, "--probe-payload", payload]);
    assert.equal(ended.code, 25, ended.text);
    assert.match(ended.text, /PROBE_REJECTED[\s\S]*answered 400: Missing input or invalid number of inputs/);
  });

  // What else can be answered, and what becomes of it: test/core/probe/answer.test.ts and test/steps/verify/probing.test.ts.
  for (const { title, faults, says } of [
    {
      title: "a gateway that cuts every connection",
      faults: { cut: true },
      says: /PROBE_UNREACHABLE[\s\S]*(socket hang up|ECONNRESET)/,
    },
    { title: "no token", faults: { token: "s3cret" }, says: /PROBE_DENIED[\s\S]*answered 401/ },
  ]) {
    it(`that meet ${title} are no PASS and no FAIL`, async () => {
      Object.assign(sandbox.gateway?.faults ?? {}, faults);
      const ended = await program(sandbox, [...again, ...probing]);
      assert.equal(ended.code, 25, ended.text);
      assert.match(ended.text, says);
    });
  }

  it("that nobody answers at all are no PASS and no FAIL", async () => {
    const ended = await program(sandbox, [...again, ...probing, "--probe-url", "http://127.0.0.1:9"]);
    assert.equal(ended.code, 25, ended.text);
    assert.match(ended.text, /PROBE_UNREACHABLE[\s\S]*ECONNREFUSED/);
  });

  it("carry a token from a file, which appears nowhere", async () => {
    const token = join(sandbox.folder, "token");
    await writeFile(token, "s3cret-Zq7\n");
    Object.assign(sandbox.gateway?.faults ?? {}, { token: "s3cret-Zq7" });
    const ended = await program(sandbox, [...again, ...probing, "--probe-token-file", token, "--verbose"]);
    assert.equal(ended.code, 0, ended.text);
    assert.equal(sandbox.gateway?.seen.at(-1)?.authorization, "Bearer s3cret-Zq7");
    assert.ok(!ended.text.includes("s3cret-Zq7"));
  });

  it("to somebody else's URL prove nothing, however well they are answered", async () => {
    const elsewhere = "https://latest-jukebox-predictor-user1-test.apps.example.com";
    const ended = await program(sandbox, [...again, ...probing, "--probe-url", elsewhere]);
    assert.equal(ended.code, 24, ended.text);
    assert.match(ended.text, /OTHER_REVISION_SERVED/);
  });
});

describe("a green that does not serve", function () {
  this.timeout(120_000);
  let sandbox: Sandbox | undefined;
  afterEach(() => sandbox?.stop());

  async function stageOn(files: SandboxOptions["files"], spoil: (sandbox: Sandbox) => void) {
    const started = await startSandbox({
      gateway: true,
      prometheus: "embedded",
      requestsPerSecond: 20,
      files,
    });
    sandbox = started;
    const there = () => started.pods.running.some(({ revision }) => revision === green);
    const spoilt = started.until(there, "green has a pod").then(() => spoil(started));
    const ended = await program(started, ["stage", "--model-version", "v2", ...probing], {
      BLUEGREEN_VERIFY_TIMEOUT: "8s",
    });
    await spoilt;
    return { ended, started };
  }

  function failing({ pods }: Sandbox): void {
    for (const { revision, server } of pods.running) if (revision === green) server.faults.failing = true;
  }

  it("ends the stage, though blue serves as it should: no promote follows", async () => {
    const { ended } = await stageOn(tagged, failing);
    assert.equal(ended.code, 25, ended.text);
    assert.match(
      ended.text,
      /PROBE_FAILED[\s\S]*probe 1 to \S+00002: .*answered 500: Internal inference error/,
    );
  });

  it("is not found out where it has no URL of its own, and that is said", async () => {
    const { ended } = await stageOn(seedRepository(), failing);
    assert.equal(ended.code, 0, ended.text);
    assert.match(
      ended.text,
      /no URL that a probe request could be sent to: \S+00002 has no URL of its own; the annotation/,
    );
  });

  it("is no PASS where its answers are lost on the way", async () => {
    const { ended, started } = await stageOn(tagged, ({ gateway }) => {
      Object.assign(gateway?.faults ?? {}, { cutAfter: true });
    });
    assert.equal(ended.code, 25, ended.text);
    assert.match(ended.text, /PROBE_UN(REACHABLE|COUNTED)/);
    const { seen = [] } = started.gateway ?? {};
    assert.ok(seen.length > 0 && seen.length <= 20, `${seen.length} requests`);
  });
});

describe("a cold revision", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({
      gateway: true,
      prometheus: "embedded",
      settings: { idleMs: 8_000, scaleToZeroMs: 500, terminationMs: 200 },
      files: { ...seedRepository(), [jukeboxPath]: `${jukeboxConfig}minReplicas: 0\n` },
    });
  });
  after(() => sandbox.stop());

  it("is woken by the probes, and proven", async () => {
    await sandbox.until(() => sandbox.pods.running.length === 0, "blue has scaled to zero");
    const ended = await program(sandbox, ["promote", ...probing], { BLUEGREEN_VERIFY_TIMEOUT: "30s" });
    assert.equal(ended.code, 0, ended.text);
    assert.match(ended.text, /requests on \S+00001 \(\d+ of them our own probes\)/);
  });
});
