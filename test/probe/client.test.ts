import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import nock from "nock";
import { Failure } from "../../src/errors/failure.ts";
import type { ProbeReply } from "../../src/ports.ts";
import { createProbeClient, type ProbeClientSettings } from "../../src/probe/client.ts";
import { createCertificates } from "../sandbox/api/certificates.ts";

const secret = "canary-Zq7";
const body = '{"inputs": [ ]}';

describe("the probe client", () => {
  let server: Server;
  let ca: string;
  let url: string;
  let folder: string;
  let tokenFile: string;
  let answer: (response: ServerResponse, headers: IncomingHttpHeaders) => void;
  const asked: { readonly request: string; readonly headers: IncomingHttpHeaders; readonly body: string }[] =
    [];

  before(async () => {
    // nock, which other tests need, takes every request from its import on.
    nock.restore();
    const certificates = await createCertificates();
    ({ ca } = certificates);
    server = createServer(certificates, (request, response) => {
      let text = "";
      request.on("data", (part: Buffer) => {
        text += part.toString();
      });
      request.on("end", () => {
        asked.push({ request: `${request.method} ${request.url}`, headers: request.headers, body: text });
        answer(response, request.headers);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v2/models/jukebox/infer`;
    folder = await mkdtemp(join(tmpdir(), "bluegreen-probe-"));
    tokenFile = join(folder, "token");
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    asked.length = 0;
    answer = (response) => response.end("{}");
    await writeFile(tokenFile, `${secret}\n`);
  });

  function infer(
    settings: Partial<ProbeClientSettings> = {},
    to = url,
    confidential = true,
    signal = new AbortController().signal,
  ): Promise<ProbeReply> {
    const client = createProbeClient({ extraCa: [ca], timeoutMs: 10_000, ...settings });
    return client.infer({ url: to, body, confidential }, signal);
  }

  async function refusalOf(settings: Partial<ProbeClientSettings>, confidential = true): Promise<string> {
    try {
      await infer(settings, url, confidential);
    } catch (error) {
      assert.ok(error instanceof Failure, String(error));
      return `${error.reason}: ${error.evidence}`;
    }
    return assert.fail("it was sent");
  }

  it("posts the payload as it stands, and gives back what came", async () => {
    answer = (response) => response.writeHead(400).end('{"error": "x"}');
    assert.deepEqual(await infer(), { kind: "answered", status: 400, body: '{"error": "x"}' });
    const [first] = asked;
    assert.equal(first?.request, "POST /v2/models/jukebox/infer");
    assert.equal(first?.body, body);
    assert.equal(first?.headers["content-type"], "application/json");
    assert.equal(first?.headers.authorization, undefined);
  });

  it("follows no redirect, with or without a token", async () => {
    answer = (response) => response.writeHead(307, { location: "/elsewhere" }).end();
    const reply = await infer({ tokenFile });
    assert.deepEqual(reply, { kind: "answered", status: 307, body: "", location: "/elsewhere" });
    assert.equal(asked.length, 1);
  });

  it("sends the token as the file has it now, and shows it nowhere", async () => {
    answer = (response, { authorization }) =>
      response.writeHead(302, { location: `/?${authorization}` }).end(authorization);
    const client = createProbeClient({ extraCa: [ca], timeoutMs: 10_000, tokenFile });
    const { signal } = new AbortController();
    const first = await client.infer({ url, body, confidential: true }, signal);
    assert.ok(!JSON.stringify(first).includes(secret), JSON.stringify(first));
    await writeFile(tokenFile, "rotated");
    await client.infer({ url, body, confidential: true }, signal);
    const sent = asked.map(({ headers }) => headers.authorization);
    assert.deepEqual(sent, [`Bearer ${secret}`, "Bearer rotated"]);
  });

  it("sends nothing where the token may not travel, or is none", async () => {
    assert.match(await refusalOf({ tokenFile }, false), /^PROBE_DENIED: the token is not sent to https:/);
    assert.match(await refusalOf({ tokenFile: join(folder, "none") }), /cannot be read \(ENOENT\)$/);
    for (const [text, problem] of [
      ["", "empty"],
      [`${secret}\r\nX-Evil: 1`, "malformed"],
    ] as const) {
      await writeFile(tokenFile, text);
      assert.equal(await refusalOf({ tokenFile }), `PROBE_DENIED: the token is ${problem}`);
    }
    assert.deepEqual(asked, []);
  });

  it("does not trust an unknown certificate authority; such a request never arrived", async () => {
    const reply = await infer({ extraCa: [] });
    assert.equal(reply.kind, "unanswered");
    assert.match(reply.kind === "unanswered" ? reply.detail : "", /certificate/i);
    assert.equal(reply.kind === "unanswered" && reply.arrived, false);
    assert.deepEqual(asked, []);
  });

  it("tells what never arrived from what may have", async () => {
    const refused = await infer({}, "http://127.0.0.1:9/v2/models/x/infer");
    assert.match(JSON.stringify(refused), /ECONNREFUSED.*"arrived":false/);
    const proxied = await infer({ env: { HTTPS_PROXY: "http://127.0.0.1:9" } }, "https://x.example.test/");
    assert.match(JSON.stringify(proxied), /the proxy 127\.0\.0\.1:9 cannot be reached .*"arrived":false/);
    answer = (response) => response.destroy();
    assert.match(JSON.stringify(await infer()), /"unanswered".*"arrived":true/);
  });

  it("gives up on silence and on an answer that trickles; both may have arrived", async () => {
    const late = { kind: "unanswered", detail: "timed out", arrived: true };
    answer = () => undefined;
    assert.deepEqual(await infer({ timeoutMs: 100 }), late);
    answer = (response) => void response.writeHead(200).write("{");
    assert.deepEqual(await infer({ timeoutMs: 100 }), late);
  });

  it("ends with the run", async () => {
    const cancel = new AbortController();
    answer = () => cancel.abort();
    const reply = await infer({}, url, true, cancel.signal);
    assert.equal(reply.kind, "unanswered");
  });

  it("reads no more than a megabyte", async () => {
    answer = (response) => response.end("x".repeat(1024 * 1024 + 1));
    assert.deepEqual(await infer(), {
      kind: "nonsense",
      detail: "the answer is longer than 1 MiB",
      arrived: true,
    });
  });
});

describe("the probe client, of odd answers", () => {
  const origin = "http://model.example.test";
  before(() => {
    if (!nock.isActive()) nock.activate();
    nock.disableNetConnect();
  });
  after(() => {
    nock.cleanAll();
    nock.enableNetConnect();
    nock.restore();
  });

  const client = createProbeClient({ extraCa: [], timeoutMs: 10_000 });
  const infer = () =>
    client.infer({ url: `${origin}/infer`, body, confidential: false }, new AbortController().signal);

  it("leaves the body as text, whatever its type says", async () => {
    nock(origin).post("/infer", JSON.parse(body)).reply(200, "NaN", { "content-type": "application/json" });
    assert.deepEqual(await infer(), { kind: "answered", status: 200, body: "NaN" });
  });

  for (const [code, arrived] of [
    ["ENOTFOUND", false],
    ["EAI_AGAIN", false],
    ["EHOSTUNREACH", false],
    ["ECONNRESET", true],
    ["EPIPE", true],
  ] as const) {
    it(`${code}: ${arrived ? "may have arrived" : "never arrived"}`, async () => {
      nock(origin)
        .post("/infer")
        .replyWithError(Object.assign(new Error(`read ${code}`), { code }));
      assert.deepEqual(await infer(), { kind: "unanswered", detail: `read ${code}`, arrived });
    });
  }
});
