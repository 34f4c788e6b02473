import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { contextFiles, readPatterns } from "./context.ts";
import { problemsOf } from "./contract.ts";
import { readProject, root } from "./project.ts";
import type { Project } from "./promise.ts";

describe("image", () => {
  let project: Project;
  before(async () => {
    project = await readProject();
  });

  it("keeps its promises", () => assert.deepEqual(problemsOf(project), []));

  // Each check is shown to be able to fail: by a copy of the Dockerfile with one thing wrong.
  const mutations: readonly (readonly [what: string, from: string | RegExp, to: string, problem: RegExp])[] =
    [
      ["a base that is written out", /FROM \$\{BASE_IMAGE\}/, "FROM quay.io/a/b:1.0", /cannot be replaced/],
      ["the tag latest", /ubi-minimal:\S+/, "ubi-minimal:latest", /tag that moves on/],
      ["a tag that moves within a minor", /ubi-minimal:\S+/, "ubi-minimal:9.8", /tag that moves on/],
      ["a bare major as tag", /ubi-minimal:\S+/, "ubi-minimal:9", /tag that moves on/],
      ["no tag", /ubi-minimal:\S+/, "ubi-minimal", /not registry\/name:tag/],
      ["a digest", /(ubi-minimal:\S+)/, `$1@sha256:${"0".repeat(64)}`, /without a digest/],
      ["ADD of an address", "USER 0", "ADD https://example.com/x /x\nUSER 0", /ADD may fetch/],
      ["a cache mount", "RUN npm ci", "RUN --mount=type=cache,target=/c npm ci", /RUN --mount/],
      ["COPY --chmod", "COPY --from=build", "COPY --chmod=755 --from=build", /COPY --chmod/],
      ["a here-document", "USER 0", "RUN <<EOF\ntrue\nEOF\nUSER 0", /here-document/],
      ["a syntax line", /^/, "# syntax=docker/dockerfile:1\n", /syntax line/],
      ["a source that is ignored", "src src/", "src test src/", /test is copied, but not in the context/],
      ["a source that is nowhere", "tsconfig.json ./", "tsconfig.jsn ./", /tsconfig\.jsn is copied/],
      ["a file that nothing copies", " .npmrc ./", " ./", /\.npmrc is in the context, but not copied/],
      ["an unknown stage", "--from=build", "--from=bild", /no stage bild/],
      ["npm install", "npm ci --ignore-scripts", "npm install", /no npm ci.*\n?.*npm install/],
      ["install scripts", " --ignore-scripts", "", /no npm ci --ignore-scripts/],
      ["a token as build argument", "USER 0", "ARG NPM_TOKEN\nUSER 0", /NPM_TOKEN would be kept/],
      ["a password in a value", "USER 0", "ENV X=https://u:p@example.com\nUSER 0", /X would be kept/],
      ["a secret before the first stage", /^ARG BUILD/m, "ARG API_KEY=x\nARG BUILD", /API_KEY would be kept/],
      ["root as final user", "USER 1001", "USER 0", /final user is 0/],
      ["a user by name", "USER 1001", "USER bluegreen", /final user is bluegreen/],
      [
        "a shell as entry point",
        /^ENTRYPOINT .*$/m,
        "ENTRYPOINT node /opt/x.mjs",
        /no ENTRYPOINT in exec form/,
      ],
      [
        "another entry point",
        'ENTRYPOINT ["node", "/opt',
        'ENTRYPOINT ["node", "/srv',
        /a step's command is/,
      ],
      ["the base's CMD", /^CMD .*$/m, "", /no CMD/],
      [
        "the bundle elsewhere",
        " /opt/bluegreen/bluegreen.mjs\n",
        " /opt/bluegreen.mjs\n",
        /nothing is copied to/,
      ],
      [
        "more than the bundle",
        "USER 1001",
        "COPY --from=build --chown=0:0 /a /b\nUSER 1001",
        /\/b is neither/,
      ],
      ["files of the user", "--from=build --chown=0:0", "--from=build --chown=1001:0", /not root's/],
      ["git in the image", " install nodejs ", " install nodejs git-core ", /installs nodejs git-core/],
      ["weak dependencies", " --setopt=install_weak_deps=0", "", /weak dependencies/],
      ["no bill of materials", " /opt/app-root/src/dist/bluegreen.cdx.json", "", /cdx\.json is missing/],
      ["no licence", " /opt/app-root/src/LICENSE", "", /\/licenses\/LICENSE is missing/],
      ["another Node to build", "nodejs-24-minimal:", "nodejs-22-minimal:", /built with Node 22/],
      ["another Node to run", "NODE_MAJOR=24", "NODE_MAJOR=22", /runs on Node 22/],
      ["another module stream", /nodejs:\$\{NODE_MAJOR\} /, "nodejs:22 ", /module stream/],
      ["a missing label", /^ *vendor=.*\n/m, "", /no label vendor/],
      ["an empty label", 'summary="C', 'summary="" x="C', /label summary is empty/],
      ["another version", "ARG VERSION=", "ARG VERSION=9.", /label version is 9\./],
      ["an unknown variable", /\{REVISION\}/, "{REVISON}", /unknown variable/],
      ["a label of Red Hat", 'name="bluegreen"', 'name="ubi9/ubi-minimal"', /label name speaks of the base/],
    ];
  for (const [what, from, to, problem] of mutations) {
    it(`would be found out: ${what}`, () => {
      const dockerfile = project.dockerfile.replace(from, to);
      assert.notEqual(dockerfile, project.dockerfile, "the mutation changes nothing");
      assert.match(problemsOf({ ...project, dockerfile }).join("\n"), problem);
    });
  }

  const surroundings: readonly (readonly [what: string, change: Partial<Project>, problem: RegExp])[] = [
    [
      "a version that is not package.json's",
      { version: "0.2.0" },
      /label version is 0\.1\.0|package\.json's version 0\.2\.0/,
    ],
    ["a Node that CI does not test with", { lts: "26.1.0" }, /built with Node 24, CI tests with 26/],
    ["a Node that package.json refuses", { engines: ">=24.99" }, /is not >=24\.99/],
    ["no Node in CI", { lts: "" }, /CI tests with/],
    ["a Task with another command", { commands: [["node", "/x.mjs"]] }, /a step's command is/],
    ["a Task without steps", { commands: [] }, /no step/],
  ];
  for (const [what, change, problem] of surroundings) {
    it(`would be found out: ${what}`, () =>
      assert.match(problemsOf({ ...project, ...change }).join("\n"), problem));
  }

  it("is built from a context without history, packages, tests and secrets", async () => {
    for (const path of project.context) {
      assert.doesNotMatch(path, /^(?:\.git|node_modules|dist|test|coverage|tekton|\.env)(?:\/|$)/);
    }
    const patterns = await readPatterns(root);
    const wide = await contextFiles(root, patterns.replace("!src\n", "!src\n!test\n"));
    assert.match(
      problemsOf({ ...project, context: wide }).join("\n"),
      /test\/.* is in the context, but not copied/,
    );
    const narrow = await contextFiles(root, patterns.replace("!src\n", ""));
    assert.match(
      problemsOf({ ...project, context: narrow }).join("\n"),
      /src is copied, but not in the context/,
    );
  });

  it("is built from whatever registry the builder uses", async () => {
    const lock = await readFile(join(root, "package-lock.json"), "utf8");
    assert.match(lock, /"integrity": "sha512-/);
    assert.doesNotMatch(lock, /"resolved":/);
  });

  it("is built by the commands of its page under the version of package.json", async () => {
    const page = await readFile(join(root, "docs/image.md"), "utf8");
    const tags = [...page.matchAll(/bluegreen:([\w.]+)/g)].map((match) => match[1]);
    assert.deepEqual([...new Set(tags)], [project.version]);
    const names = [...page.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)].map((match) => match[1]);
    assert.ok(names.length > 5);
    for (const name of names) assert.match(project.dockerfile, new RegExp(`^ARG ${name}\\b`, "m"));
  });
});
