import assert from "node:assert/strict";
import type { ProbeStanding } from "../../../src/core/probe/standing.ts";
import type { ProbesSent } from "../../../src/core/verdict/probes.ts";
import type { PodReading } from "../../../src/core/world.ts";
import { Failure } from "../../../src/errors/failure.ts";
import { createProbeSource, type ProbeSight, type ProbeSource } from "../../../src/steps/verify/probing.ts";
import { r23, r24, readyPod, worldIn } from "../../core/states.ts";
import { createLog } from "../fakes.ts";
import { bluePod, busy, greenPod, idle, outcomeOf, promoted, prove, reasonOf, start } from "../proving.ts";

const resting = [idle(greenPod), idle(bluePod)];
const limits = { timeoutMs: 30_000 };

/** Answers each sight the same, and keeps them. */
function probing(standing: ProbeStanding = { sent: [] }) {
  const sights: ProbeSight[] = [];
  const probe = async (sight: ProbeSight) => {
    sights.push(sight);
    return standing;
  };
  return { sights, probe };
}

describe("verify with probe requests", () => {
  it("lets them be sent after the settle time and before the deadline only", async () => {
    const { sights, probe } = probing();
    const { tookMs } = await prove({ pods: resting, limits, probe });

    // A look each 2 s; the settle time is 5 s.
    assert.deepEqual(
      sights.map(({ open }) => open),
      [...Array(3).fill(false), ...Array(12).fill(true), false],
    );
    assert.equal(tookMs, 30_000);
  });

  it("lets none be sent to a cut-over that failed, or that was moved away", async () => {
    const { sights, probe } = probing();
    const failed = await prove({ pods: [busy(greenPod), busy(bluePod)], limits, probe });
    assert.equal(reasonOf(failed.next), "OTHER_REVISION_SERVED");
    assert.equal(sights.filter(({ judgement }) => judgement.verdict === "FAIL").length, 0);

    const seen = sights.length;
    const moved = await prove({ pods: resting, limits, probe, worlds: [{ at: 0, value: worldIn("S3") }] });
    assert.equal(reasonOf(moved.next), "EDIT_NOT_REACHED");
    const raw = worldIn("S5", { mode: "Standard" });
    const lost = await prove({ pods: resting, limits, probe, worlds: [{ at: 0, value: raw }] });
    assert.equal(reasonOf(lost.next), "MODE_CHANGED");
    assert.equal(sights.length, seen);
  });

  it("holds a PASS back for probes that are owed, and says at the deadline which", async () => {
    const evidence = "0 of 3 probes to green were sent until now";
    const { probe } = probing({ sent: [], hold: { reason: "PROBE_UNCOUNTED", evidence } });
    const { next, log, tookMs } = await prove({ pods: [busy(greenPod), idle(bluePod)], limits, probe });

    assert.equal(reasonOf(next), "PROBE_UNCOUNTED");
    assert.match(next.verdict?.trouble?.evidence ?? "", new RegExp(`^${evidence}; \\d+ requests on `));
    assert.ok(
      log.of("info").some((line) => line.includes(`: ${evidence}`)),
      log.of("info").join("\n"),
    );
    assert.equal(tookMs, 30_000);
  });

  it("names the trouble with the probes where there was no other traffic", async () => {
    const trouble = { reason: "PROBE_UNREACHABLE", evidence: "connect ECONNREFUSED" } as const;
    const hold = { reason: "PROBE_UNCOUNTED", evidence: "none" } as const;
    for (const [standing, reason] of [
      [{ sent: [], trouble, hold }, "PROBE_UNREACHABLE"],
      [{ sent: [], hold }, "PROBE_UNCOUNTED"],
      [{ sent: [] }, "NO_TRAFFIC"],
    ] as const) {
      const { next } = await prove({ pods: resting, limits, probe: probing(standing).probe });
      assert.equal(reasonOf(next), reason);
    }
  });

  it("names what else was missing before the trouble with the probes", async () => {
    const trouble = { reason: "PROBE_UNREACHABLE", evidence: "connect ECONNREFUSED" } as const;
    const { probe } = probing({ sent: [], trouble, hold: trouble });
    const { next } = await prove({ pods: [idle(greenPod)], limits, probe });

    assert.equal(reasonOf(next), "NO_SCRAPE");
  });

  it("does not mind trouble with probes that nobody owes, where the users' traffic proves it", async () => {
    const trouble = { reason: "PROBE_UNREACHABLE", evidence: "connect ECONNREFUSED" } as const;
    const { next } = await prove({
      pods: [busy(greenPod), idle(bluePod)],
      limits,
      probe: probing({ sent: [], trouble }).probe,
    });

    assert.equal(outcomeOf(next), "PASS");
  });

  it("reports the probes that were sent, whatever the end", async () => {
    const sent = [{ revision: r23, sent: 2 }];
    const { next } = await prove({ pods: resting, limits, probe: probing({ sent }).probe });
    assert.deepEqual(next.verdict?.probes, sent);
    const { next: without } = await prove({ pods: resting, limits });
    assert.equal(without.verdict?.probes, undefined);
  });

  it("ends with the failure of a probe, what had been seen of the world, and all that was sent before", async () => {
    const sent = [{ revision: r24, sent: 2, doubtful: 1 }];
    const probe = async () => ({ sent, failure: new Failure("PROBE_FAILED", "500") });
    const { next } = await prove({ pods: resting, limits, probe, worlds: [{ at: 0, value: promoted }] });
    assert.equal(reasonOf(next), "PROBE_FAILED");
    assert.deepEqual(next.verdict?.probes, sent);
  });
});

