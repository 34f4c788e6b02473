import assert from "node:assert/strict";
import { nearest } from "../../src/core/nearest.ts";

describe("the nearest of the known names", () => {
  const known = ["trafficPercent", "replicas", "max-leak", "name", "namespace"];
  const cases: Readonly<Record<string, string | undefined>> = {
    trafficPercnt: "trafficPercent",
    "traffic-percent": "trafficPercent",
    TrafficPercent: "trafficPercent",
    percent: "trafficPercent",
    canaryTrafficPercent: "trafficPercent",
    replica: "replicas",
    maxleak: "max-leak",
    nmae: undefined,
    names: "name",
    per: undefined,
    version: undefined,
    "": undefined,
  };
  for (const [name, expected] of Object.entries(cases)) {
    it(`for ${name || "nothing"}: ${expected ?? "none"}`, () => {
      assert.equal(nearest(name, known), expected);
    });
  }
});
