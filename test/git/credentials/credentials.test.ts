import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../../src/errors/failure.ts";
import { matchCredentials, tokenUser } from "../../../src/git/credentials/credential-store.ts";
import { type CredentialSources, findAccess } from "../../../src/git/credentials/credentials.ts";
import {
  credentialSetting,
  insteadOf,
  isTrue,
  parseGitConfig,
} from "../../../src/git/credentials/gitconfig.ts";

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
  "no user": { store: "https://:p@git.example.org\n", wanted: "oauth2 p" },
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

/** What the next request would send. */
async function credentialsOf(url: string, sources: CredentialSources) {
  const found = await (await findAccess(url, sources)).credentials?.();
  return found && { username: found.username, password: found.password };
}

describe("credentials", () => {
  for (const [what, one] of Object.entries(cases)) {
    it(`in .git-credentials: ${what}`, () => {
      const found = matchCredentials(
        { lines: one.store, entries: parseGitConfig(one.config ?? "") },
        one.url ?? url,
        one.username,
      );
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
      assert.deepEqual(await credentialsOf(url, { username: "u", password: "p", home }), {
        username: "u",
        password: "p",
      });
      assert.deepEqual(await credentialsOf(url, { password: "token", home }), {
        username: "oauth2",
        password: "token",
      });
      assert.deepEqual(await credentialsOf(url, { username: "", password: "", home }), {
        username: "a",
        password: "1",
      });
      assert.equal(await credentialsOf(url, { username: "b", home }), undefined);
    });

    it("none where there is no file", async () => {
      assert.equal(await credentialsOf(url, { home }), undefined);
      assert.equal(await credentialsOf(url, {}), undefined);
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
      await assert.rejects(findAccess(url, { folder, home: folder }), (error) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.reason, "INVALID_OPTION");
        assert.match(error.evidence, /--git-credentials-dir .*bluegreen-auth-.* git\.example\.org$/);
        assert.doesNotMatch(error.evidence, /canary/);
        return true;
      });
    });

    it("are a .git-credentials as in $HOME", async () => {
      await writeFile(join(folder, ".git-credentials"), "https://u:p@git.example.org\n");
      assert.deepEqual(await credentialsOf(url, { folder }), { username: "u", password: "p" });
    });

    it("are a Secret's two files, without the line end of an editor", async () => {
      await writeFile(join(folder, "password"), " s3 cret \n");
      assert.deepEqual(await credentialsOf(url, { folder }), { username: "oauth2", password: " s3 cret " });
      await writeFile(join(folder, "username"), "robot\r\n");
      assert.deepEqual(await credentialsOf(url, { folder }), { username: "robot", password: " s3 cret " });
    });

    it("are a Secret's token", async () => {
      await rm(join(folder, "username"));
      await rm(join(folder, "password"));
      await writeFile(join(folder, "token"), "t0ken\n");
      assert.deepEqual(await credentialsOf(url, { folder }), { username: "oauth2", password: "t0ken" });
    });

    it("stand behind the variables", async () => {
      const given = { username: "u", password: "p", folder };
      assert.deepEqual(await credentialsOf(url, given), { username: "u", password: "p" });
    });
  });

  describe("from a token file", () => {
    let folder: string;
    let tokenFile: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "bluegreen-token-"));
      tokenFile = join(folder, "token");
    });
    after(() => rm(folder, { recursive: true, force: true }));

    it("are read anew for each request", async () => {
      const { credentials } = await findAccess(url, { tokenFile, scheme: "bearer" });
      assert.ok(credentials !== undefined);
      await writeFile(tokenFile, "first\n");
      assert.deepEqual(await credentials(), { username: "oauth2", password: "first", scheme: "bearer" });
      await writeFile(tokenFile, "second");
      assert.equal((await credentials())?.password, "second");
    });

    it("take the user's name for the server before its convention", async () => {
      const found = await credentialsOf("https://github.com/o/r", { tokenFile, username: "robot" });
      assert.equal(found?.username, "robot");
    });

    for (const [what, text, problem] of [
      ["nothing", "\n", /is empty$/],
      ["what would end the header", "a\r\nX-Evil: 1", /holds no token$/],
    ] as const) {
      it(`refuse a file with ${what}, and show none of it`, async () => {
        await writeFile(tokenFile, text);
        await assert.rejects(credentialsOf(url, { tokenFile }), (error) => {
          assert.ok(error instanceof Failure && error.reason === "GIT_AUTH");
          assert.match(error.evidence, problem);
          return !error.evidence.includes("Evil");
        });
      });
    }

    it("refuse a file that is not there, and a password beside it", async () => {
      const missing = join(folder, "missing");
      await assert.rejects(credentialsOf(url, { tokenFile: missing }), /missing cannot be read \(ENOENT\)/);
      await assert.rejects(
        credentialsOf(url, { tokenFile, password: "canary" }),
        /either BLUEGREEN_GIT_PASSWORD or --git-token-file, not both/,
      );
    });
  });

  it("give a token the user name that its server is known to want", () => {
    const names = {
      "https://github.com/o/r": "x-access-token",
      "https://github.corp.example.com/o/r": "x-access-token",
      "https://octo.ghe.com/o/r": "x-access-token",
      "https://bitbucket.org/o/r": "x-token-auth",
      "https://gitlab.com/o/r": "oauth2",
      "https://gitea.example.org/o/r": "oauth2",
      "https://notgithub.example.org/o/r": "oauth2",
    };
    for (const [place, name] of Object.entries(names)) assert.equal(tokenUser(place), name, place);
  });

  describe("with insteadOf in .gitconfig", () => {
    let home: string;
    before(async () => {
      home = await mkdtemp(join(tmpdir(), "bluegreen-instead-"));
    });
    after(() => rm(home, { recursive: true, force: true }));
    const config = (text: string) => writeFile(join(home, ".gitconfig"), text);

    it("the longest prefix is replaced, as by git itself", async () => {
      const text =
        '[url "https://mirror.example.org/"]\n  insteadOf = https://git.example.org/\n' +
        '[url "https://other.example.org/x/"]\n  insteadOf = https://git.example.org/org/\n  insteadof = https://git.example.org/longer/\n';
      const entries = parseGitConfig(text);
      await config(text);
      for (const path of ["org/repo.git", "a/b", "longer/c"]) {
        const given = `https://git.example.org/${path}`;
        const git = spawnSync("git", ["ls-remote", "--get-url", given], {
          encoding: "utf8",
          env: { ...process.env, HOME: home, GIT_CONFIG_NOSYSTEM: "1" },
        });
        assert.equal(insteadOf(entries, given), git.stdout.trim());
      }
      assert.equal(insteadOf(entries, "https://github.com/a/b"), "https://github.com/a/b");
    });

    it("requests and the choice of credentials follow", async () => {
      await config('[url "https://mirror.example.org/"]\n  insteadOf = https://git.example.org/\n');
      await writeFile(
        join(home, ".git-credentials"),
        "https://a:1@git.example.org\nhttps://b:2@mirror.example.org\n",
      );
      const access = await findAccess(url, { home });
      assert.equal(access.url, "https://mirror.example.org/org/repo.git");
      assert.equal((await access.credentials?.())?.username, "b");
      await rm(join(home, ".git-credentials"));
    });

    it("user and password in the base are credentials, and part of no URL", async () => {
      await config(
        '[url "https://oauth2:s3cret@git.example.org/"]\n  insteadOf = https://git.example.org/\n',
      );
      const access = await findAccess(url, { home });
      assert.equal(access.url, url);
      assert.deepEqual(await credentialsOf(url, { home }), { username: "oauth2", password: "s3cret" });
      await config('[url "https://t0ken@github.com/"]\n  insteadOf = https://github.com/\n');
      const found = await credentialsOf("https://github.com/o/r", { home });
      assert.deepEqual(found, { username: "x-access-token", password: "t0ken" });
    });

    it("what comes out must be a URL that is taken", async () => {
      await config('[url "git@git.example.org:"]\n  insteadOf = https://git.example.org/\n');
      await assert.rejects(findAccess(url, { home }), (error) => {
        assert.ok(error instanceof Failure && error.reason === "INVALID_OPTION");
        assert.match(
          error.evidence,
          /^insteadOf in \.gitconfig changes https:\/\/git\.example\.org\/org\/repo\.git: ssh is not supported/,
        );
        return true;
      });
      await config('[url "http://u:canary@git.example.org/"]\n  insteadOf = https://git.example.org/\n');
      await assert.rejects(findAccess(url, { home }), (error) => {
        assert.ok(error instanceof Failure);
        assert.match(error.evidence, /http would send the password in the clear/);
        return !error.evidence.includes("canary");
      });
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
