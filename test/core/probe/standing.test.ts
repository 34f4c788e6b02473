import assert from "node:assert/strict";
import { type Campaign, type ProbeCause, standingOf } from "../../../src/core/probe/standing.ts";

const limits = { count: 10, perSecond: 5 };
const away: ProbeCause = { reason: "PROBE_UNREACHABLE", evidence: "503" };
const nowhere: ProbeCause = { reason: "PROBE_NO_URL", evidence: "no URL" };

function campaign(changes: Partial<Campaign> = {}, course: Partial<Campaign["course"]> = {}): Campaign {
  return {
    role: "active",
    course: { revision: "r", sent: 10, doubtful: 0, rounds: 1, ...course },
    fresh: false,
    ...changes,
  };
}

describe("what probe requests mean for the verdict", () => {
  it("nothing, once they are sent and a look was taken after them", () => {
    for (const mode of ["auto", "always"] as const) {
      for (const role of ["active", "green"] as const) {
        const { hold, trouble } = standingOf([campaign({ role })], mode, limits);
        assert.deepEqual([hold, trouble], [undefined, undefined]);
      }
    }
  });

  it("those that were sent are told, answered or not", () => {
    const all = [
      campaign({}, { lastAt: 7 }),
      campaign({}, { sent: 0 }),
      campaign({}, { sent: 0, doubtful: 1 }),
    ];
    assert.deepEqual(standingOf(all, "auto", limits).sent, [
      { revision: "r", sent: 10, doubtful: 0, lastAt: 7 },
      { revision: "r", sent: 0, doubtful: 1 },
    ]);
  });

  it("a PASS waits for a look after the last of them", () => {
    assert.deepEqual(standingOf([campaign({ fresh: true }, { sent: 4 })], "auto", limits).hold, {
      reason: "PROBE_UNCOUNTED",
      evidence: "4 of 10 probes to r were sent until now",
    });
    assert.equal(
      standingOf([campaign({ fresh: true }, { sent: 14, rounds: 2 })], "auto", limits).hold?.evidence,
      "14 of 20 probes to r were sent until now",
    );
  });

  it("a PASS waits for what was asked for, and for the test of green", () => {
    const none = { sent: 0, rounds: 0 };
    const hold = (one: Campaign, mode: "auto" | "always") => standingOf([one], mode, limits).hold?.reason;
    assert.equal(hold(campaign({}, none), "always"), "PROBE_UNCOUNTED");
    assert.equal(hold(campaign({}, none), "auto"), undefined);
    assert.equal(hold(campaign({}, { sent: 3 }), "auto"), undefined);
    assert.equal(hold(campaign({ role: "green" }, none), "auto"), "PROBE_UNCOUNTED");
    assert.equal(hold(campaign({ role: "green" }, { sent: 3 }), "auto"), "PROBE_UNCOUNTED");
    assert.equal(hold(campaign({ role: "green", trouble: away }), "auto"), "PROBE_UNREACHABLE");
    assert.equal(hold(campaign({ role: "green", trouble: nowhere }, none), "auto"), undefined);
    assert.equal(hold(campaign({ role: "green", trouble: nowhere }, none), "always"), "PROBE_NO_URL");
    assert.equal(hold(campaign({ trouble: away }), "always"), "PROBE_UNREACHABLE");
  });

  it("trouble on the way to the service explains a lack of traffic, and spoils no other proof", () => {
    const { hold, trouble } = standingOf([campaign({ trouble: away }, { sent: 0 })], "auto", limits);
    assert.deepEqual([hold, trouble], [undefined, away]);
    const green = campaign({ role: "green", trouble: nowhere }, { sent: 0, rounds: 0 });
    assert.equal(standingOf([green], "auto", limits).trouble, undefined);
  });
});
