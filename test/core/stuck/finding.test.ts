import assert from "node:assert/strict";
import { restoreCommand } from "../../../src/core/stuck/finding.ts";

const service = { namespace: "user1-test", name: "jukebox" };
const git = {
  url: "https://gitea.example.com/user1/mlops-gitops.git",
  branch: "main",
  location: { path: "model-deployments/test/jukebox/config.yaml" },
};

describe("the way out where no percent leads back", () => {
  it("is a command that can be pasted", () => {
    assert.equal(
      restoreCommand({ service, git }),
      "bluegreen rollback --restore-version --namespace user1-test --name jukebox " +
        "--git-url https://gitea.example.com/user1/mlops-gitops.git --branch main " +
        "--config-path model-deployments/test/jukebox/config.yaml",
    );
  });

  it("holds nothing that a shell would take for more", () => {
    const hostile = { ...git, branch: "$(reboot)", location: { path: "a b;c" } };
    assert.match(restoreCommand({ service, git: hostile }), /--branch VALUE --config-path VALUE$/);
  });
});
