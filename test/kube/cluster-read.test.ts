import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Failure } from "../../src/errors/failure.ts";
import { createCluster } from "../../src/kube/cluster.ts";
import { authorizeBy } from "../sandbox/api/access.ts";
import { createCertificates } from "../sandbox/api/certificates.ts";
import { resources } from "../sandbox/api/resources.ts";
import type { KubeApiOptions } from "../sandbox/api/server.ts";
import { jukebox, ofComponent, pod, putJukebox, revision, type Setup, setUp, until } from "./harness.ts";

describe("reading the world", () => {
  let setup: Setup;

  async function start(options: KubeApiOptions = {}): Promise<void> {
    setup = await setUp(options);
  }

  afterEach(() => setup.stop());

  async function failure(promise: Promise<unknown>): Promise<Failure> {
    const error = await promise.then(
      () => assert.fail("it did not fail"),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof Failure)) throw error;
    return error;
  }

  /** Every back-off takes ten seconds at once, so that a reading is given up soon. */
  function hastyClock() {
    let passed = 0;
    const sleep = async () => {
      passed += 10_000;
    };
    return { now: () => passed, sleep };
  }

  it("gives the service, its revisions and its pods, and nobody else's", async () => {
    await start();
    putJukebox(setup.api, 20);
    const world = await createCluster(setup).read(jukebox);
    assert.equal(world.service?.specPercent, 20);
    assert.deepEqual(
      world.revisions.map((each) => each.name),
      ["jukebox-predictor-00001"],
    );
    assert.deepEqual(
      world.pods.map((each) => [each.name, each.revision, each.ready]),
      [["jukebox-predictor-00001-deployment-a", "jukebox-predictor-00001", true]],
    );
  });

  it("leaves out the revisions and pods of a transformer, which carry the service's label, too", async () => {
    await start();
    const names = (component: string) => [
      `jukebox-${component}-00001`,
      `jukebox-${component}-00001-deployment-b`,
    ];
    for (const component of ["predictor", "transformer", "explainer"]) {
      const [owner = "", name = ""] = names(component);
      setup.api.store.put(ofComponent(component, revision(owner)));
      setup.api.store.put(ofComponent(component, pod(name, owner)));
    }
    const { revisions, pods } = await createCluster(setup).read(jukebox);
    assert.deepEqual(
      [...revisions, ...pods].map(({ name }) => name),
      names("predictor"),
    );
  });

  it("leaves no connection open", async () => {
    await start();
    await createCluster(setup).read(jukebox);
    await until(() => setup.api.connections === 0);
  });

  it("knows a service that is not there", async () => {
    await start();
    assert.equal((await createCluster(setup).read(jukebox)).service, undefined);
  });

  it("knows a cluster without KServe", async () => {
    await start({ served: resources.filter((each) => each.group !== "serving.kserve.io") });
    assert.equal((await failure(createCluster(setup).read(jukebox))).reason, "KSERVE_MISSING");
  });

  it("does without Knative", async () => {
    await start({ served: resources.filter((each) => each.group !== "serving.knative.dev") });
    putJukebox(setup.api);
    const world = await createCluster(setup).read(jukebox);
    assert.deepEqual([world.service?.ref, world.revisions], [jukebox, []]);
  });

  it("names verb, resource, namespace and user of a missing right", async () => {
    const rule = { verbs: ["get", "list"], groups: ["*"], resources: ["inferenceservices", "revisions"] };
    await start({ authorize: authorizeBy([rule]) });
    const { reason, evidence } = await failure(createCluster(setup).read(jukebox));
    assert.equal(reason, "CLUSTER_AUTH");
    assert.equal(
      evidence,
      '403: pods is forbidden: User "admin" cannot list resource "pods" in API group "" in the namespace "user1-test"',
    );
  });

  it("reads a rotated token again", async () => {
    await start();
    putJukebox(setup.api);
    const cluster = createCluster(setup);
    await cluster.read(jukebox);
    setup.api.tokens.delete("admin-token");
    setup.api.tokens.set("next-token", { user: "admin" });
    assert.equal((await failure(cluster.read(jukebox))).reason, "CLUSTER_AUTH");
    await setup.reach({ token: "next-token" });
    assert.notEqual((await cluster.read(jukebox)).service, undefined);
  });

  it("gets over errors that pass", async () => {
    await start();
    putJukebox(setup.api);
    setup.api.faults.status = 500;
    const clock = {
      ...setup.clock,
      now: setup.clock.now,
      async sleep(ms: number) {
        setup.api.faults.status = undefined;
        await setup.clock.sleep(ms);
      },
    };
    const world = await createCluster({ ...setup, clock }).read(jukebox);
    assert.notEqual(world.service, undefined);
    assert.ok(setup.clock.sleeps.length > 0);
  });

  it("gives up an API that keeps failing after about 20 seconds", async () => {
    await start();
    setup.api.faults.status = 503;
    const { clock } = setup;
    const eager = {
      now: clock.now,
      async sleep(ms: number) {
        clock.pass(ms);
      },
    };
    const began = clock.now();
    const { reason, evidence } = await failure(createCluster({ ...setup, clock: eager }).read(jukebox));
    assert.equal(reason, "CLUSTER_UNREACHABLE");
    assert.match(evidence, /answered 503 for .*: the server is currently unable to handle the request$/);
    assert.ok(clock.now() - began >= 20_000);
  });

  it("does not wait for ever for an answer", async () => {
    await start();
    setup.api.faults.mute = true;
    const clock = hastyClock();
    const { reason, evidence } = await failure(
      createCluster({ ...setup, clock, requestTimeoutMs: 30 }).read(jukebox),
    );
    assert.equal(reason, "CLUSTER_UNREACHABLE");
    assert.match(evidence, /no answer within 0\.03 s$/);
  });

  it("says what is wrong with the server's certificate, without trying again", async () => {
    await start();
    const foreign = await createCertificates();
    const error = await failure(
      createCluster({ ...setup, access: await setup.reach(foreign) }).read(jukebox),
    );
    assert.equal(error.reason, "CLUSTER_UNREACHABLE");
    assert.match(error.evidence, /signed by a CA that is not trusted: give the cluster's CA/);
    assert.deepEqual(setup.clock.sleeps, []);
  });

  it("tells an expired certificate and one for another host from the others", async () => {
    const day = 86_400_000;
    const expired = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };
    const cases = [
      [expired, /certificate has expired/],
      [{ hosts: ["kubernetes.example"] }, /certificate is for another host name/],
    ] as const;
    for (const [index, [options, expected]] of cases.entries()) {
      if (index > 0) await setup.stop();
      await start({ certificates: await createCertificates(options) });
      assert.match((await failure(createCluster(setup).read(jukebox))).evidence, expected);
    }
  });

  it("tells a closed port and a server without TLS", async () => {
    await start();
    const clock = hastyClock();
    const plain = createServer().listen(0, "127.0.0.1");
    try {
      await new Promise((resolve) => plain.once("listening", resolve));
      const { port } = plain.address() as AddressInfo;
      const access = await setup.reach({ url: `https://127.0.0.1:${port}` });
      assert.match((await failure(createCluster({ ...setup, clock, access }).read(jukebox))).evidence, /TLS/);
    } finally {
      plain.close();
    }
    const { url } = setup.api;
    const access = await setup.reach({ url });
    await setup.api.stop();
    const { evidence } = await failure(createCluster({ ...setup, clock, access }).read(jukebox));
    assert.match(evidence, /connection refused/);
  });

  it("shows hostile text without its control characters", async () => {
    await start({ tokens: [["admin-token", { user: "evil\u001b[31m\nuser" }]], authorize: () => false });
    const { evidence } = await failure(createCluster(setup).read(jukebox));
    assert.match(evidence, /User "evil \[31m user" cannot/);
  });

  it("refuses objects that cannot be", async () => {
    await start();
    setup.api.store.put({ ...pod("x"), status: { conditions: "many" } });
    assert.equal((await failure(createCluster(setup).read(jukebox))).reason, "CLUSTER_ANSWER");
  });
});
