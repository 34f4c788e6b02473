import assert from "node:assert/strict";
import { type CommandName, commands } from "../../src/cli/commands.ts";
import { type OptionName, options, variableOf } from "../../src/cli/options.ts";
import { type Environment, type Flags, label, need, resolve } from "../../src/cli/resolve.ts";
import { Failure } from "../../src/errors/failure.ts";

const all = Object.keys(options) as OptionName[];

function values(flags: Flags, env: Environment = {}, names: readonly OptionName[] = all) {
  return resolve({ names, required: [] }, flags, env);
}

/** Every problem, the first one first. */
function problems(
  flags: Flags,
  env: Environment = {},
  required: readonly OptionName[] = [],
): readonly string[] {
  try {
    resolve({ names: all, required }, flags, env);
  } catch (error) {
    assert.ok(error instanceof Failure);
    for (const each of [error, ...error.also]) assert.equal(each.reason, "INVALID_OPTION");
    return [error, ...error.also].map(({ evidence }) => evidence);
  }
  return [];
}

describe("Prometheus' address", () => {
  const inside = "https://thanos-querier.openshift-monitoring.svc:9092";
  const given = { namespace: "a", name: "b", "git-url": "https://x.example/y.git", "model-version": "v1" };
  const addressOf = (command: CommandName, env: Environment) => {
    const { "model-version": version, ...others } = given;
    const flags = command === "rollback" ? others : { ...others, "model-version": version };
    return resolve(commands[command], flags, env)["prometheus-url"];
  };

  it("is by default the cluster's own, for who runs in one", () => {
    for (const command of ["stage", "promote", "rollback"] as const)
      assert.equal(addressOf(command, { KUBERNETES_SERVICE_HOST: "10.0.0.1" }), inside);
  });

  it("has to be named outside, before anything is committed", () => {
    for (const command of ["stage", "promote"] as const)
      assert.throws(() => addressOf(command, {}), /--prometheus-url .* is required outside of a cluster/);
  });

  it("keeps nobody from rolling back", () => assert.equal(addressOf("rollback", {}), inside));
});

