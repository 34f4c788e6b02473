import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { htmlReport } from "../../../src/report/html/page.ts";
import { style } from "../../../src/report/html/style.ts";
import { hostile, proven, refused, traffic, wholeOf } from "../wholes.ts";

const draw = () => "<svg></svg>";

/** Text between the tags. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/s, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

describe("the HTML report", () => {
  const page = htmlReport(wholeOf(), draw);
  const text = textOf(page);

  it("begins with the verdict in one line", () => {
    assert.match(
      text,
      /PASS CUT_OVER_PROVEN promote user1-test\/jukebox: The cut-over is proven Evidence 142 requests on/,
    );
    assert.match(page, /<title>PASS: promote user1-test\/jukebox<\/title>/);
  });

  it("shows each link of the chain with its time and evidence", () => {
    for (const part of [
      "The edit is in Git mutate · 17:01:42 UTC, took 2 s Commit 4358c6da14 on main sets canary.trafficPercent to 100.",
      "await · 17:02:11 UTC, took 29 s jukebox-predictor-00002 has 100 % of the traffic, jukebox-predictor-00001 has none.",
      "verify · 17:02:30 UTC, took 19 s 142 requests on jukebox-predictor-00002",
      "settle PASS CUT_OVER_PROVEN (exit 0)",
    ])
      assert.ok(text.includes(part), part);
    assert.match(page, /<a href="https:\/\/gitea\.example\.com\/user1\/mlops-gitops\/commit\/4358c6da14"/);
  });

  it("marks what changed in the line of oc get isvc", () => {
    assert.match(
      text,
      /when NAME URL READY PREV LATEST PREVROLLEDOUTREVISION LATESTREADYREVISION before jukebox/,
    );
    const marked = [...page.matchAll(/<mark class="changed">([^<]*)<\/mark>/g)].map(([, cell]) => cell);
    assert.deepEqual(marked, ["–", "100", "–"]);
  });

  it("shows the commit, both colours, the counters, the checks", () => {
    for (const part of [
      "- trafficPercent: 0 + trafficPercent: 100",
      "▲ green jukebox-predictor-00002 to have all warm: can answer at once 2 ready",
      "● blue jukebox-predictor-00001 to have none cold: the first request waits for a pod",
      "nvidia.com/gpu 1",
      "142 1 4",
      "errors &lt;= 1.2 * baseline Successful 0.05 &lt;= 0.12",
      "later &gt; 0 Running (dry run, decides nothing) not measured",
    ])
      assert.ok(text.includes(part), part);
  });

  it("holds every query with a command that asks it again", () => {
    for (const { query } of [proven.verdict, traffic, ...(proven.verdict?.checks?.checks ?? [])] as {
      query?: string;
    }[]) {
      if (query === undefined) continue;
      const shown = query.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
      assert.ok(page.includes(`<pre class="wrap">${shown}</pre>`), query);
      assert.ok(page.includes(`query=${shown}&#39;`), query);
    }
    assert.ok(page.includes(`time=${traffic.kind === "rates" ? (traffic.at / 1000).toFixed(3) : ""}`));
  });

  it("has the picture in two widths, its legend, a text for who cannot see it, and its numbers", () => {
    const sizes: unknown[] = [];
    htmlReport(wholeOf(), ({ width, marks, lines }) => {
      sizes.push([width, marks.map(({ label }) => label), lines.map(({ colour, rank }) => [colour, rank])]);
      return "";
    });
    const lines = [
      ["blue", 0],
      ["green", 0],
    ];
    assert.deepEqual(sizes, [
      [960, ["commit", "cut-over"], lines],
      [360, ["commit", "cut-over"], lines],
    ]);
    assert.match(
      page,
      /role="img" aria-label="Line chart of requests per second from 17:00:05 to 17:02:30 UTC\. commit at 17:01:42, cut-over at 17:02:11\./,
    );
    assert.match(text, /17:02:30 – 30 /);
  });

  it("says why there is no picture", () => {
    const none = { kind: "none", why: "GET <x> answered 503" } as const;
    assert.match(
      htmlReport(wholeOf(proven, { traffic: [none] }), draw),
      /No picture: GET &lt;x&gt; answered 503\./,
    );
    assert.match(htmlReport(wholeOf(proven, { traffic: [] }), draw), /No picture: nothing was asked/);
    assert.match(
      htmlReport(wholeOf(), "it cannot be loaded"),
      /No picture: it cannot be loaded\..*17:02:30/s,
    );
    const broken = htmlReport(wholeOf(), () => {
      throw new RangeError("<NaN>");
    });
    assert.match(broken, /No picture: &lt;NaN&gt;\..*17:02:30/s);
  });

  it("shows what stood against a run that was refused, and the commit that was not made", () => {
    const shown = textOf(htmlReport(refused(), "nothing"));
    for (const part of [
      "REFUSED GREEN_NOT_READY promote user1-test/jukebox: Green is not ready",
      "Also Git holds another version than the cluster runs: v9",
      "Next ",
      "sum(x ^",
      "The commit that was not made",
      "before jukebox",
    ])
      assert.ok(shown.includes(part), part);
  });

  it("shows how far a run got that did not reach its end", () => {
    const cancelled = { reason: "CANCELLED", evidence: "while waiting", command: "oc get <isvc>" } as const;
    const rollout = { startedAt: 1, endedAt: 2, notes: [], trouble: cancelled };
    const shown = textOf(
      htmlReport(wholeOf({ ...proven, rollout, verdict: undefined }, { traffic: [] }), draw),
    );
    assert.match(shown, /ERROR CANCELLED promote.* Command oc get &lt;isvc&gt;/);
    assert.match(shown, /✕ The cluster routes.*while waiting.*– Only that revision.*Nothing to verify/);
    const early = textOf(htmlReport(wholeOf({ ...proven, rollout: undefined, verdict: undefined }), draw));
    assert.match(early, /– The cluster routes.*It was not reached/);
  });

  it("has a section a model, and one for the automatic rollback", () => {
    const other = { ...proven, service: { namespace: "user1-test", name: "lyrics" } };
    const back = { ...proven, expectation: { ...proven.expectation, action: "rollback" as const } };
    const shown = textOf(htmlReport(wholeOf({ ...proven, also: [other], recovery: { run: back } }), draw));
    assert.match(
      shown,
      /promote user1-test\/jukebox, user1-test\/lyrics:.*Automatic rollback: PASS.*user1-test\/jukebox.*Its commit/,
    );
    const stuck = { trouble: { reason: "GIT_AUTH", evidence: "401" } } as const;
    assert.match(
      textOf(htmlReport(wholeOf({ ...proven, recovery: stuck }), draw)),
      /rollback: ERROR GIT_AUTH: 401/,
    );
  });

  it("lets nothing run and asks nobody: no script, no handler, no style but its own, no address to load", () => {
    const checksum = createHash("sha256").update(style).digest("base64");
    assert.ok(
      page
        .replaceAll("&#39;", "'")
        .includes(
          `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${checksum}'; base-uri 'none'; form-action 'none'">`,
        ),
    );
    assert.ok(page.includes(`<style>${style}</style>`));
    assert.equal([...page.matchAll(/<style/g)].length, 1);
    assert.doesNotMatch(page, /<script|<link|<img|<iframe|<object|\ssrc=|\sstyle=|\son\w+=|url\(/i);
  });

  for (const evil of [
    `<script>alert(1)</script>`,
    `"><img src=x onerror=alert(1)>`,
    `' onmouseover='alert(1)`,
    `</pre></title></style><script>`,
    `javascript:alert(1)`,
    `&lt;b&gt;\u202e\u001b[31m\u0000`,
    `]]><!--`,
  ]) {
    it(`takes ${JSON.stringify(evil)} for text, wherever it stands`, () => {
      const plain = tagsOf(htmlReport(wholeOf(), draw));
      const state = hostile({ ...proven, mutation: { ...proven.mutation, commitUrl: evil } }, evil);
      const poisoned = htmlReport(wholeOf(state, { traffic: [hostile(traffic, evil)], version: evil }), draw);
      const tags = tagsOf(poisoned);
      for (const tag of new Set(tags)) assert.ok(plain.includes(tag), `a new tag: ${tag}`);
      assert.doesNotMatch(poisoned.replace(/<style>.*?<\/style>/s, ""), /\p{Cf}|(?!\n)\p{Cc}/u);
      const early = htmlReport({ ...refused(evil), found: hostile(refused().found, evil) }, draw);
      assert.doesNotMatch(early, /<(?:script|img|b)\b/);
    });
  }
});

/** The names of all tags with those of their attributes. */
function tagsOf(page: string): readonly string[] {
  return [...page.matchAll(/<(\/?[a-z0-9!-]+)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*>/gi)].map(
    ([, name = "", attributes = ""]) =>
      [name, ...[...attributes.matchAll(/([\w:-]+)="/g)].map(([, each]) => each)].join(" "),
  );
}
