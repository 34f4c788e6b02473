import assert from "node:assert/strict";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import nock from "nock";
import { createHttpClient } from "../../src/net/http.ts";
import { createCertificates } from "../sandbox/api/certificates.ts";
import { type ForwardProxy, startForwardProxy } from "../sandbox/proxy/server.ts";

const secret = "canary-Zq7";

describe("the HTTP client", () => {
  let proxy: ForwardProxy;
  let server: Server;
  let ca: string;
  let url: string;
  const asked: (string | undefined)[] = [];
  before(async () => {
    // nock, which other tests need, knows no CONNECT and takes every request from its import on.
    nock.restore();
    const certificates = await createCertificates({ hosts: ["server.example.test", "127.0.0.1"] });
    ({ ca } = certificates);
    server = createServer(certificates, (request, response) => {
      asked.push(request.headers["proxy-authorization"]);
      response.end("hello");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `https://server.example.test:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    asked.length = 0;
    proxy = await startForwardProxy();
  });
  afterEach(() => proxy.stop());

  async function get(env: Readonly<Record<string, string>>, to = url, extraCa = [ca]): Promise<string> {
    const client = createHttpClient({ url: to, extraCa, env, timeoutMs: 5_000, maxResponseBytes: 1_000 });
    const { status, data } = await client.get<string>(to, { responseType: "text" });
    return `${status} ${data}`;
  }

  it("goes through the proxy, and TLS ends at the server", async () => {
    assert.equal(await get({ HTTPS_PROXY: proxy.url }), "200 hello");
    assert.deepEqual(proxy.seen, [`CONNECT ${new URL(url).host}`]);
    await assert.rejects(get({ HTTPS_PROXY: proxy.url }, url, []), /certificate/);
  });

  it("goes directly where NO_PROXY says so, and where no proxy is named", async () => {
    const direct = url.replace("server.example.test", "127.0.0.1");
    assert.equal(await get({ HTTPS_PROXY: proxy.url, NO_PROXY: "127.0.0.0/8" }, direct), "200 hello");
    assert.equal(await get({}, direct), "200 hello");
    assert.deepEqual(proxy.seen, []);
  });

  it("says who it is to the proxy, and to nobody else", async () => {
    proxy.faults.credentials = `user:${secret}`;
    const env = { HTTPS_PROXY: proxy.url.replace("//", `//user:${secret}@`) };
    assert.equal(await get(env), "200 hello");
    assert.deepEqual(asked, [undefined]);
  });

  it("names the proxy that asks for credentials, and the fix", async () => {
    proxy.faults.credentials = `user:${secret}`;
    const { host } = new URL(proxy.url);
    await assert.rejects(
      get({ HTTPS_PROXY: proxy.url.replace("//", `//other:${secret}@`) }),
      (error: Error) => {
        assert.match(error.message, new RegExp(`the proxy ${host} asks for a user name and a password`));
        assert.doesNotMatch(`${error.message} ${error.stack}`, new RegExp(secret));
        return true;
      },
    );
  });

  it("names the proxy that refuses, and the one that is not there", async () => {
    proxy.faults.status = 502;
    const { host } = new URL(proxy.url);
    await assert.rejects(get({ HTTPS_PROXY: proxy.url }), new RegExp(`the proxy ${host} answered 502`));
    await proxy.stop();
    await assert.rejects(
      get({ HTTPS_PROXY: proxy.url }),
      new RegExp(`the proxy ${host} cannot be reached \\(ECONNREFUSED\\)`),
    );
  });

  it("asks the proxy for the whole URL where there is no TLS", async () => {
    const plain = await startForwardProxy();
    try {
      // The second proxy serves as any HTTP server that answers.
      plain.faults.status = 418;
      const to = plain.url.replace("127.0.0.1", "plain.example.test");
      proxy.faults.credentials = "user:p@ss";
      const env = { HTTP_PROXY: proxy.url.replace("//", "//user:p%40ss@") };
      assert.equal(await get(env, `${to}/x`), "418 refused by the proxy");
      assert.deepEqual(proxy.seen, [`GET ${to}/x`]);
    } finally {
      await plain.stop();
    }
  });
});
