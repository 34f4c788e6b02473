import assert from "node:assert/strict";
import { Failure } from "../../src/errors/failure.ts";
import { createLatest } from "../../src/kube/latest.ts";
import { reader } from "./harness.ts";

const outage = new Failure("CLUSTER_UNREACHABLE", "outage");

describe("the latest observation", () => {
  it("is the newest value, and trouble that came after it", async () => {
    const latest = createLatest<number>();
    latest.seen(1);
    latest.seen(2);
    latest.trouble(outage);
    const observed = reader(latest);
    assert.deepEqual(await observed.next(), { kind: "seen", value: 2 });
    assert.deepEqual(await observed.next(), { kind: "trouble", failure: outage });
  });

  it("is no trouble that is over", async () => {
    const latest = createLatest<number>();
    latest.trouble(outage);
    latest.seen(1);
    latest.close();
    const observed = reader(latest);
    assert.deepEqual(await observed.next(), { kind: "seen", value: 1 });
    await assert.rejects(observed.next(), /have ended/);
  });

  it("comes to a reader who waits", async () => {
    const latest = createLatest<number>();
    const next = reader(latest).next();
    latest.seen(1);
    assert.deepEqual(await next, { kind: "seen", value: 1 });
  });

  it("gives way to an error", async () => {
    const latest = createLatest<number>();
    latest.seen(1);
    latest.close(outage);
    latest.close();
    await assert.rejects(reader(latest).next(), outage);
  });
});
