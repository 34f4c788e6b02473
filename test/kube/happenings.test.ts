import assert from "node:assert/strict";
import { createHappenings, readEvent } from "../../src/kube/happenings.ts";
import { type Setup, setUp } from "./harness.ts";

describe("Events", () => {
  let setup: Setup;
  before(async () => {
    setup = await setUp();
  });
  after(() => setup.stop());
  const signal = new AbortController().signal;

  function put(name: string, type: string, more: object = {}): void {
    const involvedObject = { kind: "ReplicaSet", name: "jukebox-predictor-00002-deployment-5c9f" };
    const metadata = { name, namespace: "user1-test" };
    const said = { type, reason: "FailedCreate", message: "exceeded quota", involvedObject, ...more };
    setup.api.store.put({ apiVersion: "v1", kind: "Event", metadata, ...said });
  }

  it("are read by one list, warnings only", async () => {
    put("a", "Warning");
    put("b", "Normal");
    put("c", "Warning", { involvedObject: {} });
    assert.deepEqual(await createHappenings(setup).warnings("user1-test", signal), [
      {
        reason: "FailedCreate",
        message: "exceeded quota",
        kind: "ReplicaSet",
        name: "jukebox-predictor-00002-deployment-5c9f",
      },
    ]);
    const asked = setup.api.requests.filter(({ path }) => path.endsWith("/events"));
    assert.deepEqual(
      asked.map(({ verb }) => verb),
      ["list"],
    );
  });

  it("are none where they may not be read, and that is said", async () => {
    setup.api.authorize(({ resource }) => resource !== "events");
    try {
      assert.deepEqual(await createHappenings(setup).warnings("user1-test", signal), []);
    } finally {
      setup.api.authorize(() => true);
    }
    assert.match(setup.log.lines.join("\n"), /info: Events cannot be read, .*cannot list resource "events"/);
  });

  it("are none where the API is away, or the run is cancelled", async () => {
    setup.api.faults.mute = true;
    try {
      const hasty = createHappenings({ ...setup, requestTimeoutMs: 50 });
      assert.deepEqual(await hasty.warnings("user1-test", signal), []);
      assert.deepEqual(await createHappenings(setup).warnings("user1-test", AbortSignal.abort()), []);
    } finally {
      setup.api.faults.mute = false;
    }
  });

  it("that make no sense are passed over", () => {
    for (const raw of [
      null,
      1,
      "x",
      {},
      { involvedObject: { name: 7 } },
      { involvedObject: { name: "x" }, reason: 1 },
    ]) {
      assert.equal(readEvent(raw), undefined);
    }
    assert.deepEqual(readEvent({ involvedObject: { name: "x" } }), {
      reason: "",
      message: "",
      kind: "",
      name: "x",
    });
  });
});
