import assert from "node:assert/strict";
import type { KubeObject, StoreEvent } from "../cluster/objects.ts";
import { Conflict, createStore } from "./store.ts";

function pod(name: string, spec: unknown = {}, more: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "a", ...more }, spec };
}

const key = (name: string) => ({ kind: "Pod", namespace: "a", name });

describe("object store", () => {
  it("sets uid, version, creation time and generation itself", () => {
    const store = createStore({ now: () => 0 });
    const stored = store.put(pod("x", {}, { generation: 9, uid: "mine" }));
    assert.equal(stored.metadata.generation, 1);
    assert.equal(stored.metadata.creationTimestamp, "1970-01-01T00:00:00Z");
    assert.equal(stored.metadata.resourceVersion, `${store.version}`);
    assert.notEqual(stored.metadata.uid, "mine");
  });

  it("raises the generation for a new spec only", () => {
    const store = createStore();
    store.put(pod("x", { a: 1 }));
    assert.equal(store.put({ ...pod("x", { a: 1 }), status: { phase: "Running" } }).metadata.generation, 1);
    assert.equal(store.put(pod("x", { a: 2 })).metadata.generation, 2);
  });

  it("writes nothing where nothing changes", () => {
    const store = createStore();
    const first = store.put(pod("x", { a: 1, b: undefined }));
    const events: StoreEvent[] = [];
    store.subscribe((event) => events.push(event));
    assert.equal(store.put(pod("x", { a: 1 })), first);
    assert.equal(events.length, 0);
  });

  it("refuses a put that is based on an old version", () => {
    const store = createStore();
    const first = store.put(pod("x", { a: 1 }));
    store.put(pod("x", { a: 2 }));
    assert.throws(() => store.put(first), Conflict);
    assert.throws(() => store.put(pod("new", {}, { resourceVersion: "1" })), Conflict);
  });

  it("gives events to listeners until they stop, deletions under a version of their own", () => {
    const store = createStore();
    const events: StoreEvent[] = [];
    const stop = store.subscribe((event) => events.push(event));
    store.put(pod("x", { a: 1 }));
    store.put(pod("x", { a: 2 }));
    store.delete(key("x"));
    stop();
    store.put(pod("y"));
    assert.deepEqual(
      events.map((event) => event.type),
      ["ADDED", "MODIFIED", "DELETED"],
    );
    const versions = events.map((event) => Number(event.object.metadata.resourceVersion));
    assert.deepEqual(versions, [2, 3, 4]);
    assert.equal(store.get(key("x")), undefined);
  });

  it("gives back the events after a version, and says when it no longer can", () => {
    const store = createStore({ keptEvents: 2 });
    const start = store.version;
    const versions = ["x", "y", "z"].map((name) => Number(store.put(pod(name)).metadata.resourceVersion));
    assert.equal(store.since(start), undefined);
    assert.deepEqual(
      store.since(versions[0] ?? 0)?.map((event) => event.object.metadata.name),
      ["y", "z"],
    );
    assert.deepEqual(store.since(store.version), []);
  });

  it("lists by kind and namespace, in order, and gives out nothing that can be changed", () => {
    const store = createStore();
    for (const name of ["b", "a"]) store.put(pod(name));
    store.put({ ...pod("c"), metadata: { name: "c", namespace: "other" } });
    assert.deepEqual(
      store.list("Pod", "a").map((object) => object.metadata.name),
      ["a", "b"],
    );
    assert.equal(store.list("Pod").length, 3);
    const [first] = store.list("Pod");
    assert.throws(() => Object.assign(first?.metadata ?? {}, { name: "z" }), TypeError);
  });
});
