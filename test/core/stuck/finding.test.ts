import assert from "node:assert/strict";
import { restoreCommand, undoCommand } from "../../../src/core/stuck/finding.ts";

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

describe("the way on with an automatic rollback", () => {
  const lyrics = { ...git, location: { path: "model-deployments/test/lyrics/config.yaml" } };

  it("is the same run's rollback of its own promote, for all models that it changed", () => {
    assert.equal(
      undoCommand("run-1", [
        { service, git },
        { service: { ...service, name: "lyrics" }, git: lyrics },
      ]),
      "bluegreen rollback --run-id run-1 --undo-run run-1 --namespace user1-test --name jukebox --name lyrics " +
        "--git-url https://gitea.example.com/user1/mlops-gitops.git --branch main " +
        "--config-path model-deployments/test/jukebox/config.yaml --config-path model-deployments/test/lyrics/config.yaml",
    );
  });

  it("holds nothing that a shell would take for more", () => {
    assert.match(undoCommand("a`b`", [{ service, git }]), /--run-id VALUE --undo-run VALUE /);
  });
});
