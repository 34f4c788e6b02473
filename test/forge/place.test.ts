import assert from "node:assert/strict";
import { apiUrl, knownProvider, placeOf } from "../../src/forge/place.ts";

describe("where a repository's API is", () => {
  for (const [gitUrl, provider, owner, repository, url] of [
    [
      "https://gitea.example.com/user1/mlops-gitops.git",
      "gitea",
      "user1",
      "mlops-gitops",
      "https://gitea.example.com/api/v1",
    ],
    ["https://example.com/git/user1/ops", "gitea", "user1", "ops", "https://example.com/git/api/v1"],
    [
      "https://gitea.example.com:3000/a%20b/c.git",
      "gitea",
      "a b",
      "c",
      "https://gitea.example.com:3000/api/v1",
    ],
    ["https://github.com/org/ops.git", "github", "org", "ops", "https://api.github.com"],
    ["https://team.ghe.com/org/ops", "github", "org", "ops", "https://api.team.ghe.com"],
    ["https://github.example.com/org/ops", "github", "org", "ops", "https://github.example.com/api/v3"],
  ] as const) {
    it(`of ${gitUrl}`, () => {
      const place = placeOf(gitUrl);
      assert.ok(place);
      assert.deepEqual([place.owner, place.repository], [owner, repository]);
      assert.equal(apiUrl(provider, place), url);
    });
  }

  it("needs an owner and a repository", () =>
    assert.equal(placeOf("https://example.com/ops.git"), undefined));

  it("is GitHub by name only where GitHub itself runs it", () => {
    const kinds = ["https://github.com/a/b", "https://x.ghe.com/a/b", "https://github.com.example.org/a/b"];
    const found = kinds.map((url) => {
      const place = placeOf(url);
      return place && knownProvider(place);
    });
    assert.deepEqual(found, ["github", "github", undefined]);
  });
});
