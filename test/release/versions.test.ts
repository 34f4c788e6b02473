import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { versionedFiles } from "../../scripts/release/files.ts";
import { versionsIn, withRelease, withVersion } from "../../scripts/release/versions.ts";

const root = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const { version } = JSON.parse(read("package.json"));

describe("the version", () => {
  it("is that of package.json wherever it stands", () => {
    const carriers = versionedFiles(root).filter((file) => versionsIn(read(file)).length > 0);
    for (const file of carriers) assert.deepEqual([...new Set(versionsIn(read(file)))], [version], file);
    for (const file of ["Dockerfile", "docs/image.md", "tekton/task/bluegreen/bluegreen.yaml"]) {
      assert.ok(carriers.includes(file), file);
    }
  });

  it("stands nowhere else in what is installed", () => {
    const installed = versionedFiles(root).filter(
      (file) => file === "Dockerfile" || file.startsWith("tekton/"),
    );
    for (const file of installed) {
      const renewed = withVersion(read(file), "7.8.9");
      assert.ok(!renewed.includes(version), file);
    }
  });

  const texts: readonly (readonly [before: string, after: string])[] = [
    ["app.kubernetes.io/version: 0.1.0\n", "app.kubernetes.io/version: 7.8.9\n"],
    ["podman build --tag bluegreen:0.1.0-rc.1 .", "podman build --tag bluegreen:7.8.9 ."],
    ["x/bluegreen/bluegreen:0.1.0.", "x/bluegreen/bluegreen:7.8.9."],
    ["ARG VERSION=0.1.0", "ARG VERSION=7.8.9"],
    [
      "ARG NODE_VERSION=0.1.0 minVersion: 1.0.0 other:0.1.0",
      "ARG NODE_VERSION=0.1.0 minVersion: 1.0.0 other:0.1.0",
    ],
  ];
  for (const [before, after] of texts) {
    it(`in ${JSON.stringify(before)}`, () => assert.equal(withVersion(before, "7.8.9"), after));
  }
});

describe("the changelog", () => {
  const changelog = "# Changelog\n\n## [Unreleased]\n\n### Added\n- x\n";

  it("gets a heading for what was unreleased, once", () => {
    const after = withRelease(changelog, "0.2.0", "2030-01-02");
    assert.equal(after, "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2030-01-02\n\n### Added\n- x\n");
    assert.equal(withRelease(after, "0.2.0", "2030-01-03"), after);
  });

  it("must have a heading for it", () => assert.throws(() => withRelease("# x\n", "0.2.0", "2030-01-02")));
});
