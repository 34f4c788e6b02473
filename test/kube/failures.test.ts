import assert from "node:assert/strict";
import { isObjectMissing, networkFailure, refusal } from "../../src/kube/failures.ts";

const server = new URL("https://api.example:6443/path");

describe("refusals of the API server", () => {
  const cases: [number, unknown, string, string][] = [
    [403, { message: "no\u001b[2J way" }, "CLUSTER_AUTH", "403: no [2J way"],
    [403, "", "CLUSTER_AUTH", "https://api.example:6443 answered 403 for pods"],
    [404, "404 page not found\n", "KSERVE_MISSING", "https://api.example:6443 answered 404 for pods"],
    [429, { message: "slow" }, "CLUSTER_UNREACHABLE", "https://api.example:6443 answered 429 for pods: slow"],
    [502, "<html>", "CLUSTER_UNREACHABLE", "https://api.example:6443 answered 502 for pods: <html>"],
    [302, "", "CLUSTER_ANSWER", "https://api.example:6443 answered 302 for pods"],
  ];
  for (const [status, body, reason, evidence] of cases) {
    it(`${status} ${JSON.stringify(body)} is ${reason}`, () => {
      const failure = refusal({ status, body }, server, "pods");
      assert.deepEqual([failure.reason, failure.evidence], [reason, evidence]);
    });
  }

  it("tell a missing object from a missing resource", () => {
    const body = { kind: "Status", message: "the server could not find the requested resource" };
    assert.equal(isObjectMissing({ status: 404, body: { ...body, details: { name: "jukebox" } } }), true);
    assert.equal(isObjectMissing({ status: 404, body: { ...body, details: {} } }), false);
    assert.equal(isObjectMissing({ status: 404, body: "404 page not found" }), false);
  });

  it("bound and clean what an unknown error says", () => {
    const { evidence } = networkFailure(new Error(`odd\n${"x".repeat(999)}`), server);
    assert.match(evidence, /^https:\/\/api\.example:6443: odd x{195}…$/);
  });
});
