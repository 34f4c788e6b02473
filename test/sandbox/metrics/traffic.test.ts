import assert from "node:assert/strict";
import { type PodServer, startPod } from "./pod-server.ts";
import { type RouteEntry, startTraffic, type Traffic } from "./traffic.ts";
import { until } from "./until.ts";

const blue = "jukebox-predictor-00001";
const green = "jukebox-predictor-00002";

function start(revision: string): Promise<PodServer> {
  return startPod({ namespace: "user1-test", pod: `${revision}-x`, revision, model: "jukebox" });
}

describe("startTraffic", () => {
  let pods: Record<"blue" | "green", PodServer>;
  let traffic: Traffic | undefined;
  before(async () => {
    pods = { blue: await start(blue), green: await start(green) };
  });
  afterEach(() => traffic?.stop());
  after(() => Promise.all([pods.blue.stop(), pods.green.stop()]));

  const sent = (revision: string) => traffic?.counts().get(revision)?.ok ?? 0;

  it("follows the split in force", async () => {
    let route: RouteEntry[] = [
      { revision: blue, percent: 80, pods: [pods.blue] },
      { revision: green, percent: 20, pods: [pods.green] },
    ];
    traffic = startTraffic({ requestsPerSecond: 400, route: () => route });
    await until(() => sent(blue) + sent(green) >= 300, "300 requests");
    const share = sent(green) / (sent(blue) + sent(green));
    assert.ok(share > 0.1 && share < 0.3, `${share}`);

    route = [
      { revision: green, percent: 100, pods: [pods.green] },
      { revision: blue, percent: 0, pods: [pods.blue] },
    ];
    const before = traffic.counts().get(blue)?.sent;
    const soFar = sent(green);
    await until(() => sent(green) >= soFar + 100, "100 more on green");
    assert.equal(traffic.counts().get(blue)?.sent, before);
    assert.ok(pods.green.inferences() >= sent(green));
  });

  it("holds requests while a revision has no pod, and goes on when it has", async () => {
    const ready: PodServer[] = [];
    traffic = startTraffic({
      requestsPerSecond: 100,
      route: () => [{ revision: blue, percent: 100, pods: ready }],
    });
    await until(() => (traffic?.counts().get(blue)?.sent ?? 0) >= 5, "requests are held");
    assert.deepEqual({ ok: sent(blue), failed: traffic.counts().get(blue)?.failed }, { ok: 0, failed: 0 });

    ready.push(pods.blue);

    await until(() => sent(blue) >= 5, "held requests are answered");
    assert.equal(traffic.counts().get(blue)?.failed, 0);
  });

  it("gives up after the activator's patience, and counts errors as failed", async () => {
    traffic = startTraffic({
      requestsPerSecond: 100,
      route: () => [{ revision: blue, percent: 100, pods: [] }],
      holdMs: 10,
    });
    await until(() => (traffic?.counts().get(blue)?.failed ?? 0) > 0, "a request is given up");
    await traffic.stop();

    pods.green.faults.failing = true;
    traffic = startTraffic({
      requestsPerSecond: 100,
      route: () => [{ revision: green, percent: 100, pods: [pods.green] }],
    });
    await until(() => (traffic?.counts().get(green)?.failed ?? 0) > 0, "an answer of 500");
    pods.green.faults.failing = false;
    assert.equal(sent(green), 0);
  });

  it("leaves nothing under way when it is stopped", async () => {
    traffic = startTraffic({
      requestsPerSecond: 200,
      route: () => [{ revision: blue, percent: 100, pods: [] }],
    });
    await until(() => (traffic?.counts().get(blue)?.sent ?? 0) > 0, "requests are held");

    await traffic.stop();

    assert.deepEqual(traffic.counts(), traffic.counts());
    assert.equal(traffic.counts().get(blue)?.failed, 0);
  });

  it("sends nothing where no revision has a share", async () => {
    let asked = 0;
    traffic = startTraffic({
      requestsPerSecond: 200,
      route: () => {
        asked += 1;
        return [];
      },
    });
    await until(() => asked > 3, "the route was looked up");
    assert.equal(traffic.counts().size, 0);
  });
});
