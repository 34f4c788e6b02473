import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import type { GitRemote, GitSnapshot } from "../../src/ports.ts";
import { createCertificates } from "../sandbox/api/certificates.ts";
import { jukeboxPath, seedRepository } from "../sandbox/git/seed.ts";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";
import { changedBy, changeOf, failureOf, password, remoteOf, testClock, testLog, user } from "./support.ts";

describe("a Git remote in trouble", () => {
  let server: GitServer;

  beforeEach(async () => {
    server = await startGitServer({ files: seedRepository(), user, password });
  });
  afterEach(() => server.stop());

  describe("with its push", () => {
    it("whose answer was lost, finds its commit on the branch: exactly one", async () => {
      const remote = await remoteOf(server);
      const base = await remote.fetch();
      await server.fault({ kind: "lost-answer" }, { scope: "receive", times: 1 });
      const result = await remote.push(base, changeOf(jukeboxPath, "x\n"));
      assert.deepEqual(result, { kind: "pushed", commit: await server.head() });
      assert.equal((await server.log()).length, 2);
      assert.deepEqual(await changedBy(server, await server.head()), [`M ${jukeboxPath}`]);
    });

    it("whose answer was lost and on which others built meanwhile, finds it too", async () => {
      const remote = await remoteOf(server);
      const base = await fetchToEdit(remote);
      await server.fault({ kind: "lost-answer" }, { scope: "receive", times: 1 });
      const run = async () => {
        for (let number = 0; number < 3; number++) await server.commitAsOther({ "README.md": `${number}\n` });
      };
      await server.fault({ kind: "race", run }, { scope: "read", times: 1 });
      const result = await remote.push(base, changeOf(jukeboxPath, "x\n"));
      assert.ok(result.kind === "pushed");
      assert.equal((await server.log())[3]?.commit, result.commit);
    });

    it("that never arrives, is sent again after a look, and then says so", async () => {
      const clock = testClock();
      const remote = await remoteOf(server, { clock });
      const base = await remote.fetch();
      await server.fault({ kind: "cut" }, { scope: "receive" });
      const failure = await failureOf(remote.push(base, changeOf(jukeboxPath, "x\n")), "GIT_UNREACHABLE");
      assert.ok(failure.retryable);
      assert.match(failure.evidence, /did not arrive and is not on main.*cut/);
      assert.equal(await server.head(), base.commit);
      const posts = server.requests.filter(({ method }) => method === "POST").map(({ path }) => path);
      const look = ["/repository.git/git-receive-pack", "/repository.git/git-upload-pack"];
      assert.deepEqual(posts.slice(-6), [...look, ...look, ...look]);
      assert.deepEqual(clock.slept, [300, 600]);
    });

    it("that arrives when it is sent again, lands once, after as long as the server asked for", async () => {
      const clock = testClock();
      const remote = await remoteOf(server, { clock });
      const base = await remote.fetch();
      const headers = { "retry-after": "7" };
      await server.fault({ kind: "status", status: 429, headers }, { scope: "receive", times: 1 });
      const result = await remote.push(base, changeOf(jukeboxPath, "x\n"));
      assert.deepEqual(result, { kind: "pushed", commit: await server.head() });
      assert.equal((await server.log()).length, 2);
      assert.deepEqual(clock.slept, [7300]);
    });

    it("that arrives twice, because the first was only late, lands once", async () => {
      const remote = await remoteOf(server);
      const base = await fetchToEdit(remote);
      // The first answer is lost, and the look that follows sees the branch as it was before.
      const old = `${base.commit} refs/heads/main\n`;
      const body = `${(old.length + 4).toString(16).padStart(4, "0")}${old}0000`;
      const headers = { "content-type": "application/x-git-upload-pack-result" };
      await server.fault({ kind: "status", status: 200, body, headers }, { scope: "read", times: 1 });
      await server.fault({ kind: "lost-answer" }, { scope: "receive", times: 1 });
      const result = await remote.push(base, changeOf(jukeboxPath, "x\n"));
      assert.deepEqual(result, { kind: "pushed", commit: await server.head() });
      assert.equal((await server.log()).length, 2);
      const pushes = server.requests.filter(
        ({ method, path }) => method === "POST" && path.endsWith("receive-pack"),
      );
      assert.equal(pushes.length, 2);
    });

    it("that never arrived while somebody else's did, was overtaken", async () => {
      const remote = await remoteOf(server);
      const base = await remote.fetch();
      await server.fault({ kind: "status", status: 502 }, { scope: "receive", times: 1 });
      const run = () => server.commitAsOther({ "README.md": "theirs\n" });
      await server.fault({ kind: "race", run }, { scope: "read", times: 1 });
      assert.equal((await remote.push(base, changeOf(jukeboxPath, "x\n"))).kind, "overtaken");
      assert.equal((await server.log()).length, 2);
    });

    it("of unknown outcome, names the commit to look for", async () => {
      const remote = await remoteOf(server);
      const base = await fetchToEdit(remote);
      await server.fault({ kind: "status", status: 503 });
      await server.fault({ kind: "lost-answer" }, { scope: "receive", times: 1 });
      // The look at what the server offers still works.
      await server.fault({ kind: "race", run: async () => undefined }, { scope: "push", times: 1 });
      const failure = await failureOf(remote.push(base, changeOf(jukeboxPath, "x\n")), "GIT_UNREACHABLE");
      assert.match(
        failure.evidence,
        new RegExp(`push of ${await server.head()} was lost .* cannot be looked at: HTTP 503`),
      );
    });

    it("declined by a hook, repeats the hook's own lines, printable", async () => {
      const remote = await remoteOf(server);
      const base = await remote.fetch();
      await server.fault({
        kind: "declined",
        lines: ["Policy: \u001b[31mno\u001b[0m pushes on Fridays", `echo ${password}`],
      });
      const failure = await failureOf(remote.push(base, changeOf(jukeboxPath, "x\n")), "GIT_PUSH_DECLINED");
      assert.match(
        failure.evidence,
        /Policy: \[31mno \[0m pushes on Fridays \/ echo \*+ \/ pre-receive hook declined/,
      );
      assert.equal(await server.head(), base.commit);
    });

    it("to a branch that is hidden from pushes, is declined", async () => {
      const remote = await remoteOf(server);
      const base = await remote.fetch();
      await server.git(["config", "receive.hideRefs", "refs/heads/main"]);
      const failure = await failureOf(remote.push(base, changeOf(jukeboxPath, "x\n")), "GIT_PUSH_DECLINED");
      assert.match(failure.evidence, /hides this branch/);
    });

    it("declined without a word that is known, is a race only if the branch moved", async () => {
      const remote = await remoteOf(server);
      const base = await remote.fetch();
      const report = (text: string) => `${(text.length + 4).toString(16).padStart(4, "0")}${text}`;
      const inner = `${report("unpack ok\n")}${report("ng refs/heads/main failed to update ref\n")}0000`;
      const body = `${report(`\u0001${inner}`)}0000`;
      const headers = { "content-type": "application/x-git-receive-pack-result" };
      await server.fault({ kind: "status", status: 200, body, headers }, { scope: "receive" });
      const failure = await failureOf(remote.push(base, changeOf(jukeboxPath, "x\n")), "GIT_PUSH_DECLINED");
      assert.match(failure.evidence, /failed to update ref/);
      const run = () => server.commitAsOther({ "README.md": "theirs\n" });
      await server.fault({ kind: "race", run }, { scope: "read", times: 1 });
      assert.equal((await remote.push(base, changeOf(jukeboxPath, "x\n"))).kind, "overtaken");
    });

    it("that leaves the file as it is, is a commit all the same", async () => {
      const remote = await remoteOf(server);
      const base = await remote.fetch();
      const content = (await base.readFile(jukeboxPath)) ?? new Uint8Array();
      const result = await remote.push(base, { files: new Map([[jukeboxPath, content]]), message: "Same\n" });
      assert.ok(result.kind === "pushed");
      assert.deepEqual(await changedBy(server, result.commit), []);
    });
  });

  describe("with access", () => {
    it("and a wrong password", async () => {
      const remote = await remoteOf(server, {
        credentials: async () => ({ username: user, password: `${password}x` }),
      });
      await failureOf(remote.head(), "GIT_AUTH");
      const failure = await failureOf(remote.fetch(), "GIT_AUTH");
      assert.match(
        failure.evidence,
        /HTTP 401: Unauthorized \(http:\/\/127\.0\.0\.1:\d+\/repository\.git, branch main\)/,
      );
    });

    it("and a hook that repeats the token at the end of a long line: no part of it is shown", async () => {
      const remote = await remoteOf(server);
      const base = await remote.fetch();
      await server.decline([`${"x".repeat(465)} ${password}`]);
      const { evidence } = await failureOf(
        remote.push(base, changeOf(jukeboxPath, "x: 1\n")),
        "GIT_PUSH_DECLINED",
      );
      assert.match(evidence, /x{465} \*+/);
      assert.ok(!evidence.includes(password.slice(0, 6)), evidence);
    });

    it("and no credentials", async () => {
      const { evidence } = await failureOf(
        (await remoteOf(server, { credentials: undefined })).head(),
        "GIT_AUTH",
      );
      assert.match(
        evidence,
        /^HTTP 401: Unauthorized; no credentials were sent, because none were given or found /,
      );
    });

    it("by a bearer token that is renewed meanwhile, goes on with the new one, and shows neither", async () => {
      const given: (string | undefined)[] = [];
      const tokens = ["t0ken-one", "t0ken-two"];
      const remote = await remoteOf(server, {
        credentials: async () => ({ username: user, password: tokens[0] ?? "", scheme: "bearer" }),
      });
      await server.fault({ kind: "status", status: 403, body: "not t0ken-one nor t0ken-two" });
      assert.match((await failureOf(remote.head(), "GIT_AUTH")).evidence, /not \*\*\* nor t0ken-two/);
      tokens.shift();
      const failure = await failureOf(remote.head(), "GIT_AUTH");
      assert.match(failure.evidence, /not \*\*\* nor \*\*\*/);
      given.push(...server.requests.slice(-2).map(({ authorization }) => authorization));
      assert.deepEqual(given, ["Bearer t0ken-one", "Bearer t0ken-two"]);
    });

    it("forbidden, hears what the server says but never its own secret", async () => {
      const basic = Buffer.from(`${user}:${password}`).toString("base64");
      await server.fault({ kind: "status", status: 403, body: `not you: Basic ${basic} ${password}` });
      const failure = await failureOf((await remoteOf(server)).fetch(), "GIT_AUTH");
      assert.match(failure.evidence, /HTTP 403: not you: Basic \*\*\* \*\*\*/);
    });

    it("and an unknown branch, names those that exist", async () => {
      await server.git(["branch", "test", "main"]);
      const remote = await remoteOf(server, { branch: "mian" });
      for (const action of [() => remote.head(), () => remote.fetch()]) {
        const failure = await failureOf(action(), "GIT_NOT_FOUND");
        assert.match(
          failure.evidence,
          /no branch mian; there is main, test \(http:.*repository\.git, branch mian\)/,
        );
      }
    });

    it("and many branches, does not name them all", async () => {
      for (let number = 0; number < 11; number++) await server.git(["branch", `b${number}`, "main"]);
      const failure = await failureOf((await remoteOf(server, { branch: "x" })).head(), "GIT_NOT_FOUND");
      assert.match(failure.evidence, /there are 12 others/);
    });

    it("and an unknown repository", async () => {
      const remote = await remoteOf({ url: `${server.origin}/nothing.git` });
      await failureOf(remote.head(), "GIT_NOT_FOUND");
      const failure = await failureOf(remote.fetch(), "GIT_NOT_FOUND");
      assert.match(failure.evidence, /nothing\.git/);
    });

    it("and an empty repository", async () => {
      const empty = await startGitServer({});
      try {
        const remote = await remoteOf(empty);
        assert.match((await failureOf(remote.head(), "GIT_NOT_FOUND")).evidence, /empty/);
        assert.match((await failureOf(remote.fetch(), "GIT_NOT_FOUND")).evidence, /empty/);
      } finally {
        await empty.stop();
      }
    });
  });

  describe("with answers", () => {
    it("of a server that recovers, tries reads again with growing pauses", async () => {
      const clock = testClock();
      const log = testLog();
      await server.fault({ kind: "status", status: 502 }, { times: 3 });
      assert.equal(await (await remoteOf(server, { clock, log })).head(), await server.head());
      assert.deepEqual(clock.slept, [300, 600, 1200]);
      assert.equal(log.lines.filter((line) => /HTTP 502; again in \d+ ms/.test(line)).length, 3);
    });

    it("of a busy server, waits as long as it asks for, but not for ever", async () => {
      const clock = testClock();
      const remote = await remoteOf(server, { clock });
      const busy = (after: string) =>
        ({ kind: "status", status: 503, headers: { "retry-after": after } }) as const;
      await server.fault(busy("3"), { times: 1 });
      await server.fault(busy(new Date(Date.now() + 20_000).toUTCString()), { times: 1 });
      await remote.head();
      const [date = 0, seconds = 0] = clock.slept;
      assert.ok(date > 15_000 && date < 21_000, `${date}`);
      assert.equal(seconds, 3600);
      await server.fault(busy("3600"), { times: 1 });
      const failure = await failureOf(remote.head(), "GIT_UNREACHABLE");
      assert.match(failure.evidence, /HTTP 503 \(the server asks to wait for 3600 s\)/);
    });

    it("of a server that does not, gives up after three more", async () => {
      await server.fault({ kind: "status", status: 500, body: "oops\u0007\nat line 1" });
      const failure = await failureOf((await remoteOf(server)).fetch(), "GIT_UNREACHABLE");
      assert.match(failure.evidence, /HTTP 500: oops at line 1/);
      assert.equal(server.requests.length, 4);
    });

    it("cut in half, tries again", async () => {
      await server.fault({ kind: "half" }, { scope: "read", times: 2 });
      const snapshot = await (await remoteOf(server)).fetch();
      assert.equal(snapshot.commit, await server.head());
    });

    it("always cut in half, says so", async () => {
      await server.fault({ kind: "half" });
      await failureOf((await remoteOf(server)).fetch(), "GIT_UNREACHABLE");
    });

    it("that do not come, gives up in time", async () => {
      await server.fault({ kind: "stall" });
      const failure = await failureOf((await remoteOf(server, { timeoutMs: 50 })).head(), "GIT_UNREACHABLE");
      assert.match(failure.evidence, /127\.0\.0\.1:\d+: no answer in time/);
    });

    it("from a login page, quotes its title", async () => {
      await server.fault({ kind: "login-page" });
      for (const read of ["head", "fetch"] as const) {
        const failure = await failureOf((await remoteOf(server))[read](), "GIT_PROTOCOL");
        assert.match(
          failure.evidence,
          /text\/html instead of Git's answer, a page called "Sign in · Example"/,
        );
      }
    });

    const garbage: Record<string, string> = {
      "no framing": "hello",
      "a cut line": "001e# service=git-upl",
      nothing: "",
      "a wrong service": "001e# service=git-other-pack\n0000",
      "zero bytes": "\0".repeat(100),
    };
    for (const [what, body] of Object.entries(garbage)) {
      it(`that claim to be Git's but hold ${what}`, async () => {
        const remote = await remoteOf(server);
        const type = (name: string) => ({ "content-type": `application/x-git-${name}` });
        await server.fault({ kind: "status", status: 200, body, headers: type("upload-pack-advertisement") });
        await failureOf(remote.head(), "GIT_PROTOCOL");
        await failureOf(remote.fetch(), "GIT_PROTOCOL");
        await server.heal();
        const base = await remote.fetch();
        await server.fault(
          { kind: "status", status: 200, body, headers: type("receive-pack-result") },
          { scope: "receive" },
        );
        const failure = await failureOf(remote.push(base, changeOf(jukeboxPath, "x\n")), "GIT_UNREACHABLE");
        assert.match(failure.evidence, /is not on main/);
      });
    }

    it("with a broken pack", async () => {
      const body = "0008NAK\nPACK garbage";
      const headers = { "content-type": "application/x-git-upload-pack-result" };
      const remote = await remoteOf(server);
      await server.fault(
        { kind: "race", run: () => server.fault({ kind: "status", status: 200, body, headers }) },
        { times: 1 },
      );
      await failureOf(remote.fetch(), "GIT_PROTOCOL");
    });
  });

  describe("with its host", () => {
    it("unknown", async () => {
      const remote = await remoteOf({ url: "https://nothing.invalid/x.git" });
      const failure = await failureOf(remote.head(), "GIT_UNREACHABLE");
      assert.match(failure.evidence, /nothing\.invalid: .*DNS/);
    });

    it("not listening", async () => {
      const { origin } = server;
      await server.stop();
      const failure = await failureOf((await remoteOf({ url: `${origin}/x.git` })).head(), "GIT_UNREACHABLE");
      assert.match(failure.evidence, /refused/);
      server = await startGitServer({});
    });

    it("of an unknown certificate authority, names the option, and works with it", async () => {
      const { ca, cert, key } = await createCertificates();
      const tls = await startGitServer({ files: seedRepository(), user, password, tls: { cert, key } });
      try {
        const clock = testClock();
        const failure = await failureOf((await remoteOf(tls, { clock })).head(), "GIT_UNREACHABLE");
        assert.match(failure.evidence, /certificate authority that is not known.*--ca-file/);
        assert.deepEqual(clock.slept, [], "no retry helps");
        assert.equal(tls.requests.length, 0);
        const remote = await remoteOf(tls, { extraCa: [ca] });
        assert.equal((await remote.push(await remote.fetch(), changeOf("README.md", "x\n"))).kind, "pushed");
      } finally {
        await tls.stop();
      }
    });

    it("under another name than its certificate's", async () => {
      const { ca, cert, key } = await createCertificates({ hosts: ["git.example.org"] });
      const tls = await startGitServer({ files: seedRepository(), tls: { cert, key } });
      try {
        const failure = await failureOf((await remoteOf(tls, { extraCa: [ca] })).head(), "GIT_UNREACHABLE");
        assert.match(failure.evidence, /another host name/);
      } finally {
        await tls.stop();
      }
    });

    it("speaking no TLS", async () => {
      const remote = await remoteOf({ url: server.url.replace("http:", "https:") });
      await failureOf(remote.head(), "GIT_UNREACHABLE");
    });

    it("cutting every connection", async () => {
      const sockets = new Set<Socket>();
      const listener = createServer(
        (socket) => sockets.add(socket.on("error", () => undefined)) && socket.destroy(),
      );
      await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
      const address = listener.address();
      assert.ok(typeof address === "object" && address !== null);
      const remote = await remoteOf({ url: `http://127.0.0.1:${address.port}/x.git` });
      const failure = await failureOf(remote.head(), "GIT_UNREACHABLE");
      assert.match(failure.evidence, /cut/);
      await new Promise((resolve) => listener.close(resolve));
    });
  });

  describe("with a redirect", () => {
    it("to another host, sends nothing there and names it", async () => {
      const other = await startGitServer({ files: seedRepository() });
      try {
        for (const status of [301, 302, 307, 308]) {
          await server.fault({ kind: "redirect", origin: other.origin, status });
          const remote = await remoteOf(server);
          const failure = await failureOf(remote.fetch(), "GIT_PROTOCOL");
          assert.ok(failure.evidence.includes(other.origin), failure.evidence);
          await failureOf(remote.head(), "GIT_PROTOCOL");
        }
        assert.deepEqual(other.requests, []);
      } finally {
        await other.stop();
      }
    });

    it("of a push to another host, sends nothing there", async () => {
      const other = await startGitServer({ files: seedRepository() });
      try {
        const remote = await remoteOf(server);
        const base = await remote.fetch();
        await server.fault({ kind: "redirect", origin: other.origin, status: 307 }, { scope: "receive" });
        await failureOf(remote.push(base, changeOf(jukeboxPath, "x\n")), "GIT_UNREACHABLE");
        assert.deepEqual(other.requests, []);
      } finally {
        await other.stop();
      }
    });

    it("to a new name on the same host, follows with everything", async () => {
      const remote = await remoteOf({ url: `${server.origin}/old-name.git` });
      const location = `${server.url}/info/refs?service=`;
      for (const service of ["git-upload-pack", "git-receive-pack"]) {
        const headers = { location: `${location}${service}` };
        const scope = service === "git-upload-pack" ? "read" : "push";
        await server.fault({ kind: "status", status: 301, headers }, { scope, times: 1 });
      }
      const result = await remote.push(await remote.fetch(), changeOf(jukeboxPath, "x\n"));
      assert.deepEqual(result, { kind: "pushed", commit: await server.head() });
    });
  });
});

/** With all that an edit needs: what is asked after this is about the push. */
async function fetchToEdit(remote: GitRemote): Promise<GitSnapshot> {
  const snapshot = await remote.fetch([jukeboxPath]);
  await snapshot.readFile(jukeboxPath);
  return snapshot;
}
