import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import nock from "nock";
import { Failure } from "../../src/errors/failure.ts";
import { createMetrics, type MetricsSettings } from "../../src/prometheus/metrics.ts";
import { verify } from "../../src/steps/verify.ts";
import { r23, r24, readyPod, worldIn, worldOf } from "../core/states.ts";
import { createCertificates } from "../sandbox/api/certificates.ts";

import { fileWith, location, stateOf } from "../steps/builders.ts";
import { createClock, createCluster, createGit, createLog } from "../steps/fakes.ts";

const secret = "eyJhbGciOi.secret-token_1";
const samples = {
  status: "success",
  data: {
    resultType: "matrix",
    result: [{ metric: { __name__: "up", pod: "p" }, values: [[1700000000.5, "1"], [1700000005.5, "NaN"]] }], // biome-ignore format: short
  },
};

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

let server: Server;
let url: string;
let handler: Handler;
let requests: IncomingMessage[];
let pauses: number[];
let warnings: string[];

function settings(change: Partial<MetricsSettings> = {}): MetricsSettings {
  return {
    url,
    extraCa: [],
    timeoutMs: 5000,
    clock: {
      now: () => Date.UTC(2026, 0, 1),
      sleep: async (ms) => {
        pauses.push(ms);
      },
    },
    log: { info() {}, debug() {}, warn: (message) => warnings.push(message) },
    random: () => 0,
    ...change,
  };
}

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    // Its clock is the machine's, ours the test's.
    response.sendDate = false;
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };
}

/** What `query` throws, which must be a Failure that gives no secret away, however deep one looks. */
async function failureOf(change: Partial<MetricsSettings> = {}, promql = "up"): Promise<Failure> {
  const outcome = await createMetrics(settings(change))
    .query(promql)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  assert.ok(outcome instanceof Failure, inspect(outcome));
  assert.ok(!inspect(outcome, { depth: 10 }).includes("secret"), inspect(outcome));
  assert.match(outcome.evidence, /^\P{Cc}+$/u);
  return outcome;
}

