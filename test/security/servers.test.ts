/**
 * What a hostile server can answer, at each client: an answer without end, one that unpacks to a hundred times its size,
 * a redirect to where the credentials are wanted.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttp, type RequestListener, type Server } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import nock from "nock";
import { Failure } from "../../src/errors/failure.ts";
import { createForge } from "../../src/forge/forge.ts";
import { createCluster } from "../../src/kube/cluster.ts";
import { loadKubeAccess } from "../../src/kube/load-access.ts";
import type { QueryAnswer } from "../../src/ports.ts";
import { createProbeClient } from "../../src/probe/client.ts";
import { createMetrics } from "../../src/prometheus/metrics.ts";
import { remoteOf, testClock, testLog } from "../git/support.ts";
import { type Certificates, createCertificates } from "../sandbox/api/certificates.ts";
import { writeServiceAccount } from "../sandbox/api/kubeconfig.ts";

const secret = "canary-Zq7-4711";
const mebibyte = 1024 * 1024;

interface Client {
  /** Bytes of an answer that it takes at most. */
  readonly limit: number;
  readonly tls?: boolean;
  /** As if it were an answer. */
  readonly type: string;
  /** Asks the server at `url`, with the secret as its credentials. */
  ask(url: string, token: string): Promise<unknown>;
}

