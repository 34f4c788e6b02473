import assert from "node:assert/strict";
import { parseRemoteUrl } from "../../src/git/url.ts";

const good: Record<string, string> = {
  "https://git.example.org/org/repo.git": "https://git.example.org/org/repo.git",
  " HTTPS://Git.Example.org:443/org/repo/ ": "https://git.example.org/org/repo",
  "https://git.example.org:3000/a%20b/ü": "https://git.example.org:3000/a%20b/%C3%BC",
  "http://127.0.0.1:8080/x": "http://127.0.0.1:8080/x",
  "http://127.8.9.1/x": "http://127.8.9.1/x",
  "http://[::1]:1/x": "http://[::1]:1/x",
  "http://localhost/x": "http://localhost/x",
};

const bad: Record<string, RegExp> = {
  "": /not a URL/,
  repo: /not a URL/,
  "http://git.example.org/x": /in the clear; use https:\/\/git\.example\.org\/x/,
  "http://localhost.example.org/x": /in the clear/,
  "http://127.0.0.1.example.org/x": /in the clear/,
  "https://git.example.org": /names no repository/,
  "https://git.example.org/x?access_token=canary": /no \? and no #/,
  "https://git.example.org/x#canary": /no \? and no #/,
  "https://user:canary@git.example.org/x": /credentials in the URL.*use https:\/\/git\.example\.org\/x and/,
  "https://canary@git.example.org/x": /credentials in the URL/,
  "https://canary:x@[bad/x": /not a URL/,
  "user:canary@git.example.org/x/y": /not a URL/,
  "git@github.com:org/repo.git": /ssh is not supported; use https:\/\/github\.com\/org\/repo\.git/,
  "github.com:org/repo.git": /use https:\/\/github\.com\/org\/repo\.git/,
  "ssh://git@git.example.org:2222/org/repo.git":
    /ssh is not supported; use https:\/\/git\.example\.org\/org\/repo\.git/,
  "ssh://user:canary@git.example.org/x": /use https:\/\/git\.example\.org\/x/,
  "git+ssh://git@git.example.org/x": /ssh/,
  "git://git.example.org/x": /git protocol is not supported; use https:\/\/git\.example\.org\/x/,
  "file:///srv/git/x.git": /local repositories/,
  "/srv/git/x.git": /local repositories/,
  "./x": /local repositories/,
  "~/x": /local repositories/,
  "ftp://git.example.org/x": /ftp:\/\/ is not supported/,
};

describe("remote URLs", () => {
  for (const [text, url] of Object.entries(good)) {
    it(`take ${text.trim()}`, () => assert.deepEqual(parseRemoteUrl(text), { kind: "url", url }));
  }
  for (const [text, problem] of Object.entries(bad)) {
    it(`refuse ${text || "nothing"}`, () => {
      const result = parseRemoteUrl(text);
      assert.ok(result.kind === "problem", JSON.stringify(result));
      assert.match(result.problem, problem);
      assert.doesNotMatch(result.problem, /canary/);
    });
  }
});
