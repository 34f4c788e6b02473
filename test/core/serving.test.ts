import assert from "node:assert/strict";
import {
  describeTraffic,
  percentByRevision,
  previousEntry,
  rollbackTarget,
  runsVersion,
  soleRevision,
  versionOf,
} from "../../src/core/serving.ts";
import type { TrafficEntry } from "../../src/core/world.ts";
import { dataPlaneOf, falseReadings, r23, r24, r25, serviceIn, stateNames } from "./states.ts";

describe("who serves", () => {
  describe("by name and percent", () => {
    for (const name of stateNames) {
      it(`${name}: agrees with the data plane`, () => {
        const shares = percentByRevision(serviceIn(name).traffic);

        const routed = [...shares].filter(([, percent]) => percent > 0);
        const expected = Object.entries(dataPlaneOf(name)).filter(([, percent]) => percent > 0);
        assert.deepEqual(new Map(routed), new Map(expected));
      });
    }

    it("sums the entries of one revision: a rollout in stages has several that follow the newest", () => {
      const traffic: TrafficEntry[] = [
        { revision: r24, percent: 1, latest: true },
        { revision: r23, percent: 40, latest: true },
        { revision: r23, percent: 59, latest: false },
      ];

      assert.deepEqual(
        percentByRevision(traffic),
        new Map([
          [r24, 1],
          [r23, 99],
        ]),
      );
      assert.equal(soleRevision(traffic), undefined);
    });
  });

  const all: Readonly<Record<string, string | undefined>> = {
    S0: undefined,
    S1: r23,
    S2: r23,
    S3: r23,
    S4: undefined,
    S5: r24,
    S6: r23,
    S7: r24,
    S8: r23,
    S9: r23,
    S10: r24,
    S11: r25,
    S12: r24,
    S13: r24,
    S14: r24,
    S15: r24,
    S16: r24,
    S17: r24,
    S18: undefined,
    S19: r23,
    S21: r23,
    S22: r23,
    S23: r24,
  };
  describe("with all the traffic", () => {
    it("knows every state", () => assert.deepEqual(Object.keys(all), stateNames));

    for (const [name, revision] of Object.entries(all)) {
      it(`${name}: ${revision ?? "nobody"}`, () => {
        assert.equal(soleRevision(serviceIn(name).traffic), revision);
      });
    }
  });

  describe("what percent 0 makes live", () => {
    const targets: Readonly<Record<string, string | undefined>> = {
      S0: undefined,
      S1: undefined,
      S2: r23,
      S3: r23,
      S4: r23,
      S5: r23,
      S6: r23,
      S7: r23,
      S8: r23,
      S9: r23,
      S10: r24,
      S11: r24,
      S12: r24,
      S13: r24,
      S14: r24,
      S15: r23,
      S16: r23,
      S17: r23,
      S18: undefined,
      S19: undefined,
      S21: r23,
      S22: r23,
      S23: r23,
    };
    it("knows every state", () => assert.deepEqual(Object.keys(targets), stateNames));

    for (const [name, revision] of Object.entries(targets)) {
      it(`${name}: ${revision ?? "nothing"}`, () => {
        assert.equal(rollbackTarget(serviceIn(name)), revision);
      });
    }

    it("is nothing where the step back would lead to the same revision", () => {
      assert.equal(rollbackTarget(serviceIn("S5", { previousRolledout: r24 })), undefined);
    });

    it("does not follow where the wrong blue is live (T5): it stays", () => {
      assert.equal(rollbackTarget(falseReadings.T5.service), r23);
    });
  });

  it("finds the entry of the revision rolled out before by its tag, not by its place", () => {
    const service = serviceIn("S4");
    const reversed = { ...service, traffic: service.traffic.toReversed() };

    assert.equal(previousEntry(reversed)?.revision, r23);
    assert.equal(previousEntry(serviceIn("S5")), undefined);
  });
});

describe("the version of a model", () => {
  const references: readonly (readonly [string, string | undefined])[] = [
    ["oci://registry:5000/user1-test/jukebox:4562a17c17", "4562a17c17"],
    ["registry.example.com/jukebox:v1", "v1"],
    ["registry:5000/jukebox", undefined],
    ["oci://registry:5000/jukebox", undefined],
    ["s3://models/jukebox/v2", "v2"],
    ["pvc://models/jukebox/v2", "v2"],
    ["gs://models/jukebox/v2/", "v2"],
    ["https://example.com//v2//", "v2"],
    ["hf://meta/llama:v2", "v2"],
    ["s3://bucket", undefined],
    ["s3://bucket/", undefined],
    ["registry:5000/jukebox@sha256:0a1b", undefined],
    ["registry:5000/jukebox:v2@sha256:0a1b", "v2"],
    ["jukebox:", undefined],
    ["", undefined],
  ];
  for (const [reference, version] of references) {
    it(`${JSON.stringify(reference)}: ${version}`, () => assert.equal(versionOf(reference), version));
  }

  it("comes from the source URI of a revision", () => {
    const revision = { name: r24, sourceUri: "oci://registry:5000/jukebox:v2", images: ["server:v3"] };

    assert.equal(runsVersion(revision, "v2"), true);
    assert.equal(runsVersion(revision, "v3"), false);
  });

  it("comes from the path of a revision's source, too", () => {
    const revision = { name: r24, sourceUri: "s3://models/jukebox/v2/", images: [] };

    assert.equal(runsVersion(revision, "v2"), true);
    assert.equal(runsVersion(revision, "v3"), false);
  });

  it("comes from its images where it has no source URI; they can only confirm", () => {
    const revision = { name: r24, images: ["queue:1.2", "registry:5000/jukebox:v2"] };

    assert.equal(runsVersion(revision, "v2"), true);
    assert.equal(runsVersion(revision, "v3"), undefined);
  });
});

describe("traffic for people", () => {
  it("names each revision once", () => {
    assert.equal(describeTraffic(serviceIn("S4").traffic), `${r24} 20 %, ${r23} 80 %`);
    assert.equal(describeTraffic(serviceIn("S19").traffic), `${r23} 100 %`);
  });

  it("says that there is none", () => assert.equal(describeTraffic([]), "no traffic entry"));
});
