import assert from "node:assert/strict";
import { catalogFiles, forCatalog } from "../../scripts/release/catalog.ts";
import { imageCommands } from "../../scripts/release/image.ts";

describe("the catalogue", () => {
  it("has a folder for each Task and Pipeline, and in it one for the version", () => {
    const files = [
      "tekton/kustomization.yaml",
      "tekton/pipeline/bluegreen-promote.yaml",
      "tekton/rbac/role/role.yaml",
      "tekton/task/bluegreen/README.md",
      "tekton/task/bluegreen/bluegreen.yaml",
      "tekton/task/bluegreen/samples/stage.yaml",
    ];
    assert.deepEqual(Object.fromEntries(catalogFiles(files, "0.1.0")), {
      "tekton/pipeline/bluegreen-promote.yaml": "pipeline/bluegreen-promote/0.1.0/bluegreen-promote.yaml",
      "tekton/task/bluegreen/README.md": "task/bluegreen/0.1.0/README.md",
      "tekton/task/bluegreen/bluegreen.yaml": "task/bluegreen/0.1.0/bluegreen.yaml",
      "tekton/task/bluegreen/samples/stage.yaml": "task/bluegreen/0.1.0/samples/stage.yaml",
    });
  });

  it("has no links out of its folder, but to the repository", () => {
    const page =
      "[a](../../../README.md#x) [b](samples/stage.yaml) [c](../../rbac/view) [d](https://example.com)";
    const file = "tekton/task/bluegreen/README.md";
    assert.equal(forCatalog(page, file, undefined), "a [b](samples/stage.yaml) c [d](https://example.com)");
    assert.equal(
      forCatalog(page, file, "https://git.example.com/x/blob/v1"),
      "[a](https://git.example.com/x/blob/v1/README.md#x) [b](samples/stage.yaml) [c](https://git.example.com/x/blob/v1/tekton/rbac/view) [d](https://example.com)",
    );
  });
});

describe("the commands for the image", () => {
  it("say what only the builder knows, all of it from the commit", () => {
    const source = { version: "0.1.0", commit: "c".repeat(40), seconds: 1_800_000_000, url: undefined };
    assert.deepEqual(imageCommands(source), [
      `podman build --tag \${REGISTRY}/bluegreen:0.1.0 \\`,
      `  --build-arg REVISION=${"c".repeat(40)} \\`,
      "  --build-arg CREATED=2027-01-15T08:00:00Z \\",
      "  --build-arg SOURCE_DATE_EPOCH=1800000000 \\",
      "  .",
      `podman push \${REGISTRY}/bluegreen:0.1.0`,
    ]);
    assert.ok(imageCommands({ ...source, url: "https://x" }).includes("  --build-arg URL=https://x \\"));
  });
});
