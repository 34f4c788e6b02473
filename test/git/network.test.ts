/** What lies between: proxies, servers that drip or are busy. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createCertificates } from "../sandbox/api/certificates.ts";
import { jukeboxPath, seedRepository } from "../sandbox/git/seed.ts";
import { type GitServer, startGitServer } from "../sandbox/git/server.ts";
import { startForwardProxy } from "../sandbox/proxy/server.ts";
import { changeOf, failureOf, password, remoteOf, testClock, user } from "./support.ts";

describe("a Git remote behind a proxy", () => {
  it("is read and pushed through it; TLS and the credentials end at the server; NO_PROXY is obeyed", async () => {
    const { ca, cert, key } = await createCertificates({ hosts: ["git.example.test"] });
    const server = await startGitServer({ files: seedRepository(), user, password, tls: { cert, key } });
    const proxy = await startForwardProxy();
    try {
      const host = `git.example.test:${new URL(server.origin).port}`;
      const place = { url: `https://${host}/repository.git` };
      const env = { HTTPS_PROXY: proxy.url, NO_PROXY: "example.org" };
      const remote = await remoteOf(place, { extraCa: [ca], env });
      const result = await remote.push(await remote.fetch(), changeOf(jukeboxPath, "x\n"));
      assert.deepEqual(result, { kind: "pushed", commit: await server.head() });
      assert.deepEqual([...new Set(proxy.seen)], [`CONNECT ${host}`]);

      const tunnels = proxy.seen.length;
      const direct = await remoteOf(place, { extraCa: [ca], env: { ...env, NO_PROXY: ".example.test" } });
      assert.match((await failureOf(direct.head(), "GIT_UNREACHABLE")).evidence, /DNS/);
      assert.equal(proxy.seen.length, tunnels);
    } finally {
      await proxy.stop();
      await server.stop();
    }
  });
});

describe("a Git remote whose server", () => {
  let server: GitServer;

  beforeEach(async () => {
    server = await startGitServer({ files: seedRepository(), user, password });
  });
  afterEach(() => server.stop());

  it("asks a push to wait for an hour, is not pushed to again", async () => {
    const clock = testClock();
    const remote = await remoteOf(server, { clock });
    const base = await remote.fetch();
    const headers = { "retry-after": "3600" };
    await server.fault({ kind: "status", status: 429, headers }, { scope: "receive" });
    const failure = await failureOf(remote.push(base, changeOf(jukeboxPath, "x\n")), "GIT_UNREACHABLE");
    assert.match(failure.evidence, /is not on main: HTTP 429 \(the server asks to wait for 3600 s\)/);
    assert.deepEqual(clock.slept, []);
    const pushes = server.requests.filter(
      ({ method, path }) => method === "POST" && path.endsWith("git-receive-pack"),
    );
    assert.equal(pushes.length, 1);
  });

  it("says by 403 and Retry-After that it was asked too often, is asked again, and its credentials are not blamed", async () => {
    const clock = testClock();
    const remote = await remoteOf(server, { clock });
    const limited = { kind: "status", status: 403, headers: { "retry-after": "5" } } as const;
    await server.fault(limited, { times: 1 });
    assert.equal(await remote.head(), await server.head());
    assert.deepEqual(clock.slept, [5300]);
    await server.fault(limited);
    await failureOf(remote.head(), "GIT_UNREACHABLE");
  });
});

describe("a Git remote whose answers drip, byte by byte and never silent", () => {
  it("is not given up at the time-out, but at ten times of it", async () => {
    const dripping = createServer((_, response) => {
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement" });
      const timer = setInterval(() => response.write("0"), 5);
      response.on("close", () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => dripping.listen(0, "127.0.0.1", resolve));
    try {
      const timeoutMs = 100;
      const { port } = dripping.address() as AddressInfo;
      const clock = testClock();
      const remote = await remoteOf({ url: `http://127.0.0.1:${port}/x.git` }, { timeoutMs, clock });
      const startedAt = performance.now();
      const failure = await failureOf(remote.head(), "GIT_UNREACHABLE");
      assert.match(failure.evidence, /no answer in time/);
      const tries = clock.slept.length + 1;
      assert.equal(tries, 4);
      assert.ok(performance.now() - startedAt >= tries * 10 * timeoutMs);
    } finally {
      dripping.closeAllConnections();
      dripping.close();
    }
  });
});