describe("option values", () => {
  it("come from the flag, else from the variable, else from the fallback", () => {
    const env = { BLUEGREEN_BRANCH: "from-variable" };
    assert.equal(values({ branch: "from-flag" }, env).branch, "from-flag");
    assert.equal(values({}, env).branch, "from-variable");
    assert.equal(values({}).branch, "main");
    assert.equal(values({})["state-file"], undefined);
  });

  it("take an empty variable for none: Tekton passes every optional param", () => {
    const empty = Object.fromEntries(all.map((name) => [variableOf(name), ""]));
    assert.deepEqual(values({}, empty), values({}));
  });

  it("do not take an empty flag for none", () => {
    assert.deepEqual(problems({ branch: "" }), ["--branch (BLUEGREEN_BRANCH) must not be empty, got “”"]);
  });

  it("are undefined, or empty, for what the command does not read", () => {
    const read = values({ branch: "x" }, { BLUEGREEN_SET: "a=b", BLUEGREEN_TIMEOUT: "nonsense" }, [
      "namespace",
    ]);
    assert.equal(read.branch, undefined);
    assert.equal(read.timeout, undefined);
    assert.deepEqual(read.set, []);
  });

  it("are parsed", () => {
    const read = values({
      timeout: "1h",
      "max-errors": "3",
      "argocd-application": "user1-toolings/jukebox-test",
      "git-url": "https://gitea.example.com/user1/mlops-gitops.git",
      verbose: true,
    });
    assert.equal(read.timeout, 3_600_000);
    assert.equal(read["max-errors"], 3);
    assert.deepEqual(read["argocd-application"], [{ namespace: "user1-toolings", name: "jukebox-test" }]);
    assert.equal(read["git-url"], "https://gitea.example.com/user1/mlops-gitops.git");
    assert.equal(read.verbose, true);
    assert.equal(values({}).verbose, false);
  });

  it("come one a line of a variable, whatever ends the lines", () => {
    assert.deepEqual(
      values({}, { BLUEGREEN_SET: "a=x\r\nb=y\r\n" }).set.map(({ value }) => value),
      ["x", "y"],
    );
  });

  it("may be repeated where the option says so", () => {
    assert.deepEqual(values({ set: ["a=1", "b=2"] }).set, [
      { path: "a", value: "1" },
      { path: "b", value: "2" },
    ]);
    assert.deepEqual(values({ set: "a=1" }).set, [{ path: "a", value: "1" }]);
    assert.deepEqual(values({}, { BLUEGREEN_CA_FILE: "/a.pem\n\n/b.pem\n" })["ca-file"], [
      "/a.pem",
      "/b.pem",
    ]);
    assert.deepEqual(values({ "ca-file": "/c.pem" }, { BLUEGREEN_CA_FILE: "/a.pem" })["ca-file"], ["/c.pem"]);
  });

  it("may not be repeated elsewhere", () => {
    assert.deepEqual(problems({ namespace: ["a", "b"] }), [
      "--namespace (BLUEGREEN_NAMESPACE) is given more than once",
    ]);
  });

  it("are all wrong at once: one failure that names each flag and variable", () => {
    const found = problems(
      { namespace: "Bad Name", timeout: "soon", set: ["a=1", "x"], "percent-path": "a..b" },
      { BLUEGREEN_OUTPUT: "xml", BLUEGREEN_MAX_ERRORS: "0" },
      ["name", "git-url"],
    );
    assert.equal(found.length, 8);
    const named = found.map((problem) => /^--([a-z-]+) \((BLUEGREEN_[A-Z_]+)\) ./.exec(problem));
    assert.deepEqual(named.map((match) => match?.[1]).sort(), [
      "git-url",
      "max-errors",
      "name",
      "namespace",
      "output",
      "percent-path",
      "set",
      "timeout",
    ]);
    for (const match of named) assert.equal(match?.[2], variableOf(match?.[1] ?? ""));
    assert.ok(found.includes("--name (BLUEGREEN_NAME) is required"));
  });

  it("show what was given, in printable text of bounded length", () => {
    const [problem = ""] = problems({ namespace: `\u001b[31m${"x".repeat(1000)}` });
    assert.match(problem, /at most 63, got “\[31mx+…”$/);
    assert.ok(problem.length < 250);
    assert.doesNotMatch(problem, /\p{Cc}/u);
  });

  describe("never show a secret:", () => {
    const secret = "hunter2";
    const given: Readonly<Record<string, readonly [flags: Flags, env: Environment]>> = {
      "a password of spaces and more": [{}, { BLUEGREEN_GIT_PASSWORD: " ", BLUEGREEN_GIT_USERNAME: " " }],
      "in the Git URL": [{ "git-url": `https://user:${secret}@gitea.example.com/x/y` }, {}],
      "in the Git URL's variable": [{}, { BLUEGREEN_GIT_URL: `https://${secret}@gitea.example.com/x/y` }],
      "in a Git URL that is none": [{ "git-url": `https://user:a/${secret}@gitea.example.com/x` }, {}],
      "in a Git URL with two @": [{ "git-url": `https://user:${secret}@b@gitea.example.com/x` }, {}],
      "in an ssh URL": [{ "git-url": `ssh://git:${secret}@gitea.example.com/x/y` }, {}],
      "behind a question mark": [{ "git-url": `https://gitea.example.com/x/y?access_token=${secret}` }, {}],
      "behind a #": [{ "prometheus-url": `https://example.com/#${secret}` }, {}],
      "in Prometheus' URL": [{ "prometheus-url": `https://user:${secret}@prometheus.example.com` }, {}],
    };
    for (const [what, [flags, env]] of Object.entries(given)) {
      it(what, () => {
        const found = problems(flags, env);
        assert.ok(found.length > 0);
        assert.doesNotMatch(found.join(), new RegExp(secret));
        assert.doesNotMatch(found.join(), /got “ *”/);
      });
    }

    it("and take none from argv, nor what only the Task knows", () => {
      const variables = all.filter((name) => "variableOnly" in options[name] && options[name].variableOnly);
      assert.deepEqual(variables, ["signing-passphrase", "git-username", "git-password", "taskrun-uid"]);
      assert.equal(label("git-password"), "BLUEGREEN_GIT_PASSWORD");
    });
  });

  it("name the causes to roll back by outcome or reason, and nothing that cannot be one", () => {
    assert.deepEqual(values({ "rollback-on": "FAIL, NO_SCRAPE" })["rollback-on"], ["FAIL", "NO_SCRAPE"]);
    for (const [text, named] of [
      ["FAIL,REFUSED", "REFUSED"],
      ["FAIL,", ""],
      ["fail", "fail"],
      ["CANCELLED", "CANCELLED"],
    ] as const) {
      const [problem] = problems({ "rollback-on": text });
      assert.match(problem ?? "", new RegExp(`must list FAIL, INCONCLUSIVE, ERROR or .*“${named}” is none`));
    }
  });

  it("that a step cannot do without are missed by name", () => {
    assert.equal(need("x", "name"), "x");
    assert.throws(
      () => need(undefined, "name"),
      (error) => error instanceof Failure && error.evidence === "--name (BLUEGREEN_NAME) is required",
    );
  });
});

describe("the table of options", () => {
  for (const name of all) {
    const row: { readonly fallback?: string; readonly parse: (text: string) => { readonly ok: boolean } } =
      options[name];
    if (row.fallback === undefined) continue;
    it(`the fallback of --${name} is valid`, () => assert.ok(row.parse(row.fallback ?? "").ok));
  }

  it("every option is read by a command, and every required one is among those read", () => {
    const read = new Set(Object.values(commands).flatMap(({ names }) => names));
    assert.deepEqual(
      all.filter((name) => !read.has(name)),
      [],
    );
    for (const { names, required } of Object.values(commands)) {
      assert.deepEqual(
        required.filter((name) => !names.includes(name)),
        [],
      );
      assert.equal(new Set(names).size, names.length);
    }
  });

  const wrong: readonly (readonly [OptionName, string, RegExp])[] = [
    ["commit-subject", "{user}", /unknown placeholder \{user\}/],
    ["commit-subject", " ", /must not be empty/],
    ["percent-path", "a..b", /key between the dots is empty/],
    ["set", "a..b=1", /key between the dots is empty/],
    ["set", "a", /must be path=value/],
    ["git-url", "git@gitea.example.com:x/y", /ssh is not supported/],
    ["branch-interval", "0", /must be longer than 0/],
    ["verify-interval", "0s", /must be longer than 0/],
    ["run-id", "a\nb", /must be one line/],
    ["commit-message", "\\nbody", /must begin with the subject/],
    ["commit-message", "{x}", /unknown placeholder/],
    ["commit-message", "a".repeat(10_001), /at most 10000 characters/],
    ["commit-trailer", "Bluegreen-Run: x", /must not begin with Bluegreen-/],
    ["commit-trailer", "Ticket", /must be written as Key: value/],
    ["commit-committer", "nobody", /Name <mail/],
  ];
  for (const [name, text, problem] of wrong) {
    it(`--${name} ${JSON.stringify(text)}: ${problem.source}`, () => {
      assert.match(problems({ [name]: text })[0] ?? "", problem);
    });
  }
  it("takes a template, a path and a further value", () => {
    const read = values({ "commit-subject": "{name} {version}", "percent-path": "a\\.b.c", set: "a.b=1" });
    assert.deepEqual([read["commit-subject"], read["percent-path"]], ["{name} {version}", "a\\.b.c"]);
    assert.equal(values({ "commit-message": "a {run}\\n\\nb" })["commit-message"], "a {run}\n\nb");
    assert.deepEqual(read.set, [{ path: "a.b", value: "1" }]);
  });
});
