import assert from "node:assert/strict";
import fc from "fast-check";
import { formatMessage, type Trailers } from "../../src/core/commit/trailers.ts";
import {
  decideMerge,
  type MergeLook,
  nextLook,
  type PullRequestReading,
  persist,
  pullRequestText,
  pullRequestTrailers,
  runBranch,
  sameMeaning,
} from "../../src/core/pull-request.ts";

const service = { namespace: "user1-test", name: "jukebox" };
const checksum = (text: string) => Buffer.from(text).toString("hex").padEnd(64, "0");

describe("the branch of a run", () => {
  const branches: readonly (readonly [run: string, end: string])[] = [
    ["9f86d081-884c-4d65", "promote-9f86d081-884c-4d65"],
    ["run 7/ü", `promote-run-7--${checksum("run 7/ü").slice(0, 12)}`],
    ["a..b", `promote-a-b-${checksum("a..b").slice(0, 12)}`],
    ["x".repeat(80), `promote-${"x".repeat(80)}`],
    ["x".repeat(200), `promote-${"x".repeat(60)}-787878787878`],
  ];
  for (const [run, end] of branches) {
    it(`of ${run.slice(0, 20)} ends in ${end.slice(0, 40)}`, () =>
      assert.equal(runBranch(service, "promote", run, checksum), `bluegreen/user1-test/jukebox/${end}`));
  }

  it("is of each action another", () =>
    assert.notEqual(
      runBranch(service, "promote", "r", checksum),
      runBranch(service, "rollback", "r", checksum),
    ));

  it("is a name that Git takes, whatever the run is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), (run) => {
        // git check-ref-format: what is not allowed anywhere, and at the end of a part.
        const name = runBranch(service, "stage", run, checksum);
        assert.match(name, /^[A-Za-z0-9_/-]+$/);
        assert.doesNotMatch(name, /\/\/|\/-|\.lock/);
      }),
    );
  });
});

const trailers: Trailers = {
  "Bluegreen-Action": "promote",
  "Bluegreen-Run": "run-1",
  "Bluegreen-To-Revision": "jukebox-predictor-00002",
};

describe("a pull request's texts", () => {
  it("are the commit's message, which can be read back, also with another system's line ends", () => {
    const message = formatMessage({ subject: "🐳 s", body: "Why.\n\nMore.", trailers });
    const text = pullRequestText(message);
    assert.equal(text.title, "🐳 s");
    assert.match(text.body, /^Why\.\n\nMore\.\n\nBluegreen-Action/);
    assert.deepEqual(pullRequestTrailers(text), trailers);
    assert.deepEqual(pullRequestTrailers({ ...text, body: text.body.replaceAll("\n", "\r\n") }), trailers);
  });

  it("have no blank end", () =>
    assert.deepEqual(pullRequestText("Subject\n\nWhy.\n\n"), { title: "Subject", body: "Why." }));

  it("may be rewritten by people", () =>
    assert.deepEqual(pullRequestTrailers({ title: "Other", body: "" }), {}));

  it("mean the same where they name the same revisions", () => {
    assert.ok(sameMeaning(trailers, { ...trailers, "Bluegreen-From-Value": "20" }));
    assert.ok(!sameMeaning(trailers, { ...trailers, "Bluegreen-To-Revision": "jukebox-predictor-00003" }));
    assert.ok(!sameMeaning(trailers, {}));
  });
});

const pull: PullRequestReading = {
  number: 7,
  url: "https://gitea.example.com/user1/ops/pulls/7",
  state: "open",
  title: "t",
  body: "",
  conflict: "no",
};

describe("waiting for the merge", () => {
  const now = 1_000_000;
  const short = { looks: 2, since: now - 60_000 };
  const young = { looks: 9, since: now - 19_999 };
  const lasting = { looks: 3, since: now - 20_000 };
  const merged = { ...pull, state: "merged", mergeCommit: "c0ffee" } as const;
  const name = "pull request #7 (https://gitea.example.com/user1/ops/pulls/7)";
  const failed = (reason: string) => ({ kind: "failed", reason, detail: name });
  const waiting = { kind: "waiting", detail: `${name} to be merged` };

  const looks: readonly (readonly [what: string, look: Partial<MergeLook>, decision: object])[] = [
    ["goes on while it is open", {}, waiting],
    ["ends with the merge", { pull: merged }, { kind: "merged", commit: "c0ffee" }],
    [
      "ends with the merge, whatever came after",
      { pull: merged, target: "other" },
      { kind: "merged", commit: "c0ffee" },
    ],
    [
      "goes on until the server knows the merge's commit",
      { pull: { ...merged, mergeCommit: undefined } },
      { kind: "waiting", detail: `the merge commit of ${name}` },
    ],
    ["ends when it was closed", { pull: { ...pull, state: "closed" } }, failed("PULL_REQUEST_CLOSED")],
    ["ends when somebody changed our value", { target: "other" }, failed("SUPERSEDED")],
    ["goes on while the wanted values may be its own merge", { target: "wanted", elsewhere: short }, waiting],
    ["ends when they are not", { target: "wanted", elsewhere: lasting }, { kind: "elsewhere" }],
    ["goes on where they were, and are not any more", { elsewhere: lasting }, waiting],
    ["goes on where the server doubted, and does not any more", { blocked: lasting }, waiting],
    ["ends at a conflict", { pull: { ...pull, conflict: "yes" } }, failed("PULL_REQUEST_CONFLICT")],
    ["goes on at a first doubt", { pull: { ...pull, conflict: "perhaps" } }, waiting],
    ["goes on at a doubt of few looks", { pull: { ...pull, conflict: "perhaps" }, blocked: short }, waiting],
    ["goes on at a young doubt", { pull: { ...pull, conflict: "perhaps" }, blocked: young }, waiting],
    [
      "ends at a doubt that lasts",
      { pull: { ...pull, conflict: "perhaps" }, blocked: lasting },
      failed("PULL_REQUEST_CONFLICT"),
    ],
  ];
  for (const [what, look, decision] of looks) {
    it(what, () => assert.deepEqual(decideMerge({ pull, target: "before", now, ...look }), decision));
  }

  it("counts what is found again and forgets what is gone", () => {
    const first = persist(true, undefined, 10);
    assert.deepEqual(first, { looks: 1, since: 10 });
    assert.deepEqual(persist(true, first, 20), { looks: 2, since: 10 });
    assert.equal(persist(false, first, 30), undefined);
  });

  it("looks after 2 s, then less and less often, every 30 s in the end, spread by a fifth", () => {
    assert.deepEqual(
      [0, 1, 2, 6, 7, 1000].map((looksSoFar) => nextLook(looksSoFar, 0.5)),
      [2_000, 3_000, 4_500, 22_781, 30_000, 30_000],
    );
    assert.equal(nextLook(0, 0), 1_600);
    assert.ok(nextLook(1000, 0.999) <= 36_000);
  });
});
