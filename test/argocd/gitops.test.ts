import assert from "node:assert/strict";
import { createGitOps } from "../../src/argocd/gitops.ts";
import { Failure } from "../../src/errors/failure.ts";
import { reader, type Setup, setUp, until } from "../kube/harness.ts";
import { resources } from "../sandbox/api/resources.ts";
import type { KubeApiOptions } from "../sandbox/api/server.ts";
import type { KubeObject } from "../sandbox/cluster/objects.ts";

const application = { namespace: "user1-toolings", name: "jukebox-test" };
const kind = "Application.argoproj.io";

function app(revision: string): KubeObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: application,
    spec: { sources: [{ repoURL: "https://git/a" }] },
    status: { sync: { status: "Synced", revisions: [revision] } },
  };
}

describe("Argo CD", () => {
  let setup: Setup;
  let end: AbortController;

  async function start(options: KubeApiOptions = {}): Promise<void> {
    setup = await setUp(options);
    end = new AbortController();
  }

  afterEach(async () => {
    end.abort();
    await until(() => setup.clock.pending === 0 && setup.api.connections === 0);
    await setup.stop();
  });

  const gitops = () => createGitOps({ ...setup, application });
  const watch = () => reader(gitops().watch(end.signal));
  const warnings = () => setup.log.lines.filter((line) => line.startsWith("warn"));

  /** Takes the right to do `verbs` with Applications away. */
  const without = (...verbs: string[]) =>
    setup.api.authorize(({ resource, verb }) => resource !== "applications" || !verbs.includes(verb));

  it("is asked to refresh by an annotation", async () => {
    await start();
    setup.api.store.put(app("one"));
    assert.equal(await gitops().refresh(), "asked");
    const annotations = setup.api.store.get({ kind, ...application })?.metadata.annotations;
    assert.deepEqual(annotations, { "argocd.argoproj.io/refresh": "normal" });
  });

  it("is not asked where that is not allowed or not possible; the log says so, once", async () => {
    const spoil: [() => void, RegExp][] = [
      [() => without("patch"), /cannot patch resource \\?"applications\\?"/],
      [() => setup.api.store.delete({ kind, ...application }), /404/],
    ];
    for (const [index, [spoiled, expected]] of spoil.entries()) {
      if (index > 0) await setup.stop();
      await start();
      setup.api.store.put(app("one"));
      spoiled();
      assert.equal(await gitops().refresh(), "refused");
      const lines = setup.log.lines.filter((line) => !/ → \d+, \d+ ms$/.test(line));
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? "", expected);
    }
  });

  it("may be asked again after an API that fails", async () => {
    await start();
    setup.api.store.put(app("one"));
    setup.api.faults.status = 500;
    await assert.rejects(
      gitops().refresh(),
      (error) => error instanceof Failure && /500/.test(error.evidence),
    );
  });

  it("is watched", async () => {
    await start();
    setup.api.store.put(app("one"));
    const observed = watch();
    assert.deepEqual((await observed.value()).revisions, ["one"]);
    await until(() => setup.api.watches === 1);
    setup.api.store.put(app("two"));
    assert.deepEqual((await observed.value()).revisions, ["two"]);
    setup.api.cutWatches();
    await until(() => setup.api.watches === 1);
    setup.api.store.put(app("three"));
    assert.deepEqual((await observed.value()).revisions, ["three"]);
  });

  for (const verbs of [["list", "watch"], ["watch"]]) {
    it(`is read every three seconds without the right to ${verbs.join(" and ")}`, async () => {
      await start();
      setup.api.store.put(app("one"));
      without(...verbs);
      const observed = watch();
      assert.deepEqual((await observed.value()).revisions, ["one"]);
      for (const revision of ["two", "three"]) {
        setup.api.store.put(app(revision));
        await until(() => setup.clock.pending === 1);
        setup.clock.pass(3000);
        await observed.value(({ revisions }) => revisions[0] === revision);
      }
    });
  }

  it("is done without where it may not be read", async () => {
    await start();
    setup.api.store.put(app("one"));
    without("get", "list", "watch");
    assert.ok(await watch().ended());
    assert.equal(warnings().length, 1);
    assert.match(warnings()[0] ?? "", /user1-toolings\/jukebox-test cannot be read.*cannot get resource/);
  });

  it("is done without where there is none", async () => {
    for (const served of [resources, resources.filter(({ group }) => group !== "argoproj.io")]) {
      if (served !== resources) await setup.stop();
      await start({ served });
      assert.ok(await watch().ended());
      assert.equal(warnings().length, 1);
    }
  });

  it("reports trouble, and goes on", async () => {
    await start();
    setup.api.store.put(app("one"));
    setup.api.faults.status = 503;
    const observed = watch();
    assert.equal((await observed.next()).kind, "trouble");
    setup.api.faults.status = undefined;
    assert.deepEqual((await observed.value()).revisions, ["one"]);
  });

  it("ends with a failure for a token that stays refused", async () => {
    await start();
    setup.api.faults.rejectTokens = true;
    await assert.rejects(
      watch().next(),
      (error) => error instanceof Failure && error.reason === "CLUSTER_AUTH",
    );
  });
});
