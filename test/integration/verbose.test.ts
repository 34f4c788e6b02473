import assert from "node:assert/strict";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { program } from "./program.ts";

describe("a verbose run", function () {
  this.timeout(90_000);
  const password = "p@ss/w:rd+1=%ü";
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ requestsPerSecond: 40, prometheus: "embedded", password });
  });
  after(() => sandbox.stop());

  it("shows each request to every system, and no secret in any form", async () => {
    const { code, text } = await program(sandbox, ["stage", "--model-version", "v2", "--verbose"]);
    assert.equal(code, 0, text);
    for (const request of [
      /GET http:\S+\/info\/refs\?service=git-upload-pack → 200, \d+ ms/,
      /POST http:\S+\/git-receive-pack → 200, \d+ ms/,
      /GET https:\S+\/inferenceservices\?\S*fieldSelector=metadata.name=jukebox\S* → 200, \d+ ms/,
      /GET https:\S+\/applications\/?\S* → 200, \d+ ms/,
      /GET http:\S+\/api\/v1\/query\?query=.* → 200, \d+ ms/,
    ])
      assert.match(text, request);
    const forms = [
      password,
      encodeURIComponent(password),
      encodeURI(password),
      Buffer.from(password).toString("base64"),
      Buffer.from(`user1:${password}`).toString("base64"),
      Buffer.from(password).toString("hex"),
      "admin-token",
      Buffer.from("admin-token").toString("base64"),
    ];
    for (const form of forms) assert.ok(!text.includes(form), `the log holds ${form}`);
  });

  it("is silent of requests without the option", async () => {
    const { text } = await program(sandbox, ["status"]);
    assert.doesNotMatch(text, / → 200, /);
  });
});
