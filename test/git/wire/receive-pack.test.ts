import assert from "node:assert/strict";
import type { ReasonId } from "../../../src/errors/catalogue.ts";
import { Failure } from "../../../src/errors/failure.ts";
import { declinedReason } from "../../../src/git/declined.ts";
import { parseAdvertisement } from "../../../src/git/wire/advertisement.ts";
import { parsePackets, pktLine } from "../../../src/git/wire/pkt-line.ts";
import { describeRejection, isRace, parseReport } from "../../../src/git/wire/receive-pack.ts";

const ref = "refs/heads/main";
const id = "a".repeat(40);
const update = { ref, from: "c".repeat(40), to: id };
const sideBand = new Set(["report-status", "side-band-64k"]);

function band(number: number, content: string | Buffer): Buffer {
  return pktLine(String.fromCharCode(number) + content.toString());
}

function report(...lines: string[]): Buffer {
  return Buffer.concat([...lines.map((line) => pktLine(`${line}\n`)), Buffer.from("0000")]);
}

describe("receive-pack", () => {
  /** reason, messages, whether it is a race */
  const rejections: readonly [string, readonly string[], boolean | "perhaps"][] = [
    ["non-fast-forward", [], true],
    ["fetch first", [], true],
    ["stale info", [], true],
    [`cannot lock ref '${ref}': is at ${id} but expected ${id}`, [], true],
    ["incorrect old value provided", [], true],
    ["failed to update ref", [`error: cannot lock ref '${ref}': is at ${id} but expected ${id}`], true],
    [
      "failed to update ref",
      [`error: cannot lock ref '${ref}': Unable to create 'main.lock': File exists.`],
      true,
    ],
    ["failed to update ref", [], "perhaps"],
    ["failed to lock", [], true],
    ["pre-receive hook declined", ["fetch first, said the hook"], false],
    ["hook declined", [], false],
    ["protected branch hook declined", [], false],
    ["GL-HOOK-ERR: You are not allowed to push code to protected branches", [], false],
    ["unpack: unpacker error", [], false],
    // GitHub, rulesets and branch protection; GitLab; Gitea; Azure DevOps.
    [
      "push declined due to repository rule violations",
      ["error: GH013: Repository rule violations found"],
      false,
    ],
    [
      "protected branch hook declined",
      ["error: GH006: Protected branch update failed for refs/heads/main."],
      false,
    ],
    ["pre-receive hook declined", ["GitLab: You are not allowed to push code to protected branches"], false],
    ["pre-receive hook declined", ["Gitea: Not allowed to push to protected branch main"], false],
    ["TF402455: Pushes to this branch are not permitted; you must use a pull request", [], false],
    ["who knows", [], "perhaps"],
  ];
  for (const [reason, messages, expected] of rejections) {
    it(`"${reason}"${messages.length > 0 ? ` with "${messages}"` : ""}: race ${expected}`, () => {
      assert.equal(isRace({ reason, messages }), expected);
    });
  }

  it("reads what became of the update, on a side band split anywhere, and without one", () => {
    const inner = report("unpack ok", `ok ${ref}`);
    const split = Buffer.concat([
      band(2, "remote: hel"),
      band(1, inner.subarray(0, 7)),
      band(2, "lo\rremote: bye\n"),
      band(1, inner.subarray(7)),
      Buffer.from("0000"),
    ]);
    assert.deepEqual(parseReport(split, update, sideBand), { kind: "updated" });
    assert.deepEqual(parseReport(inner, update, new Set(["report-status"])), { kind: "updated" });
  });

  it("reads why not", () => {
    const refused = Buffer.concat([
      band(2, "no\u001b[1m way\n"),
      band(1, report("unpack ok", `ng ${ref} hook declined`)),
    ]);
    assert.deepEqual(parseReport(refused, update, sideBand), {
      kind: "rejected",
      reason: "hook declined",
      messages: ["no [1m way"],
    });
    const broken = report("unpack index-pack abnormal exit", `ng ${ref} unpacker error`);
    const result = parseReport(broken, update, new Set());
    assert.ok(result.kind === "rejected");
    assert.equal(result.reason, "unpack: index-pack abnormal exit");
  });

  it("shows what the server wrote about a protected branch", () => {
    const told = [
      "error: GH006: Protected branch update failed",
      "error: At least 1 approving review is required",
    ];
    const text = describeRejection("protected branch hook declined", told);
    assert.equal(text, `${told.join(" / ")} / protected branch hook declined`);
  });

  describe("explains a decline by GitHub, GitLab, Gitea, Bitbucket, Azure DevOps, Gerrit or a hook", () => {
    const declines: readonly [string, ReasonId][] = [
      [
        'error: GH006: Protected branch update failed for refs/heads/main. / error: Required status check "ci" is expected. / protected branch hook declined',
        "GIT_BRANCH_PROTECTED",
      ],
      [
        "error: GH013: Repository rule violations found for refs/heads/main. / - Changes must be made through a pull request. / push declined due to repository rule violations",
        "GIT_BRANCH_PROTECTED",
      ],
      [
        "error: GH013: Repository rule violations found for refs/heads/main. / - Cannot update this protected ref. / push declined due to repository rule violations",
        "GIT_BRANCH_PROTECTED",
      ],
      [
        "error: GH013: Repository rule violations found / - Commits must have verified signatures. / Found 1 violation",
        "GIT_COMMIT_RULE",
      ],
      [
        "error: GH006: Protected branch update failed / error: Commits must have verified signatures. / protected branch hook declined",
        "GIT_COMMIT_RULE",
      ],
      [
        "error: GH006 / - Commits must have verified signatures. / - Changes must be made through a pull request.",
        "GIT_BRANCH_PROTECTED",
      ],
      [
        "error: GH007: Your push would publish a private email address. / push declined due to email privacy restrictions",
        "GIT_COMMIT_RULE",
      ],
      [
        "GitLab: You are not allowed to push code to protected branches on this project. / pre-receive hook declined",
        "GIT_BRANCH_PROTECTED",
      ],
      ["GitLab: Commit must be signed with a GPG key / pre-receive hook declined", "GIT_COMMIT_RULE"],
      [
        "GitLab: Commit message does not follow the pattern '^JIRA-' / pre-receive hook declined",
        "GIT_COMMIT_RULE",
      ],
      ["GitLab: Author 'bot@x' is not a member of team / pre-receive hook declined", "GIT_COMMIT_RULE"],
      [
        "GitLab: Committer's email 'a@b' does not follow the pattern '@example.com$' / pre-receive hook declined",
        "GIT_COMMIT_RULE",
      ],
      [
        "Gitea: Not allowed to push to protected branch main / pre-receive hook declined",
        "GIT_BRANCH_PROTECTED",
      ],
      [
        "remote: Branch refs/heads/main can only be modified through pull requests. / pre-receive hook declined",
        "GIT_BRANCH_PROTECTED",
      ],
      [
        "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch.",
        "GIT_BRANCH_PROTECTED",
      ],
      ["prohibited by Gerrit: not permitted: update", "GIT_BRANCH_PROTECTED"],
      ["Every commit needs a Signed-off-by line / pre-receive hook declined", "GIT_COMMIT_RULE"],
      ["the change freeze lasts until Monday / pre-receive hook declined", "GIT_PUSH_DECLINED"],
    ];
    for (const [text, reason] of declines) {
      it(`${reason}: ${text.slice(0, 90)}`, () => assert.equal(declinedReason(text), reason));
    }
  });

  it("takes an update that the server made something else of (report-status-v2) for no answer", () => {
    const v2 = (option: string) => report("unpack ok", `ok ${ref}`, `option ${option}`);
    const offered = new Set(["report-status-v2"]);
    assert.deepEqual(parseReport(v2(`new-oid ${id}`), update, offered), { kind: "updated" });
    assert.throws(() => parseReport(v2(`new-oid ${"b".repeat(40)}`), update, offered), Failure);
    assert.throws(() => parseReport(v2("refname refs/heads/review"), update, offered), Failure);
  });

  it("does not take another branch's success for ours", () => {
    const others = report("unpack ok", "ok refs/heads/main2", "ng refs/heads/mai x");
    assert.throws(() => parseReport(others, update, new Set()), Failure);
    assert.throws(() => parseReport(Buffer.concat([band(3, "fatal\n")]), update, sideBand), /fatal/);
  });

  it("reads what the server offers", () => {
    const lines = [
      pktLine("# service=git-receive-pack\n"),
      Buffer.from("0000"),
      pktLine(`${id} refs/heads/main\0report-status side-band-64k agent=git/2\n`),
      pktLine(`${"b".repeat(40)} refs/heads/x y\n`),
      Buffer.from("0000"),
    ];
    const { refs, capabilities } = parseAdvertisement(Buffer.concat(lines), "git-receive-pack");
    assert.equal(refs.get(ref), id);
    assert.ok(capabilities.has("side-band-64k"));
    const empty = pktLine(`${"0".repeat(40)} capabilities^{}\0report-status\n`);
    const whole = Buffer.concat([empty, Buffer.from("0000")]);
    assert.deepEqual([...parseAdvertisement(whole, "git-receive-pack").refs], []);
    assert.throws(() => parseAdvertisement(empty, "git-receive-pack"), /no end/);
  });

  it("bounds what it repeats", () => {
    const messages = Array.from({ length: 1000 }, () => "x".repeat(400));
    assert.ok(describeRejection("reason", messages).length <= 1500);
  });

  const broken = ["0", "00g4", "ffff", "0008ab", "-001", "0003"];
  for (const text of broken) {
    it(`refuses the packet "${text}"`, () => assert.throws(() => parsePackets(Buffer.from(text)), Failure));
  }
  it("takes flush, delimiter and end for empty ones", () => {
    assert.deepEqual(parsePackets(Buffer.from("0000000100020004")), [
      "flush",
      "delimiter",
      "end",
      Buffer.alloc(0),
    ]);
  });
});
