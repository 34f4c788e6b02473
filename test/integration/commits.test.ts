import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKey } from "openpgp";
import { setFaults } from "../sandbox/cluster/faults.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { program } from "./program.ts";

describe("the commit as a team wants it", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox({ prometheus: "none" });
    // Nothing takes the commits, so every one finds the cluster as settled as the first.
    setFaults(sandbox.store, { argocd: { stopped: true } });
  });
  after(() => sandbox.stop());

  const mutate = (env: Readonly<Record<string, string>>) =>
    program(sandbox, ["mutate", "--action", "stage", "--state-file", `${sandbox.folder}/run.json`], {
      BLUEGREEN_RUN_ID: "run-7",
      ...env,
    });

  it("has the author, the committer, the message, the trailers and the sign-off that were asked for", async () => {
    const ended = await mutate({
      BLUEGREEN_MODEL_VERSION: "v2",
      BLUEGREEN_COMMIT_MESSAGE: "{name}: {action} {version}\\n\\nAsked for by {run}.",
      BLUEGREEN_COMMIT_TRAILER: "Ticket: ML-42\nModel: {version}",
      BLUEGREEN_COMMIT_AUTHOR: "Zoë Author <zoe@example.com>",
      BLUEGREEN_COMMIT_COMMITTER: "ML platform <platform@example.com>",
      BLUEGREEN_SIGN_OFF: "true",
    });
    assert.equal(ended.code, 0, ended.text);
    const shown = (format: string) => sandbox.git.git(["show", "--no-patch", `--format=${format}`, "main"]);
    assert.equal(
      (await shown("%an <%ae>|%cn <%ce>|%s")).trim(),
      "Zoë Author <zoe@example.com>|ML platform <platform@example.com>|jukebox: stage v2",
    );
    const trailers = (await shown("%(trailers:unfold)")).trim().split("\n");
    assert.deepEqual(trailers.slice(0, 4), [
      "Ticket: ML-42",
      "Model: v2",
      "Bluegreen-Action: stage",
      "Bluegreen-Run: run-7",
    ]);
    assert.equal(trailers.at(-1), "Signed-off-by: ML platform <platform@example.com>");
    assert.match(await shown("%b"), /^Asked for by run-7\.\n\nTicket/);
    await sandbox.git.git(["fsck", "--strict", "--full", "--no-dangling"]);
  });

  it("is signed where a key was given, and not made at all where the passphrase is wrong", async () => {
    const { privateKey } = await generateKey({
      userIDs: [{ name: "Signer", email: "signer@example.com" }],
      passphrase: "sésame",
    });
    const key = join(sandbox.folder, "key.asc");
    await writeFile(key, privateKey);
    const env = { BLUEGREEN_MODEL_VERSION: "v4", BLUEGREEN_SIGNING_KEY: key };
    const head = await sandbox.git.head();
    const wrong = await mutate({ ...env, BLUEGREEN_SIGNING_PASSPHRASE: "wrong-passphrase" });
    assert.equal(wrong.code, 20, wrong.text);
    assert.match(wrong.text, /SIGNING_KEY_UNUSABLE/);
    assert.doesNotMatch(wrong.text, /wrong-passphrase/);
    assert.equal(await sandbox.git.head(), head);

    const signed = await mutate({ ...env, BLUEGREEN_SIGNING_PASSPHRASE: "sésame" });
    assert.equal(signed.code, 0, signed.text);
    const text = await sandbox.git.git(["cat-file", "commit", "main"]);
    assert.match(text, /^gpgsig -----BEGIN PGP SIGNATURE-----\n( .*\n)+\n🌱/m);
  });

  it("is committed by the author where no committer is named, and signed off by nobody unless asked", async () => {
    const ended = await mutate({
      BLUEGREEN_MODEL_VERSION: "v3",
      BLUEGREEN_COMMIT_AUTHOR: "Zoë Author <zoe@example.com>",
    });
    assert.equal(ended.code, 0, ended.text);
    const text = await sandbox.git.git(["cat-file", "commit", "main"]);
    assert.match(text, /^committer Zoë Author <zoe@example\.com> /m);
    assert.doesNotMatch(text, /Signed-off-by/);
  });
});
