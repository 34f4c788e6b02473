import assert from "node:assert/strict";
import { Failure } from "../../src/errors/failure.ts";
import { proxyFor } from "../../src/net/proxy.ts";

const proxied = { HTTPS_PROXY: "http://proxy.example.com:3128", HTTP_PROXY: "http://plain.example.com:3128" };

function way(url: string, env: Readonly<Record<string, string>>): string {
  return proxyFor(new URL(url), env)?.host ?? "direct";
}

describe("the proxy", () => {
  const cases: readonly (readonly [what: string, url: string, env: Record<string, string>, way: string])[] = [
    ["none named", "https://gitea.example.com", {}, "direct"],
    ["one for https", "https://gitea.example.com", proxied, "proxy.example.com:3128"],
    ["one for http", "http://prometheus.example.com", proxied, "plain.example.com:3128"],
    ["one for https only", "http://prometheus.example.com", { HTTPS_PROXY: "http://p:1" }, "direct"],
    ["one for everything", "http://prometheus.example.com", { ALL_PROXY: "http://p:1" }, "p:1"],
    [
      "lower case goes first",
      "https://a.b",
      { https_proxy: "http://low:1", HTTPS_PROXY: "http://up:1" },
      "low:1",
    ],
    ["an empty variable is none", "https://a.b", { https_proxy: "", HTTPS_PROXY: " " }, "direct"],
    ["without a scheme it is http", "https://a.b", { HTTPS_PROXY: "proxy:3128" }, "proxy:3128"],
    ["localhost is never behind one", "https://localhost:6443", proxied, "direct"],
    ["nor is a loopback address", "https://127.8.0.1:6443", proxied, "direct"],
    ["nor is it as IPv6", "https://[::1]:6443", proxied, "direct"],
  ];
  for (const [what, url, env, wanted] of cases) it(what, () => assert.equal(way(url, env), wanted));

  it("keeps its user name and password", () => {
    const proxy = proxyFor(new URL("https://a.b"), { HTTPS_PROXY: "http://user:p%40ss@proxy:3128" });
    assert.equal(proxy?.href, "http://user:p%40ss@proxy:3128/");
  });

  for (const value of ["socks5://proxy:1080", "http://user:canary@:3128", "http://user:canary@pro xy"]) {
    it(`cannot be ${value.replace("canary", "…")}: the variable is named, its value is not`, () => {
      assert.throws(
        () => proxyFor(new URL("https://a.b"), { https_proxy: value }),
        (error) =>
          error instanceof Failure &&
          error.reason === "INVALID_OPTION" &&
          error.evidence.startsWith("https_proxy holds no") &&
          !/canary|socks5:/.test(error.evidence),
      );
    });
  }
});

describe("NO_PROXY", () => {
  // As OpenShift injects it.
  const openshift =
    ".cluster.local,.svc,10.128.0.0/14,172.30.0.0/16,api-int.ocp.example.com,localhost,fd01::/48";
  const cases: readonly (readonly [list: string, url: string, excepted: boolean])[] = [
    [openshift, "https://172.30.0.1:443", true],
    [openshift, "https://172.31.0.1:443", false],
    [openshift, "https://thanos-querier.openshift-monitoring.svc:9092", true],
    [openshift, "https://a.b.svc.cluster.local", true],
    [openshift, "https://svc.example.com", false],
    [openshift, "https://api-int.ocp.example.com:6443", true],
    [openshift, "https://x.api-int.ocp.example.com:6443", true],
    [openshift, "https://notapi-int.ocp.example.com", false],
    [openshift, "https://[fd01:0:0:1::5]:443", true],
    [openshift, "https://[fd02::5]:443", false],
    [openshift, "https://gitea.example.com", false],
    ["*", "https://gitea.example.com", true],
    ["example.com", "https://gitea.example.com", true],
    ["*.example.com", "https://gitea.example.com", true],
    [".EXAMPLE.com", "https://GITEA.example.com", true],
    ["example.com", "https://example.com.evil.org", false],
    ["gitea.example.com:443", "https://gitea.example.com", true],
    ["gitea.example.com:8443", "https://gitea.example.com", false],
    ["10.0.0.1", "https://10.0.0.1", true],
    ["10.0.0.1", "https://10.0.0.11", false],
    ["10.0.0.1:6443", "https://10.0.0.1:6443", true],
    ["10.0.0.1:6443", "https://10.0.0.1", false],
    ["[fd01::1]:6443", "https://[fd01::1]:6443", true],
    ["fd01::1", "https://[fd01::1]:6443", true],
    ["a.b  gitea.example.com", "https://gitea.example.com", true],
    ["10.0.0.0/33, 10.0.0.0/x, /8, ., :443,,", "https://10.0.0.1", false],
    ["", "https://gitea.example.com", false],
  ];
  for (const [list, url, excepted] of cases) {
    it(`${list.length > 40 ? "OpenShift's" : `“${list}”`} and ${url}: ${excepted ? "direct" : "proxy"}`, () => {
      assert.equal(way(url, { ...proxied, NO_PROXY: list }) === "direct", excepted);
    });
  }
});
