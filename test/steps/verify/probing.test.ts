import assert from "node:assert/strict";
import { judge } from "../../../src/core/verdict/judge.ts";
import type { World } from "../../../src/core/world.ts";
import { Failure } from "../../../src/errors/failure.ts";
import type { ProbeReply, ProbeRequest } from "../../../src/ports.ts";
import { createProbeSource, type ProbeSettings, type ProbeSight } from "../../../src/steps/verify/probing.ts";
import { r23, r24, worldIn } from "../../core/states.ts";
import { bluePod, greenPod, idleBlue, input, pod, series } from "../../core/verdict/builders.ts";
import { createClock, createLog } from "../fakes.ts";

const good: ProbeReply = {
  kind: "answered",
  status: 200,
  body: '{"model_name":"jukebox","outputs":[{"name":"y","shape":[1],"datatype":"FP32","data":[0.5]}]}',
};
const away: ProbeReply = { kind: "answered", status: 503, body: "no healthy upstream" };
const refused: ProbeReply = { kind: "unanswered", detail: "connect ECONNREFUSED", arrived: false };

// biome-ignore format: short
const idle = judge(input({}, [idleBlue(), series(greenPod, [[7, 9], [12, 9], [17, 9]])]));
const busy = judge(input());
/** When the judgements were made. */
const { nowMs } = input();

function start(replies: readonly ProbeReply[] = [], settings: Partial<ProbeSettings> = {}) {
  const clock = createClock({ start: nowMs });
  const log = createLog();
  const requests: ProbeRequest[] = [];
  const client = {
    async infer(request: ProbeRequest) {
      requests.push(request);
      return replies[requests.length - 1] ?? good;
    },
  };
  const source = createProbeSource(
    { client, clock, log },
    { action: "promote", mode: "auto", payload: "{}", count: 3, perSecond: 5, ...settings },
  );
  const look = (sight: Partial<ProbeSight> = {}, signal = new AbortController().signal) =>
    source({ judgement: idle, world: worldIn("S5"), active: r24, open: true, ...sight }, signal);
  return { look, requests, clock, log };
}

