import assert from "node:assert/strict";
import { commitUrl } from "../../../src/core/commit/url.ts";

describe("the commit's page", () => {
  const page = "https://gitea.example.com/user1/mlops-gitops/commit/4562a17c17";
  const remotes = [
    "https://gitea.example.com/user1/mlops-gitops",
    "https://gitea.example.com/user1/mlops-gitops/",
    "https://gitea.example.com/user1/mlops-gitops.git",
    "https://gitea.example.com/user1/mlops-gitops.git//",
  ];
  for (const remote of remotes) {
    it(`of ${remote}`, () => assert.equal(commitUrl(remote, "4562a17c17"), page));
  }

  it("keeps a .git that is not at the end", () => {
    assert.equal(
      commitUrl("http://127.0.0.1:8080/my.github/x", "ab"),
      "http://127.0.0.1:8080/my.github/x/commit/ab",
    );
  });
});
