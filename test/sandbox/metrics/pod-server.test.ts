import assert from "node:assert/strict";
import { parseExposition } from "./embedded/exposition.ts";
import { jukeboxRequest } from "./jukebox.ts";
import { type PodServer, startPod } from "./pod-server.ts";
import { until } from "./until.ts";

const identity = {
  namespace: "user1-test",
  pod: "p-1",
  revision: "jukebox-predictor-00001",
  model: "jukebox",
};

describe("a sandbox pod", () => {
  let pod: PodServer;
  let base: string;
  beforeEach(async () => {
    pod = await startPod(identity);
    base = `http://127.0.0.1:${pod.port}`;
  });
  afterEach(() => pod.stop());

  const infer = (body = jukeboxRequest(Math.random)) =>
    fetch(`${base}/v2/models/jukebox/infer`, { method: "POST", body });

  async function counter(metric: string, method: string): Promise<number | undefined> {
    const samples = parseExposition(await (await fetch(`${base}/metrics`)).text());
    return samples.find(
      ({ labels }) =>
        labels["__name__"] === metric && labels["method"] === method && labels["interface"] === "REST",
    )?.value;
  }

  it("answers an inference request in the V2 form, with version 1 whatever it serves", async () => {
    const response = await infer();

    const answer = (await response.json()) as { model_version: string; outputs: { data: number[] }[] };
    assert.equal(response.status, 200);
    assert.equal(answer.model_version, "1");
    const [value = -1] = answer.outputs[0]?.data ?? [];
    assert.ok(value >= 0 && value <= 1);
  });

  it("counts inference, readiness and metadata apart, from 0, readiness without a version", async () => {
    assert.equal(await counter("ovms_requests_success", "ModelInfer"), 0);

    await infer();
    await infer("{}");
    await (await fetch(`${base}/v2/models/jukebox/ready`)).text();
    await (await fetch(`${base}/v2/models/jukebox`)).text();

    assert.equal(await counter("ovms_requests_success", "ModelInfer"), 1);
    assert.equal(await counter("ovms_requests_fail", "ModelInfer"), 1);
    assert.equal(await counter("ovms_requests_success", "ModelReady"), 1);
    assert.equal(await counter("ovms_requests_success", "ModelMetadata"), 1);
    assert.equal(await counter("ovms_requests_success", "Predict"), 0);
    assert.equal(pod.inferences(), 2);
    const page = await (await fetch(`${base}/metrics`)).text();
    assert.match(
      page,
      /ovms_requests_success\{api="KServe",interface="REST",method="ModelReady",name="jukebox"\} 1/,
    );
    assert.match(page, /ovms_request_time_us_bucket\{.*le="\+Inf"\} 2/);
  });

  it("refuses other models, paths and bodies", async () => {
    const wanted: readonly (readonly [path: string, method: string, status: number])[] = [
      ["/v2/models/other/infer", "POST", 404],
      ["/v2/models/jukebox/infer", "GET", 404],
      ["/elsewhere", "GET", 404],
    ];
    for (const [path, method, status] of wanted) {
      assert.equal((await fetch(`${base}${path}`, { method })).status, status, path);
    }
    assert.equal((await infer("not json")).status, 400);
    const short = JSON.parse(jukeboxRequest(Math.random));
    short.inputs.pop();
    assert.equal((await infer(JSON.stringify(short))).status, 400);
  });

  it("shows its faults: 500, slowness, no metrics", async () => {
    pod.faults.failing = true;
    assert.equal((await infer()).status, 500);
    assert.equal(await counter("ovms_requests_fail", "ModelInfer"), 1);

    pod.faults.metricsOff = true;
    assert.equal((await fetch(`${base}/metrics`)).status, 404);

    pod.faults.delayMs = 60_000;
    const cut = infer().then(
      () => "answered",
      () => "cut",
    );
    await until(() => pod.inferences() === 2, "the slow request is in work");
    await pod.stop();
    assert.equal(await cut, "cut");
  });
});
