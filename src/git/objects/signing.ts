/**
 * Signs commits with OpenPGP. The key's files are read anew for each commit, since a mounted Secret can be renewed while
 * the process runs; no text of an error holds anything of them.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "../../core/text.ts";
import { Failure } from "../../errors/failure.ts";
import type { Clock } from "../../ports.ts";

export interface CommitSigner {
  /** An armored detached signature. Throws Failure SIGNING_KEY_UNUSABLE, before anything is pushed. */
  sign(commit: Uint8Array): Promise<string>;
}

export interface SigningSettings {
  /** A file with one private key, armored or binary; or a folder with the files `private-key` and `passphrase`. */
  readonly key: string;
  readonly passphrase?: string | undefined;
  readonly passphraseFile?: string | undefined;
  readonly clock: Clock;
}

/** Neither the key nor the library (some 60 ms) is read before there is something to sign. */
export function createSigner(settings: SigningSettings): CommitSigner {
  return {
    async sign(commit) {
      const date = new Date(settings.clock.now());
      const files = await readFiles(settings);
      const openpgp = await import("openpgp");
      const locked = await parse(files.key);
      const secret = await signingPart(locked, date);
      const key = secret.isDecrypted() ? locked : await unlock(locked, files.passphrase);
      const message = await openpgp.createMessage({ binary: commit });
      return openpgp
        .sign({ message, signingKeys: key, detached: true, date })
        .catch((error) => refuse(reasonOf(error)));
    },
  };
}

type PrivateKey = import("openpgp").PrivateKey;
type SecretPart = import("openpgp").SecretSubkeyPacket | import("openpgp").SecretKeyPacket;

interface KeyFiles {
  readonly key: Buffer;
  readonly passphrase: string | undefined;
}

async function readFiles({ key, passphrase, passphraseFile }: SigningSettings): Promise<KeyFiles> {
  const isFolder = await stat(key).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(key, "private-key") : key;
  const content = await readFile(file).catch((error) => refuse(unreadable(file, error)));
  return { key: content, passphrase: passphrase ?? (await readPassphrase(key, isFolder, passphraseFile)) };
}

async function readPassphrase(
  key: string,
  isFolder: boolean,
  named: string | undefined,
): Promise<string | undefined> {
  if (named !== undefined) {
    return withoutLineEnd(await readFile(named, "utf8").catch((error) => refuse(unreadable(named, error))));
  }
  if (!isFolder) return undefined;
  // A key without a passphrase needs no such file.
  return readFile(join(key, "passphrase"), "utf8").then(withoutLineEnd, () => undefined);
}

/** Files that were made by an editor or by echo end in one. */
function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}

async function parse(content: Buffer): Promise<PrivateKey> {
  const { readPrivateKey } = await import("openpgp");
  const armoredKey = content.toString("latin1");
  if (/-----BEGIN PGP PUBLIC KEY/.test(armoredKey)) refuse("the file holds a public key, not a private one");
  const isArmored = armoredKey.includes("-----BEGIN PGP");
  const reading = isArmored ? readPrivateKey({ armoredKey }) : readPrivateKey({ binaryKey: content });
  // Without the library's own words: they could repeat what it could not read.
  return reading.catch(() => refuse("the file holds no OpenPGP private key, or a damaged one"));
}

/** The part of the key that signs at `date`: the key itself or a subkey. */
async function signingPart(key: PrivateKey, date: Date): Promise<SecretPart> {
  const id = key.getFingerprint().toUpperCase();
  const expiry = await key.getExpirationTime().catch(() => null);
  if (expiry instanceof Date && expiry <= date) refuse(`key ${id} expired on ${expiry.toISOString()}`);
  const { keyPacket } = await key
    .getSigningKey(undefined, date)
    .catch((error) => refuse(`key ${id} cannot sign: ${reasonOf(error)}`));
  if (!("isDummy" in keyPacket) || keyPacket.isDummy()) {
    return refuse(`key ${id}: the secret of its signing part is not in the file (is it on a smart card?)`);
  }
  return keyPacket;
}

async function unlock(key: PrivateKey, passphrase: string | undefined): Promise<PrivateKey> {
  const { decryptKey } = await import("openpgp");
  if (passphrase === undefined || passphrase === "") {
    return refuse("the key has a passphrase, and none was given (BLUEGREEN_SIGNING_PASSPHRASE)");
  }
  return decryptKey({ privateKey: key, passphrase }).catch(() =>
    refuse("the passphrase does not open the key"),
  );
}

function unreadable(file: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  return `${file} cannot be read (${code})`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown error";
}

function refuse(evidence: string): never {
  throw new Failure("SIGNING_KEY_UNUSABLE", printable(evidence));
}
