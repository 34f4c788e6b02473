import assert from "node:assert/strict";
import { pastOf } from "../../src/core/past.ts";

/** `v2/0 v2/100 …`, newest first; `v1/-` has no percent. */
function read(text: string) {
  const values = text.split(" ").map((each) => {
    const [version, percent] = each.split("/");
    return { version, percent: percent === "-" ? undefined : percent };
  });
  const { live = "?", previous = "?" } = pastOf(values);
  return `${live} ${previous}`;
}

describe("what a file's versions say of who served", () => {
  const cases: readonly (readonly [what: string, values: string, expected: string])[] = [
    ["one version", "v1/100", "v1 ?"],
    ["without a percent it is live, too", "v1/-", "v1 ?"],
    ["without one, and then with 100", "v1/100 v1/-", "v1 ?"],
    ["staged", "v2/0 v1/100", "v1 ?"],
    ["promoted", "v2/100 v2/0 v1/100", "v2 v1"],
    ["promoted by steps", "v2/100 v2/20 v2/0 v1/100", "v2 v1"],
    ["rolled back", "v2/0 v2/100 v2/0 v1/100", "v1 v1"],
    ["rolled back in part: KServe has gone back", "v2/50 v2/100 v2/0 v1/100", "v1 v1"],
    ["promoted again", "v2/100 v2/0 v2/100 v2/0 v1/100", "v2 v1"],
    ["the next one staged after a promote", "v3/0 v2/100 v2/0 v1/100", "v2 v1"],
    ["the next one staged after a rollback", "v3/0 v2/0 v2/100 v2/0 v1/100", "v1 v1"],
    ["that one promoted", "v3/100 v3/0 v2/0 v2/100 v2/0 v1/100", "v3 v1"],
    ["a staged one that nobody promoted", "v3/100 v3/0 v2/0 v1/100", "v3 v1"],
    ["live at once, without a stage", "v2/100 v1/100", "v2 v1"],
    ["the old version staged anew", "v1/0 v2/0 v2/100 v2/0 v1/100", "v1 v1"],
    ["too short to say", "v2/0", "? ?"],
    ["too short to say what was before", "v2/0 v2/100 v2/0", "? ?"],
  ];
  for (const [what, values, expected] of cases) {
    it(`${what} (${values}): live ${expected.replace(" ", ", before ")}`, () =>
      assert.equal(read(values), expected));
  }

  it("nothing at all", () => assert.deepEqual(pastOf([]), { live: undefined, previous: undefined }));
});
