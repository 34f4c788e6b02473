import assert from "node:assert/strict";
import { approvedBlue, isDoubtful, versionAtZero } from "../../src/core/blue.ts";
import type { RevisionReading, ServiceReading } from "../../src/core/world.ts";
import { falseReadings, r23, r24, r25, revision, serviceIn, worldIn } from "./states.ts";

function ready(name: string, version: string): RevisionReading {
  return { ...revision(name, version), ready: { status: "True" } };
}

const r22 = "jukebox-predictor-00022";
const all = [ready(r23, "v1"), ready(r24, "v2"), ready(r25, "v3")];
const T5 = falseReadings.T5.service;
/** At percent 0 KServe leaves 24 live; 23 was before that. */
const T3b = serviceIn("S8", { latestRolledout: r24 });

describe("the revision that percent 0 leaves live, by Git", () => {
  type Case = readonly [
    what: string,
    version: string | undefined,
    blue: string | undefined,
    service: ServiceReading,
    revisions: readonly RevisionReading[],
    found: string | undefined,
  ];
  const other = { ...T5, latestRolledout: r25, previousRolledout: r25 };
  const cases: readonly Case[] = [
    ["T5: the older one that was live", "v2", r23, T5, all, r24],
    ["T5: of several the newest", "v2", r23, T5, [ready(r22, "v2"), ...all], r24],
    ["T5: of several the newest, in whatever order", "v2", r23, T5, [...all, ready(r22, "v2")], r24],
    ["T5: never the one that is staged", "v2", r23, T5, [...all.slice(0, 2), ready(r25, "v2")], r24],
    ["T5: not one that never got ready", "v2", r23, T5, [ready(r23, "v1"), revision(r24, "v2")], undefined],
    ["T5: not one that is gone", "v2", r23, T5, [ready(r23, "v1")], undefined],
    ["T3b: the one before what nobody approved", "v1", r24, T3b, all, r23],
    ["T3b: no other one", "v9", r24, T3b, [...all, ready(r22, "v9")], undefined],
    ["KServe and Git agree", "v1", r23, T5, all, undefined],
    [
      "nobody knows what KServe's runs",
      "v2",
      r23,
      T5,
      [{ name: r23, images: [] }, ...all.slice(1)],
      undefined,
    ],
    ["KServe's is gone", "v2", r23, T5, all.slice(1), r24],
    ["Git does not say", undefined, r23, T5, all, undefined],
    ["KServe names nobody", "v2", undefined, T5, all, undefined],
    ["KServe is about to step back", "v2", r23, other, all, undefined],
    ["there has been no step back", "v2", r23, serviceIn("S3"), all, undefined],
  ];
  for (const [what, version, blue, service, revisions, found] of cases) {
    it(`${what}: ${found ?? "nothing speaks against KServe's"}`, () =>
      assert.equal(approvedBlue(version, blue, { service, revisions, pods: [] }), found));
  }

  it("is in doubt only where KServe remembers what it rolled out before", () => {
    const doubtful = ["S3", "S5", "S6", "S9", "S13", "S19"].filter((name) =>
      isDoubtful(r23, worldIn(name).service),
    );
    assert.deepEqual(doubtful, ["S6", "S9"]);
  });

  it("is the version that is live, or the one before where percent 0 is still to come", () => {
    const past = { live: "v2", previous: "v1" };
    assert.equal(versionAtZero({ version: "v3", percent: "0" }, past), "v2");
    assert.equal(versionAtZero({ version: "v2", percent: "100" }, past), "v1");
    assert.equal(versionAtZero({ version: "v2" }, past), "v1");
  });
});
