import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { authorizeBy, everything } from "./access.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { type KubeApi, startKubeApi } from "./server.ts";
import { until } from "./until.ts";

const run = promisify(execFile);

/** The real kubectl against the sandbox; skipped, visibly, where there is none. */
describe("kubectl against the sandbox API", function () {
  this.slow(2000);
  let api: KubeApi;
  let folder: string;
  let environment: NodeJS.ProcessEnv;

  before(async function () {
    const found = await run("kubectl", ["version", "--client"]).catch(() => undefined);
    if (found === undefined) this.skip();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-kubectl-"));
    const view = { users: ["viewer"], verbs: ["get", "list", "watch"], groups: ["*"], resources: ["*"] };
    api = await startKubeApi({
      tokens: [
        ["admin-token", { user: "admin" }],
        ["view-token", { user: "viewer" }],
      ],
      authorize: authorizeBy([{ ...everything, users: ["admin"] }, view]),
    });
    await use("admin-token");
    api.store.put({
      apiVersion: "serving.kserve.io/v1beta1",
      kind: "InferenceService",
      metadata: { name: "jukebox", namespace: "user1-test" },
      spec: { predictor: { minReplicas: 1 } },
      status: {
        url: "http://x",
        components: {
          predictor: { traffic: [{ latestRevision: true, percent: 100, revisionName: "00023" }] },
        },
      },
    });
  });

  afterEach(async () => {
    await api.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function use(token: string): Promise<void> {
    const KUBECONFIG = await writeKubeconfig(folder, { ...api, token, namespace: "user1-test" });
    environment = { PATH: process.env["PATH"], HOME: folder, KUBECONFIG };
  }

  async function kubectl(...args: string[]): Promise<string> {
    const { stdout } = await run("kubectl", args, { env: environment, cwd: folder });
    return stdout;
  }

  it("gets by short name, in tables and in JSON", async () => {
    const [header = "", row = ""] = (await kubectl("get", "isvc", "jukebox")).split("\n");
    const columns = "NAME URL READY PREV LATEST PREVROLLEDOUTREVISION LATESTREADYREVISION AGE";
    assert.equal(header.replaceAll(/ +/g, " "), columns);
    assert.match(row, /^jukebox +http:\/\/x +100 +00023 +\d+s$/);
    assert.equal(JSON.parse(await kubectl("get", "isvc", "jukebox", "-o", "json")).kind, "InferenceService");
    assert.match(await kubectl("get", "isvc", "-A"), /user1-test\s+jukebox/);
    await assert.rejects(
      kubectl("get", "isvc", "nosuch"),
      /Error from server \(NotFound\): .*"nosuch" not found/,
    );
  });

  it("watches", async () => {
    const watching = spawn("kubectl", ["get", "isvc", "jukebox", "-w"], { env: environment, cwd: folder });
    const rows = lines(watching);
    try {
      assert.match(await rows(), /^NAME/);
      assert.match(await rows(), /^jukebox/);
      await until(() => api.watches === 1);
      api.store.delete({
        kind: "InferenceService.serving.kserve.io",
        namespace: "user1-test",
        name: "jukebox",
      });
      assert.match(await rows(), /^jukebox/);
    } finally {
      watching.kill();
    }
  });

  it("patches, annotates, applies, edits by put and deletes", async () => {
    const patch = JSON.stringify({ spec: { predictor: { canaryTrafficPercent: 20 } } });
    await kubectl("patch", "isvc", "jukebox", "--type", "merge", "-p", patch);
    await kubectl("annotate", "isvc", "jukebox", "example.org/refresh=normal");
    const [object] = api.store.list("InferenceService.serving.kserve.io");
    assert.equal(object?.spec.predictor.canaryTrafficPercent, 20);
    assert.equal(object?.metadata.annotations?.["example.org/refresh"], "normal");
    await assert.rejects(
      kubectl(
        "patch",
        "isvc",
        "jukebox",
        "--type",
        "merge",
        "-p",
        '{"spec":{"predictor":{"minReplicas":"x"}}}',
      ),
      /admission webhook .* denied the request/,
    );
    await kubectl("delete", "isvc", "jukebox");
    assert.equal(api.store.list("InferenceService.serving.kserve.io").length, 0);
  });

  it("answers what one may do", async () => {
    await use("view-token");
    assert.equal(await kubectl("auth", "can-i", "get", "isvc"), "yes\n");
    await assert.rejects(kubectl("auth", "can-i", "patch", "isvc"), { stdout: "no\n" });
    await assert.rejects(kubectl("delete", "isvc", "jukebox"), /\(Forbidden\).*User "viewer" cannot delete/);
    await use("wrong");
    await assert.rejects(kubectl("get", "isvc"), /You must be logged in to the server/);
  });
});

/** Gives the next line of a process' output at every call. */
function lines(child: ChildProcess): () => Promise<string> {
  let text = "";
  return async () => {
    while (!text.includes("\n")) {
      const [part] = await once(child.stdout ?? child, "data");
      text += part;
    }
    const end = text.indexOf("\n");
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    return line;
  };
}
