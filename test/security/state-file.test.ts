/** A state file that somebody else wrote, or another run: what it can make the later steps do. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/cli/run.ts";
import { readStateFile } from "../../src/cli/state-file.ts";
import { formatRunState } from "../../src/core/run-state.ts";
import { failureOf, stateOf } from "../steps/builders.ts";

const state = stateOf();
const { location } = state.git;

describe("a forged state file", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-forged-"));
    path = join(folder, "run.json");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function refusal(content: object | string): Promise<string> {
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    const { reason, evidence } = await failureOf(readStateFile(path, {}));
    assert.ok(evidence.length < 500 && !/\p{Cc}/u.test(evidence), evidence);
    return `${reason} ${evidence}`;
  }

  const git = (changes: object) => ({ ...state, git: { ...state.git, ...changes } });
  const placed = (file: string) => git({ location: { ...location, path: file } });
  const refused: readonly (readonly [what: string, forged: object | string, wanted: RegExp])[] = [
    ["a repository without TLS", git({ url: "http://evil.example/a/b" }), /^STATE_FOREIGN .*--git-url takes/],
    ["a repository on the disk", git({ url: "file:///etc" }), /^STATE_FOREIGN /],
    ["a password in the repository's URL", git({ url: "https://u:p@evil.example/a/b" }), /^STATE_FOREIGN /],
    [
      "one model's repository that is another",
      { ...state, also: [git({ url: "https://evil.example/a/b" })] },
      /^STATE_FOREIGN .*several repositories/,
    ],
    ["a file above the repository", placed("../../etc/passwd"), /^STATE_UNREADABLE .*git\.location\.path/],
    ["an absolute file", placed("/etc/passwd"), /^STATE_UNREADABLE .*git\.location\.path/],
    ["Git's own folder", placed(".GIT/config"), /^STATE_UNREADABLE .*git\.location\.path/],
    [
      "a name that would widen a selector",
      { ...state, service: { namespace: "user1-test", name: "jukebox,app in (x)" } },
      /^STATE_UNREADABLE .*service\.name/,
    ],
    [
      "a name that would leave its path",
      { ...state, service: { namespace: "..", name: "jukebox" } },
      /^STATE_UNREADABLE .*service\.namespace/,
    ],
    [
      "a million levels",
      formatRunState(state).replace(
        '"run-1"',
        `"run-1","x":${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`,
      ),
      /^STATE_UNREADABLE .*more than 100 levels/,
    ],
    ["more than 8 MiB", formatRunState(state) + " ".repeat(8 * 1024 * 1024), /^STATE_UNREADABLE .*larger/],
  ];
  for (const [what, forged, wanted] of refused) {
    it(`is refused with ${what}`, async () => assert.match(await refusal(forged), wanted));
  }

  it("may be deep inside a text, which is no level", async () => {
    await writeFile(path, formatRunState({ ...state, run: `"\\${"[".repeat(300)}` }));
    assert.equal((await readStateFile(path, {})).run, `"\\${"[".repeat(300)}`);
  });

  it("is refused where it is a pipe that never ends", async () => {
    await rm(path, { force: true });
    execFileSync("ln", ["-s", "/dev/zero", path]);
    const { reason, evidence } = await failureOf(readStateFile(path, {}));
    assert.equal(reason, "STATE_UNREADABLE");
    assert.match(evidence, /larger than/);
  });

  for (const step of ["await", "settle"]) {
    it(`cannot lead ${step}'s credentials to another repository than --git-url`, async () => {
      await writeFile(path, formatRunState(state));
      let said = "";
      const code = await run({
        argv: [step, "--state-file", path],
        env: {
          BLUEGREEN_GIT_URL: "https://gitea.example.com/user1/another.git",
          BLUEGREEN_GIT_USERNAME: "u",
          BLUEGREEN_GIT_PASSWORD: "canary-Zq7",
        },
        streams: {
          out: (text) => {
            said += text;
          },
          err: (text) => {
            said += text;
          },
        },
        version: "0",
        signal: new AbortController().signal,
      });
      assert.equal(code, 21, said);
      assert.match(said, /STATE_FOREIGN/);
      assert.match(
        said,
        /its repository is .*, this step was told https:\/\/gitea\.example\.com\/user1\/another/,
      );
    });
  }
});
