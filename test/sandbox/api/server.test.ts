import assert from "node:assert/strict";
import { type RequestOptions, request } from "node:https";
import type { KubeObject } from "../cluster/objects.ts";
import { authorizeBy } from "./access.ts";
import { type KubeApi, type KubeApiOptions, startKubeApi } from "./server.ts";
import { until } from "./until.ts";

const base = "/apis/serving.kserve.io/v1beta1";
const path = `${base}/namespaces/user1-test/inferenceservices`;

function isvc(name: string, spec: unknown = {}, labels: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: "serving.kserve.io/v1beta1",
    kind: "InferenceService",
    metadata: { name, namespace: "user1-test", labels },
    spec: { predictor: spec },
  };
}

describe("sandbox API", () => {
  let api: KubeApi;

  async function start(options: KubeApiOptions = {}): Promise<void> {
    api = await startKubeApi(options);
  }

  afterEach(() => api.stop());

  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field.
  type Body = any;

  function call(
    target: string,
    options: RequestOptions = {},
    body?: unknown,
    token = "admin-token",
  ): Promise<{ code: number; body: Body; type: string }> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, ...options.headers };
      const sent = request(
        `${api.url}${target}`,
        { ...options, headers, ca: api.ca, agent: false },
        (answer) => {
          let text = "";
          answer.setEncoding("utf8").on("data", (part) => {
            text += part;
          });
          answer.on("error", reject);
          answer.on("end", () => {
            const type = answer.headers["content-type"] ?? "";
            const lines = text.trim().split("\n");
            const parse = () =>
              target.includes("watch=") ? lines.map((each) => JSON.parse(each)) : JSON.parse(text);
            resolve({
              code: answer.statusCode ?? 0,
              body: type === "application/json" ? parse() : text,
              type,
            });
          });
        },
      );
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  const merge = { method: "PATCH", headers: { "content-type": "application/merge-patch+json" } };

  it("tells what is served, and 404 in plain text for what is not", async () => {
    await start();
    assert.equal((await call("/version")).body.gitVersion, "v1.36.2");
    const groups = (await call("/apis")).body.groups.map((each: { name: string }) => each.name);
    assert.ok(groups.includes("serving.kserve.io"));
    const { resources } = (await call(base)).body;
    assert.deepEqual(resources[0].shortNames, ["isvc"]);
    assert.equal(resources[1].name, "inferenceservices/status");
    const unknown = await call("/apis/nosuch.example/v1/things");
    assert.deepEqual(
      [unknown.code, unknown.type, unknown.body],
      [404, "text/plain; charset=utf-8", "404 page not found\n"],
    );
  });

  it("gets, lists by selector and in pages", async () => {
    await start();
    for (const name of ["a", "b", "c"]) api.store.put(isvc(name, {}, { app: name }));
    assert.equal((await call(`${path}/a`)).body.metadata.name, "a");
    const names = async (query: string) =>
      (await call(`${path}?${query}`)).body.items.map((each: KubeObject) => each.metadata.name);
    const cases: Record<string, string[]> = {
      "labelSelector=app%3Db": ["b"],
      "labelSelector=app%21%3Db": ["a", "c"],
      "labelSelector=app%20in%20(a,c)": ["a", "c"],
      "labelSelector=%21app": [],
      "fieldSelector=metadata.name%3Dc": ["c"],
    };
    for (const [query, expected] of Object.entries(cases))
      assert.deepEqual(await names(query), expected, query);
    const first = (await call(`${base}/inferenceservices?limit=2`)).body;
    assert.deepEqual([first.items.length, first.metadata.remainingItemCount], [2, 1]);
    const rest = (await call(`${path}?limit=2&continue=${first.metadata.continue}`)).body;
    assert.deepEqual([rest.items.length, rest.metadata.continue], [1, ""]);
    assert.equal((await call(`${path}?fieldSelector=spec.x%3D1`)).code, 400);
  });

  it("refuses in the recorded forms", async () => {
    await start({
      tokens: [
        ["admin-token", { user: "admin" }],
        ["poor", { user: "system:serviceaccount:user1-test:nobody" }],
      ],
      authorize: authorizeBy([{ users: ["admin"], verbs: ["*"], groups: ["*"], resources: ["*"] }]),
    });
    api.store.put(isvc("jukebox"));
    const details = { group: "serving.kserve.io", kind: "inferenceservices" };
    const failure = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure" };
    const named = { name: "jukebox", ...details };
    const qualified = "inferenceservices.serving.kserve.io";
    const user = 'User "system:serviceaccount:user1-test:nobody"';
    const forbidden = `${qualified} is forbidden: ${user} cannot list resource "inferenceservices" in API group "serving.kserve.io" in the namespace "user1-test"`;
    const stale = `Operation cannot be fulfilled on ${qualified} "jukebox": the object has been modified; please apply your changes to the latest version and try again`;
    const types =
      "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
    const invalid =
      'admission webhook "inferenceservice.kserve-webhook-server.defaulter" denied the request: json: cannot unmarshal string into Go struct field PredictorSpec.spec.predictor.ComponentExtensionSpec.minReplicas of type int32';
    const strategic = { ...merge, headers: { "content-type": "application/strategic-merge-patch+json" } };
    const old = { ...isvc("jukebox"), metadata: { name: "jukebox", resourceVersion: "1" } };
    const cases = [
      [await call(path, {}, undefined, "wrong"), 401, { message: "Unauthorized", reason: "Unauthorized" }],
      [await call(path, {}, undefined, "poor"), 403, { message: forbidden, reason: "Forbidden", details }],
      [
        await call(`${path}/nosuch`),
        404,
        {
          message: `${qualified} "nosuch" not found`,
          reason: "NotFound",
          details: { name: "nosuch", ...details },
        },
      ],
      [
        await call(`${path}/jukebox`, { method: "PUT" }, old),
        409,
        { message: stale, reason: "Conflict", details: named },
      ],
      [await call(`${path}/jukebox`, strategic, {}), 415, { message: types, reason: "UnsupportedMediaType" }],
      [
        await call(`${path}/jukebox`, merge, { spec: { predictor: { minReplicas: "x" } } }),
        400,
        { message: invalid },
      ],
    ] as const;
    for (const [answer, code, more] of cases) {
      assert.deepEqual(answer.body, { ...failure, ...more, code });
      assert.equal(answer.code, code);
    }
  });

  it("creates, patches and deletes; the status only through its subresource", async () => {
    await start();
    assert.equal((await call(path, { method: "POST" }, isvc("jukebox"))).code, 201);
    assert.equal((await call(path, { method: "POST" }, isvc("jukebox"))).body.reason, "AlreadyExists");
    const patch = { spec: { predictor: { canaryTrafficPercent: 20 } }, status: { url: "http://x" } };
    const patched = (await call(`${path}/jukebox`, merge, patch)).body;
    assert.deepEqual([patched.metadata.generation, patched.status], [2, undefined]);
    const statused = (await call(`${path}/jukebox/status`, merge, { ...patch, spec: {} })).body;
    assert.deepEqual([statused.metadata.generation, statused.status], [2, { url: "http://x" }]);
    assert.equal(statused.spec.predictor.canaryTrafficPercent, 20);
    const json = { method: "PATCH", headers: { "content-type": "application/json-patch+json" } };
    const operations = [{ op: "remove", path: "/spec/predictor/canaryTrafficPercent" }];
    assert.deepEqual((await call(`${path}/jukebox`, json, operations)).body.spec.predictor, {});
    assert.equal((await call(`${path}/jukebox`, { method: "DELETE" })).body.status, "Success");
    assert.equal((await call(`${path}/jukebox`)).code, 404);
  });

  it("watches from a version on: what was missed, bookmarks, 410 as an event", async () => {
    await start();
    api.store.put(isvc("a"));
    const from = api.store.version;
    api.store.put(isvc("a", { minReplicas: 2 }));
    const watching = call(`${path}?watch=true&resourceVersion=${from}&allowWatchBookmarks=true`);
    await until(() => api.watches === 1);
    api.store.put(isvc("b"));
    api.bookmark();
    api.cutWatches("close");
    const { body } = await watching;
    assert.deepEqual(
      body.map((each: Body) => [each.type, each.object.metadata.name]),
      [
        ["MODIFIED", "a"],
        ["ADDED", "b"],
        ["BOOKMARK", undefined],
      ],
    );
    assert.equal(body[2].object.metadata.resourceVersion, `${api.store.version}`);
    api.expireHistory();
    const gone = await call(`${path}?watch=1&resourceVersion=${from}`);
    assert.equal(gone.code, 200);
    assert.deepEqual(gone.body[0].type, "ERROR");
    assert.deepEqual([gone.body[0].object.code, gone.body[0].object.reason], [410, "Expired"]);
    assert.match(gone.body[0].object.message, /^too old resource version: \d+ \(\d+\)$/);
  });

  it("opens no watch for somebody who left before it was answered", async () => {
    await start();
    api.faults.delayMs = 40;
    const leaving = new AbortController();
    const left = call(`${path}?watch=true`, { signal: leaving.signal });
    await until(() => api.requests.length === 1);
    leaving.abort();
    await assert.rejects(left);
    await until(() => api.connections === 0);
    await call(path);
    assert.equal(api.watches, 0, "answered after the one who left would have been");
  });

  it("shows a watch only what matches, and ends it after timeoutSeconds", async () => {
    await start();
    api.store.put(isvc("a"));
    const query = "watch=true&sendInitialEvents=true&allowWatchBookmarks=true&timeoutSeconds=0.2";
    const watching = call(`${path}?${query}&labelSelector=colour%3Dgreen`);
    await until(() => api.watches === 1);
    api.store.put(isvc("a", {}, { colour: "green" }));
    api.store.put(isvc("a", {}, { colour: "blue" }));
    api.store.put({ ...isvc("c", {}, { colour: "green" }), metadata: { name: "c", namespace: "other" } });
    const { body } = await watching;
    assert.deepEqual(
      body.map((each: Body) => each.type),
      ["BOOKMARK", "MODIFIED", "DELETED"],
    );
    assert.deepEqual(body[0].object.metadata.annotations, { "k8s.io/initial-events-end": "true" });
  });

  it("answers with tables where asked", async () => {
    await start();
    api.store.put(isvc("a"));
    const headers = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };
    const { body } = await call(path, { headers });
    assert.equal(body.kind, "Table");
    assert.equal(body.rows[0].cells[0], "a");
    assert.equal(body.rows[0].object.kind, "PartialObjectMetadata");
  });

  it("fails as told", async () => {
    await start();
    api.faults.status = 503;
    assert.deepEqual((await call(path)).body.reason, "ServiceUnavailable");
    api.faults.match = (target) => target?.resource.plural === "pods";
    assert.equal((await call(path)).code, 200);
    assert.equal((await call("/api/v1/pods")).code, 503);
    api.faults.status = undefined;
    api.faults.rejectTokens = true;
    assert.equal((await call("/api/v1/pods")).code, 401);
  });
});
