/** The built program as a process of its own, and signals to it. More of them: `test/faults/cases.ts`. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resultsOf } from "../../src/core/results.ts";
import { type Ended, type Running, startProcess } from "../faults/processes.ts";
import { createCertificates } from "../sandbox/api/certificates.ts";
import { writeKubeconfig } from "../sandbox/api/kubeconfig.ts";
import { until } from "../sandbox/metrics/until.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { builtBundle } from "../tekton/taskrun/bundle.ts";

const resultNames = Object.keys(
  resultsOf(undefined, { outcome: "ERROR", reason: "BUG", evidence: "" }),
).sort();

function assertCancelled({ code, text, results, sinceSignalMs }: Ended, withinMs: number): void {
  assert.equal(code, 37, text);
  assert.ok((sinceSignalMs ?? 0) < withinMs, `${sinceSignalMs} ms\n${text}`);
  assert.deepEqual(Object.keys(results).sort(), resultNames, text);
  assert.deepEqual([results["outcome"], results["reason"]], ["ERROR", "CANCELLED"]);
}

describe("a signal, while servers take connections and never answer", function () {
  this.timeout(60_000);
  const sockets = new Set<Socket>();
  let server: Server;
  let folder: string;
  let child: Running;
  let args: readonly string[];
  beforeEach(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    folder = await mkdtemp(join(tmpdir(), "bluegreen-signals-"));
    const { ca } = await createCertificates();
    const kubeconfig = await writeKubeconfig(folder, { url: `https://127.0.0.1:${port}`, ca, token: "t" });
    args = ["--action", "promote", "--namespace", "user1-test", "--name", "jukebox"];
    args = [...args, "--git-url", `http://127.0.0.1:${port}/x.git`, "--kubeconfig", kubeconfig];
  });
  async function connected(command: string): Promise<void> {
    const connection = once(server, "connection");
    // Neither HOME nor anything else of this process: a pod's user has no entry in passwd.
    child = startProcess(await builtBundle(), [command, ...args], {});
    await connection;
  }
  afterEach(async () => {
    child.signal("SIGKILL");
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`ends the program by itself (${signal}), with its own code and how to go on`, async () => {
      await connected("mutate");
      child.signal(signal);
      const ended = await child.ended;
      assertCancelled(ended, 5_000);
      assert.match(ended.text, new RegExp(`${signal}: ending; a push that has begun is finished first`));
      assert.match(
        ended.text,
        /CANCELLED \(exit 37\)[\s\S]*before the push; nothing was changed[\s\S]*Run the same command again/,
      );
    });
  }

  it("ends a plan as well", async () => {
    await connected("plan");
    child.signal("SIGTERM");
    const { code, text, sinceSignalMs } = await child.ended;
    assert.equal(code, 37, text);
    assert.ok((sinceSignalMs ?? 0) < 5_000, `${sinceSignalMs} ms`);
    assert.match(text, /CANCELLED \(exit 37\)[\s\S]*a plan changes nothing/);
  });
});

describe("a signal, while a push is under way", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let bundle: string;
  before(async () => {
    bundle = await builtBundle();
    sandbox = await startSandbox({ requestsPerSecond: 0, prometheus: "embedded" });
  });
  afterEach(() => sandbox.git.heal());
  after(() => sandbox.stop());

  async function pushing(version: string): Promise<Running> {
    const since = sandbox.git.requests.length;
    const argv = ["mutate", "--action", "stage", "--model-version", version, "--run-id", `run-${version}`];
    const child = startProcess(bundle, argv, sandbox.env);
    const isPush = ({ method, path }: { method: string; path: string }) =>
      method === "POST" && path.endsWith("git-receive-pack");
    await until(
      () => child.hasEnded || sandbox.git.requests.slice(since).some(isPush),
      "the push is under way",
    );
    return child;
  }
  function mutationIn({ state = "{}" }: Ended) {
    return JSON.parse(state).mutation;
  }

  it("lets it finish: the state and the outcome know the commit, and the program ends with its own code", async () => {
    await sandbox.git.fault({ kind: "late", ms: 1_000 }, { scope: "receive" });
    const child = await pushing("v2");
    child.signal("SIGTERM");

    const ended = await child.ended;

    assertCancelled(ended, 8_000);
    assert.equal((await sandbox.git.log()).length, 2, "the seed and one commit");
    const head = await sandbox.git.head();
    assert.equal(ended.results["commit"], head);
    assert.deepEqual([mutationIn(ended).kind, mutationIn(ended).commit], ["committed", head]);
  });

  it("does not wait for it for ever, and says that its end is not known", async () => {
    await sandbox.git.fault({ kind: "stall" }, { scope: "receive" });
    const child = await pushing("v3");
    child.signal("SIGTERM");

    const ended = await child.ended;

    assertCancelled(ended, 10_000);
    assert.match(
      ended.text,
      /a request did not end within 7\.5 s; if a push was under way its end is not known/,
    );
    assert.match(ended.text, /Run the same command again/);
    assert.equal((await sandbox.git.log()).length, 2);
    assert.equal(ended.state, undefined);
  });

  it("a second one ends it at once, and the results are written all the same", async () => {
    await sandbox.git.fault({ kind: "stall" }, { scope: "receive" });
    const child = await pushing("v3");
    child.signal("SIGTERM");
    await child.says(/SIGTERM: ending/);
    child.signal("SIGINT");

    const ended = await child.ended;

    assertCancelled(ended, 5_000);
    assert.match(
      ended.text,
      /CANCELLED: a second signal came\. .*run the same command again, it looks first/,
    );
  });
});
