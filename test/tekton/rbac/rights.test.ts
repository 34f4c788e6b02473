import assert from "node:assert/strict";
import { join } from "node:path";
import { program } from "../../integration/program.ts";
import { authorizeBy, type Rule } from "../../sandbox/api/access.ts";
import { writeKubeconfig } from "../../sandbox/api/kubeconfig.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { documentsIn } from "../contract/documents.ts";
import { aggregatedView, rulesOf } from "./rules.ts";

const user = "system:serviceaccount:user1-toolings:bluegreen";
const view = rulesOf([
  ...documentsIn("tekton/rbac/view"),
  { file: "the cluster's own", content: aggregatedView },
]);
const role = rulesOf(documentsIn("tekton/rbac/role"));
const argocd = rulesOf(documentsIn("tekton/rbac/argocd"));

describe("a run with the rights of tekton/rbac", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let kubeconfig: string;
  /** What was refused, as `verb resource`. */
  let refused: Set<string>;
  before(async () => {
    sandbox = await startSandbox({
      requestsPerSecond: 40,
      prometheus: "embedded",
      // Where it may not be asked to refresh.
      settings: { argocdPollMs: 3_000 },
    });
    const { url, ca } = sandbox.api;
    sandbox.api.tokens.set("task-token", { user });
    kubeconfig = await writeKubeconfig(join(sandbox.folder, "task"), { url, ca, token: "task-token" });
  });
  after(() => sandbox.stop());

  function grant(rules: readonly Rule[]): void {
    refused = new Set();
    const authorize = authorizeBy(rules);
    sandbox.api.authorize((attempt) => {
      const granted = attempt.user !== user || authorize(attempt);
      if (!granted) refused.add(`${attempt.verb} ${attempt.resource}`);
      return granted;
    });
  }

  const run = (...argv: string[]) => program(sandbox, argv, { BLUEGREEN_KUBECONFIG: kubeconfig });

  it("has the ServiceAccount of the base", () => {
    const [account] = documentsIn("tekton/rbac/base").filter(
      ({ content }) => content["kind"] === "ServiceAccount",
    );
    const { namespace, name } = (account?.content["metadata"] ?? {}) as Record<string, unknown>;
    assert.equal(`system:serviceaccount:${namespace}:${name}`, user);
    for (const rule of [...view, ...role, ...argocd]) assert.deepEqual(rule.users, [user]);
  });

  for (const [what, rules, version] of [
    ["view", [...view, ...argocd], "v-view"],
    ["a Role of its own", [...role, ...argocd], "v-role"],
  ] as const) {
    it(`stages, promotes and rolls back with ${what} and one Application, and is refused nothing`, async () => {
      grant(rules);
      for (const argv of [["stage", "--model-version", version], ["promote"], ["rollback"]]) {
        const { code, text } = await run(...argv);
        assert.equal(code, 0, text);
      }
      assert.deepEqual([...refused], []);
    });
  }

  it("goes on without Argo CD, and says so", async () => {
    grant(role);
    const { code, text } = await run("promote");
    assert.equal(code, 0, text);
    assert.match(text, /Argo CD Application user1-toolings\/jukebox-test (was not asked|cannot be read)/);
  });

  describe("without one of them", () => {
    // Prometheus' own tenancy port asks for this one; bluegreen never does.
    const notOurs = "get pods of metrics.k8s.io";
    /** Only where a rollout got stuck: see test/integration. */
    const whenStuck = "list events of ";
    const rights = [...role, ...argocd].flatMap((rule) =>
      rule.resources.flatMap((resource) =>
        rule.verbs.map((verb) => ({ rule, resource, verb, text: `${verb} ${resource}` })),
      ),
    );
    /** Without these a run goes on by other means. */
    const dispensable = /applications$|^watch /;

    for (const { rule, resource, verb, text } of rights) {
      if ([notOurs, whenStuck].includes(`${text} of ${rule.groups[0]}`)) continue;
      it(`${text}: it is asked for, and the run ${dispensable.test(text) ? "goes on" : "fails, naming it"}`, async () => {
        const others = [...role, ...argocd].map((each) =>
          each === rule ? { ...each, verbs: each.verbs.filter((other) => other !== verb) } : each,
        );
        grant(others);
        // A change, so that the rollout takes its time and everything is asked for.
        const percent = sandbox.service()?.spec.predictor.canaryTrafficPercent;
        const ended = await run(percent === 0 ? "promote" : "rollback");
        assert.ok(refused.has(text), `refused: ${[...refused].join(", ")}\n${ended.text}`);
        assert.equal(ended.code, dispensable.test(text) ? 0 : 31, ended.text);
        if (ended.code === 31) assert.match(ended.text, new RegExp(`cannot ${verb} resource "${resource}"`));
      });
    }
  });
});
