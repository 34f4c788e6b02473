import assert from "node:assert/strict";
import { type ApplicationReading, syncBlocker } from "../../src/core/application.ts";

function application(conditions: ApplicationReading["conditions"]): ApplicationReading {
  return { revisions: [], repositories: [], conditions };
}

describe("what keeps Argo CD from syncing", () => {
  for (const type of ["ComparisonError", "InvalidSpecError", "SyncError"]) {
    it(`${type} stops, with its message`, () => {
      const reading = application([
        { type: "SharedResourceWarning", message: "shared" },
        { type, message: "values.yaml: bad" },
      ]);
      assert.equal(syncBlocker(reading), `${type}: values.yaml: bad`);
    });
  }

  const harmless = ["OrphanedResourceWarning", "SharedResourceWarning", "RepeatedResourceWarning"];
  for (const type of harmless) {
    it(`${type} does not`, () => assert.equal(syncBlocker(application([{ type, message: "x" }])), undefined));
  }

  it("no condition is none", () => assert.equal(syncBlocker(application([])), undefined));
});
