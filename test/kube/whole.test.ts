import assert from "node:assert/strict";
import { Failure } from "../../src/errors/failure.ts";
import { createLatest } from "../../src/kube/latest.ts";
import { createWhole } from "../../src/kube/whole.ts";
import { reader } from "./harness.ts";

const outage = new Failure("CLUSTER_UNREACHABLE", "no answer for services");
const other = new Failure("CLUSTER_UNREACHABLE", "no answer for pods");

describe("what is followed part by part", () => {
  function setUp() {
    const latest = createLatest<Readonly<Record<"service" | "pods", number>>>();
    return { whole: createWhole(["service", "pods"], latest), observed: reader(latest) };
  }

  async function seenOnce() {
    const scene = setUp();
    scene.whole.seen("service", 1);
    scene.whole.seen("pods", 1);
    assert.deepEqual(await scene.observed.next(), { kind: "seen", value: { service: 1, pods: 1 } });
    return scene;
  }

  it("is seen when every part has been, and with each change", async () => {
    const { whole, observed } = await seenOnce();
    whole.seen("pods", 2);
    assert.deepEqual(await observed.next(), { kind: "seen", value: { service: 1, pods: 2 } });
  });

  it("is in trouble until that part answers again, whatever is seen of the others", async () => {
    const { whole, observed } = await seenOnce();
    whole.trouble("service", outage);
    whole.seen("pods", 2);
    assert.deepEqual(await observed.next(), { kind: "trouble", failure: outage });
    whole.seen("pods", 3);
    whole.seen("service", 2);
    assert.deepEqual(await observed.next(), { kind: "seen", value: { service: 2, pods: 3 } });
  });

  it("tells of the trouble that is left", async () => {
    const { whole, observed } = await seenOnce();
    whole.trouble("service", outage);
    whole.trouble("pods", other);
    whole.seen("pods", 2);
    assert.deepEqual(await observed.next(), { kind: "trouble", failure: outage });
  });

  it("is not seen before every part has been", async () => {
    const { whole, observed } = setUp();
    whole.seen("pods", 1);
    whole.trouble("service", outage);
    assert.deepEqual(await observed.next(), { kind: "trouble", failure: outage });
  });
});
