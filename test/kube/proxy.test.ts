import assert from "node:assert/strict";
import nock from "nock";
import { createCluster } from "../../src/kube/cluster.ts";
import { loadKubeAccess } from "../../src/kube/load-access.ts";
import { createCertificates } from "../sandbox/api/certificates.ts";
import { writeServiceAccount } from "../sandbox/api/kubeconfig.ts";
import { type ForwardProxy, startForwardProxy } from "../sandbox/proxy/server.ts";
import {
  isvc,
  jukebox,
  putJukebox,
  reader,
  type Setup,
  setUp,
  testClock,
  writeKubeconfig,
} from "./harness.ts";

const host = "kubernetes.example.test";

describe("the API server behind a proxy", () => {
  let setup: Setup;
  let proxy: ForwardProxy;
  let port: string;
  before(() => nock.restore());
  beforeEach(async () => {
    proxy = await startForwardProxy();
    setup = await setUp({ certificates: await createCertificates({ hosts: [host] }) });
    putJukebox(setup.api);
    ({ port } = new URL(setup.api.url));
  });
  afterEach(async () => {
    await setup.stop();
    await proxy.stop();
  });

  const credentials = () => ({ url: `https://${host}:${port}`, ca: setup.api.ca, token: "admin-token" });

  async function fromPod(env: Readonly<Record<string, string>>) {
    const serviceAccountFolder = await writeServiceAccount(setup.folder, credentials());
    const pod = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port };
    const access = await loadKubeAccess({ env: { ...pod, ...env }, serviceAccountFolder });
    // Every pause passes at once: what cannot be reached is tried for a while.
    return createCluster({ ...setup, access, clock: testClock(60_000) });
  }

  it("is read and watched through it, from a pod", async () => {
    const cluster = await fromPod({ HTTPS_PROXY: proxy.url });
    assert.equal((await cluster.read(jukebox)).service?.specPercent, 100);

    const stop = new AbortController();
    const seen = reader(cluster.watch(jukebox, stop.signal));
    await seen.value();
    setup.api.store.put(isvc(0));
    await seen.value(({ service }) => service?.specPercent === 0);
    stop.abort();
    assert.equal(await seen.ended(), true);

    assert.ok(proxy.seen.length > 0);
    assert.deepEqual([...new Set(proxy.seen)], [`CONNECT ${host}:${port}`]);
  });

  it("is read through it with a kubeconfig", async () => {
    const kubeconfig = await writeKubeconfig(setup.folder, credentials());
    const access = await loadKubeAccess({ kubeconfig, env: { https_proxy: proxy.url } });
    const world = await createCluster({ ...setup, access }).read(jukebox);
    assert.equal(world.service?.specPercent, 100);
    assert.deepEqual([...new Set(proxy.seen)], [`CONNECT ${host}:${port}`]);
  });

  it("is not asked through it where NO_PROXY says so", async () => {
    const cluster = await fromPod({ HTTPS_PROXY: proxy.url, NO_PROXY: ".example.test" });
    // Nobody but the proxy knows where the host is.
    await assert.rejects(cluster.read(jukebox), /kubernetes\.example\.test/);
    assert.deepEqual(proxy.seen, []);
  });

  it("cannot be reached where the proxy asks who we are; it is named, with the fix", async () => {
    proxy.faults.credentials = "user:secret";
    const cluster = await fromPod({ HTTPS_PROXY: proxy.url });
    await assert.rejects(cluster.read(jukebox), (error: Error) => {
      assert.match(error.message, new RegExp(`the proxy ${new URL(proxy.url).host} asks for a user name`));
      return true;
    });
  });
});