describe("createMetrics", () => {
  before(async () => {
    // nock patches the HTTP client for the whole process; other test files may have switched it off, or not want it.
    if (!nock.isActive()) nock.activate();
    server = createServer((request, response) => {
      requests.push(request);
      handler(request, response, requests.length);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    requests = [];
    pauses = [];
    warnings = [];
    handler = json(samples);
  });
  afterEach(() => nock.cleanAll());
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    nock.restore();
  });

  it("asks by GET and gives back series with samples in seconds", async () => {
    const answer = await createMetrics(settings()).query('up{pod=~"a+b&c"}[5s]');

    assert.deepEqual(answer, {
      series: [
        {
          labels: { __name__: "up", pod: "p" },
          samples: [
            { time: 1700000000.5, value: 1 },
            { time: 1700000005.5, value: Number.NaN },
          ],
        },
      ],
      warnings: [],
    });
    assert.equal(requests[0]?.method, "GET");
    const asked = new URL(requests[0]?.url ?? "", url);
    assert.equal(asked.pathname, "/api/v1/query");
    assert.deepEqual([...asked.searchParams], [["query", 'up{pod=~"a+b&c"}[5s]']]);
    assert.equal(requests[0]?.headers.authorization, undefined);
  });

  it("keeps a path in front and adds the tenancy port's namespace", async () => {
    await createMetrics(settings({ url: `${url}/prometheus/`, tenancyNamespace: "user1-test" })).query("up");

    const asked = new URL(requests[0]?.url ?? "", url);
    assert.equal(asked.pathname, "/prometheus/api/v1/query");
    assert.equal(asked.searchParams.get("namespace"), "user1-test");
  });

  it("reads vectors and scalars, histograms as nothing, infinities and warnings", async () => {
    handler = json({
      status: "success",
      warnings: ["partial\u001b[2J"],
      data: {
        resultType: "vector",
        result: [
          { metric: { pod: "a" }, value: [1, "+Inf"] },
          { metric: { pod: "b" }, value: [1, "-inf"] },
          { metric: { pod: "c" }, histogram: [1, {}] },
        ],
      },
    });
    const answer = await createMetrics(settings()).query("up");
    handler = json({ status: "success", warnings: null, data: { resultType: "scalar", result: [7, "1e3"] } });
    const scalar = await createMetrics(settings()).query("scalar(up)");

    assert.deepEqual(
      answer.series.map((one) => one.samples.map(({ value }) => value)),
      [[Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY], []],
    );
    assert.deepEqual(answer.warnings, ["partial [2J"]);
    assert.deepEqual(scalar, { series: [{ labels: {}, samples: [{ time: 7, value: 1000 }] }], warnings: [] });
  });

  it("asks for another time than now, to the millisecond", async () => {
    await createMetrics(settings()).query("up", { at: 1_700_000_000_123 });

    assert.equal(new URL(requests[0]?.url ?? "", url).searchParams.get("time"), "1700000000.123");
  });

  it("takes VictoriaMetrics' partial answer for what it is", async () => {
    const data = { resultType: "scalar", result: [7, "1"] };
    const warningsOf = async (isPartial: unknown) => {
      handler = json({ status: "success", isPartial, data });
      return (await createMetrics(settings()).query("up")).warnings;
    };

    assert.deepEqual(await warningsOf(true), ["isPartial: a store did not answer"]);
    assert.deepEqual(await warningsOf(false), []);
  });

  it("takes `infos` of newer servers for no warnings", async () => {
    handler = json({ ...samples, infos: ["metric might not be a counter"] });

    assert.deepEqual((await createMetrics(settings()).query("up")).warnings, []);
  });

  describe("learns of the server's clock from the answer's Date", () => {
    const rows: readonly (readonly [date: string, clock: object | undefined])[] = [
      ["Thu, 01 Jan 2026 00:00:40 GMT", { aheadLeast: 40, aheadMost: 41 }],
      ["Wed, 31 Dec 2025 23:59:30 GMT", { aheadLeast: -30, aheadMost: -29 }],
      ["yesterday", undefined],
    ];
    for (const [date, clock] of rows) {
      it(date, async () => {
        handler = json(samples, 200, { date });

        assert.deepEqual((await createMetrics(settings()).query("up")).clock, clock);
      });
    }
  });

  describe("headers of the user's", () => {
    it("are read from their file for every request, and again on 401", async () => {
      const folder = await mkdtemp(join(tmpdir(), "bluegreen-"));
      const file = join(folder, "headers");
      await writeFile(file, "# Mimir\r\nX-Scope-OrgID: team 1 \n\nX-Key: secret-old\n");
      handler = (request, response, count) => {
        if (count === 1)
          writeFile(file, "X-Key: secret-new").then(() => json({}, 401)(request, response, count));
        else json(samples)(request, response, count);
      };
      try {
        await createMetrics(settings({ headers: { file } })).query("up");
      } finally {
        await rm(folder, { recursive: true });
      }

      assert.deepEqual(
        requests.map(({ headers }) => [headers["x-scope-orgid"], headers["x-key"]]),
        [["team 1", "secret-old"], [undefined, "secret-new"]], // biome-ignore format: short
      );
    });

    it("never travel to another host, nor into a message", async () => {
      const other = nock("http://elsewhere.example").get(/.*/).reply(200, samples);
      nock("http://prometheus.example").get(/.*/).reply(302, "", { Location: "http://elsewhere.example/" });
      nock("http://prometheus.example").get(/.*/).reply(400, "what is secret-key-1?");
      const change = { url: "http://prometheus.example", headers: { text: "X-Key: secret-key-1" } };

      assert.match((await failureOf(change)).evidence, /redirect to another origin refused/);
      assert.match((await failureOf(change)).evidence, /what is \(redacted\)\?/);
      assert.equal(other.isDone(), false);
    });

    const refused: readonly (readonly [what: string, text: string, evidence: RegExp])[] = [
      ["no header at all", "ok: 1\nsecret", /line 2 of the Prometheus headers is no "Name: value"/],
      ["no value", "X-Key:  ", /line 1 /],
      ["a control character", "X-Key: secret\u0007", /line 1 /],
      ["a header that is the client's", "Host: secret.example", /line 1 .* sets Host, which it may not/],
    ];
    for (const [what, text, evidence] of refused) {
      it(`are refused: ${what}`, async () => {
        const failure = await failureOf({ headers: { text } });

        assert.equal(failure.reason, "INVALID_OPTION");
        assert.match(failure.evidence, evidence);
        assert.equal(requests.length, 0);
      });
    }

    it("are refused where their file is missing", async () => {
      const failure = await failureOf({ headers: { file: "/nonexistent/headers" } });

      assert.match(failure.evidence, /\/nonexistent\/headers cannot be read \(ENOENT\)/);
    });
  });

  describe("credentials", () => {
    let folder: string;
    let tokenFile: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "bluegreen-"));
      tokenFile = join(folder, "token");
    });
    after(() => rm(folder, { recursive: true }));

    it("reads the token file for every request, and again on 401", async () => {
      handler = (request, response, count) => {
        if (count === 2) writeFile(tokenFile, "third\n").then(() => json({}, 401)(request, response, count));
        else json(samples)(request, response, count);
      };
      const metrics = createMetrics(settings({ credentials: { tokenFile } }));

      await writeFile(tokenFile, "first\n");
      await metrics.query("up");
      await writeFile(tokenFile, "second\n");
      await metrics.query("up");

      assert.deepEqual(
        requests.map(({ headers }) => headers.authorization),
        ["Bearer first", "Bearer second", "Bearer third"],
      );
    });

    it("reads user name and password from files, and again on 401", async () => {
      const usernameFile = join(folder, "username");
      const passwordFile = join(folder, "password");
      await writeFile(usernameFile, "reader\n");
      await writeFile(passwordFile, "secret 1\r\n");
      handler = (request, response, count) => {
        if (count === 1)
          writeFile(passwordFile, "secret:2").then(() => json({}, 401)(request, response, count));
        else json(samples)(request, response, count);
      };

      await createMetrics(settings({ credentials: { usernameFile, passwordFile } })).query("up");

      assert.deepEqual(
        requests.map(({ headers }) =>
          Buffer.from((headers.authorization ?? "").slice(6), "base64").toString(),
        ),
        ["reader:secret 1", "reader:secret:2"],
      );
    });

    it("refuses basic credentials that cannot be sent, and files that are missing", async () => {
      const forbidden = { username: "a:b", password: "secret" };
      const missing = { usernameFile: "/nonexistent/u", passwordFile: "/nonexistent/p" };

      assert.match((await failureOf({ credentials: forbidden })).evidence, /basic authentication forbids/);
      assert.match(
        (await failureOf({ credentials: missing })).evidence,
        /user name file \/nonexistent\/u .*ENOENT/,
      );
    });

    it("sends basic credentials and tokens of a provider", async () => {
      await createMetrics(settings({ credentials: { username: "ü", password: "p:w" } })).query("up");
      await createMetrics(settings({ credentials: { token: async () => "abc" } })).query("up");

      assert.deepEqual(
        requests.map(({ headers }) => headers.authorization),
        [`Basic ${Buffer.from("ü:p:w").toString("base64")}`, "Bearer abc"],
      );
    });

    for (const status of [401, 403]) {
      it(`${status}: METRICS_AUTH at once, without the echoed token`, async () => {
        handler = json({ status: "error", errorType: "forbidden", error: `no: Bearer ${secret}\n` }, status);

        const failure = await failureOf({ credentials: { token: async () => secret } });

        assert.equal(failure.reason, "METRICS_AUTH");
        assert.match(
          failure.evidence,
          new RegExp(`answered ${status}: forbidden: no: Bearer \\(redacted\\)$`),
        );
        assert.equal(requests.length, 1);
      });
    }

    it("says which token file cannot be read, and shows none of an unusable token", async () => {
      const missing = await failureOf({ credentials: { tokenFile: join(folder, "none") } });
      const broken = await failureOf({ credentials: { token: async () => "secret\r\nX-Evil: 1" } });
      const empty = await failureOf({ credentials: { token: async () => " \n" } });

      assert.match(missing.evidence, /none cannot be read \(ENOENT\)/);
      assert.equal(broken.evidence, "the token is malformed");
      assert.equal(empty.evidence, "the token is empty");
      assert.deepEqual([missing, broken, empty].map(({ reason }) => reason), ["METRICS_AUTH", "METRICS_AUTH", "METRICS_AUTH"]); // biome-ignore format: short
      assert.equal(requests.length, 0);
    });

    it("refuses URLs that are none, or hold credentials", () => {
      for (const bad of ["prometheus", "ftp://host", "http://user:secret@host"]) {
        assert.throws(
          () => createMetrics(settings({ url: bad })),
          (error) =>
            error instanceof Failure && error.reason === "INVALID_OPTION" && !/secret/.test(error.message),
        );
      }
    });
  });

  describe("answers that make no sense: METRICS_QUERY with the query, at once", () => {
    const rows: readonly (readonly [what: string, Handler, evidence: RegExp])[] = [
      ["400", json({ status: "error", errorType: "bad_data", error: "parse\nerror" }, 400), /answered 400: bad_data: parse error; the query was up$/],
      ["422", json({ status: "error", errorType: "execution", error: "many-to-many" }, 422), /execution: many-to-many/],
      ["404", (_q, r) => r.writeHead(404).end("404 page not found\n"), /answered 404: not in Prometheus' form: 404 page/],
      ["an error with 200", json({ status: "error", errorType: "x", error: "y" }), /answered 200: x: y/],
      ["HTML", (_q, r) => r.end("<!DOCTYPE html><html><title> Log in </title>"), /an HTML page titled "Log in"/],
      ["HTML without a title", (_q, r) => r.end("<html>"), /an HTML page;/],
      ["nothing", (_q, r) => r.end(), /answered 200: nothing/],
      ["half a text", (_q, r) => r.end(JSON.stringify(samples).slice(0, 50)), /not in Prometheus' form/],
      ["a string", json({ status: "success", data: { resultType: "string", result: [1, "x"] } }), /not in Prom/],
      ["a value that is no number", json({ status: "success", data: { resultType: "vector", result: [{ metric: {}, value: [1, "0x10"] }] } }), /not in Prom/],
      ["a label that is no text", json({ status: "success", data: { resultType: "vector", result: [{ metric: { a: 1 }, value: [1, "1"] }] } }), /not in Prom/],
      ["a body without end", (_q, r) => r.end(Buffer.alloc(17 * 1024 * 1024)), /maxContentLength/],
      ["a redirect in circles", (q, r) => r.writeHead(302, { location: q.url ?? "" }).end(), /redirects/],
      ["a redirect to another port", (_q, r) => r.writeHead(302, { location: "http://127.0.0.1:1/" }).end(), /redirect to another origin refused \(http:\/\/127.0.0.1:1\)/],
      ["304", (_q, r) => r.writeHead(304).end(), /answered 304: nothing/],
    ]; // biome-ignore format: a table
    for (const [what, given, evidence] of rows) {
      it(what, async () => {
        handler = given;

        const failure = await failureOf({ credentials: { token: async () => secret } });

        assert.equal(failure.reason, "METRICS_QUERY");
        assert.match(failure.evidence, evidence);
        assert.deepEqual(pauses, []);
      });
    }

    it("a redirect to another host never gets the token", async () => {
      const other = nock("http://elsewhere.example").get(/.*/).reply(200, samples);
      nock("http://prometheus.example")
        .get(/.*/)
        .reply(302, "", { Location: "http://elsewhere.example/login" });

      const failure = await failureOf({
        url: "http://prometheus.example",
        credentials: { token: async () => secret },
      });

      assert.equal(failure.reason, "METRICS_QUERY");
      assert.match(failure.evidence, /redirect to another origin refused \(http:\/\/elsewhere.example\)/);
      assert.equal(other.isDone(), false);
    });
  });

  it("hands on Thanos' warnings, which no verdict passes over", async () => {
    const clock = createClock();
    const at = clock.now() / 1000;
    const counter = (pod: string, step: number) => ({
      metric: { __name__: "ovms_requests_success", method: "ModelInfer", pod },
      values: Array.from({ length: 40 }, (_, n) => [at - 50 + 5 * n, String(100 + n * step)]),
    });
    const result = [counter(readyPod(r24).name, 9), counter(readyPod(r23).name, 0)];
    const said = (warnings: readonly string[]) => ({
      status: "success",
      data: { resultType: "matrix", result },
      warnings,
    });
    const scope = nock("http://thanos.example")
      .get(/.*/)
      .reply(200, said(["No StoreAPIs matched"]))
      .persist();
    const rollout = { startedAt: 0, endedAt: 0, cutOverAt: at * 1000, active: r24, standby: r23, notes: [] };
    const prove = () =>
      verify(
        {
          clock,
          git: createGit({ [location.path]: fileWith("v2", 100) }),
          log: createLog(),
          metrics: createMetrics(settings({ url: "http://thanos.example", clock })),
          cluster: createCluster(clock, [{ at: 0, value: worldOf(worldIn("S5").service, [r23, r24]) }]),
        },
        stateOf({ rollout }),
        { timeoutMs: 60_000, intervalMs: 5000, settleSeconds: 5, maxErrors: 1 },
        new AbortController().signal,
      );

    const partial = await prove();
    scope.persist(false);
    nock.cleanAll();
    nock("http://thanos.example").get(/.*/).reply(200, said([]));
    const whole = await prove();

    assert.equal(partial.verdict?.trouble?.reason, "PARTIAL_ANSWER");
    assert.match(partial.verdict?.trouble?.evidence ?? "", /^Prometheus warns: No StoreAPIs matched; /);
    assert.equal(whole.verdict?.trouble, undefined, whole.verdict?.trouble?.evidence);
  });

  describe("outages: METRICS_UNREACHABLE after three tries", () => {
    const rows: readonly (readonly [what: string, Handler, evidence: RegExp])[] = [
      ["503 in Prometheus' form", json({ status: "error", errorType: "timeout", error: "late" }, 503), /answered 503: timeout: late$/],
      ["500", json({}, 500), /answered 500/],
      ["429", json({}, 429), /answered 429/],
      ["408", json({}, 408), /answered 408/],
      ["a connection cut at once", (_q, r) => r.destroy(), /ECONNRESET|hang up/],
      ["half a body", (_q, r) => { r.writeHead(200, { "content-length": "1000" }); r.write("{"); setImmediate(() => r.destroy()); }, /abort|reset/i],
    ]; // biome-ignore format: a table
    for (const [what, given, evidence] of rows) {
      it(what, async () => {
        handler = given;

        const failure = await failureOf({ credentials: { token: async () => secret } });

        assert.equal(failure.reason, "METRICS_UNREACHABLE");
        assert.match(failure.evidence, evidence);
        assert.equal(requests.length, 3);
        assert.deepEqual(pauses, [500, 1000]);
        assert.match(warnings[0] ?? "", /; trying again in 0\.5 s$/);
      });
    }

    it("502 with a proxy's page", async () => {
      nock("http://prometheus.example").get(/.*/).times(3).reply(502, "<html><title>Bad Gateway</title>");

      const failure = await failureOf({ url: "http://prometheus.example" });

      assert.equal(failure.reason, "METRICS_UNREACHABLE");
      assert.match(failure.evidence, /answered 502: an HTML page titled "Bad Gateway"/);
    });

    it("no answer, and one that trickles", async () => {
      handler = () => {};
      const silent = await failureOf({ timeoutMs: 50 });
      handler = (_request, response) => {
        const drip = setInterval(() => response.write(" "), 20);
        response.on("close", () => clearInterval(drip));
      };
      const trickling = await failureOf({ timeoutMs: 100 });

      for (const failure of [silent, trickling]) {
        assert.equal(failure.reason, "METRICS_UNREACHABLE");
        assert.match(failure.evidence, /timed out$/);
      }
    });

    it("nobody listens; the cause says so", async () => {
      const failure = await failureOf({
        url: "http://127.0.0.1:1",
        credentials: { token: async () => secret },
      });

      assert.equal(failure.reason, "METRICS_UNREACHABLE");
      assert.match(failure.evidence, /ECONNREFUSED/);
      assert.ok(failure.cause instanceof Error);
    });

    it("a certificate of an unknown authority is refused at once; with its CA it is taken", async () => {
      const { ca, cert, key } = await createCertificates();
      const tls = createTlsServer({ cert, key }, json(samples) as () => void);
      await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", resolve));
      const tlsUrl = `https://127.0.0.1:${(tls.address() as AddressInfo).port}`;
      try {
        const failure = await failureOf({ url: tlsUrl });
        const answer = await createMetrics(settings({ url: tlsUrl, extraCa: [ca] })).query("up");

        assert.equal(failure.reason, "METRICS_UNREACHABLE");
        assert.match(failure.evidence, /certificate/);
        assert.deepEqual(pauses, []);
        assert.equal(answer.series.length, 1);
      } finally {
        tls.closeAllConnections();
        await new Promise((resolve) => tls.close(resolve));
      }
    });

    it("goes on when an answer comes", async () => {
      handler = (request, response, count) =>
        (count < 3 ? json({}, 503) : json(samples))(request, response, count);

      assert.equal((await createMetrics(settings({ random: () => 0.5 })).query("up")).series.length, 1);
      assert.deepEqual(pauses, [375, 750]);
    });

    const waits: readonly (readonly [retryAfter: string, pause: number])[] = [
      ["7", 7000],
      ["Thu, 01 Jan 2026 00:00:09 GMT", 9000],
      ["Thu, 01 Jan 2025 00:00:09 GMT", 500],
      ["86400", 30_000],
      ["soon", 500],
    ];
    for (const [retryAfter, pause] of waits) {
      it(`Retry-After: ${retryAfter} makes a pause of ${pause} ms`, async () => {
        handler = json({}, 503, { "retry-after": retryAfter });

        await failureOf();

        assert.equal(pauses[0], pause);
      });
    }
  });
});
