import assert from "node:assert/strict";
import { defaultSubjects, renderSubject } from "../../../src/core/commit/subject.ts";
import { templateProblem } from "../../../src/core/commit/template.ts";

const values = {
  action: "stage",
  name: "jukebox",
  namespace: "user1-test",
  version: "{name}",
  percent: "0",
  application: "jukebox-test",
};

describe("commit subjects", () => {
  it("are the course's own by default", () => {
    assert.equal(defaultSubjects.promote, "🐳 UPDATE - blue green deployment 🍏");
    assert.equal(defaultSubjects.rollback, "🍏 UPDATE - blue green deployment 🐳");
    for (const template of Object.values(defaultSubjects)) assert.equal(templateProblem(template), undefined);
  });

  const good: Record<string, [string, string]> = {
    "every placeholder": [
      "{action} {namespace}/{name} {percent}% {application}",
      "stage user1-test/jukebox 0% jukebox-test",
    ],
    "a value that looks like a placeholder": ["v {version}", "v {name}"],
    "braces that are none": ["{} { x } {{name}}", "{} { x } {jukebox}"],
    "control characters": ["a\u001b[1m\nb {name}", "a [1m b jukebox"],
  };
  for (const [what, [template, subject]] of Object.entries(good)) {
    it(`render ${what}`, () =>
      assert.deepEqual(renderSubject(template, values), { kind: "subject", subject }));
  }

  const bad: Record<string, [string, RegExp]> = {
    "an unknown placeholder": [
      "{action} {revision}",
      /unknown placeholder \{revision\}.*known: \{action\} \{name\} /,
    ],
    "a name every object has": ["{constructor}", /unknown placeholder/],
    "an empty subject": [" \n ", /empty/],
  };
  for (const [what, [template, problem]] of Object.entries(bad)) {
    it(`refuse ${what}`, () => {
      const result = renderSubject(template, values);
      assert.ok(result.kind === "problem");
      assert.match(result.problem, problem);
    });
  }

  it("refuse a placeholder that has no value for this action", () => {
    assert.deepEqual(renderSubject("{version}", { action: "promote" }), {
      kind: "problem",
      problem: "{version} in the commit's text has no value for this action",
    });
  });
});
