import assert from "node:assert/strict";
import { isRepositoryPath } from "../../src/core/repository-path.ts";

describe("a path inside the repository", () => {
  for (const path of ["a", "a/b.yaml", "a b/🐳.yaml", ".github/x", "a/.git"])
    it(`may be ${path}`, () => assert.ok(isRepositoryPath(path)));
  for (const path of [
    "",
    "/a",
    "a/",
    "a//b",
    "./a",
    "a/../b",
    "..",
    ".git",
    ".git/x",
    ".GIT/x",
    "a\\b",
    "a\nb",
  ])
    it(`may not be ${JSON.stringify(path)}`, () => assert.ok(!isRepositoryPath(path)));
});
