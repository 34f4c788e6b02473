import assert from "node:assert/strict";
import { join } from "node:path";
import { program } from "../../integration/program.ts";
import { authorizeBy, type Rule } from "../../sandbox/api/access.ts";
import { writeKubeconfig } from "../../sandbox/api/kubeconfig.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { documentsIn } from "../contract/documents.ts";
import { aggregatedView, rulesOf } from "./rules.ts";

/** The runs that are described name the first; OpenShift gives the second to a run that names nobody. */
const accounts = ["bluegreen", "pipeline"] as const;
type Account = (typeof accounts)[number];
const userOf = (account: Account) => `system:serviceaccount:user1-toolings:${account}`;
const users = accounts.map(userOf);
const view = rulesOf([
  ...documentsIn("tekton/rbac/view"),
  { file: "the cluster's own", content: aggregatedView },
]);
const role = rulesOf(documentsIn("tekton/rbac/role"));
const argocd = rulesOf(documentsIn("tekton/rbac/argocd"));

describe("a run with the rights of tekton/rbac", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let kubeconfigs: Readonly<Record<Account, string>>;
  /** What was refused, as `verb resource`. */
  let refused: Set<string>;
  before(async () => {
    sandbox = await startSandbox({
      requestsPerSecond: 40,
      prometheus: "embedded",
      // Where it may not be asked to refresh.
      settings: { argocdPollMs: 3_000 },
    });
    const [bluegreen, pipeline] = await Promise.all(accounts.map(kubeconfigOf));
    kubeconfigs = { bluegreen: bluegreen ?? "", pipeline: pipeline ?? "" };
  });
  after(() => sandbox.stop());

  function kubeconfigOf(account: Account): Promise<string> {
    const { url, ca, tokens } = sandbox.api;
    const token = `${account}-token`;
    tokens.set(token, { user: userOf(account) });
    return writeKubeconfig(join(sandbox.folder, account), { url, ca, token });
  }

  function grant(rules: readonly Rule[]): void {
    refused = new Set();
    const authorize = authorizeBy(rules);
    sandbox.api.authorize((attempt) => {
      const granted = !users.includes(attempt.user) || authorize(attempt);
      if (!granted) refused.add(`${attempt.verb} ${attempt.resource}`);
      return granted;
    });
  }

  const runAs = (account: Account, ...argv: string[]) =>
    program(sandbox, argv, { BLUEGREEN_KUBECONFIG: kubeconfigs[account] });
  const run = (...argv: string[]) => runAs("bluegreen", ...argv);

  it("has the ServiceAccount of the base, and that of the console's Start form", () => {
    const [account] = documentsIn("tekton/rbac/base").filter(
      ({ content }) => content["kind"] === "ServiceAccount",
    );
    const { namespace, name } = (account?.content["metadata"] ?? {}) as Record<string, unknown>;
    assert.equal(`system:serviceaccount:${namespace}:${name}`, userOf("bluegreen"));
    for (const rule of [...view, ...role, ...argocd]) assert.deepEqual(rule.users, users);
  });

  for (const [what, rules, account] of [
    ["view", [...view, ...argocd], "pipeline"],
    ["a Role of its own", [...role, ...argocd], "bluegreen"],
  ] as const) {
    it(`stages, promotes and rolls back as ${account} with ${what} and one Application, and is refused nothing`, async () => {
      grant(rules);
      for (const argv of [["stage", "--model-version", `v-${account}`], ["promote"], ["rollback"]]) {
        const { code, text } = await runAs(account, ...argv);
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
