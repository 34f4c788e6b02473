import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mergeStyles } from "../sandbox/forge/merge.ts";
import { assertNoSecret, failureOf, password, type Stage, stageFor, token, user } from "./support.ts";

const branch = "bluegreen/user1-test/jukebox/promote-run-7";
const request = { branch, title: "🐳 promote 🍏", body: "Bluegreen-Run: run-7" };

for (const provider of ["gitea", "github"] as const) {
  describe(`pull requests on ${provider}`, () => {
    let stage: Stage;
    beforeEach(async () => {
      stage = await stageFor(provider);
      await stage.branch(branch);
    });
    afterEach(async () => {
      assertNoSecret(stage.lines.join("\n"));
      await stage.stop();
    });

    it("are found by their branch, opened and read", async () => {
      const forge = stage.forge();
      assert.equal(await forge.find(branch, stage.patience), undefined);
      const opened = await forge.open(request, stage.patience);
      assert.equal(opened.number, 1);
      assert.equal(opened.url, `${stage.server.origin}/user1/mlops-gitops/pulls/1`);
      assert.deepEqual([opened.state, opened.title, opened.body], ["open", request.title, request.body]);
      assert.equal(opened.mergeCommit, undefined, "a trial merge is no merge");
      const found = await forge.find(branch, stage.patience);
      assert.equal(found?.number, 1);
      assert.equal(found?.mergeCommit, undefined);
      assert.equal((await forge.read(1, stage.patience)).conflict, "no");
    });

    for (const style of mergeStyles) {
      it(`name the commit that a ${style} made`, async () => {
        const forge = stage.forge();
        await forge.open(request, stage.patience);
        const commit = await stage.server.merge(1, style);
        const read = await forge.read(1, stage.patience);
        assert.deepEqual([read.state, read.mergeCommit], ["merged", commit]);
        assert.equal((await forge.find(branch, stage.patience))?.mergeCommit, commit);
        assert.equal(await stage.git.head(), commit);
      });
    }

    it("that were closed are closed, and not merged", async () => {
      const forge = stage.forge();
      await forge.open(request, stage.patience);
      stage.server.close(1);
      const read = await forge.read(1, stage.patience);
      assert.deepEqual([read.state, read.mergeCommit], ["closed", undefined]);
    });

    it("that conflict say so; while the server works it out nothing is said", async () => {
      const forge = stage.forge();
      await forge.open(request, stage.patience);
      await stage.git.commitAsOther({ "a.yaml": "a: 3\n" });
      const sure = provider === "github" ? "yes" : "perhaps";
      assert.equal((await forge.read(1, stage.patience)).conflict, sure);
      stage.server.checking = true;
      assert.equal((await forge.read(1, stage.patience)).conflict, provider === "github" ? "no" : "perhaps");
    });

    it("are opened once where the answer is lost", async () => {
      stage.server.fault({ method: "POST", lost: true });
      const opened = await stage.forge().open(request, stage.patience);
      assert.equal(opened.number, 1);
      assert.equal(stage.server.pulls.length, 1);
    });

    it("are opened in the end where requests fail before anything is done", async () => {
      stage.server.fault({ method: "POST", times: 2, answer: { status: 502, body: "<title>Bad</title>" } });
      assert.equal((await stage.forge().open(request, stage.patience)).number, 1);
      stage.server.fault({ method: "GET", times: 3, answer: { status: 503 } });
      assert.equal((await stage.forge().read(1, stage.patience)).number, 1);
      assert.equal(stage.server.pulls.length, 1);
    });

    it("are adopted where somebody opened one meanwhile", async () => {
      const forge = stage.forge();
      await forge.open(request, stage.patience);
      assert.equal((await forge.open(request, stage.patience)).number, 1);
    });

    const refusals: readonly (readonly [
      status: number,
      reason: Parameters<typeof failureOf>[1],
      method: "GET" | "POST",
    ])[] = [
      [401, "FORGE_AUTH", "GET"],
      [403, "FORGE_AUTH", "POST"],
      [404, "FORGE_NOT_FOUND", "POST"],
      [423, "PULL_REQUEST_REFUSED", "POST"],
    ];
    for (const [status, reason, method] of refusals) {
      it(`tell HTTP ${status} to ${method} as ${reason}, in the server's words and without secrets`, async () => {
        const words = `no, ${user} with ${provider === "github" ? token : password} may not`;
        const body = JSON.stringify({ message: words, errors: [{ message: "detail" }] });
        stage.server.fault({ method, answer: { status, body } });
        const forge = stage.forge();
        const asked = method === "GET" ? forge.read(1, stage.patience) : forge.open(request, stage.patience);
        const failure = await failureOf(asked, reason);
        assert.match(failure.evidence, new RegExp(`HTTP ${status}, no, .* may not; detail`));
      });
    }

    it("that the server's rules refuse (422) are told so in its words, once it is clear that there is none", async () => {
      const body = JSON.stringify({
        message: "Validation Failed",
        errors: [{ message: "No commits between" }],
      });
      stage.server.fault({ method: "POST", answer: { status: 422, body } });
      const failure = await failureOf(stage.forge().open(request, stage.patience), "PULL_REQUEST_REFUSED");
      assert.match(failure.evidence, /422, Validation Failed; No commits between/);
    });

    it("need credentials that the server takes", async () => {
      const wrong = stage.forge({
        authorization: { credentials: async () => ({ username: user, password: "wrong" }) },
      });
      await failureOf(wrong.find(branch, stage.patience), "FORGE_AUTH");
      await failureOf(stage.forge({ authorization: {} }).find(branch, stage.patience), "FORGE_AUTH");
    });

    it("take a token from a file, renewed at once", async () => {
      const folder = await mkdtemp(join(tmpdir(), "bluegreen-forge-"));
      const tokenFile = join(folder, "token");
      const forge = stage.forge({ authorization: { tokenFile } });
      assert.match((await failureOf(forge.find(branch, stage.patience), "FORGE_AUTH")).evidence, /ENOENT/);
      await writeFile(tokenFile, "a b");
      assert.match((await failureOf(forge.find(branch, stage.patience), "FORGE_AUTH")).evidence, /malformed/);
      await writeFile(tokenFile, `${token}\n`);
      assert.equal(await forge.find(branch, stage.patience), undefined);
      await rm(folder, { recursive: true });
    });

    const limits: readonly (readonly [
      what: string,
      status: number,
      headers: Record<string, string>,
      waits: number,
    ])[] = [
      ["429 with seconds", 429, { "retry-after": "17" }, 17_000],
      ["429 without a time", 429, {}, 60_000],
      ["403 with Retry-After", 403, { "retry-after": "30" }, 30_000],
      [
        "403 with nothing left until a time",
        403,
        { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000045" },
        45_000,
      ],
      ["503 with seconds", 503, { "retry-after": "9" }, 9_000],
    ];
    for (const [what, status, headers, waits] of limits) {
      it(`wait as long as the server asks for: ${what}`, async () => {
        stage.server.fault({ answer: { status, headers, body: '{"message":"slow down"}' } });
        assert.equal(await stage.forge().find(branch, stage.patience), undefined);
        assert.equal(stage.clock.slept[0], waits);
      });
    }

    it("leave a server alone that asks for more time than there is, also at the next call", async () => {
      stage.server.fault({ answer: { status: 429, headers: { "retry-after": "3600" }, body: "{}" } });
      const forge = stage.forge();
      const first = await failureOf(forge.find(branch, stage.patience), "GIT_UNREACHABLE");
      assert.match(first.evidence, /only after the time that is left/);
      const calls = stage.server.calls.length;
      await failureOf(forge.find(branch, stage.patience), "GIT_UNREACHABLE");
      assert.equal(stage.server.calls.length, calls, "nothing was asked");
    });

    it("tell what is no answer of an API", async () => {
      const html = { status: 200, headers: { "content-type": "text/html" }, body: "<title>Sign in</title>" };
      stage.server.fault({ answer: html });
      const failure = await failureOf(stage.forge().find(branch, stage.patience), "GIT_PROTOCOL");
      assert.match(failure.evidence, /no JSON/);
      stage.server.fault({ answer: { status: 200, body: '{"number":1}' } });
      await failureOf(stage.forge().read(1, stage.patience), "GIT_PROTOCOL");
    });

    it("end at once when cancelled", async () => {
      const cancel = new AbortController();
      cancel.abort();
      const patience = { ...stage.patience, signal: cancel.signal };
      await failureOf(stage.forge().find(branch, patience), "CANCELLED");
    });

    it("are recognised without being told what kind of server it is, and without credentials", async () => {
      assert.equal(await stage.forge({ provider: "auto" }).find(branch, stage.patience), undefined);
      const [first] = stage.server.calls;
      assert.equal(first?.authorization, undefined);
    });
  });
}

describe("a server of another kind", () => {
  it("is not guessed at", async () => {
    const stage = await stageFor("gitea");
    stage.server.fault({ times: 9, answer: { status: 404, body: "" } });
    const failure = await failureOf(
      stage.forge({ provider: "auto" }).find("x", stage.patience),
      "INVALID_OPTION",
    );
    assert.match(failure.evidence, /--git-provider gitea or github/);
    await stage.stop();
  });
});
