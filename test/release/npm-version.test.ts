import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { versionedFiles } from "../../scripts/release/files.ts";
import { versionsIn } from "../../scripts/release/versions.ts";

const root = join(import.meta.dirname, "../..");
const parts = ["package.json", "package-lock.json", "README.md", "CHANGELOG.md", "Dockerfile", ".gitignore"];
const folders = ["docs", "tekton", "scripts/release"];

describe("npm version", () => {
  const folder = mkdtempSync(join(tmpdir(), "bluegreen-version-"));
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, {
      cwd: folder,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();

  before(() => {
    for (const part of [...parts, ...folders])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    run("git", "init", "--quiet");
    run("git", "config", "user.name", "Somebody");
    run("git", "config", "user.email", "somebody@example.com");
    run("git", "add", ".");
    run("git", "commit", "--quiet", "--message", "all");
    run("npm", "version", "7.8.9", "--no-workspaces-update");
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it("leaves no other version anywhere", () => {
    const found = versionedFiles(folder).flatMap((file) =>
      versionsIn(readFileSync(join(folder, file), "utf8")),
    );
    assert.ok(found.length > 10);
    assert.deepEqual([...new Set(found)], ["7.8.9"]);
    for (const file of ["package.json", "package-lock.json"]) {
      assert.equal(JSON.parse(readFileSync(join(folder, file), "utf8")).version, "7.8.9");
    }
    assert.match(readFileSync(join(folder, "CHANGELOG.md"), "utf8"), /^## \[7\.8\.9\] - \d{4}-\d\d-\d\d$/m);
  });

  it("commits all of it under the version's tag", () => {
    assert.equal(run("git", "status", "--porcelain"), "");
    assert.equal(run("git", "describe", "--exact-match"), "v7.8.9");
    const changed = run("git", "show", "--name-only", "--format=").split("\n");
    for (const file of [
      "package.json",
      "Dockerfile",
      "docs/image.md",
      "tekton/task/bluegreen/bluegreen.yaml",
    ]) {
      assert.ok(changed.includes(file), file);
    }
  });
});
