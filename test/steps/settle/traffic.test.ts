import assert from "node:assert/strict";
import { Failure } from "../../../src/errors/failure.ts";
import type { Metrics, QueryTime } from "../../../src/ports.ts";
import { gatherTraffic } from "../../../src/steps/settle/traffic.ts";
import { bluePod, greenPod, proven, start } from "../../report/wholes.ts";
import { createClock } from "../fakes.ts";

const answer = {
  series: [bluePod, greenPod, "hashed"].map((pod) => ({
    labels: { __name__: "ovms_requests_success", method: "ModelInfer", pod },
    samples: [0, 5, 10].map((after) => ({ time: start / 1000 + after, value: after })),
  })),
  warnings: [],
};

function scene(reply: () => typeof answer = () => answer) {
  const asked: (readonly [string, QueryTime | undefined])[] = [];
  const metrics: Metrics = {
    async query(promql, time) {
      asked.push([promql, time]);
      return reply();
    },
  };
  const clock = createClock({ start: start + 151_000 });
  return {
    asked,
    gather: (model = proven) => gatherTraffic({ metrics: async () => metrics, clock }, model, "ovms"),
  };
}

describe("the traffic for a report", () => {
  it("is asked for once, from minutes before the cut-over until now", async () => {
    const { asked, gather } = scene();
    const traffic = await gather();
    assert.equal(traffic.kind, "rates");
    const [[query, time] = ["", undefined], ...more] = asked;
    // The cut-over was 20 s ago: three minutes before it, and the query's own margin of two.
    assert.match(query, /^\{__name__=~"ovms_requests_success.*\}\[320s\]$/);
    assert.deepEqual(time, { at: start + 151_000 });
    assert.deepEqual(more, []);
  });

  it("reaches back to the beginning of a longer run, and half an hour at most", async () => {
    for (const [ago, range] of [
      [10 * 60_000, 600 + 20 + 120],
      [5 * 3_600_000, 1800 + 20 + 120],
    ] as const) {
      const { asked, gather } = scene();
      await gather({ ...proven, startedAt: start + 131_000 - ago });
      assert.match(asked[0]?.[0] ?? "", new RegExp(`\\[${range}s\\]$`));
    }
  });

  it("is told from the commit on where no cut-over was seen", async () => {
    const { asked, gather } = scene();
    await gather({ ...proven, rollout: undefined, verdict: undefined });
    assert.match(asked[0]?.[0] ?? "", /\[349s\]$/);
  });

  it("names pods as verify knew them, those with hashed names among them", async () => {
    const known = {
      ...proven.verdict,
      pods: [
        { pod: "hashed", revision: "r" },
        { pod: 7, revision: "r" },
        { pod: "", revision: "r" },
        { pod: "nobody's" },
      ],
    };
    const { asked, gather } = scene();
    const traffic = await gather({ ...proven, verdict: known as typeof proven.verdict });
    assert.match(asked[0]?.[0] ?? "", /pod=~"jukebox-predictor-\[0-9\]\{5,\}-deployment-\.\*\|hashed"/);
    const pods = traffic.kind === "rates" ? traffic.rates.pods : [];
    assert.deepEqual(pods.find(({ pod }) => pod === "hashed")?.revision, "r");
  });

  const why = async (reply: () => typeof answer) => {
    const traffic = await scene(reply).gather();
    return traffic.kind === "none" ? traffic.why : "";
  };

  it("is left out, with the reason, where nothing can be had", async () => {
    assert.match(await why(() => ({ ...answer, series: [] })), /no samples/);
    assert.match(
      await why(() => {
        throw new Failure("METRICS_UNREACHABLE", "GET\u001b[2J answered 503");
      }),
      /GET \[2J answered 503/,
    );
    assert.match(
      await why(() => {
        throw new TypeError("a bug");
      }),
      /a bug/,
    );
  });

  it("is not asked for where Prometheus did not answer the verdict either", async () => {
    const { asked, gather } = scene();
    const trouble = { reason: "METRICS_AUTH", evidence: "403" } as const;
    const traffic = await gather({ ...proven, verdict: { startedAt: 1, endedAt: 2, trouble } });
    assert.deepEqual(traffic, { kind: "none", why: "Prometheus did not answer" });
    assert.deepEqual(asked, []);
  });

  it("is asked for where the verdict failed for another reason", async () => {
    const { asked, gather } = scene();
    const trouble = { reason: "OTHER_REVISION_SERVED", evidence: "9 requests" } as const;
    const traffic = await gather({ ...proven, verdict: { startedAt: 1, endedAt: 2, trouble } });
    assert.deepEqual([traffic.kind, asked.length], ["rates", 1]);
  });
});
