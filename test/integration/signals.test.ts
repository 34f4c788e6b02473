import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificates } from "../sandbox/api/certificates.ts";
import { writeKubeconfig } from "../sandbox/api/kubeconfig.ts";
import { until } from "../sandbox/metrics/until.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";

describe("SIGTERM, while servers take connections and never answer", function () {
  this.timeout(60_000);
  const sockets = new Set<Socket>();
  let server: Server;
  let folder: string;
  let child: ChildProcess;
  let output = "";
  beforeEach(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    folder = await mkdtemp(join(tmpdir(), "bluegreen-signals-"));
    const { ca } = await createCertificates();
    const url = `https://127.0.0.1:${port}`;
    const kubeconfig = await writeKubeconfig(folder, { url, ca, token: "t" });
    const argv = ["mutate", "--action", "promote", "--namespace", "user1-test", "--name", "jukebox"];
    argv.push("--git-url", `http://127.0.0.1:${port}/x.git`, "--state-file", join(folder, "run.json"));
    argv.push("--results-dir", join(folder, "results"));
    output = "";
    const connected = once(server, "connection");
    // Neither HOME nor anything else of this process: a pod's user has no entry in passwd.
    child = spawn(process.execPath, ["--import", "tsx", "src/main.ts", ...argv, "--kubeconfig", kubeconfig], {
      env: {},
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (part: Buffer) => {
        output += part.toString();
      });
    }
    await connected;
  });
  afterEach(async () => {
    child.kill("SIGKILL");
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  it("ends the program by itself, with its own code and how to go on", async () => {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [37, null]);
    assert.match(output, /SIGTERM: ending; a push that has begun is finished first/);
    assert.match(
      output,
      /CANCELLED \(exit 37\)[\s\S]*a request did not end within[\s\S]*Run the same command again/,
    );
    assert.equal(await readFile(join(folder, "results", "reason"), "utf8"), "CANCELLED");
  });

  it("a second one ends it at once", async () => {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    while (!output.includes("SIGTERM: ending")) await once(child.stderr as NodeJS.ReadableStream, "data");
    child.kill("SIGINT");
    assert.deepEqual(await ended, [37, null]);
    assert.match(output, /CANCELLED: a second signal came/);
  });
});

describe("SIGTERM, while a push is under way", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let folder: string;
  before(async () => {
    sandbox = await startSandbox({ requestsPerSecond: 0, prometheus: "embedded" });
    folder = await mkdtemp(join(tmpdir(), "bluegreen-signals-"));
  });
  after(async () => {
    await sandbox.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("finishes the push, leaves the state and the outcome, and ends with its own code", async () => {
    await sandbox.git.fault({ kind: "late", ms: 1_000 }, { scope: "receive" });
    const argv = ["mutate", "--action", "stage", "--model-version", "v2"];
    argv.push("--state-file", join(folder, "run.json"), "--results-dir", folder);
    const child = spawn(process.execPath, ["--import", "tsx", "src/main.ts", ...argv], {
      env: { ...sandbox.env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(child, "exit");
    let output = "";
    child.stderr.on("data", (part: Buffer) => {
      output += part.toString();
    });
    const pushing = () =>
      sandbox.git.requests.some(({ method, path }) => method === "POST" && path.endsWith("git-receive-pack"));
    await until(pushing, "the push is under way");
    child.kill("SIGTERM");

    assert.deepEqual(await ended, [37, null], output);
    assert.equal((await sandbox.git.log()).length, 2, "the seed and one commit");
    const head = await sandbox.git.head();
    assert.equal(await readFile(join(folder, "reason"), "utf8"), "CANCELLED");
    assert.equal(await readFile(join(folder, "commit"), "utf8"), head);
    const state = JSON.parse(await readFile(join(folder, "run.json"), "utf8"));
    assert.deepEqual([state.mutation.kind, state.mutation.commit], ["committed", head]);
  });
});
