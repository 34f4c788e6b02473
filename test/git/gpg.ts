/** GnuPG with a home of its own, and the real git that verifies by it. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type KeyKind = "sign" | "encrypt" | "subkey";

export interface Gpg {
  readonly folder: string;
  /**
   * `sign`: the key signs itself; `encrypt`: so too, and a subkey encrypts; `subkey`: it certifies only, and a subkey
   * signs. Gives the key's fingerprint.
   */
  makeKey(userId: string, passphrase: string, kind: KeyKind): Promise<string>;
  exportSecret(
    fingerprint: string,
    passphrase: string,
    how: "armored" | "binary" | "subkeys",
  ): Promise<Buffer>;
  exportPublic(fingerprint: string): Promise<Buffer>;
  /** What `git verify-commit --raw` says in the repository, or how it failed. */
  verify(repository: string, commit: string): Promise<string>;
  stop(): Promise<void>;
}

export function hasGpg(): boolean {
  try {
    execFileSync("gpg", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export async function startGpg(): Promise<Gpg> {
  // A socket's path is short, and the agent puts one into this folder.
  const folder = await mkdtemp(join(tmpdir(), "bg-gpg-"));
  const env = { PATH: process.env["PATH"], GNUPGHOME: folder, HOME: folder, LC_ALL: "C.UTF-8" };
  const options = { env, encoding: "buffer" as const, maxBuffer: 1024 * 1024 };

  async function gpg(passphrase: string, args: readonly string[]): Promise<Buffer> {
    const quiet = ["--batch", "--yes", "--pinentry-mode", "loopback", "--passphrase", passphrase];
    return (await run("gpg", [...quiet, ...args], options)).stdout;
  }
  async function makeKey(userId: string, passphrase: string, kind: KeyKind): Promise<string> {
    const usage = kind === "subkey" ? "cert" : "sign";
    await gpg(passphrase, ["--quick-gen-key", userId, "ed25519", usage, "1y"]);
    const listed = (await gpg("", ["--list-keys", "--with-colons", userId])).toString("utf8");
    const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? "";
    if (kind === "subkey") await gpg(passphrase, ["--quick-add-key", fingerprint, "ed25519", "sign", "1y"]);
    if (kind === "encrypt") await gpg(passphrase, ["--quick-add-key", fingerprint, "cv25519", "encr", "1y"]);
    return fingerprint;
  }
  return {
    folder,
    makeKey,
    exportSecret: (fingerprint, passphrase, how) => {
      const command = how === "subkeys" ? "--export-secret-subkeys" : "--export-secret-keys";
      return gpg(passphrase, [...(how === "binary" ? [] : ["--armor"]), command, fingerprint]);
    },
    exportPublic: (fingerprint) => gpg("", ["--armor", "--export", fingerprint]),
    verify: async (repository, commit) => {
      const ended = await run("git", ["verify-commit", "--raw", commit], {
        ...options,
        cwd: repository,
      }).catch((error: { stderr: Buffer }) => error);
      return ended.stderr.toString("utf8");
    },
    stop: async () => {
      await run("gpgconf", ["--kill", "all"], options);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
