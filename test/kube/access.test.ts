import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import type { Failure } from "../../src/errors/failure.ts";
import { createCluster } from "../../src/kube/cluster.ts";
import { type KubeAccessOptions, loadKubeAccess } from "../../src/kube/load-access.ts";
import { jukebox, putJukebox, type Setup, setUp, writeKubeconfig } from "./harness.ts";

describe("access to the cluster", () => {
  let setup: Setup;

  beforeEach(async () => {
    setup = await setUp();
    putJukebox(setup.api);
  });

  afterEach(() => setup.stop());

  async function percent(options: Partial<KubeAccessOptions>): Promise<number | undefined> {
    const access = await loadKubeAccess({ env: {}, home: setup.folder, ...options });
    return (await createCluster({ ...setup, access }).read(jukebox)).service?.specPercent;
  }

  async function evidence(options: Partial<KubeAccessOptions>): Promise<string> {
    const error = await percent(options).then(
      () => assert.fail("it did not fail"),
      // By its fields: what is imported on demand may be another instance of the class under a loader.
      (thrown: Failure) => thrown,
    );
    if (error.reason !== "CLUSTER_CONFIG") throw error;
    return error.evidence;
  }

  /** A kubeconfig of the sandbox, with changes. */
  async function kubeconfig(cluster: object = {}, user: object = { token: "admin-token" }): Promise<string> {
    const ca = Buffer.from(setup.api.ca).toString("base64");
    const config = {
      clusters: [
        { name: "c", cluster: { server: setup.api.url, "certificate-authority-data": ca, ...cluster } },
      ],
      users: [{ name: "u", user }],
      contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
      "current-context": "here",
    };
    const path = join(setup.folder, "custom");
    await writeFile(path, stringify(config));
    return path;
  }

  it("comes from a named kubeconfig, from $KUBECONFIG, or from the home folder", async () => {
    const path = await writeKubeconfig(join(setup.folder, ".kube"), { ...setup.api, token: "admin-token" });
    assert.equal(await percent({ kubeconfig: path }), 100);
    assert.equal(await percent({ env: { KUBECONFIG: path } }), 100);
    await writeFile(join(setup.folder, ".kube", "config"), "{}");
    assert.match(await evidence({}), /no current context/);
    await writeFile(join(setup.folder, ".kube", "config"), `{current-context: nosuch}`);
    assert.match(await evidence({}), /no context nosuch/);
  });

  it("prefers the ServiceAccount to the environment, but not to what is named", async () => {
    const { hostname, port } = new URL(setup.api.url);
    const env = {
      KUBECONFIG: join(setup.folder, "nosuch"),
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    };
    const pod = { env, serviceAccountFolder: setup.folder };
    assert.equal(await percent(pod), 100);
    assert.match(await evidence({ ...pod, context: "there" }), /nosuch: there is no such file/);
    assert.match(await evidence({ ...pod, serviceAccountFolder: join(setup.folder, "empty") }), /nosuch/);
  });

  it("merges several files; the first says which context is current", async () => {
    const first = await kubeconfig();
    const second = join(setup.folder, "second");
    const other = {
      clusters: [{ name: "d", cluster: { server: "https://127.0.0.1:1" } }],
      users: [],
      contexts: [{ name: "there", context: { cluster: "d", user: "u" } }],
      "current-context": "there",
    };
    await writeFile(second, stringify(other));
    const env = { KUBECONFIG: [first, second].join(delimiter) };
    assert.equal(await percent({ env }), 100);
    const { server } = await loadKubeAccess({ env, context: "there", home: setup.folder });
    assert.equal(server.origin, "https://127.0.0.1:1");
  });

  it("runs a credential plugin, and again after a 401", async () => {
    const plugin = join(setup.folder, "plugin.mjs");
    await writeFile(
      plugin,
      `import { appendFileSync, readFileSync } from "node:fs";
       appendFileSync("${setup.folder}/runs", "x");
       const token = "token-" + readFileSync("${setup.folder}/runs").length;
       const expirationTimestamp = "2999-01-01T00:00:00Z";
       console.log(JSON.stringify({ status: { token, expirationTimestamp } }));`,
    );
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: [plugin] };
    const path = await kubeconfig({}, { exec });
    const access = await loadKubeAccess({ env: {}, kubeconfig: path });
    const cluster = createCluster({ ...setup, access });
    setup.api.tokens.set("token-1", { user: "admin" });
    assert.notEqual((await cluster.read(jukebox)).service, undefined);
    setup.api.tokens.clear();
    for (let count = 2; count < 9; count += 1) setup.api.tokens.set(`token-${count}`, { user: "admin" });
    assert.notEqual((await cluster.read(jukebox)).service, undefined);
  });

  it("says what is wrong with a kubeconfig", async () => {
    const plain = await kubeconfig({ server: "http://127.0.0.1:8080" });
    assert.match(await evidence({ kubeconfig: plain }), /does not begin with https/);
    assert.match(
      await evidence({ kubeconfig: await kubeconfig({ "insecure-skip-tls-verify": true }) }),
      /context here has insecure-skip-tls-verify: set certificate-authority instead/,
    );
    assert.match(
      await evidence({ kubeconfig: await kubeconfig(), context: "nosuch" }),
      /^the kubeconfig has no context nosuch$/,
    );
    assert.match(await evidence({ kubeconfig: setup.folder }), /cannot be read \(EISDIR\)/);
    const plugin = { exec: { command: process.execPath, args: ["-e", "process.exit(3)"] } };
    assert.match(
      await evidence({ kubeconfig: await kubeconfig({}, plugin) }),
      /cannot authenticate with context here/,
    );
  });

  it("shows no token of a broken kubeconfig", async () => {
    const path = join(setup.folder, "broken");
    await mkdir(setup.folder, { recursive: true });
    for (const text of [
      "users: [{user: {token: s3cret}}",
      "token: s3cret\n  a: b: c",
      "s3cret",
      "- s3cret",
    ]) {
      await writeFile(path, text);
      await chmod(path, 0o600);
      const shown = await evidence({ kubeconfig: path });
      assert.doesNotMatch(shown, /s3cret/, text);
      assert.match(shown, /broken: (not valid YAML|this is no kubeconfig)|no current context/, text);
    }
  });

  it("goes below the path of a server's URL", async () => {
    const path = await kubeconfig({ server: `${setup.api.url}/k8s/clusters/x/` });
    await assert.rejects(percent({ kubeconfig: path }));
    const asked = setup.api.requests.map((each) => each.path);
    assert.ok(
      asked.includes(
        "/k8s/clusters/x/apis/serving.kserve.io/v1beta1/namespaces/user1-test/inferenceservices",
      ),
      asked.join(" "),
    );
  });
});