describe("the source of probe requests", () => {
  it("sends a round at its rate where there is no traffic, and counts it", async () => {
    const { look, requests, clock, log } = start();
    const began = clock.now();
    const first = await look();

    assert.equal(requests.length, 3);
    assert.deepEqual(clock.slept, [200, 200]);
    assert.deepEqual(first.sent, [{ revision: r24, sent: 3, doubtful: 0, lastAt: began + 400 }]);
    assert.equal(first.hold?.reason, "PROBE_UNCOUNTED", "the look was taken before");
    assert.deepEqual(log.of("info"), [
      `Sending 3 probe requests to ${r24}: POST https://jukebox-user1-test.apps.example.com/v2/models/jukebox/infer`,
    ]);

    const second = await look({ judgement: busy });
    assert.deepEqual([second.hold, second.sent], [undefined, first.sent]);
    assert.equal(requests.length, 3);
  });

  for (const [takes, pauses] of [
    [150, [50, 50]],
    [200, []],
    [450, []],
  ] as const) {
    it(`keeps its rate where an answer takes ${takes} ms, as far as that can be`, async () => {
      const clock = createClock({ start: nowMs });
      let waited = 0;
      const client = {
        async infer() {
          waited += takes;
          return good;
        },
      };
      const ticking = { now: () => clock.now() + waited, sleep: clock.sleep };
      const source = createProbeSource(
        { client, clock: ticking, log: createLog() },
        { action: "promote", mode: "auto", payload: "{}", count: 3, perSecond: 5 },
      );
      const sight = { judgement: idle, world: worldIn("S5"), active: r24, open: true };
      await source(sight, new AbortController().signal);
      assert.deepEqual(clock.slept, pauses);
    });
  }

  it("sends nothing where there is traffic, nor before the settle time or after the time limit", async () => {
    const { look, requests, log } = start();
    for (const sight of [{ judgement: busy }, { open: false }, { world: { revisions: [], pods: [] } }]) {
      const { sent, hold } = await look(sight);
      assert.deepEqual([sent, hold], [[], undefined], "nothing is owed, so nothing holds a PASS back");
    }
    assert.deepEqual([requests, log.lines], [[], []]);
  });

  describe("where a pod of the revision is ending", () => {
    const ending = (name: string) =>
      judge(
        input({ pods: [pod(bluePod), pod(greenPod), pod(name, { terminating: true })] }, [
          idleBlue(),
          series(greenPod, [[7, 9], [12, 9], [17, 9]]), // biome-ignore format: short
          series(name, [[7, 3], [12, 3], [17, 3]]), // biome-ignore format: short
        ]),
      );
    const told = `Probe requests wait until pod ${greenPod}2 has ended: its counters end with it`;

    it("waits until it is gone, and says so once", async () => {
      const { look, requests, clock, log } = start();
      await look({ judgement: ending(`${greenPod}2`) });
      await clock.sleep(31_000);
      const { sent, hold } = await look({ judgement: ending(`${greenPod}2`) });
      assert.deepEqual([requests, sent, hold, log.of("info")], [[], [], undefined, [told]]);
      await look();
      assert.equal(requests.length, 3);
    });

    it("waits 45 s for it from when it was first seen so, also before anything was due", async () => {
      const { look, requests, clock } = start();
      await look({ judgement: ending(`${greenPod}2`), open: false });
      await clock.sleep(44_999);
      await look({ judgement: ending(`${greenPod}2`) });
      assert.equal(requests.length, 0);
      await clock.sleep(1);
      await look({ judgement: ending(`${greenPod}2`) });
      assert.equal(requests.length, 3);
    });

    it("waits anew, and says so again, for one that begins to end once the first is gone", async () => {
      const { look, requests, clock, log } = start([], { mode: "always", count: 40 });
      await look({ judgement: ending(`${greenPod}2`) });
      await clock.sleep(40_000);
      await look();
      assert.equal(requests.length, 25);
      const { hold } = await look({ judgement: ending(`${greenPod}3`) });
      await clock.sleep(40_000);
      await look({ judgement: ending(`${greenPod}3`) });
      assert.deepEqual(
        [requests.length, hold?.reason],
        [25, "PROBE_UNCOUNTED"],
        "in the middle of a round too",
      );
      assert.equal(log.of("info").filter((line) => line.startsWith("Probe requests wait")).length, 2);
      await look();
      assert.equal(requests.length, 40);
    });

    it("waits for none of another revision", async () => {
      const { look, requests } = start();
      await look({ judgement: ending(`${bluePod}2`) });
      assert.equal(requests.length, 3);
    });
  });

  it("sends a long round in slices, one a look", async () => {
    const { look, requests } = start([], { count: 40 });
    const sent: (number | undefined)[] = [];
    for (let at = 0; at < 3; at += 1) sent.push((await look()).sent[0]?.sent);
    assert.deepEqual(sent, [25, 40, 40]);
    assert.equal(requests.length, 40);
  });

  it("tries again with the next look what did not get through, says so once, and stops in the end", async () => {
    const { look, requests, log } = start(Array.from({ length: 99 }, () => away));
    const first = await look();
    assert.deepEqual(first.sent, [{ revision: r24, sent: 0, doubtful: 1 }]);
    assert.equal(first.trouble?.reason, "PROBE_UNREACHABLE");
    assert.equal(first.hold?.reason, "PROBE_UNCOUNTED", "the look was taken before");
    assert.match(first.trouble?.evidence ?? "", /^POST https:\S+ answered 503: no healthy upstream$/);
    for (let at = 0; at < 20; at += 1) await look();
    assert.equal(requests.length, 6, "two rounds");
    assert.equal(log.of("warn").length, 1);
    assert.equal((await look({ open: false })).trouble?.reason, "PROBE_UNREACHABLE");
  });

  it("goes on where it was interrupted; what never arrived is not counted", async () => {
    const { look, requests } = start([good, refused, away]);
    assert.equal((await look()).trouble?.reason, "PROBE_UNREACHABLE");
    assert.equal((await look()).trouble?.reason, "PROBE_UNREACHABLE");
    const { sent, trouble } = await look();
    assert.deepEqual([sent[0]?.sent, sent[0]?.doubtful, trouble], [3, 1, undefined]);
    assert.equal(requests.length, 5);
  });

  for (const [reply, reason, evidence] of [
    [{ ...good, status: 500, body: "" }, "PROBE_FAILED", /^probe 2 to \S+24: POST \S+ answered 500$/],
    [{ ...good, body: "hello" }, "PROBE_FAILED", /something else than the V2/],
    [{ kind: "nonsense", detail: "longer than 1 MiB", arrived: true }, "PROBE_FAILED", /longer than 1 MiB/],
    [{ ...good, status: 400, body: "" }, "PROBE_REJECTED", /answered 400/],
    [{ ...good, status: 401, body: "" }, "PROBE_DENIED", /answered 401/],
  ] as const) {
    it(`ends with ${reason} at an answer that waiting does not mend: ${evidence.source}`, async () => {
      const { look, requests, clock } = start([good, reply]);
      const began = clock.now();
      const { failure, sent } = await look();
      assert.equal(failure?.reason, reason);
      assert.match(failure?.evidence ?? "", evidence);
      assert.equal(requests.length, 2);
      // The model may have counted what it answered so.
      assert.deepEqual(sent, [{ revision: r24, sent: 1, doubtful: 1, lastAt: began }]);
    });
  }

  it("sends nothing to the next revision after such an answer", async () => {
    const url = "https://latest-jukebox-predictor-user1-test.apps.example.com";
    const traffic = [
      { revision: r24, percent: 0, latest: true, tag: "latest", url },
      { revision: r23, percent: 100, latest: false, tag: "prev" },
    ];
    const judgement = judge(input({ active: r23 }, [idleBlue(), series(greenPod, [[7, 9], [12, 9], [17, 9]])])); // biome-ignore format: short
    const { look, requests } = start([good, { ...good, status: 500, body: "" }], { action: "stage" });
    const { failure, sent } = await look({ world: worldIn("S3", { traffic }), active: r23, judgement });
    assert.equal(failure?.reason, "PROBE_FAILED");
    assert.deepEqual([requests.length, sent.map(({ revision }) => revision)], [2, [r24]]);
  });

  it("passes on what the client throws, with what was sent until then", async () => {
    const clock = createClock();
    const denied = new Failure("PROBE_DENIED", "the token is empty");
    const answers = [Promise.resolve(good)];
    const source = createProbeSource(
      { client: { infer: () => answers.shift() ?? Promise.reject(denied) }, clock, log: createLog() },
      { action: "promote", mode: "always", payload: "{}", count: 3, perSecond: 5 },
    );
    const sight = { judgement: idle, world: worldIn("S5"), active: r24, open: true };
    const { failure, sent } = await source(sight, new AbortController().signal);
    assert.equal(failure, denied);
    assert.deepEqual(sent, [{ revision: r24, sent: 1, doubtful: 0, lastAt: clock.now() - 200 }]);
    const bug = createProbeSource(
      { client: { infer: () => Promise.reject(new TypeError("bug")) }, clock, log: createLog() },
      { action: "promote", mode: "always", payload: "{}", count: 3, perSecond: 5 },
    );
    await assert.rejects(bug(sight, new AbortController().signal), TypeError);
  });

  it("stops when the run is cancelled", async () => {
    const cancel = new AbortController();
    const { look, requests, clock } = start([], { count: 20 });
    void clock.sleep(500).then(() => cancel.abort());
    await look({}, cancel.signal);
    assert.equal(requests.length, 3);
  });

  describe("after a stage", () => {
    const url = "https://latest-jukebox-predictor-user1-test.apps.example.com";
    const traffic = [
      { revision: r24, percent: 0, latest: true, tag: "latest", url },
      { revision: r23, percent: 100, latest: false, tag: "prev" },
    ];
    const staged: World = worldIn("S3", { traffic });
    const judgement = judge(input({ active: r23 }, [idleBlue(), series(greenPod, [[7, 9], [12, 9], [17, 9]])])); // biome-ignore format: short

    it("asks green first, then the revision that serves", async () => {
      const { look, requests, log } = start([], { action: "stage" });
      const { sent } = await look({ world: staged, active: r23, judgement });
      assert.deepEqual(
        log.of("info").map((line) => /to (.*): POST/.exec(line)?.[1]),
        [`green, ${r24}`, r23],
      );
      assert.deepEqual(
        sent.map(({ revision, sent }) => [revision, sent]),
        [
          [r24, 3],
          [r23, 3],
        ],
      );
      assert.deepEqual(
        requests.map((request) => new URL(request.url).hostname.split("-")[0]),
        ["latest", "latest", "latest", "jukebox", "jukebox", "jukebox"],
      );
    });

    it("holds a PASS back for as long as green cannot be reached", async () => {
      const { look } = start([away, away, away], { action: "stage" });
      const { hold, trouble } = await look({ world: staged, active: r23, judgement });
      assert.equal(hold?.reason, "PROBE_UNREACHABLE");
      assert.equal(trouble?.reason, "PROBE_UNREACHABLE", "of the service's own URL");
    });

    it("begins anew where green is another revision meanwhile", async () => {
      const { look, requests } = start([], { action: "stage", count: 1 });
      await look({ world: staged, active: r23, judgement });
      const other = "jukebox-predictor-00025";
      const moved = traffic.map((entry) => (entry.revision === r24 ? { ...entry, revision: other } : entry));
      const world = worldIn("S3", { latestCreated: other, traffic: moved });
      const { sent } = await look({ world, active: r23, judgement });
      assert.deepEqual(
        sent.map(({ revision, sent: count }) => [revision, count]),
        [
          [other, 1],
          [r23, 1],
        ],
      );
      assert.equal(requests.length, 3);
    });

    it("says once that green has no URL of its own", async () => {
      const { look, log } = start([], { action: "stage" });
      const world = worldIn("S3");
      for (let at = 0; at < 3; at += 1) {
        const { hold } = await look({ world, active: r23, judgement });
        assert.notEqual(hold?.reason, "PROBE_NO_URL");
      }
      assert.equal(log.of("warn").length, 1);
      assert.match(log.of("warn")[0] ?? "", /enable-tag-routing/);
    });
  });
});
