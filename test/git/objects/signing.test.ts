import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { generateKey, readPrivateKey, revokeKey } from "openpgp";
import { Failure } from "../../../src/errors/failure.ts";
import { createSigner, type SigningSettings } from "../../../src/git/objects/signing.ts";
import { type GitServer, startGitServer } from "../../sandbox/git/server.ts";
import { type Gpg, hasGpg, startGpg } from "../gpg.ts";
import { changeOf, password, remoteOf, testClock, user } from "../support.ts";

const passphrase = "sésame, ouvre toi";
const files = { "a.yaml": "a: 1\n" };

describe("signed commits", function () {
  this.timeout(60_000);
  let folder = "";
  let git: GitServer;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "bluegreen-signing-"));
    git = await startGitServer({ files, user, password });
  });
  after(async () => {
    await git.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const signer = (settings: Omit<SigningSettings, "clock">) =>
    createSigner({ clock: testClock(), ...settings });

  async function push(settings: Omit<SigningSettings, "clock">): Promise<string> {
    const remote = await remoteOf(git, { signer: signer(settings) });
    const message = "🐳 signed 🍏\n\nBluegreen-Action: promote\n";
    const pushed = await remote.push(
      await remote.fetch(),
      changeOf("a.yaml", `a: ${Math.random()}\n`, message),
    );
    assert.equal(pushed.kind, "pushed");
    return pushed.kind === "pushed" ? pushed.commit : "";
  }

  describe("verified by the real git", () => {
    let gpg: Gpg;
    before(async function () {
      if (!hasGpg()) {
        if (process.env["BLUEGREEN_REQUIRE_ALL"] === "1") throw new Error("gpg is not on PATH");
        console.log("      SKIPPED: gpg is not on PATH, so nothing can verify a signature independently");
        return this.skip();
      }
      gpg = await startGpg();
    });
    after(() => gpg?.stop());

    for (const [what, kind, how] of [
      ["of a key", "sign", "armored"],
      ["of a key in binary form", "sign", "binary"],
      ["of a subkey", "subkey", "armored"],
      ["of a subkey alone, without the key that certifies it", "subkey", "subkeys"],
    ] as const) {
      it(`${what}: a good signature, the object sound, message and trailers as they were`, async () => {
        const fingerprint = await gpg.makeKey(`${what} <signer@example.com>`, passphrase, kind);
        const key = join(folder, `${kind}-${how}`);
        await writeFile(key, await gpg.exportSecret(fingerprint, passphrase, how));

        const commit = await push({ key, passphrase });

        const said = await gpg.verify(git.dir, commit);
        assert.match(said, new RegExp(`^\\[GNUPG:\\] VALIDSIG .*${fingerprint}$`, "m"));
        assert.match(said, /^\[GNUPG:\] GOODSIG /m);
        await git.git(["fsck", "--strict", "--full", "--no-dangling"]);
        const shown = await git.git(["show", "--no-patch", "--format=%s|%(trailers)", commit]);
        assert.equal(shown.trim(), "🐳 signed 🍏|Bluegreen-Action: promote");
      });
    }

    it("is found out where the commit was changed afterwards", async () => {
      const fingerprint = await gpg.makeKey("changed <signer@example.com>", passphrase, "sign");
      const key = join(folder, "changed");
      await writeFile(key, await gpg.exportSecret(fingerprint, passphrase, "armored"));
      const text = await git.git(["cat-file", "commit", await push({ key, passphrase })]);
      const changed = text.replace("signed", "forged");
      const commit = await git.git(["hash-object", "-t", "commit", "-w", "--stdin"], changed);
      assert.match(await gpg.verify(git.dir, commit.trim()), /BADSIG/);
    });

    it("refuses the public half of a key, and a key whose secret is elsewhere", async () => {
      const fingerprint = await gpg.makeKey("half <signer@example.com>", passphrase, "encrypt");
      const publicKey = join(folder, "public");
      await writeFile(publicKey, await gpg.exportPublic(fingerprint));
      await refused({ key: publicKey, passphrase }, /holds a public key, not a private one/);
      const stub = join(folder, "stub");
      await writeFile(stub, await gpg.exportSecret(fingerprint, passphrase, "subkeys"));
      await refused({ key: stub, passphrase }, /the secret of its signing part is not in the file/);
    });
  });

  async function refused(settings: Omit<SigningSettings, "clock">, evidence: RegExp): Promise<void> {
    const head = await git.head();
    const before = git.requests.filter(
      ({ method, path }) => method === "POST" && /receive-pack/.test(path),
    ).length;
    const error = await push(settings).then(
      () => assert.fail("it was pushed"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof Failure, inspect(error));
    assert.equal(error.reason, "SIGNING_KEY_UNUSABLE");
    assert.match(error.evidence, evidence);
    const all = inspect(error, { depth: null, showHidden: true }) + error.stack;
    for (const secret of [passphrase, "wrong-passphrase", "PRIVATE KEY BLOCK"]) {
      assert.ok(!all.includes(secret), `${secret} in ${all}`);
    }
    assert.equal(await git.head(), head);
    const after = git.requests.filter(
      ({ method, path }) => method === "POST" && /receive-pack/.test(path),
    ).length;
    assert.equal(after, before, "nothing was sent");
  }

  const userIDs = [{ name: "Signer", email: "signer@example.com" }];
  const day = 86_400;

  async function keyFile(name: string, text: string): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  }

  it("are refused where the passphrase is wrong or missing", async () => {
    const { privateKey } = await generateKey({ userIDs, passphrase });
    const key = await keyFile("locked.asc", privateKey);
    await refused({ key, passphrase: "wrong-passphrase" }, /^the passphrase does not open the key$/);
    await refused({ key }, /has a passphrase, and none was given \(BLUEGREEN_SIGNING_PASSPHRASE\)/);
    await refused({ key, passphraseFile: join(folder, "absent") }, /absent cannot be read \(ENOENT\)/);
  });

  it("are refused where the key has expired, is not valid yet, was revoked or cannot sign", async () => {
    const old = { userIDs, date: new Date("2020-01-01"), keyExpirationTime: day };
    const expired = await keyFile("expired.asc", (await generateKey(old)).privateKey);
    await refused({ key: expired }, /^key [0-9A-F]{40} expired on 2020-01-02T00:00:00\.000Z$/);

    const early = await generateKey({ userIDs, date: new Date("2090-01-01") });
    await refused({ key: await keyFile("early.asc", early.privateKey) }, /cannot sign: .*future/);

    const good = await readPrivateKey({ armoredKey: (await generateKey({ userIDs })).privateKey });
    const { privateKey } = await revokeKey({ key: good, format: "armored" });
    await refused({ key: await keyFile("revoked.asc", privateKey) }, /cannot sign: .*revoked/);
  });

  it("are refused where the file holds no private key", async () => {
    const { privateKey, publicKey } = await generateKey({ userIDs });
    await refused({ key: join(folder, "nowhere") }, /nowhere cannot be read \(ENOENT\)/);
    await refused({ key: await keyFile("public.asc", publicKey) }, /public key, not a private one/);
    for (const [name, text] of [
      ["empty", ""],
      ["rubbish", "rubbish"],
      ["cut", privateKey.slice(0, 300)],
      ["damaged", privateKey.replace(/\n\w/, "\n!")],
    ] as const) {
      await refused(
        { key: await keyFile(name, text) },
        /^the file holds no OpenPGP private key, or a damaged one$/,
      );
    }
  });

  it("take the key and its passphrase from a Secret's folder, and a renewed key at once", async () => {
    const secret = join(folder, "secret");
    await mkdir(secret);
    const one = await generateKey({ userIDs, passphrase });
    const other = await generateKey({ userIDs });
    await writeFile(join(secret, "private-key"), one.privateKey);
    await writeFile(join(secret, "passphrase"), `${passphrase}\n`);
    const signs = signer({ key: secret });
    assert.match(await signs.sign(Buffer.from("x")), /^-----BEGIN PGP SIGNATURE-----/);
    await writeFile(join(secret, "passphrase"), "wrong-passphrase");
    await assert.rejects(signs.sign(Buffer.from("x")), /does not open the key/);
    await writeFile(join(secret, "private-key"), other.privateKey);
    assert.match(await signs.sign(Buffer.from("x")), /^-----BEGIN PGP SIGNATURE-----/);
    await rm(join(secret, "passphrase"));
    assert.match(await signs.sign(Buffer.from("x")), /^-----BEGIN PGP SIGNATURE-----/);
  });
});
