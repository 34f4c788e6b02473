import assert from "node:assert/strict";
import { traceRequest } from "../../src/net/trace.ts";
import { createLog } from "../steps/fakes.ts";

function lineOf(url: string, headers: Readonly<Record<string, unknown>> = {}, end: number | string = 200) {
  const log = createLog();
  traceRequest({ log, clock: { now: () => 1_250 } }, { method: "get", url, headers, startedAt: 1_000 }, end);
  assert.equal(log.lines.length, 1);
  return log.of("debug")[0] ?? "";
}

describe("the trace of a request", () => {
  it("tells method, URL, end and duration", () => {
    assert.equal(lineOf("https://api:6443/pods?watch=1"), "GET https://api:6443/pods?watch=1 → 200, 250 ms");
    assert.equal(lineOf("http://x/", {}, "ECONNREFUSED"), "GET http://x/ → ECONNREFUSED, 250 ms");
    assert.equal(lineOf("no url"), "GET a URL that cannot be read → 200, 250 ms");
  });

  it("tells the size of an answer where it is known", () => {
    const log = createLog();
    const request = { method: "get", url: "http://x/", headers: {}, startedAt: 0 };
    traceRequest({ log, clock: { now: () => 5 } }, request, 200, 532);
    assert.deepEqual(log.of("debug"), ["GET http://x/ → 200, 5 ms, 532 bytes"]);
  });

  it("shows a query as people read it, and no control character", () => {
    assert.match(
      lineOf("http://p/api?query=sum%28rate%28x%5B5m%5D%29%29"),
      /\?query=sum\(rate\(x\[5m\]\)\) →/,
    );
    assert.doesNotMatch(lineOf("http://p/api?query=%1b%5B2J%0a"), /\p{Cc}/u);
  });

  it("never shows who asks", () => {
    const line = lineOf("https://user:hunter2@host/x");
    assert.equal(line, "GET https://host/x → 200, 250 ms");
  });

  const secret = "p@ss/wörd+1=&%\ud800";
  const basic = `Basic ${Buffer.from(`user1:${secret}`).toString("base64")}`;
  for (const [what, headers, given] of [
    ["a token", { authorization: "Bearer t0k3n.abc" }, "t0k3n.abc"],
    ["a forge's token", { Authorization: "token t0k3n.abc" }, "t0k3n.abc"],
    ["a password", { authorization: basic }, Buffer.from(secret).toString()],
    ["a header of the user's own", { "x-scope-orgid": "tenant-42" }, "tenant-42"],
  ] as const) {
    const forms = {
      plain: given,
      encoded: encodeURIComponent(given),
      "encoded twice": encodeURIComponent(encodeURIComponent(given)),
      "as base64": Buffer.from(given).toString("base64"),
    };
    for (const [form, text] of Object.entries(forms)) {
      it(`never shows ${what}, ${form}, wherever it turns up in the URL`, () => {
        const place = encodeURI(text.replace(/[?#]/g, ""));
        const line = lineOf(`https://host/a/${place}/b?c=${encodeURIComponent(text)}`, headers);
        for (const each of Object.values(forms)) assert.ok(!line.includes(each), `${line} holds ${each}`);
        assert.match(line, /\*\*\*/);
      });
    }
  }

  it("strikes out nothing for what says nothing of who asks", () => {
    const headers = { accept: "application/json", "user-agent": "git/bluegreen", "content-type": "json" };
    assert.match(lineOf("https://host/json/git/bluegreen", headers), /host\/json\/git\/bluegreen/);
  });
});
