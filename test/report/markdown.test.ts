import assert from "node:assert/strict";
import { markdownReport } from "../../src/report/markdown.ts";
import { hostile, proven, refused, traffic, wholeOf } from "./wholes.ts";

describe("the Markdown report", () => {
  const text = markdownReport(wholeOf());

  it("holds verdict, chain, picture's figures, isvc, commit, colours, counters, checks, queries", () => {
    for (const part of [
      "# PASS: promote user1-test/jukebox",
      "**The cut-over is proven** (CUT_OVER_PROVEN). 142 requests on jukebox-predictor-00002",
      "2. ✓ `await` **The cluster routes to the revision named beforehand** (2026-11-28T17:02:11Z, took 29 s)",
      `jukebox-predictor-00001-deployment-7sn7krg7r-b6z7g (blue)`,
      "| 17:02:30 | – | 30 |",
      "| before | jukebox | http://jukebox-predictor-user1-test.apps.example.com | True | 100 | 0 |",
      "```diff\n canary:\n-  trafficPercent: 0\n+  trafficPercent: 100\n```",
      "| jukebox-predictor-00002 (green) | to have all |",
      "| jukebox-predictor-00002-deployment-9pfrstphj-ccknn | jukebox-predictor-00002 | to serve | 142 | 1 |",
      "| errors | \\<= 1.2 \\* baseline | Successful |",
      `\`\`\`\n${proven.verdict?.query}\n\`\`\``,
    ])
      assert.ok(text.includes(part), part);
  });

  it("shows a run that was refused", () => {
    const shown = markdownReport(refused());
    assert.match(shown, /^# REFUSED: promote user1-test\/jukebox\n/);
    assert.match(shown, /Also: Git holds another version.*Next|Next.*Also/s);
    assert.match(shown, /### The commit that was not made/);
  });

  it("shows a rollback, and why there are no figures", () => {
    const recovery = { run: proven };
    const none = { kind: "none", why: "503" } as const;
    const shown = markdownReport(wholeOf({ ...proven, recovery }, { traffic: [none] }));
    assert.match(shown, /No figures: 503\./);
    assert.match(shown, /## Automatic rollback: PASS\n\nCUT_OVER_PROVEN: .*### Its commit/s);
    const other = { ...proven, service: { namespace: "user1-test", name: "lyrics" } };
    const both = markdownReport(wholeOf({ ...proven, also: [other], recovery: { run: other } }));
    assert.match(
      both,
      /## Automatic rollback: PASS\n\nCUT_OVER_PROVEN: .*\n\n### user1-test\/lyrics\n\n### The chain/,
    );
    const stuck = { trouble: { reason: "GIT_AUTH", evidence: "401" } } as const;
    assert.match(markdownReport(wholeOf({ ...proven, recovery: stuck })), /rollback: ERROR\n\nGIT_AUTH: 401/);
  });

  it("takes text from outside for text", () => {
    const evil = "<script>alert(1)</script> | [x](y) `\n# a\n```";
    const shown = markdownReport(wholeOf(hostile(proven, evil), { traffic: [hostile(traffic, evil)] }));
    const outside = shown.replace(/^(`{3,})[a-z]*\n.*?\n\1$/gms, "");
    assert.doesNotMatch(outside, /(?<!\\)<script|(?<!\\)\[x|^# a/m);
    assert.match(shown, /^````\n/m);
  });
});
