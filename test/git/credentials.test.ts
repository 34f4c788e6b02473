import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../src/errors/failure.ts";
import { findCredentials, matchCredentials } from "../../src/git/credentials.ts";
import { credentialSetting, isTrue, parseGitConfig } from "../../src/git/gitconfig.ts";

const url = "https://git.example.org/org/repo.git";

interface Case {
  readonly store: string;
  readonly config?: string;
  readonly url?: string;
  readonly username?: string;
  /** `user password`, or undefined where nothing fits. */
  readonly wanted: string | undefined;
}

const usePath = "[credential]\n\tuseHttpPath = true\n";

const cases: Record<string, Case> = {
  "one line": { store: "https://u:p@git.example.org\n", wanted: "u p" },
  "the host among several": {
    store: "https://a:1@github.com\r\n\r\n# x\nhttps://u:p@git.example.org\r\nhttps://v:q@git.example.org\n",
    wanted: "u p",
  },
  "percent-encoding": { store: "https://u%40x:p%3A%2F%40%25@git.example.org", wanted: "u@x p:/@%" },
  "broken percent-encoding": { store: "https://u:%zz@git.example.org\n", wanted: undefined },
  "no line": { store: "", wanted: undefined },
  "another protocol": { store: "http://u:p@git.example.org\n", wanted: undefined },
  "another port": { store: "https://u:p@git.example.org:8443\n", wanted: undefined },
  "the protocol's own port": { store: "https://u:p@git.example.org:443\n", wanted: "u p" },
  "a port of its own": {
    store: "http://u:p@127.0.0.1:3000\n",
    url: "http://127.0.0.1:3000/x",
    wanted: "u p",
  },
  "a longer host": { store: "https://u:p@git.example.org.evil.org\n", wanted: undefined },
  "another case of the host": { store: "https://u:p@GIT.example.ORG\n", wanted: "u p" },
  "no password": { store: "https://u@git.example.org\n", wanted: undefined },
  "no user": { store: "https://:p@git.example.org\n", wanted: "git p" },
  "the line with this path first": {
    store: "https://a:1@git.example.org\nhttps://u:p@git.example.org/org/repo.git\n",
    wanted: "u p",
  },
  "the path with or without .git": { store: "https://u:p@git.example.org/org/repo/\n", wanted: "u p" },
  "a line with another path": { store: "https://u:p@git.example.org/org/other.git\n", wanted: undefined },
  "the line without a path after one of another": {
    store: "https://a:1@git.example.org/org/other\nhttps://u:p@git.example.org\n",
    wanted: "u p",
  },
  "useHttpPath: only the line with the path": {
    store: "https://a:1@git.example.org\n",
    config: usePath,
    wanted: undefined,
  },
  "useHttpPath for this host": {
    store: "https://a:1@git.example.org\nhttps://u:p@git.example.org/org/repo.git\n",
    config: '[credential "https://git.example.org"]\nusehttppath\n',
    wanted: "u p",
  },
  "useHttpPath for another host": {
    store: "https://u:p@git.example.org\n",
    config: '[credential "https://github.com"]\nuseHttpPath = true\n',
    wanted: "u p",
  },
  "the wanted user": {
    store: "https://a:1@git.example.org\nhttps://u:p@git.example.org\n",
    username: "u",
    wanted: "u p",
  },
  "the user of .gitconfig": {
    store: "https://a:1@git.example.org\nhttps://u:p@git.example.org\n",
    config: '[credential "https://git.example.org"]\n  username = u\n[credential]\n helper = store\n',
    wanted: "u p",
  },
  "an unknown user": { store: "https://a:1@git.example.org\n", username: "u", wanted: undefined },
};

describe("credentials", () => {
  for (const [what, one] of Object.entries(cases)) {
    it(`in .git-credentials: ${what}`, () => {
      const found = matchCredentials(one.store, one.config ?? "", one.url ?? url, one.username);
      assert.equal(found && `${found.username} ${found.password}`, one.wanted);
    });
  }

  describe("by source", () => {
    let home: string;
    beforeEach(async () => {
      home = await mkdtemp(join(tmpdir(), "bluegreen-home-"));
    });
    afterEach(() => rm(home, { recursive: true }));

    it("explicit ones go first", async () => {
      await writeFile(join(home, ".git-credentials"), "https://a:1@git.example.org\n");
      assert.deepEqual(await findCredentials(url, { username: "u", password: "p", home }), {
        username: "u",
        password: "p",
      });
      assert.deepEqual(await findCredentials(url, { password: "token", home }), {
        username: "git",
        password: "token",
      });
      assert.deepEqual(await findCredentials(url, { username: "", password: "", home }), {
        username: "a",
        password: "1",
      });
      assert.equal(await findCredentials(url, { username: "b", home }), undefined);
    });

    it("none where there is no file", async () => {
      assert.equal(await findCredentials(url, { home }), undefined);
      assert.equal(await findCredentials(url, {}), undefined);
    });
  });

  describe("from a folder that the user named", () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "bluegreen-auth-"));
    });
    after(() => rm(folder, { recursive: true, force: true }));

    it("must be there for this server; the folder and the host are named, no secret", async () => {
      await writeFile(join(folder, ".git-credentials"), "https://u:canary@other.example.org\n");
      await assert.rejects(findCredentials(url, { folder, home: folder }), (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.reason, "INVALID_OPTION");
        assert.match(error.evidence, /--git-credentials-dir .*bluegreen-auth-.* git\.example\.org$/);
        assert.doesNotMatch(error.evidence, /canary/);
        return true;
      });
    });

    it("are a .git-credentials as in $HOME", async () => {
      await writeFile(join(folder, ".git-credentials"), "https://u:p@git.example.org\n");
      assert.deepEqual(await findCredentials(url, { folder }), { username: "u", password: "p" });
    });

    it("are a Secret's two files, without the line end of an editor", async () => {
      await writeFile(join(folder, "password"), " s3 cret \n");
      assert.deepEqual(await findCredentials(url, { folder }), { username: "git", password: " s3 cret " });
      await writeFile(join(folder, "username"), "robot\r\n");
      assert.deepEqual(await findCredentials(url, { folder }), { username: "robot", password: " s3 cret " });
    });

    it("stand behind the variables", async () => {
      const given = { username: "u", password: "p", folder };
      assert.deepEqual(await findCredentials(url, given), { username: "u", password: "p" });
    });
  });

  it("read .gitconfig as git does", () => {
    const text =
      '[user]\n\tname = "A B" # c\n[credential "https://x/y \\"z\\""] useHttpPath\n; c\n[Credential]\nUSERNAME=u ; c\nbad line\n';
    assert.deepEqual(parseGitConfig(text), [
      { section: "user", subsection: "", key: "name", value: "A B" },
      { section: "credential", subsection: 'https://x/y "z"', key: "usehttppath", value: "true" },
      { section: "credential", subsection: "", key: "username", value: "u" },
    ]);
    assert.equal(credentialSetting(parseGitConfig(text), "username", new URL(url)), "u");
    assert.deepEqual(["true", "Yes", "on", "1", "false", "0", "", undefined].map(isTrue), [
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