describe("verify where a pod ends that answered probes", () => {
  const other = `${greenPod}2`;
  const others = (change: Partial<PodReading>) => [
    ...promoted.pods,
    { ...readyPod(r24), name: other, ...change },
  ];
  const body = '{"model_name":"jukebox","outputs":[{"name":"y","shape":[1],"datatype":"FP32","data":[0.5]}]}';

  /** Every second probe goes to the pod that ends, for as long as it is there; each is counted, from `before` on. */
  async function run(pods: readonly PodReading[], lastsSeconds: number, before = 0) {
    const answeredAt: Record<string, number[]> = { [greenPod]: [], [other]: [] };
    const counted = (pod: string) => (time: number) =>
      before + (answeredAt[pod]?.filter((at) => at <= time).length ?? 0);
    let source: ProbeSource | undefined;
    const { next } = await prove({
      pods: [
        { pod: greenPod, requests: counted(greenPod) },
        { pod: other, requests: counted(other), until: start + lastsSeconds },
        idle(bluePod),
      ],
      worlds: [
        { at: 0, value: { ...promoted, pods } },
        { at: lastsSeconds * 1000, value: promoted },
      ],
      prepare({ clock }) {
        let turn = 0;
        const client = {
          async infer() {
            const now = clock.now() / 1000;
            turn += 1;
            answeredAt[now < start + lastsSeconds && turn % 2 === 0 ? other : greenPod]?.push(now);
            return { kind: "answered", status: 200, body } as const;
          },
        };
        source = createProbeSource(
          { client, clock, log: createLog() },
          { action: "promote", mode: "auto", payload: "{}", count: 10, perSecond: 5 },
        );
      },
      probe: async (...sight) => (source as ProbeSource)(...sight),
    });
    return { next, answered: [answeredAt[greenPod]?.length, answeredAt[other]?.length] };
  }

  it("asks once it is gone, and passes", async () => {
    const { next, answered } = await run(others({ terminating: true }), 31);
    assert.equal(outcomeOf(next), "PASS", next.verdict?.trouble?.evidence);
    assert.deepEqual(answered, [10, 0]);
  });

  it("cannot tell who answered where it was killed at once, and the same command again passes", async () => {
    const { next, answered } = await run(others({}), 14);
    assert.deepEqual([reasonOf(next), answered], ["PROBE_UNCOUNTED", [5, 5]]);
    const evidence = next.verdict?.trouble?.evidence ?? "";
    assert.match(evidence, / show 5 of our 10 .*: something else answered, or pod \S+2, which ended before/);

    const again = await run(promoted.pods, -60, 5);
    assert.equal(outcomeOf(again.next), "PASS", again.next.verdict?.trouble?.evidence);
    assert.deepEqual(again.answered, [10, 0]);
  });
});

describe("verify once more with the same state", () => {
  const cutOverAt = (start - 60) * 1000;
  const sent = [{ revision: r23, sent: 10, doubtful: 0, lastAt: (start - 38) * 1000 }];
  const again = (
    verdictAt: number,
    worlds = [{ at: 0, value: promoted }],
    probes: readonly ProbesSent[] = sent,
  ) =>
    prove({
      state: {
        rollout: {
          startedAt: cutOverAt,
          endedAt: cutOverAt,
          cutOverAt,
          active: r24,
          standby: r23,
          notes: [],
        },
        verdict: {
          startedAt: verdictAt,
          endedAt: verdictAt,
          ...(probes.length > 0 && { probes: [...probes] }),
        },
      },
      pods: [busy(greenPod, -60), { pod: bluePod, requests: (time) => (time < start - 40 ? 940 : 950) }],
      worlds,
    });

  it("does not take the probes of the one before for requests of users", async () => {
    const { next } = await again(cutOverAt);

    assert.equal(outcomeOf(next), "PASS", next.verdict?.summary);
    assert.deepEqual(next.verdict?.probes, sent);
  });

  it("takes them for the users' where the one before sent none", async () => {
    const { next } = await again(cutOverAt, [{ at: 0, value: promoted }], []);

    assert.deepEqual([reasonOf(next), next.verdict?.probes], ["OTHER_REVISION_SERVED", undefined]);
  });

  it("knows of no probes of an earlier cut-over", async () => {
    const { next } = await again(cutOverAt - 1);

    assert.equal(reasonOf(next), "OTHER_REVISION_SERVED");
    assert.equal(next.verdict?.probes, undefined);
  });

  it("hands them on where it ends without a look at the counters", async () => {
    const { next } = await again(cutOverAt, [{ at: 0, value: worldIn("S3") }]);

    assert.deepEqual([reasonOf(next), next.verdict?.probes], ["EDIT_NOT_REACHED", sent]);
  });

  it("adds its own", async () => {
    const own = { revision: r24, sent: 2 };
    const { probe } = probing({ sent: [own] });
    const { next } = await prove({
      state: { verdict: { startedAt: start * 1000, endedAt: start * 1000, probes: sent } },
      pods: [busy(greenPod), idle(bluePod)],
      limits,
      probe,
    });

    assert.deepEqual(next.verdict?.probes, [...sent, own]);
  });
});