describe("a hostile server", function () {
  this.timeout(60_000);
  let folder: string;
  let certificates: Certificates;
  let listener: RequestListener;
  let servers: Readonly<Record<"plain" | "tls", Server>>;
  /** The credentials of every request, by the server that got it. */
  let seen: string[];
  let elsewhere: Server;
  let stolen: string[];

  before(async () => {
    nock.restore();
    folder = await mkdtemp(join(tmpdir(), "bluegreen-hostile-"));
    certificates = await createCertificates();
    const handle: RequestListener = (request, response) => {
      seen.push(String(request.headers.authorization));
      listener(request, response);
    };
    servers = { plain: createHttp(handle), tls: createHttps(certificates, handle) };
    elsewhere = createHttps(certificates, (request, response) => {
      stolen.push(`${request.url} ${request.headers.authorization}`);
      response.end("{}");
    });
    for (const server of [...Object.values(servers), elsewhere])
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  beforeEach(() => {
    seen = [];
    stolen = [];
  });
  after(async () => {
    for (const server of [...Object.values(servers), elsewhere]) {
      server.closeAllConnections();
      server.close();
    }
    await rm(folder, { recursive: true, force: true });
  });

  const urlOf = (server: Server, tls: boolean) =>
    `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  async function tokenFile(token: string): Promise<string> {
    const path = join(folder, "token");
    await writeFile(path, token);
    return path;
  }

  const clients: Readonly<Record<string, Client>> = {
    "the Git client": {
      limit: 128 * mebibyte,
      type: "application/x-git-upload-pack-advertisement",
      ask: async (url, password) =>
        (
          await remoteOf(
            { url: `${url}/a/b.git` },
            {
              credentials: async () => ({ username: "u", password, scheme: "bearer" }),
              extraCa: [certificates.ca],
            },
          )
        ).head(),
    },
    "the Prometheus client": {
      limit: 16 * mebibyte,
      type: "application/json",
      ask: (url, token) =>
        createMetrics({
          url,
          extraCa: [certificates.ca],
          credentials: { token: async () => token },
          timeoutMs: 20_000,
          clock: testClock(),
          log: testLog(),
          random: () => 0,
        }).query("up"),
    },
    "the forge's client": {
      limit: 8 * mebibyte,
      type: "application/json",
      ask: async (url, token) =>
        createForge({
          gitUrl: `${url}/a/b.git`,
          target: "main",
          provider: "gitea",
          apiUrl: undefined,
          authorization: { tokenFile: await tokenFile(token), credentials: undefined },
          extraCa: [certificates.ca],
          env: {},
          timeoutMs: 20_000,
          clock: testClock(),
          log: testLog(),
          random: () => 0,
        }).find("x", { deadline: Date.now() + 60_000, signal: new AbortController().signal }),
    },
    "the Kubernetes client": {
      limit: 32 * mebibyte,
      tls: true,
      type: "application/json",
      ask: async (url, token) => {
        const serviceAccountFolder = await writeServiceAccount(folder, { url, ca: certificates.ca, token });
        const { hostname, port } = new URL(url);
        const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
        const access = await loadKubeAccess({ env, serviceAccountFolder });
        // A read goes on for 20 s; its clock says that they are over once each of its three lists has begun.
        let looks = 0;
        const clock = {
          now: () => {
            looks += 1;
            return looks > 4 ? 60_000 : 0;
          },
          sleep: async () => undefined,
        };
        return createCluster({ access, clock, log: testLog(), random: () => 0 }).read({
          namespace: "a",
          name: "b",
        });
      },
    },
    "the probe client": {
      limit: mebibyte,
      type: "application/json",
      ask: async (url, token) => {
        const client = createProbeClient({
          extraCa: [certificates.ca],
          tokenFile: await tokenFile(token),
          timeoutMs: 20_000,
        });
        const reply = await client.infer(
          { url: `${url}/v2/models/m/infer`, body: "{}", confidential: true },
          new AbortController().signal,
        );
        if (reply.kind === "answered" && reply.status === 200) return reply;
        throw new Failure("PROBE_FAILED", inspect(reply));
      },
    },
  };

  async function failureAt({ tls = false, ask }: Client, token = secret): Promise<Failure> {
    const outcome = await ask(urlOf(tls ? servers.tls : servers.plain, tls), token).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(outcome instanceof Failure, inspect(outcome));
    assert.ok(!inspect(outcome, { depth: 10 }).includes(secret), inspect(outcome, { depth: 10 }));
    return outcome;
  }

  for (const [name, client] of Object.entries(clients)) {
    it(`that answers without end is cut off by ${name}, and not asked for more`, async () => {
      const block = Buffer.alloc(mebibyte, " ");
      let sent = 0;
      listener = (_request, response) => {
        response.writeHead(200, { "content-type": client.type });
        const more = () => {
          while (!response.destroyed && response.write(block)) sent += block.length;
          sent += block.length;
        };
        response.on("drain", more);
        more();
      };
      await failureAt(client);
      // It lists three kinds at once.
      const parallel = name === "the Kubernetes client" ? 3 : 1;
      assert.ok(sent < parallel * (client.limit + 32 * mebibyte), `${sent / mebibyte} MiB`);
    });

    it(`whose few bytes unpack to very many is cut off by ${name}`, async () => {
      const bomb = gzipSync(Buffer.alloc(client.limit + mebibyte, " "));
      assert.ok(bomb.length < client.limit / 100);
      listener = (_request, response) =>
        response.writeHead(200, { "content-type": client.type, "content-encoding": "gzip" }).end(bomb);
      await failureAt(client);
    });

    for (const status of [301, 302, 307, 308]) {
      it(`that redirects elsewhere (${status}) gets no credential of ${name} to where it points`, async () => {
        const target = urlOf(elsewhere, true);
        listener = (request, response) =>
          response.writeHead(status, { location: `${target}${request.url}` }).end();
        await failureAt(client);
        assert.ok(
          seen.some((header) => header.includes(secret)),
          "it was sent to the server itself",
        );
        assert.deepEqual(stolen, []);
      });
    }

    it(`gets no header that somebody put into a token of ${name}`, async () => {
      listener = (_request, response) => response.end("{}");
      for (const end of ["\r\nx-evil: 1", "\nx-evil: 1", "\u0000", "→"])
        await failureAt(client, `${secret}${end}`);
      assert.deepEqual(seen, []);
    });
  }

  it("is simulated: what it sends does unpack, and without a redirect everything arrives", async () => {
    listener = (_request, response) =>
      response
        .writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" })
        .end(gzipSync('{"status":"success","data":{"resultType":"vector","result":[]}}'));
    const answer = await clients["the Prometheus client"]?.ask(urlOf(servers.plain, false), secret);
    assert.deepEqual((answer as QueryAnswer).series, []);
    assert.deepEqual(seen, [`Bearer ${secret}`]);
  });
});
