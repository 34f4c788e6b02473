import assert from "node:assert/strict";
import type { World } from "../../src/core/world.ts";
import { Failure } from "../../src/errors/failure.ts";
import { type ClusterOptions, createCluster } from "../../src/kube/cluster.ts";
import type { Observation } from "../../src/ports.ts";
import { authorizeBy, everything } from "../sandbox/api/access.ts";
import { createCertificates } from "../sandbox/api/certificates.ts";
import type { KubeApiOptions } from "../sandbox/api/server.ts";
import {
  isvc,
  jukebox,
  pod,
  putJukebox,
  reader,
  revision,
  type Setup,
  setUp,
  testClock,
  until,
} from "./harness.ts";

const read = { groups: ["*"], resources: ["*"] };

describe("watching the world", () => {
  let setup: Setup;
  let end: AbortController;

  async function start(options: KubeApiOptions = {}): Promise<void> {
    setup = await setUp(options);
    end = new AbortController();
    putJukebox(setup.api);
  }

  /** Every test ends by an abort, after which nothing may be left: no sleep, no watch, no connection. */
  afterEach(async () => {
    end.abort();
    await until(() => setup.clock.pending === 0 && setup.api.watches === 0 && setup.api.connections === 0);
    await setup.stop();
  });

  function watch(options: Partial<ClusterOptions> = {}) {
    return reader(createCluster({ ...setup, ...options }).watch(jukebox, end.signal));
  }

  const percentIs = (percent: number) => (world: World) => world.service?.specPercent === percent;

  /** The parameters of all watches of inferenceservices so far. */
  function watchQueries(): URLSearchParams[] {
    const seen = setup.api.requests.filter(({ verb, path }) => verb === "watch" && /inferences/.test(path));
    return seen.map(({ query }) => query);
  }

  const listCount = () =>
    setup.api.requests.filter(({ verb, path }) => verb === "list" && /infer/.test(path)).length;
  const trouble = (observation: Observation<World>) =>
    observation.kind === "trouble" ? observation.failure : assert.fail("no trouble");

  /** Started, and all three watches are open. */
  async function watching(options: Partial<ClusterOptions> = {}) {
    const world = watch(options);
    await world.value();
    await until(() => setup.api.watches === 3);
    return world;
  }

  it("begins with the world as it is, and gives every part's changes", async () => {
    await start();
    const world = watch();
    const first = await world.value();
    assert.deepEqual([first.service?.specPercent, first.revisions.length, first.pods.length], [100, 1, 1]);
    await until(() => setup.api.watches === 3);
    setup.api.store.put(isvc(20));
    await world.value(percentIs(20));
    setup.api.store.put(revision("jukebox-predictor-00002"));
    await world.value((now) => now.revisions.length === 2);
    setup.api.store.put(pod("green", "jukebox-predictor-00002"));
    await world.value((now) => now.pods.some((each) => each.revision === "jukebox-predictor-00002"));
    setup.api.store.delete({ kind: "InferenceService.serving.kserve.io", ...jukebox });
    assert.equal((await world.value((now) => now.service === undefined)).pods.length, 2);
    assert.equal(listCount(), 1, "all of this came by watching");
  });

  it("selects on the server", async () => {
    await start();
    await watching();
    const [query] = watchQueries();
    assert.equal(query?.get("fieldSelector"), "metadata.name=jukebox");
    const labels = setup.api.requests.filter(({ query }) => query.has("labelSelector"));
    assert.equal(labels.length, 4);
    for (const each of labels) {
      assert.equal(each.query.get("labelSelector"), "serving.kserve.io/inferenceservice=jukebox");
    }
  });

  it("gives a slow reader only the newest of a burst, and always that", async () => {
    await start();
    const world = await watching();
    for (let percent = 1; percent <= 50; percent += 1) setup.api.store.put(isvc(percent));
    let count = 1;
    while (!percentIs(50)(await world.value())) count += 1;
    assert.ok(count < 25, `${count} observations`);
  });

  it("lists again after 410", async () => {
    await start();
    const world = await watching();
    setup.api.faults.silent = true;
    setup.api.store.put(isvc(30));
    setup.api.expireHistory();
    setup.api.faults.silent = false;
    setup.api.cutWatches();
    await world.value(percentIs(30));
    assert.ok(listCount() >= 2);
    await until(() => setup.api.watches === 3);
    setup.api.store.put(isvc(31));
    await world.value(percentIs(31));
  });

  for (const how of ["close", "cut"] as const) {
    it(`goes on from where it was after a ${how}, bookmarks included, without trouble and without a list`, async () => {
      await start();
      const world = await watching();
      setup.api.store.put({ ...isvc(7), metadata: { namespace: "elsewhere", name: "moves-the-version" } });
      const version = setup.api.store.version;
      setup.api.bookmark();
      setup.api.cutWatches(how);
      await until(() => watchQueries().length === 2);
      assert.equal(watchQueries()[1]?.get("resourceVersion"), `${version}`);
      assert.equal(watchQueries()[1]?.get("allowWatchBookmarks"), "true");
      await until(() => setup.api.watches === 3);
      setup.api.store.put(isvc(20));
      const next = await world.next();
      assert.ok(next.kind === "seen" && percentIs(20)(next.value));
      assert.equal(listCount(), 1);
    });
  }

  it("gets what happened while the watch was cut", async () => {
    await start();
    const world = await watching();
    setup.api.faults.silent = true;
    setup.api.store.put(isvc(42));
    setup.api.faults.silent = false;
    setup.api.cutWatches();
    await world.value(percentIs(42));
    assert.equal(listCount(), 1);
  });

  it("opens a silent watch anew", async () => {
    await start();
    const world = await watching({ silenceMs: 50 });
    setup.api.faults.silent = true;
    setup.api.store.put(isvc(43));
    await until(() => watchQueries().length >= 2);
    setup.api.faults.silent = false;
    await world.value(percentIs(43));
    assert.ok(setup.log.lines.some((line) => /the watch was silent for 0\.05 s/.test(line)));
  });

  for (const rest of ['{"type":"MODIFIED","obj', "<html>\n", '{"type":"MODIFIED","object":{}}\n']) {
    it(`does not believe ${JSON.stringify(rest)}, and waits longer every time`, async () => {
      await start();
      const world = await watching();
      for (let count = 1; count <= 3; count += 1) {
        setup.api.cutWatches("close", rest);
        await until(() => watchQueries().length === count + 1 && setup.api.watches === 3);
      }
      assert.deepEqual([...new Set(setup.clock.sleeps.filter((ms) => ms < 5000))], [150, 300, 600]);
      setup.api.store.put(isvc(44));
      await world.value(percentIs(44));
    });
  }

  it("lists everything now and then, in case an event got lost", async () => {
    await start();
    const world = await watching();
    setup.api.faults.silent = true;
    await until(() => setup.clock.pending === 3);
    setup.clock.pass(33_000);
    await until(() => listCount() === 2 && setup.api.watches === 3 && setup.clock.pending === 3);
    setup.api.store.put(isvc(45));
    setup.clock.pass(33_000);
    const next = await world.next();
    assert.ok(next.kind === "seen" && percentIs(45)(next.value), "a list without news is not told");
  });

  it("reports trouble while the API fails, and the world again afterwards", async () => {
    await start();
    const world = await watching();
    setup.api.faults.status = 503;
    setup.api.cutWatches();
    assert.equal(trouble(await world.next()).reason, "CLUSTER_UNREACHABLE");
    assert.match(trouble(await world.next()).evidence, /answered 503/);
    setup.api.faults.status = undefined;
    await world.value(percentIs(100));
  });

  it("reports a time-out as trouble", async () => {
    await start();
    setup.api.faults.mute = true;
    // On a busy machine other answers are late as well, and the longest of all back-offs has to end by itself.
    const world = watch({ requestTimeoutMs: 100, clock: testClock(10_000) });
    assert.match(trouble(await world.next()).evidence, /no answer within 0\.1 s/);
    setup.api.faults.mute = false;
    await world.value();
  });

  it("waits through slow answers", async () => {
    await start();
    setup.api.faults.delayMs = 40;
    await watch().value(percentIs(100));
  });

  it("reads the token again when it is refused in the middle", async () => {
    await start();
    const world = await watching();
    await setup.reach({ token: "next-token" });
    setup.api.tokens.clear();
    setup.api.tokens.set("next-token", { user: "admin" });
    setup.api.cutWatches();
    await until(() => setup.api.watches === 3);
    setup.api.store.put(isvc(46));
    await world.value(percentIs(46));
  });

  it("ends with a failure when the token stays refused", async () => {
    await start();
    const world = await watching();
    setup.api.faults.rejectTokens = true;
    setup.api.cutWatches();
    await assert.rejects(
      world.next(),
      (error) => error instanceof Failure && error.reason === "CLUSTER_AUTH",
    );
  });

  const lacking = [
    ["inferenceservices", "list"],
    ["revisions", "list"],
    ["pods", "list"],
  ] as const;
  for (const [resource, verb] of lacking) {
    it(`ends with a failure that names the missing right to ${verb} ${resource}`, async () => {
      await start();
      setup.api.authorize((attempt) => attempt.resource !== resource || attempt.verb !== verb);
      const expected = new RegExp(
        `User "admin" cannot ${verb} resource "${resource}".*namespace "user1-test"`,
      );
      await assert.rejects(watch().ended(), (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.reason, "CLUSTER_AUTH");
        return expected.test(error.evidence);
      });
    });
  }

  it("lists everything every two seconds where nothing may be watched", async () => {
    await start({ authorize: authorizeBy([{ ...everything, verbs: ["list"] }]) });
    const world = watch();
    await world.value();
    await until(() => setup.clock.pending === 3);
    setup.api.store.put(isvc(48));
    setup.clock.pass(2000);
    await world.value(percentIs(48));
    assert.equal(setup.api.watches, 0);
  });

  it("lists pods where they may not be watched: when something else changes, and every two seconds", async () => {
    await start({
      authorize: authorizeBy([
        { ...read, verbs: ["get", "list"] },
        { ...everything, groups: ["serving.kserve.io", "serving.knative.dev"] },
      ]),
    });
    const world = watch();
    await world.value();
    const podLists = () =>
      setup.api.requests.filter(({ verb, path }) => verb === "list" && /pods$/.test(path)).length;
    // Listed at first, and again after the watch was forbidden; now two full lists and the next poll are pending.
    await until(() => podLists() === 2 && setup.api.watches === 2 && setup.clock.pending === 3);
    setup.api.store.put(pod("second"));
    setup.api.store.put(isvc(47));
    await world.value((now) => percentIs(47)(now) && now.pods.length === 2);
    setup.api.store.put(pod("third"));
    await until(() => setup.clock.pending === 3);
    setup.clock.pass(2000);
    await world.value((now) => now.pods.length === 3);
  });

  it("does not wait for a certificate that was never trusted", async () => {
    await start();
    const access = await setup.reach(await createCertificates());
    await assert.rejects(watch({ access }).next(), /CA that is not trusted/);
  });

  it("waits for an API that is not there yet", async () => {
    await start();
    const { url } = setup.api;
    const access = await setup.reach({ url: url.replace(/\d+$/, "1") });
    assert.match(trouble(await watch({ access }).next()).evidence, /connection refused/);
  });

  it("ends at once on abort, wherever it is", async () => {
    const places: [string, (api: Setup["api"]) => Promise<void>][] = [
      ["before anything", async () => undefined],
      [
        "while a list is unanswered",
        async ({ faults, requests }) => {
          faults.mute = true;
          await until(() => requests.length > 0);
        },
      ],
      ["in the middle of watching", async (api) => until(() => api.watches === 3)],
    ];
    for (const [index, [place, reached]] of places.entries()) {
      if (index > 0) await setup.stop();
      await start();
      const ended = watch().ended();
      await reached(setup.api);
      end.abort();
      assert.ok(await ended, place);
    }
  });

  it("ends at once on an abort long past", async () => {
    await start();
    end.abort();
    assert.ok(await watch().ended());
  });

  it("lets go when the reader leaves", async () => {
    await start();
    for await (const _ of createCluster(setup).watch(jukebox, end.signal)) break;
    await until(() => setup.clock.pending === 0 && setup.api.connections === 0);
  });
});
