import assert from "node:assert/strict";
import { generateKey } from "openpgp";
import { assertNoSecret, type Course, startCourse } from "./course.ts";
import { assertFailure, assertOutcome, logsOf } from "./expectations.ts";
import { startTlsFront, type TlsFront } from "./tls-front.ts";

/** Where Git's credentials and its CA come from. (All other tests: a Secret that is linked to the ServiceAccount.) */
describe("a TaskRun's credentials", function () {
  this.timeout(60_000);
  let course: Course;
  let front: TlsFront;
  before(async () => {
    course = await startCourse();
    front = await startTlsFront(course.sandbox.git.origin);
  });
  after(() => Promise.all([front.stop(), course.stop()]));

  const store = (origin: string) => {
    const { username, password } = course.secret;
    return origin.replace("://", `://${username}:${password}@`);
  };
  const keys = () => ({ username: course.secret.username, password: course.secret.password });
  /** Refused after a look at Git, which is all that is wanted here. */
  const look = { action: "rollback" };
  const seen = "NO_PREVIOUS_REVISION";

  it("none at all: says whose Secret is missing", async () => {
    assertFailure(course.task, await course.run(look, { secrets: [] }), "mutate", "GIT_AUTH");
  });

  it("would be noticed in a log, in a command, in a result", async () => {
    const ended = await course.run(look);
    const [step] = ended.steps;
    assert.ok(step);
    const { password, username } = course.secret;
    const basic = Buffer.from(`${username}:${password}`).toString("base64");
    for (const shown of [
      { steps: [{ ...step, log: `x ${password} x` }] },
      { steps: [{ ...step, started: { command: ["node", `--token=${course.token}`], env: {} } }] },
      { results: { reason: `Authorization: Basic ${basic}` } },
    ]) {
      assert.throws(() => assertNoSecret({ ...ended, ...shown }), /a secret shows/);
    }
  });

  it("the workspace with .git-credentials and .gitconfig", async () => {
    const basicAuth = {
      ".git-credentials": `https://somebody:else@git.example.com\n${store(course.sandbox.git.origin)}\n`,
      ".gitconfig": "[credential]\n\thelper = store\n",
    };
    const ended = await course.run(look, { secrets: [] }, { workspaces: { "basic-auth": basicAuth } });
    assertFailure(course.task, ended, "mutate", seen);
  });

  it("the workspace with username and password, which wins over the linked Secret", async () => {
    const secrets = [{ ...course.secret, password: "wrong" }];
    const ended = await course.run(look, { secrets }, { workspaces: { "basic-auth": keys() } });
    assertFailure(course.task, ended, "mutate", seen);
  });

  it("a workspace without any for this server: says so, and does not try without", async () => {
    const before = course.sandbox.git.requests.length;
    const workspaces = { "basic-auth": { ".git-credentials": "https://somebody:else@git.example.com\n" } };
    const ended = await course.run(look, {}, { workspaces });
    assertFailure(course.task, ended, "mutate", "INVALID_OPTION");
    assert.equal(course.sandbox.git.requests.length, before);
  });

  describe("a signing key in its workspace", () => {
    const passphrase = "sésame-ouvre-toi";
    const stage = { action: "stage", "model-version": "v9" };

    it("signs the commit; nothing of it shows", async () => {
      const head = await course.sandbox.git.head();
      const userIDs = [{ name: "Signer", email: "signer@example.com" }];
      const { privateKey } = await generateKey({ userIDs, passphrase });
      const signingKey = { "private-key": privateKey, passphrase: `${passphrase}x\n` };
      const wrong = await course.run(stage, {}, { workspaces: { "signing-key": signingKey } });
      assertFailure(course.task, wrong, "mutate", "SIGNING_KEY_UNUSABLE");
      assert.equal(await course.sandbox.git.head(), head, "nothing was pushed");

      const right = { ...signingKey, passphrase: `${passphrase}\n` };
      const ended = await course.run(stage, {}, { workspaces: { "signing-key": right } });
      assert.ok(ended.succeeded, logsOf(ended));
      const commit = await course.sandbox.git.git(["cat-file", "commit", "main"]);
      assert.match(commit, /^gpgsig -----BEGIN PGP SIGNATURE-----$/m);
      for (const { steps, results, message } of [wrong, ended]) {
        assert.doesNotMatch(JSON.stringify({ steps, results, message }), /ouvre-toi|PRIVATE KEY/);
      }
    });
  });

  describe("over TLS by a CA of one's own", () => {
    const url = () => ({ "git-url": `${front.origin}/repository.git` });

    it("is refused where the CA is not known", async () => {
      const secrets = [{ ...course.secret, url: front.origin }];
      const ended = await course.run({ ...look, ...url() }, { secrets });
      assertFailure(course.task, ended, "mutate", "GIT_UNREACHABLE");
    });

    it("both workspaces: the whole way, every step", async () => {
      const workspaces = { "basic-auth": keys(), "ssl-ca-directory": { "ca.crt": front.ca } };
      const params = { action: "stage", "model-version": "v2", ...url() };
      const ended = await course.run(params, { secrets: [] }, { workspaces });
      assert.ok(ended.succeeded, logsOf(ended));
      const results = assertOutcome(course.task, ended, "PASS");
      assert.equal(results["commit"], await course.sandbox.git.head());
    });

    it("the linked Secret for host and port, and the CA's workspace", async () => {
      const secrets = [{ ...course.secret, url: front.origin }];
      const workspaces = { "ssl-ca-directory": { "ca.pem": front.ca } };
      const ended = await course.run(
        { action: "promote", "model-version": "v2", ...url() },
        { secrets },
        { workspaces },
      );
      assert.ok(ended.succeeded, logsOf(ended));
      assertOutcome(course.task, ended, "PASS");
    });
  });
});
